"""How far one frame is shifted against another, to a fraction of a pixel, by phase correlation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from ..movie.colour import fill_hidden

Image = NDArray[np.float32]
Spectrum = NDArray[np.complex64]
Shift = tuple[float, float]

#: Standard deviation of the blur that keeps single noisy pixels out of the correlation [pixels].
BLUR = 1.5
#: Structures larger than this share of the shorter side are light, not cells.
COARSE = 1 / 12
#: Share of each side over which a frame is faded out, so that its borders are no structure.
TAPER = 0.25
_FINE = 24
_REACH = 3.0
#: The field is cut in so many parts along each side, to see whether they agree.
PARTS = 3


@dataclass(frozen=True)
class Match:
    """How two frames lie on each other.

    Attributes
    ----------
    shift
        Rows and columns by which the structure of the first frame is found further down and right
        in the second.
    quality
        Height of the correlation's peak in standard deviations of the correlation elsewhere.
    error
        Standard error of the shift along a side, from how much parts of the field disagree: cells
        that go their own ways make it large.
    """

    shift: Shift
    quality: float
    error: float = math.inf


def structure(image: NDArray[np.floating[Any]], valid: NDArray[np.bool_] | None) -> Image:
    """Return what is worth following in a frame: its structure, relative to its brightness.

    Slow changes of brightness across the field, which stay where they are when the stage moves,
    are divided out. Pixels that do not show the specimen hold what their neighbours do: the shape
    of a hole would be a structure that never moves.
    """
    image = np.asarray(image, dtype=np.float32)
    if valid is not None:
        image = fill_hidden(image, valid)
    sigma = max(COARSE * min(image.shape), 4 * BLUR)
    local = ndimage.gaussian_filter(image, sigma, mode="nearest")
    floor = 1e-3 * max(float(np.abs(local).max()), 1e-30)
    relative = (image - local) / np.maximum(np.abs(local), floor)
    # Single very bright spots (debris, dead cells) must not outweigh all others.
    spread = 4 * float(relative.std())
    return np.asarray(np.clip(relative, -spread, spread), dtype=np.float32)


def spectrum(image: Image) -> Spectrum:
    """Return the Fourier transform of a structure that is faded out at its borders."""
    return np.asarray(fft.rfft2(image * _taper(image.shape)), dtype=np.complex64)


def match(first: Image, second: Image, spectra: tuple[Spectrum, Spectrum] | None = None) -> Match:
    """Return the shift from one structure to another.

    The peak of the phase correlation (Kuglin and Hines 1975) gives it to a pixel. What both frames
    show of each other is then cut out and correlated again around that peak by a matrix Fourier
    transform (Guizar-Sicairos, Thurman and Fienup, Opt Lett 33, 2008): the fading at the borders,
    which does not move with the structure, then no longer draws the shift towards zero.

    Parameters
    ----------
    first, second
        From :func:`structure`, of the same shape.
    spectra
        Of both, if they are known.
    """
    ahead, behind = spectra or (spectrum(first), spectrum(second))
    surface = fft.irfft2(_cross_power(ahead, behind, first.shape, 1.0), first.shape)
    spread = float(surface.std())
    if spread == 0 or not np.isfinite(spread):
        return Match((0.0, 0.0), 0.0)
    peak = np.unravel_index(int(np.argmax(surface)), surface.shape)
    quality = float((surface[peak] - surface.mean()) / spread)
    dy, dx = (int(p) - n if p > n // 2 else int(p) for p, n in zip(peak, first.shape, strict=True))
    a, b = _overlap(first, -dy, -dx), _overlap(second, dy, dx)
    if min(a.shape) < 16:
        return Match((float(dy), float(dx)), 0.0)
    # Fully normalised, the many frequencies that hold little but noise would count as much.
    fine = _fine_peak(_cross_power(spectrum(a), spectrum(b), a.shape, 0.5), a.shape)
    return Match((dy + fine[0], dx + fine[1]), quality, _disagreement(a, b))


def _disagreement(first: Image, second: Image) -> float:
    """Return the standard error of the mean shift, from the shifts of parts of the field.

    A part counts with its structure: where there are no cells, nothing tells a shift.
    """
    parts = [np.array_split(np.arange(n), PARTS) for n in first.shape]
    shifts, weights = [], []
    for rows in parts[0]:
        for columns in parts[1]:
            window = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
            a, b = first[window], second[window]
            shifts.append(_fine_peak(_cross_power(spectrum(a), spectrum(b), a.shape, 0.5), a.shape))
            weights.append(math.sqrt(float((a * a).sum()) * float((b * b).sum())))
    weight = np.array(weights)
    if weight.sum() == 0:
        return math.inf
    weight /= weight.sum()
    independent = 1 / float((weight**2).sum())
    away = np.array(shifts) - weight @ np.array(shifts)
    variance = float((weight @ away**2).mean())
    return math.sqrt(variance / max(independent - 1, 0.1))


def _cross_power(
    ahead: Spectrum, behind: Spectrum, shape: tuple[int, ...], whitening: float
) -> Spectrum:
    """Return the cross power, normalised (``whitening`` 1), half so or not (0), and blurred."""
    power = behind * np.conj(ahead)
    size = np.abs(power)
    power /= np.maximum(size, 1e-3 * float(size.mean()) + 1e-30) ** whitening
    return np.asarray(power * _low_pass(tuple(shape)), dtype=np.complex64)


def _fine_peak(power: Spectrum, shape: tuple[int, ...]) -> Shift:
    """Return the place of the correlation's peak near zero, to a fraction of a pixel."""
    steps = np.arange(-_REACH, _REACH + 0.5 / _FINE, 1 / _FINE)
    rows, columns = fft.fftfreq(shape[0]), fft.rfftfreq(shape[1])
    along_y = np.exp(2j * np.pi * np.outer(steps, rows))
    # A real signal's other half is the conjugate: counted twice, but for the two real columns.
    twice = np.full(len(columns), 2.0)
    twice[0] = 1.0
    if shape[1] % 2 == 0:
        twice[-1] = 1.0
    along_x = np.exp(2j * np.pi * np.outer(columns, steps)) * twice[:, None]
    surface = np.real(along_y @ power @ along_x)
    row, column = np.unravel_index(int(np.argmax(surface)), surface.shape)
    return (
        float(steps[row] + _vertex(surface[:, column], int(row)) / _FINE),
        float(steps[column] + _vertex(surface[row], int(column)) / _FINE),
    )


def _vertex(values: NDArray[np.float64], peak: int) -> float:
    """Return where a parabola through the peak and its neighbours is highest, beside the peak."""
    if not 0 < peak < len(values) - 1:
        return 0.0
    before, at, after = values[peak - 1 : peak + 2]
    bend = before - 2 * at + after
    return 0.0 if bend >= 0 else float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5))


def _overlap(image: Image, dy: int, dx: int) -> Image:
    """Return the part of a structure that the other frame, shifted by so much, shows too."""
    rows = slice(max(dy, 0), image.shape[0] + min(dy, 0))
    columns = slice(max(dx, 0), image.shape[1] + min(dx, 0))
    return image[rows, columns]


@lru_cache(maxsize=8)
def _low_pass(shape: tuple[int, int]) -> Image:
    y, x = fft.fftfreq(shape[0])[:, None], fft.rfftfreq(shape[1])[None]
    return np.asarray(np.exp(-2 * (np.pi * BLUR) ** 2 * (y**2 + x**2)), dtype=np.float32)


@lru_cache(maxsize=8)
def _taper(shape: tuple[int, int]) -> Image:
    return np.asarray(np.outer(_fade(shape[0]), _fade(shape[1])), dtype=np.float32)


def _fade(count: int) -> NDArray[np.float64]:
    """Return a Tukey window."""
    away = np.minimum(np.arange(count) + 0.5, count - 0.5 - np.arange(count)) / (TAPER * count)
    window: NDArray[np.float64] = 0.5 - 0.5 * np.cos(np.pi * np.clip(away, 0, 1))
    return window
