"""A movie: pixels, labels or cell positions, with its calibration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Kind = Literal["image", "labels", "points"]


class Frames(Protocol):
    """A sequence of frames that may be read lazily, one at a time.

    A frame of an image or label movie is an array (Y, X); a frame of a point movie is an array
    (N, 2) of x, y positions in the movie's length unit.
    """

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> NDArray[np.generic]: ...


@dataclass(frozen=True)
class Movie:
    """What was observed.

    Attributes
    ----------
    kind
        What a frame holds: intensities, integer labels (0 is background) or positions.
    frames
        One entry a time point, read lazily where the file allows.
    times
        Time of each frame, shape (T,), strictly increasing [``time_unit``].
    time_unit, length_unit
        Canonical unit names of :mod:`napari_binn.units`.
    pixel_size
        Height and width of a pixel (dy, dx) [``length_unit``]; (1, 1) for points.
    extent
        The observed rectangle (x0, y0, x1, y1) [``length_unit``]. The centre of the first pixel of
        an image lies at (x0 + dx / 2, y0 + dy / 2), its outer corner at (x0, y0), which is (0, 0)
        unless the movie is a part of another (:func:`~napari_binn.movie.window.crop_movie`).
    source
        Path or name, as shown to the user.
    files
        The files it was read from, for fingerprints.
    assumptions
        One sentence for each thing that no file stated and that was assumed.
    extent_assumption
        The same for the extent: it only matters where nothing else says what was observed.
    valid
        One boolean array (Y, X) a frame, True where the pixel shows the specimen (and not, say, a
        text burned into it), read lazily like ``frames``; None means everywhere.
    """

    kind: Kind
    frames: Frames
    times: NDArray[np.float64]
    time_unit: str
    length_unit: str
    pixel_size: tuple[float, float]
    extent: tuple[float, float, float, float]
    source: str
    files: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = field(default=())
    extent_assumption: str = ""
    valid: Frames | None = None

    def __len__(self) -> int:
        return len(self.times)

    def __iter__(self) -> Iterator[NDArray[np.generic]]:
        return (self.frames[i] for i in range(len(self)))


@dataclass(frozen=True)
class MemoryFrames:
    """Frames that are already in memory (an array (T, Y, X) or a list of arrays)."""

    data: Sequence[NDArray[np.generic]] | NDArray[np.generic]

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> NDArray[np.generic]:
        return np.asarray(self.data[index])
