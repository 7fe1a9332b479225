"""Segmented cells: each label is one cell, at its centroid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..events import Report
from ..movie.model import Movie
from ..settings import DensitySettings


def locate_labels(
    movie: Movie, indices: NDArray[np.intp], settings: DensitySettings, report: Report
) -> Callable[[int], NDArray[np.float64]]:
    """Return a function that gives the centroids (N, 2) of the labels of a frame.

    A cell counts once, in the bin of its centroid, whatever its size and even if its label is in
    several pieces. Label 0 is background.
    """
    dy, dx = movie.pixel_size

    def locate(index: int) -> NDArray[np.float64]:
        return centroids(_checked(movie, index)) * (dx, dy)

    return locate


def centroids(labels: NDArray[Any]) -> NDArray[np.float64]:
    """Return the centroids x, y of the labels, shape (N, 2) [pixels, outer corner at 0]."""
    rows, columns = np.nonzero(labels)
    _, member = np.unique(labels[rows, columns], return_inverse=True)
    area = np.bincount(member)
    x = np.bincount(member, weights=columns + 0.5) / area
    y = np.bincount(member, weights=rows + 0.5) / area
    return np.stack([x, y], axis=1)


def _checked(movie: Movie, index: int) -> NDArray[Any]:
    frame: NDArray[Any] = movie.frames[index]
    where = f"Frame {index + 1} of {movie.source}"
    if frame.dtype.kind == "b":
        raise UserError(f"{where} is a mask, not labels: give each cell its own number.")
    if frame.dtype.kind == "f":
        if not (np.isfinite(frame).all() and (frame == np.round(frame)).all()):
            raise UserError(
                f"{where} holds values that are not whole numbers, so it has no labels."
            )
        frame = frame.astype(np.int64)
    if frame.dtype.kind not in "iu":
        raise UserError(f"{where} does not hold labels.")
    if frame.min() < 0:
        raise UserError(f"{where} holds negative labels.")
    return frame
