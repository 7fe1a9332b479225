"""A look at every frame: a few numbers each, from which bad frames are told."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..events import Progress, Report, silent
from ..movie.colour import fill_hidden
from ..movie.model import Movie
from .lazy import check_finite

Array = NDArray[np.float64]

#: Sharpness is measured on so many tiles along each side, of so many pixels a side.
TILES, TILE = 3, 256
#: Standard deviations of the blurs between which the finest structure lies [pixels].
_FINE, _COARSE = 1.0, 2.0
_WIDE = 8.0


@dataclass(frozen=True)
class Survey:
    """Numbers of each frame, arrays of shape (T,).

    Attributes
    ----------
    contrast
        Standard deviation of all structure, noise smoothed away [grey values].
    sharpness
        Variance of the finest structure over the squared mean. Blur takes it away, noise stays.
    highest
        Brightest pixel [grey values].
    at_top
        Share of the pixels at the upper end of the range of the pixel type; for types without
        one (and cameras that do not use all of it) the share at the brightest value.
    checksum
        The same for frames that are the same in every pixel.
    """

    contrast: Array
    sharpness: Array
    highest: Array
    at_top: Array
    checksum: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.contrast)


def survey(movie: Movie, report: Report = silent) -> Survey:
    """Look at each frame once.

    Raises
    ------
    UserError
        A frame cannot be read or holds values that are not numbers.
    """
    rows = []
    for index in range(len(movie)):
        rows.append(_look(movie, index))
        report(Progress("density", index + 1, len(movie), "checking the frames"))
    columns = np.array(rows, dtype=np.float64).T
    names = [item.name for item in fields(Survey)]
    found = dict(zip(names, columns, strict=True))
    return Survey(**{**found, "checksum": found["checksum"].astype(np.int64)})


def _look(movie: Movie, index: int) -> tuple[float, float, float, float, int]:
    recorded = np.ascontiguousarray(movie.frames[index])
    check_finite(recorded, index + 1, movie.source)
    image = recorded.astype(np.float32)
    seen = None if movie.valid is None else movie.valid[index].astype(np.bool_)
    contrast, sharpness = _structure(image, seen)
    shown = image if seen is None else image[seen]
    highest = float(shown.max()) if shown.size else 0.0
    at_top = float(np.mean(shown == highest)) if shown.size and shown.min() < highest else 0.0
    checksum = zlib.crc32(recorded.view(np.uint8).data)
    return contrast, sharpness, highest, at_top, checksum


def _structure(image: NDArray[np.float32], seen: NDArray[np.bool_] | None) -> tuple[float, float]:
    """Return the contrast of a frame and its sharpness."""
    everything, fine, means = [], [], []
    for window in _tiles(image.shape):
        tile = image[window] if seen is None else fill_hidden(image[window], seen[window])
        smooth = ndimage.gaussian_filter(tile, _FINE, mode="nearest")
        inside = np.ones(tile.shape, np.bool_) if seen is None else seen[window]
        if not inside.any():
            continue
        wide = ndimage.gaussian_filter(smooth, _WIDE, mode="nearest")
        less = ndimage.gaussian_filter(smooth, _COARSE, mode="nearest")
        means.append(float(np.mean(tile[inside])))
        everything.append(float(np.mean((smooth - wide)[inside] ** 2)))
        fine.append(float(np.mean((smooth - less)[inside] ** 2)))
    power = float(np.mean(everything)) if everything else 0.0
    bright = float(np.mean(means)) ** 2 if means else 0.0
    return np.sqrt(power), float(np.mean(fine)) / bright if bright > 0 else 0.0


def _tiles(shape: tuple[int, ...]) -> list[tuple[slice, slice]]:
    """Return windows spread evenly over a frame; all of a small one."""
    along = []
    for length in shape:
        count = 1 if length <= TILES * TILE else TILES
        size = length if count == 1 else TILE
        starts = np.linspace(0, length - size, count).round().astype(int)
        along.append([slice(int(start), int(start) + size) for start in starts])
    return [(rows, columns) for rows in along[0] for columns in along[1]]
