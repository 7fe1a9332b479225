"""Movies of pixels: one file with all frames, or a folder with one file a frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..settings import MovieSettings
from .axes import Layout
from .calibration import Stated, resolve_pixel_size, resolve_times
from .files import TIFFS, order_by_time
from .model import Frames, Movie
from .pictures import Picture, open_picture
from .tiff import TiffFrames, open_tiff


@dataclass(frozen=True)
class FrameFiles:
    """Frames in one file each, read when they are asked for."""

    files: Sequence[TiffFrames | Picture]

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> NDArray[np.generic]:
        return self.files[index][0]


def movie_from_file(path: Path, settings: MovieSettings) -> Movie:
    """Read a TIFF file with several frames.

    Raises
    ------
    UserError
        See :func:`~napari_binn.movie.tiff.open_tiff` and the functions of
        :mod:`~napari_binn.movie.calibration`.
    """
    if path.suffix.lower() not in TIFFS:
        open_picture(path, settings)
        raise UserError(f"{path} is a single frame: give the folder that holds all of them.")
    frames, stated, assumptions = open_tiff(path, settings)
    return _movie(frames, frames.layout, stated, settings, path, frames.files, assumptions)


def movie_from_frames(paths: Sequence[Path], settings: MovieSettings, folder: Path) -> Movie:
    """Read a movie whose frames are the files ``paths``, in this order.

    A name that contains ``hours_<H>`` states the time of its frame.

    Raises
    ------
    UserError
        A file cannot be read or holds several frames, or the frames differ in size.
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
    stated = Stated(first.pixel_size, first.length_unit, hours, None if hours is None else "hour")
    names = tuple(str(path) for path in ordered)
    frames = FrameFiles(tuple(files))
    return _movie(frames, files[0].layout, stated, settings, folder, names, tuple(assumptions))


def _check_alike(files: Sequence[TiffFrames | Picture]) -> None:
    height, width = files[0].layout.height, files[0].layout.width
    for file in files:
        if len(file) > 1:
            raise UserError(
                f"{file.path} holds {len(file)} frames, but one frame a file is expected in a "
                "folder: give that file itself."
            )
        if (file.layout.height, file.layout.width) != (height, width):
            raise UserError(
                f"The frames differ in size: {files[0].path.name} has {width} × {height} pixels, "
                f"{file.path.name} has {file.layout.width} × {file.layout.height}."
            )


def _movie(
    frames: Frames,
    layout: Layout,
    stated: Stated,
    settings: MovieSettings,
    source: Path,
    files: tuple[str, ...],
    assumptions: tuple[str, ...],
) -> Movie:
    if settings.field is not None:
        raise UserError(
            f"The setting 'movie.field' is for tables of positions, but {source} holds images: "
            "give 'density.region' to analyse a part of it."
        )
    times, time_unit = resolve_times(stated, settings, len(frames), str(source))
    (dx, dy), length_unit = resolve_pixel_size(stated, settings, str(source))
    return Movie(
        kind="labels" if settings.kind == "labels" else "image",
        frames=frames,
        times=times,
        time_unit=time_unit,
        length_unit=length_unit,
        pixel_size=(dy, dx),
        extent=(0.0, 0.0, layout.width * dx, layout.height * dy),
        source=str(source),
        files=files,
        assumptions=assumptions,
    )
