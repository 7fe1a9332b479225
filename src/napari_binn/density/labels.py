"""Segmented cells: each label is one cell, at its centroid."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..movie.model import Movie
from ..settings import DensitySettings
from .frames import spread
from .method import Looked, MethodInfo
from .sight import Sight

# Frames in which there must be more than one label; only if there is not, all are looked at.
_SAMPLE = 3


class Labels:
    """Each label is a cell, at its centroid.

    A cell counts once, in the bin of its centroid, whatever its size and even if its label is in
    several pieces. Label 0 is background.
    """

    info = MethodInfo(
        "labels",
        "Count labelled cells",
        "Each label of the segmentation is one cell, at the middle of its pixels.",
        ("labels",),
        "cells",
    )

    def look(self, sight: Sight, indices: NDArray[np.intp], settings: DensitySettings) -> Looked:
        """See that there are labels, not a mask.

        Raises
        ------
        UserError
            The frames that are looked at hold one label at most.
        """
        movie = sight.movie
        dy, dx = movie.pixel_size

        def measure(index: int) -> NDArray[np.float64]:
            def find() -> NDArray[np.float64]:
                found: NDArray[np.float64] = centroids(_checked(movie, index)) * (dx, dy)
                return found + movie.extent[:2]

            return sight.keep(("labels", index), find)

        most = max(len(measure(index)) for index in spread(indices, _SAMPLE))
        if most == 1 and max((len(measure(int(index))) for index in indices), default=0) == 1:
            raise UserError(
                f"{movie.source} has one label only, so it looks like a mask: give each cell its "
                "own number."
            )
        return Looked(measure)


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
