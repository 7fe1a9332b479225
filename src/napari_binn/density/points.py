"""Given positions: they are the cells."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..movie.model import Movie
from ..settings import DensitySettings
from .method import Looked, MethodInfo
from .sight import Sight


class Points:
    """Each given position is a cell."""

    info = MethodInfo(
        "points",
        "Count given positions",
        "Each position in the table is one cell.",
        ("points",),
        "cells",
    )

    def look(self, sight: Sight, indices: NDArray[np.intp], settings: DensitySettings) -> Looked:
        """Nothing has to be found."""
        return Looked(lambda index: positions(sight.movie, index))


def positions(movie: Movie, index: int) -> NDArray[np.float64]:
    """Return the positions x, y of a frame, shape (N, 2) [length unit of the movie].

    Raises
    ------
    UserError
        One of them is not a finite number.
    """
    found = np.asarray(movie.frames[index], dtype=np.float64).reshape(-1, 2)
    if not np.isfinite(found).all():
        raise UserError(
            f"Frame {index + 1} of {movie.source} has a position that is not a finite number."
        )
    return found
