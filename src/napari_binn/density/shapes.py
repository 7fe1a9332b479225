"""Whether the bright places of a movie are round spots, as nuclei are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .calibrate import guess_diameter
from .frames import middle
from .sight import Sight

# Median ratio of the two curvatures at bright maxima, 1 for a disc and 0 for a line: 0.55 to 0.9
# for nuclei from sparse to touching, 0.2 to 0.3 for the rims of cells in phase contrast.
_ROUND = 0.42
# Fewer maxima tell nothing.
_FEWEST = 30
# Maxima count from this share of the brightest ones, so that noise does not.
_BRIGHT = 0.25
# The middle of a frame is enough, up to so many pixels along a side.
_MIDDLE = 1024
# Larger frames are not read whole [pixels along a side].
_WHOLE = 4096


def bright_spots_are_round(sight: Sight, frames: Sequence[int]) -> bool:
    """Return False if the bright places of all these frames are clearly lines and rims.

    Of each place the two principal curvatures of the smoothed frame are compared (Lindeberg,
    "Feature detection with automatic scale selection", IJCV 30, 1998), at the scale of the
    typical bright spot.
    """
    dy, dx = sight.movie.pixel_size
    images = [_middle(sight, index) for index in frames]
    diameter = guess_diameter(images, aspect=dy / dx)
    if diameter is None:
        return True
    sigma = (diameter * dx / dy / 2.83, diameter / 2.83)
    ratios = [_roundness(image, sigma) for image in images]
    told = [ratio for ratio in ratios if ratio is not None]
    return not told or max(told) >= _ROUND


def _roundness(image: NDArray[np.float32], sigma: tuple[float, float]) -> float | None:
    """Return the median ratio of the curvatures at the bright maxima, None for few of them."""
    sy, sx = sigma
    yy = sy * sy * ndimage.gaussian_filter(image, sigma, order=(2, 0))
    xx = sx * sx * ndimage.gaussian_filter(image, sigma, order=(0, 2))
    xy = sy * sx * ndimage.gaussian_filter(image, sigma, order=(1, 1))
    response = -(yy + xx)
    highest = ndimage.maximum_filter(response, [2 * max(1, round(0.85 * s)) + 1 for s in sigma])
    bright = response > _BRIGHT * float(np.percentile(response[::2, ::2], 99.5))
    at = np.nonzero((response == highest) & bright & (response > 0))
    if len(at[0]) < _FEWEST:
        return None
    mean, half = (yy[at] + xx[at]) / 2, np.hypot((yy[at] - xx[at]) / 2, xy[at])
    return float(np.median((mean + half) / (mean - half)))


def _middle(sight: Sight, index: int) -> NDArray[np.float32]:
    """Return the middle of a frame; what is not valid is set to the median, so nothing is there."""
    (x0, y0, x1, y1), (dy, dx) = sight.movie.extent, sight.movie.pixel_size
    height, width = round((y1 - y0) / dy), round((x1 - x0) / dx)
    top, left = max(0, (height - _MIDDLE) // 2), max(0, (width - _MIDDLE) // 2)
    if max(height, width) > _WHOLE:
        window = (top, min(top + _MIDDLE, height), left, min(left + _MIDDLE, width))
        part, seen = sight.window(index, window)
    else:
        valid = sight.valid(index)
        part = middle(sight.pixels(index), _MIDDLE)
        seen = None if valid is None else middle(valid, _MIDDLE)
    if seen is None or not seen.any():
        return part
    return np.where(seen, part, np.float32(np.median(part[seen])))
