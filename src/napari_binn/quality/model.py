"""What is kept of a measurement, to be looked at in its report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..prepare.model import Flag


@dataclass(frozen=True)
class Remark:
    """A sentence that was said while the density was measured."""

    text: str
    level: Literal["info", "warning"] = "info"


@dataclass(frozen=True)
class Shot:
    """A frame with what was found in it.

    Attributes
    ----------
    frame
        Its index in the movie as it was recorded (from 0).
    time
        When it was taken [time unit of the density].
    box
        What it shows: x0, y0, x1, y1 [length unit of the density].
    image
        The frame, small, corrected as it was measured, shape (Y, X), 0 to 255; None for positions.
    positions
        Cells x, y that were counted, shape (N, 2) [length unit of the density]; None if none were
        counted. Of very many, some.
    count
        How many there are.
    covered
        Where cells cover the area, shape (Y, X); None unless that was measured.
    hidden
        Where nothing was measured, shape (Y, X); None if everything was.
    """

    frame: int
    time: float
    box: tuple[float, float, float, float]
    image: NDArray[np.uint8] | None = None
    positions: NDArray[np.float32] | None = None
    count: int = 0
    covered: NDArray[np.bool_] | None = None
    hidden: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class Quality:
    """How a density was measured.

    Attributes
    ----------
    times
        Time of each recorded frame, shape (T,) [time unit of the density].
    remarks
        All that was said.
    flags
        What is wrong with frames.
    left_out
        Indices of the recorded frames that were not used.
    kept
        Indices of the recorded frames that ``drift`` and ``drift_error`` belong to, shape (N,).
    drift, drift_error
        How much further down and right than in the first frame the specimen was (y, x), shape
        (N, 2), and its standard error along a side, shape (N,) [length unit of the density]; None
        if drift was not looked for.
    moved
        Whether it was taken out.
    shots
        The first, a middle and the last frame that were measured.
    """

    times: NDArray[np.float64]
    remarks: tuple[Remark, ...] = ()
    flags: tuple[Flag, ...] = ()
    left_out: tuple[int, ...] = ()
    kept: NDArray[np.intp] | None = None
    drift: NDArray[np.float64] | None = None
    drift_error: NDArray[np.float64] | None = None
    moved: bool = False
    shots: tuple[Shot, ...] = ()
