"""A first guess of the size of cells in phase contrast or DIC, from the grain of the picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .cover import blocks
from .frames import middle
from .spots import pixel_noise

# Diameter of a cell in standard deviations of the Gaussian at which the picture varies most: rims,
# halos and folds are about a tenth as wide as a cell.
_CELL = 10.0
_SMALLEST = 0.8
_PER_OCTAVE = 4
_RATIO = 1.6
# The middle of a frame is enough, up to so many pixels along a side.
_MIDDLE = 768


def guess_cell(
    frames: Sequence[tuple[NDArray[np.float32], NDArray[np.bool_] | None]], aspect: float = 1.0
) -> float | None:
    """Return the diameter of a cell along x [pixels]; None if there is nothing but noise.

    Differences of Gaussians of growing width pass finer and coarser detail; the width at which
    they vary most is that of the typical detail of a cell. It is a guess, good to a factor of
    about 1.5: what is measured depends on it little.

    Parameters
    ----------
    frames
        Frames, shape (Y, X), and which of their pixels are valid (None: all).
    aspect
        Height of a pixel over its width.
    """
    frames = [
        (middle(image, _MIDDLE), None if valid is None else middle(valid, _MIDDLE))
        for image, valid in frames
    ]
    largest = min(min(image.shape) for image, _ in frames) / 20
    steps = max(3, int(np.log2(max(largest, 2 * _SMALLEST) / _SMALLEST) * _PER_OCTAVE) + 1)
    widths = _SMALLEST * 2 ** (np.arange(steps) / _PER_OCTAVE)
    energy = np.sum([_energies(image, valid, widths, aspect) for image, valid in frames], axis=0)
    inner = [i for i in range(1, steps - 1) if energy[i] >= max(energy[i - 1], energy[i + 1])]
    peaks = [i for i in inner if energy[i] > 0]
    if not peaks:
        return None
    return float(_CELL * widths[max(peaks, key=lambda i: energy[i])])


def _energies(
    image: NDArray[np.float32],
    valid: NDArray[np.bool_] | None,
    widths: NDArray[np.float64],
    aspect: float,
) -> NDArray[np.float64]:
    """Return the variance of the differences of Gaussians, less that of the noise of pixels."""
    noise = pixel_noise(image) ** 2
    centre = np.float32(np.median(image))
    seen = None if valid is None or valid.all() else valid.astype(np.float32)
    values = image - centre if seen is None else (image - centre) * seen
    result = np.zeros(len(widths))
    for i, width in enumerate(widths):
        factor = max(1, int(min(width, width / aspect) // 2))
        weight = None if seen is None else blocks(seen, (factor, factor))
        means = blocks(values, (factor, factor))
        fine, coarse = (
            _smooth(means, weight, (k * width / aspect / factor, k * width / factor))
            for k in (1.0, _RATIO)
        )
        variance = float(np.average((fine - coarse) ** 2, weights=weight))
        # White noise of variance 1 keeps 1/a + 1/b - 4/(a + b) over 4 pi of it, a and b squared
        # widths.
        a, b = width * width / aspect, (_RATIO * width) ** 2 / aspect
        left = noise * (1 / a + 1 / b - 4 / (a + b)) / (4 * np.pi)
        result[i] = variance - left if variance > 1.2 * left else 0.0
    return result


def _smooth(
    values: NDArray[np.float32], weight: NDArray[np.float32] | None, sigma: tuple[float, float]
) -> NDArray[np.float32]:
    """Smooth what is valid (normalised convolution)."""
    total: NDArray[np.float32] = ndimage.gaussian_filter(values, sigma, mode="nearest")
    if weight is None:
        return total
    share = ndimage.gaussian_filter(weight, sigma, mode="nearest")
    smooth: NDArray[np.float32] = total / np.maximum(share, np.float32(1e-3))
    return smooth
