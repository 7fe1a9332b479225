"""Frames from the viewer as files that the engine reads."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..movie.model import Movie
from ..movie.read import open_input
from ..movie.window import read_window
from ..run.files import replacing, write_sentence, write_text
from ..settings import Settings

_CLASSIC_TIFF = 4_000_000_000  # bytes
_WHOLE = 16_000_000  # pixels: larger frames are compared in parts
_PART = 512  # pixels: side of such a part


def same_input(path: Path, values: dict[str, Any], movie: Movie) -> bool:
    """Return whether the file, read with these movie settings, holds the same movie.

    The first, the middle and the last frame are compared; of very large ones the corners and the
    middle.
    """
    try:
        read = open_input(path, Settings.build({"movie": values}).movie)
        return (
            isinstance(read, Movie)
            and (read.kind, read.length_unit) == (movie.kind, movie.length_unit)
            and len(read) == len(movie) == len(read.frames)
            and np.allclose(read.extent, movie.extent)
            and np.allclose(read.times, movie.times)
            and all(_same_frame(read, movie, index) for index in _looked_at(len(movie)))
        )
    except UserError:
        return False


def write_images(
    movie: Movie, path: Path, report_progress: Callable[[int, int], None] | None = None
) -> None:
    """Write the frames of an image or label movie as TIFF, one at a time, without loss.

    Frames (Y, X, S) are written as colour images.

    Raises
    ------
    UserError
        The disk is full, or does not let the file be written.
    """
    import tifffile

    first = _storable(movie.frames[0])
    shape = (len(movie), *first.shape)

    def frames() -> Iterator[NDArray[Any]]:
        for index in range(len(movie)):
            yield first if index == 0 else _storable(movie.frames[index]).astype(first.dtype)
            if report_progress is not None:
                report_progress(index + 1, len(movie))

    with replacing(path) as temporary:
        tifffile.imwrite(
            temporary,
            frames(),
            shape=shape,
            dtype=first.dtype,
            bigtiff=first.nbytes * len(movie) > _CLASSIC_TIFF,
            photometric="rgb" if first.ndim == 3 else "minisblack",
            metadata={"axes": "TYXS" if first.ndim == 3 else "TYX"},
        )


def write_positions(movie: Movie, folder: Path) -> Path:
    """Write the positions of a point movie and return the file, or the folder of tables.

    One table can only tell of frames with cells, so frames without any need a table each.

    Raises
    ------
    UserError
        The disk is full, or does not let the files be written.
    """
    if all(len(frame) for frame in movie):
        path = folder / "input.csv"
        rows = [
            f"{float(time)!r},{_numbers(position)}\n"
            for time, frame in zip(movie.times, movie, strict=True)
            for position in frame
        ]
        write_text(path, "t,x,y\n" + "".join(rows))
        return path
    return _write_tables(movie, folder / "input")


def _write_tables(movie: Movie, path: Path) -> Path:
    temporary = path.with_name(f".input.{secrets.token_hex(4)}.partial")
    try:
        temporary.mkdir(parents=True)
        for index, frame in enumerate(movie):
            lines = "".join(f"{_numbers(position)}\n" for position in frame)
            (temporary / f"frame_{index:05d}.csv").write_text("x,y\n" + lines, encoding="utf-8")
        shutil.rmtree(path, ignore_errors=True)
        os.replace(temporary, path)
    except OSError as error:
        raise UserError(write_sentence(path, error)) from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return path


def _numbers(position: NDArray[Any]) -> str:
    """Write numbers so that the very same ones are read."""
    return ",".join(repr(float(value)) for value in position)


def _storable(frame: NDArray[Any]) -> NDArray[Any]:
    return frame.astype(np.uint8) if frame.dtype.kind == "b" else frame


def _looked_at(count: int) -> set[int]:
    return {0, count // 2, count - 1}


def _same_frame(a: Movie, b: Movie, index: int) -> bool:
    height, width = _shape(a)
    if a.kind == "points" or height * width <= _WHOLE:
        return _equal(a.frames[index], b.frames[index])
    windows = product(_parts(height), _parts(width))
    return all(
        _equal(*(read_window(movie.frames, index, *rows, *columns) for movie in (a, b)))
        for rows, columns in windows
    )


def _parts(side: int) -> list[tuple[int, int]]:
    """Return the first, the middle and the last part of a side [pixels]."""
    starts = (0, side // 2, max(side - _PART, 0))
    return [(start, min(start + _PART, side)) for start in starts]


def _shape(movie: Movie) -> tuple[int, int]:
    """Return the pixels along y and x."""
    x0, y0, x1, y1 = movie.extent
    return round((y1 - y0) / movie.pixel_size[0]), round((x1 - x0) / movie.pixel_size[1])


def _equal(a: NDArray[Any], b: NDArray[Any]) -> bool:
    if a.shape != b.shape:
        return False
    if a.dtype.kind == b.dtype.kind == "f" and b.ndim == 2 and b.shape[1] == 2:
        return bool(np.allclose(a, b, rtol=1e-12))
    return bool(np.array_equal(a, b, equal_nan=a.dtype.kind == "f"))
