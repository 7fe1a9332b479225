"""First guesses for the nucleus detector, from a few frames of the movie: size and threshold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .background import Mask, without_background
from .frame_loop import check_halted, side_by_side
from .spots import Image, SpotFilter, noise_is_white, pixel_noise

_SMALLEST = 3.0  # pixels
_PER_OCTAVE = 4
# A disc of radius R has the response x exp(-x / 2), x = R²/σ², so its square times σ is largest
# where x = 1.5, at a size that is larger by this factor than where the response is (x = 2).
_TOO_LARGE = math.sqrt(2 / 1.5)
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
    typical
        Response of a typical nucleus.
    """

    level: float
    noise: float
    typical: float

    @property
    def lowest(self) -> float:
        """The level that noise alone hardly ever reaches."""
        return _LOWEST * self.noise


def guess_diameter(images: Sequence[Image], aspect: float = 1.0) -> float | None:
    """Return the diameter along x of the typical bright spot [pixels], or None without spots.

    For each candidate size the squared heights of all maxima of the response, times the size, are
    summed. Without the size, the texture inside of large nuclei could win, many small spots; with
    its square, whole colonies could, few large ones.

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
    each = side_by_side(lambda image: _scores(image, diameters, aspect), images)
    scores = diameters * np.sum(each, axis=0)
    if scores.max() == 0:
        return None
    return _vertex(diameters, scores, int(np.argmax(scores))) / _TOO_LARGE


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
class Noise:
    """How noisy a frame is.

    Attributes
    ----------
    pixel
        Standard deviation of the noise of a pixel.
    white
        Whether that noise is white, so that it tells the noise of the response.
    quiet
        Standard deviation of the response in the quietest tenth of the frame.
    brightest
        Largest absolute value of a pixel.
    """

    pixel: float
    white: bool
    quiet: float
    brightest: float


@dataclass(frozen=True)
class Look:
    """What the detector sees in a frame.

    Attributes
    ----------
    centres, heights
        All maxima of the response: row and column (N, 2) [pixels] and height (N,).
    noise
        How noisy the frame is; None where that was not asked for.
    """

    centres: NDArray[np.float64]
    heights: NDArray[np.float64]
    noise: Noise | None


def look(image: Image, spots: SpotFilter, valid: Mask | None = None, *, noise: bool = True) -> Look:
    """Return what the detector sees in a frame (Y, X), or in its valid pixels."""
    check_halted()
    response = spots(without_background(image, spots.diameter, valid))
    centres, heights = spots.maxima(response, 0.0)
    if valid is not None:
        row, column = np.floor(centres + 0.5).astype(np.intp).T
        seen = valid[row, column]
        centres, heights = centres[seen], heights[seen]
    found = _noise_of(image, response, valid) if noise else None
    return Look(centres, heights.astype(np.float64), found)


def _noise_of(image: Image, response: Image, valid: Mask | None) -> Noise:
    some = np.abs(response[::2, ::2] if valid is None else response[valid][::4])
    return Noise(
        pixel_noise(image, valid),
        noise_is_white(image, valid),
        # The 10th percentile of |normal| is 0.1257 standard deviations.
        float(np.percentile(some, 10)) / 0.1257 if some.size else math.inf,
        float(np.abs(image).max()),
    )


def threshold_between(
    looks: Sequence[Look], spots: SpotFilter, multiple: float | None = None
) -> Threshold | None:
    """Return what :func:`guess_threshold` does, from frames that were looked at."""
    heights = np.concatenate([seen.heights for seen in looks])
    noise = _noise([seen.noise for seen in looks if seen.noise is not None], spots, heights)
    clear = heights[heights > _CLEAR * noise]
    typical = _weighted_quantile(clear, 0.5) if len(clear) else 0.0
    if multiple is not None:
        return Threshold(multiple * noise, noise, typical)
    if not typical:
        return None
    low, high = max(_LOWEST * noise, 0.15 * typical), 0.5 * typical
    level = _rarest(np.log(heights), math.log(low), math.log(high)) if low < high else low
    return Threshold(level, noise, typical)


def _noise(frames: Sequence[Noise], spots: SpotFilter, heights: NDArray[np.float64]) -> float:
    """Estimate the noise of the response from below and from above.

    The noise of single pixels tells it where the noise is white. It is too low where neighbours
    share their noise (compressed, scaled or smoothed movies). There the quietest tenth of the
    response does; but that is too high where nuclei leave no quiet place, so it counts only up to a
    twentieth of the brightest nuclei.
    """
    tiny = 1e-6 * max(noise.brightest for noise in frames)
    single = max(noise.pixel for noise in frames) * spots.gain
    if len(heights) == 0 or all(noise.white for noise in frames):
        return max(single, tiny)
    quiet = min(noise.quiet for noise in frames)
    return max(single, min(quiet, 0.05 * _weighted_quantile(heights, 0.9)), tiny)


def _scores(image: Image, diameters: NDArray[np.float64], aspect: float) -> NDArray[np.float64]:
    scores = np.zeros(len(diameters))
    for i, diameter in enumerate(diameters):
        check_halted()
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
            share = max(float(np.prod(1 - np.array(spots.diameter) / small.shape)), 0.1)
            scores[i] = np.sum(heights[whole].astype(np.float64) ** 2) / share
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
