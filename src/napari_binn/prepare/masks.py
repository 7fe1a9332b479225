"""What of each frame shows the specimen: polygons that do not, and masks of the tissue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..density.polygons import Polygons, bounding, covered
from ..errors import UserError
from ..movie.model import Frames, Movie
from ..settings import MovieSettings
from ..units import symbol

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class TissueMask:
    """Where the tissue is.

    Attributes
    ----------
    frames
        One array a frame, or a single one.
    files
        What it was read from.
    """

    frames: Frames
    files: tuple[str, ...]

    @property
    def moving(self) -> bool:
        """Whether there is a mask for each frame."""
        return len(self.frames) > 1


def outside_of(polygons: Polygons, movie: Movie, shape: tuple[int, int]) -> Mask:
    """Return the pixels at least half of which no polygon covers, shape (Y, X)."""
    dy, dx = movie.pixel_size
    x = movie.extent[0] + np.arange(shape[1] + 1, dtype=np.float64) * dx
    y = movie.extent[1] + np.arange(shape[0] + 1, dtype=np.float64) * dy
    return np.asarray(covered(x, y, polygons, (), lines=2) < 0.5)


def check_polygons(polygons: Polygons, movie: Movie) -> None:
    """Raise a UserError if a polygon of 'prepare.ignore' lies outside of the field."""
    x0, y0, x1, y1 = movie.extent
    for polygon in polygons:
        left, top, right, bottom = bounding((polygon,))
        if right <= x0 or left >= x1 or bottom <= y0 or top >= y1:
            raise UserError(
                f"A shape of 'prepare.ignore' from ({left:g}, {top:g}) to ({right:g}, {bottom:g}) "
                f"lies outside of {movie.source}, which covers ({x0:g}, {y0:g}) to ({x1:g}, "
                f"{y1:g}) {symbol(movie.length_unit)}."
            )


def open_mask(path: str, movie: Movie) -> TissueMask:
    """Open an image or movie of masks and compare its size with that of the recorded frames.

    Raises
    ------
    UserError
        It cannot be read, or does not fit the movie.
    """
    found, count = Path(path).expanduser(), len(movie)
    try:
        mask = _read(found)
    except UserError as error:
        raise UserError(f"The mask of 'prepare.mask' cannot be used: {error}") from None
    masks = len(mask.frames)
    if masks not in (1, count):
        raise UserError(
            f"The mask {path} has {masks} frames, but {movie.source} has {count}: give one mask "
            "for all frames, or one for each."
        )
    mine, its = np.shape(movie.frames[0]), np.shape(mask.frames[0])
    if mine != its:
        raise UserError(
            f"The mask {path} has {_size(its)} pixels, but the frames of {movie.source} have "
            f"{_size(mine)}: make it of the same size."
        )
    return mask


def _read(path: Path) -> TissueMask:
    from ..movie.files import IMAGES, TIFFS
    from ..movie.pictures import open_picture
    from ..movie.read import open_input

    if not path.exists():
        raise UserError(f"there is no file or folder {path}.")
    suffix = path.suffix.lower()
    if path.is_file() and suffix in IMAGES and suffix not in TIFFS:
        return TissueMask(_Single(open_picture(path, MovieSettings(channel=0))), (str(path),))
    settings = MovieSettings(
        pixel_size=(1.0, 1.0), length_unit="pixel", frame_interval=1.0, time_unit="frame"
    )
    if path.is_file() and suffix in TIFFS:
        from ..movie.tiff import open_tiff

        frames = open_tiff(path, settings)[0]
        return TissueMask(frames, tuple(frames.files))
    opened = open_input(path, settings)
    if not isinstance(opened, Movie) or opened.kind == "points":
        raise UserError(f"{path} holds no image.")
    return TissueMask(opened.frames, opened.files)


@dataclass(frozen=True)
class _Single:
    """A picture as the only frame."""

    picture: Sequence[NDArray[np.generic]] | Frames

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: int) -> NDArray[np.generic]:
        return np.asarray(self.picture[0])


def _size(shape: tuple[int, ...]) -> str:
    return " × ".join(str(side) for side in reversed(shape))
