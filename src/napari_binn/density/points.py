"""Given positions: they are the cells."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..events import Report
from ..movie.model import Movie
from ..settings import DensitySettings


def locate_points(
    movie: Movie, indices: NDArray[np.intp], settings: DensitySettings, report: Report
) -> Callable[[int], NDArray[np.float64]]:
    """Return a function that gives the positions (N, 2) of a frame."""

    def locate(index: int) -> NDArray[np.float64]:
        positions = np.asarray(movie.frames[index], dtype=np.float64).reshape(-1, 2)
        if not np.isfinite(positions).all():
            raise UserError(
                f"Frame {index + 1} of {movie.source} has a position that is not a finite number."
            )
        return positions

    return locate
