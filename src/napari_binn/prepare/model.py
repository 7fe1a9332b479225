"""What was done to a movie before it is measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..movie.model import Movie

#: A drift is certain if it is so many standard errors long.
CERTAIN = 3.0
#: A shorter path moves no frame [pixels].
LEAST = 0.5
Fault = Literal["blank", "blurred", "saturated", "duplicate"]


@dataclass(frozen=True)
class Flag:
    """Something that is wrong with a frame.

    Attributes
    ----------
    index
        The frame, in the movie as it was recorded (from 0).
    fault
        What is wrong.
    value
        How much: for "blurred" the share of the sharpness of its neighbours, for "saturated" the
        share of its pixels, for "blank" the share of the neighbours' contrast; else 1.
    """

    index: int
    fault: Fault
    value: float = 1.0


@dataclass(frozen=True)
class Drift:
    """Where the specimen was in each frame.

    Attributes
    ----------
    path
        How much further down and right than in the first frame the specimen is, shape (T, 2)
        [pixels], for the frames that are kept.
    followed
        Whether the frame itself told so; if not, its neighbours did. Shape (T,).
    error
        Standard error of the path along a side, shape (T,) [pixels].
    """

    path: NDArray[np.float64]
    followed: NDArray[np.bool_]
    error: NDArray[np.float64]

    @property
    def seen(self) -> bool:
        """Whether the path goes further than cells that move by themselves make it seem to."""
        away = np.hypot(*self.path.T)
        return bool((away > np.maximum(CERTAIN * np.sqrt(2) * self.error, LEAST)).any())

    @property
    def offsets(self) -> NDArray[np.intp]:
        """The path in whole pixels; zero if no drift was seen."""
        return np.rint(self.path * self.seen).astype(np.intp)


@dataclass(frozen=True)
class Prepared:
    """A movie that is ready to be measured, and what was done to it.

    Attributes
    ----------
    movie
        Its frames are corrected when they are asked for.
    kept
        Indices of its frames in the movie as it was recorded, shape (T,).
    flags
        What is wrong with frames, those that were left out included.
    left_out
        Indices of the recorded frames that were left out.
    drift
        None if it was not corrected.
    light
        Shape (Y, X), 1 on average: how bright the field was lit; None if that was not corrected.
    hidden
        Share of the field that texts, scale bars and polygons hide.
    """

    movie: Movie
    kept: NDArray[np.intp]
    flags: tuple[Flag, ...] = ()
    left_out: tuple[int, ...] = ()
    drift: Drift | None = None
    light: NDArray[np.float32] | None = None
    hidden: float = 0.0

    def position(self, recorded: int) -> int | None:
        """Return where a frame of the recorded movie is in this one; None if it was left out."""
        found = np.flatnonzero(self.kept == recorded)
        return int(found[0]) if len(found) else None

    def offset(self, index: int) -> tuple[float, float]:
        """Return how far frame ``index`` was moved back (y, x) [length unit].

        Add it to coordinates of the corrected movie to get those of the recorded frame.
        """
        if self.drift is None:
            return 0.0, 0.0
        dy, dx = self.drift.offsets[index]
        height, width = self.movie.pixel_size
        return float(dy) * height, float(dx) * width
