"""First guesses for the nucleus detector, from a few frames of the movie: size and threshold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .spots import Image, SpotFilter, pixel_noise, without_background

_SMALLEST = 4.0  # pixels
_PER_OCTAVE = 4
# In units of the noise: what the threshold may come down to, and what noise alone does not reach
# in millions of pixels.
_LOWEST = 5.0
_CLEAR = 6.0


@dataclass(frozen=True)
class Threshold:
    """Smallest response of a nucleus.

    Attributes
    ----------
    level
        In the unit of the response, which is that of the pixels.
    noise
        Standard deviation of the response where there is no nucleus.
    """

    level: float
    noise: float


def guess_diameter(images: Sequence[Image], aspect: float = 1.0) -> float | None:
    """Return the diameter along x of the typical bright spot [pixels], or None without spots.

    For each candidate size the squared heights of all maxima of the response are summed; spots of
    that size give the highest sum. Sharp rims of large nuclei can make a second, lower peak at a
    smaller size, so the largest size with a local maximum of at least half the highest counts.

    Parameters
    ----------
    images
        Frames, shape (Y, X).
    aspect
        Height of a pixel over its width.
    """
    largest = max(min(min(image.shape) for image in images) / 5, 2 * _SMALLEST)
    steps = math.ceil(math.log2(largest / _SMALLEST) * _PER_OCTAVE)
    diameters = _SMALLEST * 2 ** (np.arange(steps + 1) / _PER_OCTAVE)
    scores = np.sum([_scores(image, diameters, aspect) for image in images], axis=0)
    if scores.max() == 0:
        return None
    last = len(scores) - 1
    peaks = [
        i
        for i, score in enumerate(scores)
        if score >= max(scores[max(i - 1, 0)], scores[min(i + 1, last)], scores.max() / 2)
    ]
    return float(_vertex(diameters, scores, peaks[-1]))


def guess_threshold(
    images: Sequence[Image], spots: SpotFilter, multiple: float | None = None
) -> Threshold | None:
    """Return the threshold that separates nuclei from noise, or None without nuclei.

    Parameters
    ----------
    images
        Frames, shape (Y, X).
    spots
        The detector.
    multiple
        The user's threshold, as a multiple of the noise.

    Notes
    -----
    Nuclei and noise make two groups of maxima. The threshold lies where their heights are rarest
    (on a logarithmic axis), between five times the noise and half the height of a typical nucleus.
    """
    return threshold_between([look(image, spots) for image in images], spots, multiple)


@dataclass(frozen=True)
class Look:
    """What the detector sees in a frame.

    Attributes
    ----------
    centres, heights
        All maxima of the response: row and column (N, 2) [pixels] and height (N,).
    pixel_noise
        Standard deviation of the noise of a pixel.
    quiet
        Standard deviation of the response in the quietest tenth of the frame.
    brightest
        Largest absolute value of a pixel.
    shape
        Of the frame.
    """

    centres: NDArray[np.float64]
    heights: NDArray[np.float64]
    pixel_noise: float
    quiet: float
    brightest: float
    shape: tuple[int, ...]


def look(image: Image, spots: SpotFilter) -> Look:
    """Return what the detector sees in a frame (Y, X)."""
    response = spots(without_background(image, spots.diameter))
    centres, heights = spots.maxima(response, 0.0)
    return Look(
        centres,
        heights.astype(np.float64),
        pixel_noise(image),
        # The 10th percentile of |normal| is 0.1257 standard deviations.
        float(np.percentile(np.abs(response[::2, ::2]), 10)) / 0.1257,
        float(np.abs(image).max()),
        image.shape,
    )


def threshold_between(
    looks: Sequence[Look], spots: SpotFilter, multiple: float | None = None
) -> Threshold | None:
    """Return what :func:`guess_threshold` does, from frames that were looked at."""
    heights = np.concatenate([seen.heights for seen in looks])
    noise = _noise(looks, spots, heights)
    if multiple is not None:
        return Threshold(multiple * noise, noise)
    clear = heights[heights > _CLEAR * noise]
    if len(clear) == 0:
        return None
    typical = _weighted_quantile(clear, 0.5)
    low, high = max(_LOWEST * noise, 0.15 * typical), 0.5 * typical
    level = _rarest(np.log(heights), math.log(low), math.log(high)) if low < high else low
    return Threshold(level, noise)


def _noise(looks: Sequence[Look], spots: SpotFilter, heights: NDArray[np.float64]) -> float:
    """Estimate the noise of the response from below and from above.

    The noise of single pixels is too low where neighbours share their noise (compressed, scaled or
    smoothed movies). The quietest tenth of the response is too high where nuclei leave no quiet
    place, so it counts only up to a twentieth of the brightest nuclei.
    """
    tiny = 1e-6 * max(seen.brightest for seen in looks)
    single = max(seen.pixel_noise for seen in looks) * spots.gain
    if len(heights) == 0:
        return max(single, tiny)
    quiet = min(seen.quiet for seen in looks)
    return max(single, min(quiet, 0.05 * _weighted_quantile(heights, 0.9)), tiny)


def _scores(image: Image, diameters: NDArray[np.float64], aspect: float) -> NDArray[np.float64]:
    scores = np.zeros(len(diameters))
    for i, diameter in enumerate(diameters):
        # Large spots are found as well, and much faster, in a smaller image.
        factor = max(1, int(min(diameter, diameter / aspect) // 8))
        small = _averaged(image, factor)
        spots = SpotFilter((diameter / aspect / factor, diameter / factor))
        response = spots(small, mode="reflect")
        least = max(_CLEAR * pixel_noise(small) * spots.gain, 0.01 * float(response.max()))
        if least > 0:
            centres, heights = spots.maxima(response, least)
            # Mirrored at the edge, noise is larger and nuclei are not themselves.
            room = np.minimum(centres, np.array(small.shape) - 1 - centres)
            whole = (room > 0.5 * np.array(spots.diameter)).all(axis=1)
            scores[i] = np.sum(heights[whole].astype(np.float64) ** 2)
    return scores


def _averaged(image: Image, factor: int) -> Image:
    if factor == 1:
        return image
    height, width = (size // factor for size in image.shape)
    blocks = image[: height * factor, : width * factor]
    mean: Image = blocks.reshape(height, factor, width, factor).mean(axis=(1, 3), dtype=np.float32)
    return mean


def _vertex(diameters: NDArray[np.float64], scores: NDArray[np.float64], peak: int) -> float:
    """Refine a maximum by a parabola through its neighbours, on a logarithmic axis."""
    if not 0 < peak < len(scores) - 1:
        return float(diameters[peak])
    before, here, after = scores[peak - 1 : peak + 2]
    curvature = before - 2 * here + after
    shift = 0.5 * (before - after) / curvature if curvature < 0 else 0.0
    return float(diameters[peak] * 2 ** (shift / _PER_OCTAVE))


def _weighted_quantile(heights: NDArray[np.float64], quantile: float) -> float:
    """Return a quantile of the heights, each weighted by itself: small noise counts little."""
    ordered = np.sort(heights)
    share = np.cumsum(ordered) / ordered.sum()
    return float(ordered[min(int(np.searchsorted(share, quantile)), len(ordered) - 1)])


def _rarest(values: NDArray[np.float64], low: float, high: float) -> float:
    """Return exp of the place between ``low`` and ``high`` with the fewest values around it.

    Of an empty stretch it is the middle.
    """
    width = 0.15
    places = np.linspace(low, high, 101)
    around = np.array([np.exp(-0.5 * ((values - place) / width) ** 2).sum() for place in places])
    rare = places[around <= around.min() + 0.05]
    return math.exp(float(rare[0] + rare[-1]) / 2)
