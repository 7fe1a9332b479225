"""Which files of a folder are the frames, in which order, and what their names say about time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError

TABLES = (".csv", ".tsv", ".txt")
TIFFS = (".tif", ".tiff")
JPEGS = (".jpg", ".jpeg")
PICTURES = (".png", *JPEGS)
IMAGES = TIFFS + PICTURES
#: Files of microscopes, which the extras nd2 and czi read.
MICROSCOPES = (".nd2", ".czi")
ZARR = ".zarr"

# The files that make a folder a Zarr, of formats 3 and 2.
_ZARR_MARKS = ("zarr.json", ".zgroup", ".zarray")
_HOURS = re.compile(r"(?:^|[^a-z])hours?_(\d+(?:[.p]\d+)?)", re.IGNORECASE)


def is_zarr(folder: Path) -> bool:
    """Return whether a folder is a Zarr group or array."""
    return folder.is_dir() and any((folder / name).is_file() for name in _ZARR_MARKS)


def list_frames(folder: Path, pattern: str) -> list[Path]:
    """Return the tables or images of ``folder`` that match ``pattern``, in natural order.

    Files of other kinds (a README, a licence) are passed over, and so are text files beside CSV
    tables or images.

    Raises
    ------
    UserError
        The folder cannot be read, nothing matches, or tables and images are mixed.
    """
    try:
        found = [p for p in folder.glob(pattern) if p.is_file() and not p.name.startswith(".")]
    except (ValueError, NotImplementedError):
        raise UserError(f"The pattern {pattern!r} is not one for files in a folder.") from None
    except OSError as error:
        raise UserError(f"The folder {folder} cannot be read: {error.strerror or error}.") from None
    tables = [p for p in found if p.suffix.lower() in TABLES[:2]]
    images = [p for p in found if p.suffix.lower() in IMAGES]
    if tables and images:
        raise UserError(
            f"The folder {folder} holds both tables ({tables[0].name}, …) and images "
            f"({images[0].name}, …): pick the frames of one movie with 'movie.pattern'."
        )
    chosen = tables or images or [p for p in found if p.suffix.lower() == TABLES[2]]
    if not chosen:
        matching = "" if pattern == "*" else f" that matches {pattern!r}"
        raise UserError(
            f"The folder {folder} holds no table ({', '.join(TABLES)}) and no image "
            f"({', '.join(IMAGES)}){matching}."
        )
    return sorted(chosen, key=natural_key)


def natural_key(path: Path) -> list[tuple[int, int, str]]:
    """Return a sort key that puts ``tick9.png`` before ``tick10.png``."""
    parts = re.split(r"(\d+)", path.as_posix().lower())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part]


def order_by_time(paths: Sequence[Path]) -> tuple[list[Path], NDArray[np.float64] | None]:
    """Return the frames in the order of the ``hours_<H>`` in their names, and those hours.

    Without such names the order stays and the hours are None.

    Raises
    ------
    UserError
        Some names state their time and others do not, or two state the same.
    """
    matches = [_HOURS.search(path.stem) for path in paths]
    silent = [path for path, match in zip(paths, matches, strict=True) if match is None]
    if len(silent) == len(paths):
        return list(paths), None
    if silent:
        raise UserError(
            f"Some file names state their time (hours_<H>) but {silent[0].name} does not: "
            "pick the frames of one movie with 'movie.pattern'."
        )
    hours = [float(match[1].lower().replace("p", ".")) for match in matches if match]
    ordered = sorted(zip(hours, range(len(paths)), strict=True))
    for (hour, first), (later, second) in pairwise(ordered):
        if hour == later:
            raise UserError(
                f"The frames {paths[first].name} and {paths[second].name} have the same time, "
                f"{hour:g} hours: pick the frames of one movie with 'movie.pattern'."
            )
    return [paths[index] for _, index in ordered], np.array([hour for hour, _ in ordered])


def uneven_numbers(paths: Sequence[Path]) -> str:
    """Return a sentence if the numbers in the names of the frames are not evenly spaced, or "".

    A number that is left out may be a frame that was lost, whose time then lacks.
    """
    parts = [re.split(r"(\d+)", path.stem) for path in paths]
    if len(paths) < 3 or len({tuple(part[::2]) for part in parts}) > 1:
        return ""
    columns = zip(*(part[1::2] for part in parts), strict=True)
    counting = [column for column in columns if len(set(column)) > 1]
    if len(counting) != 1:
        return ""
    steps = [int(after) - int(before) for before, after in pairwise(counting[0])]
    usual = min(steps)
    odd = next((index for index, step in enumerate(steps) if step != usual), None)
    if odd is None or usual <= 0:
        return ""
    return (
        f"The numbers in the names of the frames jump from {paths[odd].name} to "
        f"{paths[odd + 1].name}: if frames are missing there, state 'movie.times'."
    )
