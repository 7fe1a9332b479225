"""Tables of cell positions and run folders, opened by drag and drop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import UserError
from ..movie.files import TABLES, list_frames
from ..movie.model import Movie
from ..movie.positions import movie_from_table, movie_from_tables
from ..movie.tables import FRAME_NAMES, TIME_NAMES, X_NAMES, Y_NAMES, Table, read_table
from ..run.folder import RunFolder
from ..run.info import is_run
from ..settings import MovieSettings
from ..units import FRAME, PIXEL, TIMES_DAY, parse_time_unit
from .layers import LayerData, points_layer, run_layers

Reader = Callable[[Any], list[LayerData]]
Paths = str | Sequence[str]


def read_positions(path: Paths) -> Reader | None:
    """Return what reads a table with columns t, x, y; None for other tables."""
    place = _single(path)
    if place is None or not _accepts(place, with_time=True):
        return None
    return lambda _: [_positions(place, lambda s: movie_from_table(place, s))]


def read_folder(path: Paths) -> Reader | None:
    """Return what reads a run, or a folder with one table of positions a frame; else None."""
    place = _single(path)
    if place is None or not place.is_dir():
        return None
    if is_run(place):
        return lambda _: run_layers(RunFolder.open(place))
    try:
        tables = list_frames(place, "*")
    except UserError:
        return None
    if tables[0].suffix.lower() not in TABLES or not _accepts(tables[0], with_time=False):
        return None
    return lambda _: [_positions(place, lambda s: movie_from_tables(tables, s, place))]


def _single(path: Paths) -> Path | None:
    if isinstance(path, str):
        return Path(path)
    return Path(path[0]) if len(path) == 1 else None


def _accepts(path: Path, *, with_time: bool) -> bool:
    """Return whether the columns of a table are those of cell positions."""
    try:
        table = read_table(path)
    except UserError:
        return False
    if table.header is None:
        return table.width == 2 + with_time
    placed = table.find(X_NAMES) is not None and table.find(Y_NAMES) is not None
    return placed and (not with_time or _has_time(table))


def _has_time(table: Table) -> bool:
    return table.find((*TIME_NAMES, *FRAME_NAMES)) is not None or any(
        _is_time_unit(column.name) for column in table.columns()
    )


def _is_time_unit(name: str) -> bool:
    try:
        # A column called s or d may be anything.
        return len(name) > 2 and parse_time_unit(name) in TIMES_DAY
    except UserError:
        return False


def _positions(path: Path, read: Callable[[MovieSettings], Movie]) -> LayerData:
    """Read positions as a layer; what no file states is left for the user to fill in."""
    try:
        movie, timed = read(MovieSettings()), True
    except UserError:
        movie, timed = read(MovieSettings(time_unit=FRAME)), False
    data, options, kind = points_layer(movie, path.stem)
    if not timed:
        del options["metadata"]["time_unit"]
        if np.array_equal(np.diff(movie.times), np.ones(len(movie) - 1)):
            del options["metadata"]["times"]
    if movie.length_unit == PIXEL:
        del options["metadata"]["length_unit"]
    return data, options, kind
