"""Frames of pixels, checked before they are measured."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..movie.model import Movie
from ..movie.window import read_window

#: Rows y0 to y1 and columns x0 to x1 of a frame, the ends excluded.
Window = tuple[int, int, int, int]


def pixels(movie: Movie, index: int, window: Window | None = None) -> NDArray[np.float32]:
    """Return frame ``index`` as float32, shape (Y, X), or a window of it.

    Raises
    ------
    UserError
        A pixel is not a finite number.
    """
    frame = movie.frames[index] if window is None else read_window(movie.frames, index, *window)
    if frame.dtype.kind not in "biuf":
        raise UserError(f"Frame {index + 1} of {movie.source} does not hold real numbers.")
    image = np.ascontiguousarray(frame, dtype=np.float32)
    if frame.dtype.kind == "f" and not np.isfinite(image).all():
        count = int(np.count_nonzero(~np.isfinite(image)))
        raise UserError(
            f"Frame {index + 1} of {movie.source} has pixels that are not finite numbers "
            f"({count} of them are NaN or infinite): replace them first."
        )
    return image


def spread(indices: NDArray[np.intp], count: int) -> list[int]:
    """Return at most ``count`` of the indices, evenly spread, with the first and the last."""
    if len(indices) <= count:
        return [int(i) for i in indices]
    chosen = np.unique(np.linspace(0, len(indices) - 1, count).round().astype(np.intp))
    return [int(i) for i in indices[chosen]]


def middle(image: NDArray[Any], side: int) -> NDArray[Any]:
    """Return the middle of a frame (Y, X), at most ``side`` pixels along each side."""
    rows, columns = (max(0, (length - side) // 2) for length in image.shape)
    return image[rows : rows + side, columns : columns + side]
