"""Movies of pixels: one file with all frames, or a folder with one file a frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..settings import MovieSettings
from .axes import Layout
from .calibration import Stated, resolve_pixel_size, resolve_times
from .colour import as_grey
from .files import JPEGS, TIFFS, order_by_time, uneven_numbers
from .model import Frames, Movie
from .pictures import Picture, open_picture
from .series import Contents
from .tiff import TiffFrames, open_tiff, tiff_contents


class ImageFile(Frames, Protocol):
    """The frames of one channel and position of a file or folder, read when they are asked for."""

    @property
    def layout(self) -> Layout:
        """Where the frames are in the file."""
        ...

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the pixels."""
        ...

    @property
    def files(self) -> tuple[str, ...]:
        """All files that were read."""
        ...


#: The frames, the calibration that the file states, and a sentence for each thing it did not.
Opened = tuple[ImageFile, Stated, tuple[str, ...]]


@dataclass(frozen=True)
class FrameFiles:
    """Frames in one file each, read when they are asked for."""

    parts: Sequence[TiffFrames | Picture]

    @property
    def layout(self) -> Layout:
        """The layout of the first file."""
        return self.parts[0].layout

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the pixels."""
        return self.parts[0].dtype

    @property
    def files(self) -> tuple[str, ...]:
        """All files."""
        return tuple(str(part.path) for part in self.parts)

    def __len__(self) -> int:
        return len(self.parts)

    def __getitem__(self, index: int) -> NDArray[np.generic]:
        return self.parts[index][0]

    def window(self, index: int, y0: int, y1: int, x0: int, x1: int) -> NDArray[np.generic]:
        """Return rows y0 to y1 and columns x0 to x1 of a frame."""
        part = self.parts[index]
        if isinstance(part, TiffFrames):
            return part.window(0, y0, y1, x0, x1)
        return part[0][y0:y1, x0:x1]


def open_images(path: Path, settings: MovieSettings) -> Opened:
    """Open a file with several frames, or an OME-Zarr folder, without reading its pixels.

    Raises
    ------
    UserError
        The file is of another kind, cannot be read, or needs the user's word on something.
    """
    readers = _readers(path)
    if readers is None:
        open_picture(path, settings)
        raise UserError(f"{path} is a single frame: give the folder that holds all of them.")
    if settings.level and not path.is_dir():
        raise UserError(f"{path.name} is read in one resolution only: leave out 'movie.level'.")
    return readers[0](path, settings)


def movie_from_file(path: Path, settings: MovieSettings) -> Movie:
    """Read a file with several frames, or an OME-Zarr folder.

    Raises
    ------
    UserError
        See :func:`open_images` and the functions of :mod:`~napari_binn.movie.calibration`.
    """
    return _movie(open_images(path, settings), settings, path)


def movie_from_frames(paths: Sequence[Path], settings: MovieSettings, folder: Path) -> Movie:
    """Read a movie whose frames are the files ``paths``, in this order.

    A name that contains ``hours_<H>`` states the time of its frame.

    Raises
    ------
    UserError
        A file cannot be read or holds several frames, or the frames differ in size or type.
    """
    if len(paths) == 1 and paths[0].suffix.lower() in TIFFS:
        return movie_from_file(paths[0], settings)
    ordered, hours = order_by_time(paths)
    first = Stated()
    files: list[TiffFrames | Picture] = []
    assumptions: list[str] = []
    for path in ordered:
        opened: TiffFrames | Picture
        if path.suffix.lower() in TIFFS:
            opened, stated, remarks = open_tiff(path, settings)
            first = first if files else stated
            assumptions += remarks
        else:
            opened = open_picture(path, settings)
        files.append(opened)
    _check_alike(files)
    if hours is None and settings.times is None:
        assumptions += [text for text in (uneven_numbers(ordered),) if text]
    stated = Stated(first.pixel_size, first.length_unit, hours, None if hours is None else "hour")
    return _movie((FrameFiles(tuple(files)), stated, tuple(assumptions)), settings, folder)


def look_into(path: Path) -> Contents:
    """Return what positions, axes and sizes a file, or an OME-Zarr folder, states.

    Raises
    ------
    UserError
        As :func:`open_images`.
    """
    readers = _readers(path)
    if readers is None:
        raise UserError(f"{path} is a single frame: give the folder that holds all of them.")
    return readers[1](path)


def _readers(
    path: Path,
) -> tuple[Callable[[Path, MovieSettings], Opened], Callable[[Path], Contents]] | None:
    """Return what opens a file of this kind, and what looks into it; None for single pictures."""
    suffix = path.suffix.lower()
    if path.is_dir():
        from .omezarr import omezarr_contents, open_omezarr

        return open_omezarr, omezarr_contents
    if suffix in TIFFS:
        return open_tiff, tiff_contents
    if suffix == ".nd2":
        from .nd2_file import nd2_contents, open_nd2

        return open_nd2, nd2_contents
    if suffix == ".czi":
        from .czi_file import czi_contents, open_czi

        return open_czi, czi_contents
    return None


def _check_alike(files: Sequence[TiffFrames | Picture]) -> None:
    first = files[0]
    for file in files:
        if len(file) > 1:
            raise UserError(
                f"{file.path} holds {len(file)} frames, but one frame a file is expected in a "
                "folder: give that file itself."
            )
        if (file.layout.height, file.layout.width) != (first.layout.height, first.layout.width):
            raise UserError(
                f"The frames differ in size: {first.path.name} has {first.layout.width} × "
                f"{first.layout.height} pixels, {file.path.name} has {file.layout.width} × "
                f"{file.layout.height}."
            )
        if file.dtype.newbyteorder("=") != first.dtype.newbyteorder("="):
            raise UserError(
                f"The frames differ in type: {first.path.name} holds {_type(first.dtype)}, "
                f"{file.path.name} {_type(file.dtype)}. Export all of them in the same way."
            )


def _type(dtype: np.dtype[np.generic]) -> str:
    bits = 8 * dtype.itemsize
    kind = {"b": "a mask", "u": f"{bits}-bit numbers", "i": f"signed {bits}-bit numbers"}
    return kind.get(dtype.kind, f"{bits}-bit decimal numbers")


def _movie(opened: Opened, settings: MovieSettings, source: Path) -> Movie:
    images, stated, assumptions = opened
    if settings.field is not None:
        raise UserError(
            f"The setting 'movie.field' is for tables of positions, but {source} holds images: "
            "give 'density.region' to analyse a part of it."
        )
    layout = images.layout
    times, time_unit = resolve_times(stated, settings, len(images), str(source))
    (dx, dy), length_unit = resolve_pixel_size(stated, settings, str(source))
    frames: Frames = images
    valid: Frames | None = None
    if layout.channel is None:
        blocks = any(name.lower().endswith(JPEGS) for name in images.files)
        grey = as_grey(images, source.name, blocks=blocks)
        frames, valid = grey.frames, grey.valid
        assumptions = (*assumptions, grey.notice) if grey.notice else assumptions
    return Movie(
        kind="labels" if settings.kind == "labels" else "image",
        frames=frames,
        times=times,
        time_unit=time_unit,
        length_unit=length_unit,
        pixel_size=(dy, dx),
        extent=(0.0, 0.0, layout.width * dx, layout.height * dy),
        source=str(source),
        files=images.files,
        assumptions=assumptions,
        valid=valid,
    )
