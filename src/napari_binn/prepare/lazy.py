"""Frames that are corrected when they are asked for: a movie is never in memory as a whole.

All of them can be read in part (:mod:`napari_binn.movie.window`), where the file can.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..movie.model import Frames
from ..movie.window import read_window

Mask = NDArray[np.bool_]
Offsets = NDArray[np.intp]
Pixels = NDArray[np.generic]


@dataclass(frozen=True)
class ChosenFrames:
    """Some frames of a movie; what is wrong with one is told by its number in the whole movie.

    Attributes
    ----------
    kept
        Their indices, shape (N,).
    name
        What the movie is called in messages; "" for masks, which hold no numbers to check.
    """

    frames: Frames
    kept: NDArray[np.intp]
    name: str = ""

    def __len__(self) -> int:
        return len(self.kept)

    def __getitem__(self, index: int) -> Pixels:
        return self._checked(self.frames[int(self.kept[index])], index)

    def window(self, index: int, y0: int, y1: int, x0: int, x1: int) -> Pixels:
        """Return a part of a frame."""
        which = int(self.kept[index])
        return self._checked(read_window(self.frames, which, y0, y1, x0, x1), index)

    def _checked(self, frame: Pixels, index: int) -> Pixels:
        if self.name:
            check_finite(frame, int(self.kept[index]) + 1, self.name)
        return frame


@dataclass(frozen=True)
class EvenFrames:
    """Frames divided by the light that fell on them.

    Attributes
    ----------
    light
        Shape (Y, X), 1 on average.
    dark
        What the camera gives without any light [grey values]; it stays.
    """

    frames: Frames
    light: NDArray[np.float32]
    dark: float = 0.0

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, index: int) -> Pixels:
        return self._even(self.frames[index], self.light)

    def window(self, index: int, y0: int, y1: int, x0: int, x1: int) -> Pixels:
        """Return a part of a frame."""
        part = read_window(self.frames, index, y0, y1, x0, x1)
        return self._even(part, self.light[y0:y1, x0:x1])

    def _even(self, frame: Pixels, light: NDArray[np.float32]) -> Pixels:
        image = np.array(frame, dtype=np.float32)
        image -= np.float32(self.dark)
        image /= light
        image += np.float32(self.dark)
        return image


@dataclass(frozen=True)
class MovedFrames:
    """Frames moved by whole pixels, so that noise and texture stay as they were recorded.

    Attributes
    ----------
    offsets
        Rows and columns by which the specimen is found further down and right in each frame than
        where it belongs, shape (T, 2).
    outside
        What stands where nothing was recorded; None repeats the border of the frame.
    """

    frames: Frames
    offsets: Offsets
    shape: tuple[int, int]
    outside: bool | None = None

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, index: int) -> Pixels:
        if not self.offsets[index].any():
            return self.frames[index]
        return self.window(index, 0, self.shape[0], 0, self.shape[1])

    def window(self, index: int, y0: int, y1: int, x0: int, x1: int) -> Pixels:
        """Return a part of a frame."""
        height, width = self.shape
        rows = np.arange(y0, y1) + self.offsets[index, 0]
        columns = np.arange(x0, x1) + self.offsets[index, 1]
        inside_y, inside_x = np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)
        top, left = int(inside_y[0]), int(inside_x[0])
        found = read_window(
            self.frames, index, top, int(inside_y[-1]) + 1, left, int(inside_x[-1]) + 1
        )
        result = found[np.ix_(inside_y - top, inside_x - left)]
        if self.outside is not None:
            result[rows != inside_y] = self.outside
            result[:, columns != inside_x] = self.outside
        return result


@dataclass(frozen=True)
class MaskFrames:
    """Masks (True: the specimen is seen) that hold together.

    Attributes
    ----------
    masks
        One array (Y, X) for all frames, or one a frame. Whatever is not zero is True.
    shape
        Height and width.
    count
        Number of frames.
    """

    masks: Sequence[Frames | Mask]
    shape: tuple[int, int]
    count: int

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> Pixels:
        return self.window(index, 0, self.shape[0], 0, self.shape[1])

    def window(self, index: int, y0: int, y1: int, x0: int, x1: int) -> Pixels:
        """Return a part of a mask."""
        seen = np.ones((y1 - y0, x1 - x0), dtype=np.bool_)
        for mask in self.masks:
            if isinstance(mask, np.ndarray):
                seen &= mask[y0:y1, x0:x1]
            else:
                seen &= read_window(mask, index, y0, y1, x0, x1).astype(np.bool_)
        return seen


def check_finite(frame: NDArray[Any], number: int, name: str) -> None:
    """Raise a UserError if a pixel of frame ``number`` (from 1) is not a finite number."""
    if frame.dtype.kind == "f" and not np.isfinite(frame).all():
        raise UserError(
            f"Frame {number} of {name} has pixels that are not finite numbers "
            f"({int(np.count_nonzero(~np.isfinite(frame)))} of them are NaN or infinite): "
            "replace them first, or leave the frame out with 'prepare.leave_out'."
        )
