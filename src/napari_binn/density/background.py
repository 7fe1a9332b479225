"""The slowly varying background under bright spots."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]

# Blocks for the background, in diameters of a spot, and the share of a block that spots may cover.
BLOCK = 5.0
_PERCENTILE = 20.0
# Pixels looked at along a side of a block, and the share that must be valid: enough for a
# percentile.
_SIDE = 24
_FEWEST = 0.1


def without_background(
    image: Image, diameter: tuple[float, float], valid: Mask | None = None
) -> Image:
    """Return the image less its slowly varying background, shape (Y, X).

    The background is a low percentile in blocks of five diameters, smoothed and interpolated.
    Pixels that are not ``valid`` do not count and are zero in the result.
    """
    rows = _blocks(image.shape[0], BLOCK * diameter[0])
    columns = _blocks(image.shape[1], BLOCK * diameter[1])
    level = _levels(image, rows, columns, valid)
    # Blocks that nuclei cover whole are outliers; beyond the edge a slope goes on.
    around = np.pad(level, 1, mode="reflect", reflect_type="odd")
    level = ndimage.median_filter(around, size=3)[1:-1, 1:-1]
    result = _less_interpolated(image, level, rows.mean(axis=1), columns.mean(axis=1))
    if valid is not None:
        result[~valid] = 0
    return result


def _blocks(length: int, size: float) -> NDArray[np.intp]:
    """Return the pixels of equal blocks that cover an axis, shape (blocks, pixels of a block)."""
    pixels = min(length, max(1, round(size)))
    starts = np.linspace(0, length - pixels, max(1, round(length / pixels))).round().astype(np.intp)
    return starts[:, None] + np.arange(pixels)


def _levels(
    image: Image, rows: NDArray[np.intp], columns: NDArray[np.intp], valid: Mask | None
) -> Image:
    """Return the low percentile of each block, shape (blocks along y, along x)."""
    rows, columns = (
        blocks[:, :: max(2, math.ceil(blocks.shape[1] / _SIDE))] for blocks in (rows, columns)
    )
    levels = np.empty((len(rows), len(columns)), dtype=np.float32)
    for i, strip in enumerate(rows):
        # One strip of blocks at a time: (pixels along y, blocks, pixels along x).
        values = image[strip[:, None, None], columns]
        if valid is None:
            part = values.transpose(1, 0, 2).reshape(len(columns), -1)
            levels[i] = np.percentile(part, _PERCENTILE, axis=1)
        else:
            seen = valid[strip[:, None, None], columns]
            levels[i] = [_percentile(values[:, j], seen[:, j]) for j in range(len(columns))]
    return levels if valid is None else _filled(levels)


def _percentile(values: Image, seen: Mask) -> float:
    """Return the low percentile of the pixels that were seen; NaN if those are too few."""
    if seen.mean() < _FEWEST:
        return math.nan
    return float(np.percentile(values[seen], _PERCENTILE))


def _filled(levels: Image) -> Image:
    """Return the levels with each unknown one as its nearest known one; zeros if none is."""
    unknown = np.isnan(levels)
    if unknown.all():
        return np.zeros_like(levels)
    nearest = ndimage.distance_transform_edt(unknown, return_distances=False, return_indices=True)
    filled: Image = levels[tuple(nearest)]
    return filled


def _less_interpolated(
    image: Image, level: Image, y: NDArray[np.float64], x: NDArray[np.float64]
) -> Image:
    """Return the image less the bilinear interpolation of ``level`` at the centres y and x."""
    lower, weight = _between(y, image.shape[0])
    upper = np.minimum(lower + 1, len(y) - 1)
    along_y = level[lower] * (1 - weight[:, None]) + level[upper] * weight[:, None]
    lower, weight = _between(x, image.shape[1])
    result = np.empty_like(image)
    # From centre to centre, so that no second image is held.
    for j in np.unique(lower):
        part = slice(*np.searchsorted(lower, (j, j + 1)))
        left, right = along_y[:, j, None], along_y[:, min(j + 1, len(x) - 1), None]
        np.subtract(image[:, part], left + (right - left) * weight[part], out=result[:, part])
    return result


def _between(
    places: NDArray[np.float64], length: int
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Return between which places 0 … length - 1 lie, and how far from the lower one, (length,).

    Beyond the ends the slope goes on.
    """
    at = np.arange(length)
    if len(places) == 1:
        return np.zeros(length, dtype=np.intp), np.zeros(length, dtype=np.float32)
    lower = np.clip(np.searchsorted(places, at, side="right") - 1, 0, len(places) - 2)
    share = (at - places[lower]) / (places[lower + 1] - places[lower])
    return lower, share.astype(np.float32)
