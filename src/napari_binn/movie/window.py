"""A part of a movie, read without the rest where the file allows it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from .model import Frames, Movie

Region = tuple[float, float, float, float]


@runtime_checkable
class WindowFrames(Protocol):
    """Frames of pixels that can be read in part: tiled TIFF, OME-Zarr, CZI."""

    def window(self, index: int, y0: int, y1: int, x0: int, x1: int) -> NDArray[np.generic]:
        """Return rows y0 to y1 and columns x0 to x1 (ends excluded) of frame ``index``."""
        ...


def read_window(
    frames: Frames, index: int, y0: int, y1: int, x0: int, x1: int
) -> NDArray[np.generic]:
    """Return a window of frame ``index``, shape (y1 - y0, x1 - x0).

    Frames that cannot be read in part are read whole and cut.

    Parameters
    ----------
    y0, y1, x0, x1
        Rows and columns inside the frame, the ends excluded.
    """
    if isinstance(frames, WindowFrames):
        return frames.window(index, y0, y1, x0, x1)
    return frames[index][y0:y1, x0:x1]


@dataclass(frozen=True)
class Windowed:
    """The same window of every frame, as frames of their own."""

    frames: Frames
    y0: int
    y1: int
    x0: int
    x1: int

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, index: int) -> NDArray[np.generic]:
        return read_window(self.frames, index, self.y0, self.y1, self.x0, self.x1)

    def window(self, index: int, y0: int, y1: int, x0: int, x1: int) -> NDArray[np.generic]:
        """Return a window of the window."""
        return read_window(
            self.frames, index, self.y0 + y0, self.y0 + y1, self.x0 + x0, self.x0 + x1
        )


def crop_movie(movie: Movie, region: Region, margin: float = 0.0) -> Movie:
    """Return the pixels of a movie around a region, so that no others are ever read.

    The part begins at a whole pixel. Its ``extent`` says where it lies in the movie, so the centre
    of its first pixel is at (x0 + dx / 2, y0 + dy / 2) of its own extent. A movie of positions, and
    one that is needed whole, is returned as it is.

    Parameters
    ----------
    movie
        Pixels or labels.
    region
        x0, y0, x1, y1 [length unit of the movie].
    margin
        How far beyond the region pixels are kept [length unit]: what a filter at its border sees.
    """
    if movie.kind == "points":
        return movie
    left, top, right, bottom = movie.extent
    dy, dx = movie.pixel_size
    height, width = round((bottom - top) / dy), round((right - left) / dx)
    x0, x1 = _span(region[0] - margin - left, region[2] + margin - left, dx, width)
    y0, y1 = _span(region[1] - margin - top, region[3] + margin - top, dy, height)
    if (x0, y0, x1, y1) == (0, 0, width, height) or x0 >= x1 or y0 >= y1:
        return movie
    return replace(
        movie,
        frames=Windowed(movie.frames, y0, y1, x0, x1),
        valid=None if movie.valid is None else Windowed(movie.valid, y0, y1, x0, x1),
        extent=(left + x0 * dx, top + y0 * dy, left + x1 * dx, top + y1 * dy),
    )


def _span(low: float, high: float, pixel: float, count: int) -> tuple[int, int]:
    """Return the pixels that lie, wholly or in part, between two lengths; borders are exact."""
    first = math.floor(low / pixel + 1e-9)
    last = math.ceil(high / pixel - 1e-9)
    return max(first, 0), min(last, count)
