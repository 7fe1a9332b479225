"""Frames too large to be measured in one piece: tiles that overlap."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

#: Frames of more pixels are measured in tiles of about ``SIDE`` pixels a side.
LARGEST = 1 << 24
SIDE = 2048


@dataclass(frozen=True)
class Tile:
    """A part of a frame, and what is read around it.

    Attributes
    ----------
    core
        Rows y0 to y1 and columns x0 to x1, the ends excluded; the cores of all tiles fill a frame.
    window
        The same of what is read.
    """

    core: tuple[int, int, int, int]
    window: tuple[int, int, int, int]

    def holds(self, centres: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which places (row, column) of the frame (N, 2) lie in the core."""
        y0, y1, x0, x1 = self.core
        row, column = (np.floor(centres[:, axis] + 0.5) for axis in (0, 1))
        return np.asarray((row >= y0) & (row < y1) & (column >= x0) & (column < x1))


def tiles_of(
    shape: tuple[int, int], margin: tuple[int, int], part: tuple[int, int, int, int] | None = None
) -> list[Tile]:
    """Return the tiles of a frame; one of the whole frame if it is not too large.

    They lie in the same places whatever part is asked for, so that each finds the same in them.

    Parameters
    ----------
    shape
        Height and width of the frame [pixels].
    margin
        Rows and columns that are read around a tile.
    part
        Rows y0 to y1 and columns x0 to x1: tiles that hold nothing of it are left out.
    """
    height, width = shape
    whole = (0, height, 0, width)
    if height * width <= LARGEST:
        return [Tile(whole, whole)]
    y0, y1, x0, x1 = whole if part is None else part
    return [
        Tile((top, bottom, left, right), (*_widened(top, bottom, margin[0], height),
                                          *_widened(left, right, margin[1], width)))
        for top, bottom in _pieces(height)
        for left, right in _pieces(width)
        if top < y1 and bottom > y0 and left < x1 and right > x0
    ]  # fmt: skip


def _pieces(length: int) -> list[tuple[int, int]]:
    edges = np.linspace(0, length, max(1, round(length / SIDE)) + 1).round().astype(int).tolist()
    return list(pairwise(edges))


def _widened(low: int, high: int, margin: int, length: int) -> tuple[int, int]:
    return max(low - margin, 0), min(high + margin, length)
