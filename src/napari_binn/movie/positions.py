"""Movies of cell positions: one table a frame, or one table with a time column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..settings import MovieSettings
from ..units import FRAME, PIXEL, parse_length_unit, parse_time_unit, symbol
from .calibration import Stated, length_factor, resolve_times
from .files import order_by_time
from .model import MemoryFrames, Movie
from .tables import FRAME_NAMES, TIME_NAMES, X_NAMES, Y_NAMES, Column, Table, read_table

Positions = NDArray[np.float64]

_TIME_UNIT_NAMES = ("hours", "hour", "minutes", "min", "seconds", "sec", "days", "day")


def movie_from_tables(paths: Sequence[Path], settings: MovieSettings, folder: Path) -> Movie:
    """Read one table of positions a frame.

    Columns x and y are found by their header; a table without one has just these two. Time comes
    from ``hours_<H>`` in the names, or from the settings. Positions are in the unit that the
    header states (``x_um``, ``x [µm]``), else in ``length_unit``, else in µm.

    Raises
    ------
    UserError
        A table cannot be read or lacks a column, the times are not known or not increasing, or
        positions are outside the field.
    """
    ordered, hours = order_by_time(paths)
    stated = Stated(times=hours, time_unit=None if hours is None else "hour")
    times, time_unit = resolve_times(stated, settings, len(ordered), str(folder))
    tables = [read_table(path) for path in ordered]
    columns = [_xy(table) for table in tables]
    units = {unit and _parse_length(unit, folder) for _, _, unit in columns}
    if len(units) > 1:
        listed = " and ".join(sorted(str(unit) for unit in units))
        raise UserError(f"The tables of {folder} state different units: {listed}.")
    frames = [
        np.stack([table.numbers(x), table.numbers(y)], axis=1)
        for table, (x, y, _) in zip(tables, columns, strict=True)
    ]
    names = [path.name for path in ordered]
    return _movie(frames, names, times, time_unit, units.pop(), settings, folder, tuple(ordered))


def movie_from_table(path: Path, settings: MovieSettings) -> Movie:
    """Read one table with columns t, x, y (in this order if there is no header).

    A column called frame holds frame numbers, which ``frame_interval`` turns into times; so does a
    time column without a unit if ``frame_interval`` is given. Only frames with cells can be in
    such a table.

    Raises
    ------
    UserError
        The table cannot be read or lacks a column, its times are not known, or positions are
        outside the field.
    """
    table = read_table(path)
    x, y, unit = _xy(table, first=1)
    column, numbered = _t(table)
    t = table.numbers(column)
    distinct, index = np.unique(t, return_inverse=True)
    stated, settings = _stated_times(distinct, column, numbered, settings, path)
    times, time_unit = resolve_times(stated, settings, len(distinct), str(path))
    xy = np.stack([table.numbers(x), table.numbers(y)], axis=1)
    frames = [xy[index == i] for i in range(len(distinct))]
    names = [f"{path.name} at {column.name} = {value:g}" for value in distinct]
    return _movie(frames, names, times, time_unit, unit, settings, path, (path,))


def _stated_times(
    t: NDArray[np.float64], column: Column, numbered: bool, settings: MovieSettings, path: Path
) -> tuple[Stated, MovieSettings]:
    """Say what the time column means; the interval that was used up leaves the settings."""
    if settings.times is not None or (len(t) < 2):
        return Stated(), settings
    if settings.frame_interval is not None and column.unit is None:
        if settings.time_unit is None:
            raise UserError(
                "The frame interval is given without its unit: state 'movie.time_unit' too, such "
                "as hour."
            )
        if (t != np.round(t)).any():
            raise UserError(
                f"The column {column.name!r} of {path} does not hold frame numbers: leave out "
                "'movie.frame_interval'."
            )
        stated = Stated(times=t * settings.frame_interval, time_unit=settings.time_unit)
        return stated, settings.model_copy(update={"frame_interval": None})
    if column.unit is not None:
        return Stated(times=t, time_unit=column.unit), settings
    if numbered:
        asked = settings.time_unit and parse_time_unit(settings.time_unit)
        return (Stated(times=t, time_unit=FRAME) if asked == FRAME else Stated()), settings
    if settings.time_unit is None:
        raise UserError(
            f"The time column of {path} has no unit: state 'movie.time_unit', such as hour or "
            "frame."
        )
    return Stated(times=t, time_unit=settings.time_unit), settings


def _movie(
    frames: list[Positions],
    names: list[str],
    times: NDArray[np.float64],
    time_unit: str,
    unit: str | None,
    settings: MovieSettings,
    source: Path,
    files: tuple[Path, ...],
) -> Movie:
    scale = _scale(unit, settings, source)
    frames = [frame * np.array(scale.factors) for frame in frames]
    assumed = ""
    if settings.field is None:
        extent = _bounding_box(frames, source)
        box = ", ".join(f"{value:.6g}" for value in extent)
        assumed = (
            "The field is taken as the smallest rectangle that holds all positions: "
            f"{box} {symbol(scale.unit)} (x0, y0, x1, y1); 'movie.field' states a larger one."
        )
    else:
        extent = settings.field
        _check_inside(frames, names, extent, scale.unit)
    return Movie(
        kind="points",
        frames=MemoryFrames(frames),
        times=times,
        time_unit=time_unit,
        length_unit=scale.unit,
        pixel_size=(1.0, 1.0),
        extent=extent,
        source=str(source),
        files=tuple(str(file) for file in files),
        assumptions=(scale.assumption,) if scale.assumption else (),
        extent_assumption=assumed,
    )


@dataclass(frozen=True)
class _Scale:
    """What turns written positions into ``unit``: factors for x and y."""

    factors: tuple[float, float]
    unit: str
    assumption: str = ""


def _scale(unit: str | None, settings: MovieSettings, source: Path) -> _Scale:
    written = None if unit is None else _parse_length(unit, source)
    asked = None if settings.length_unit is None else parse_length_unit(settings.length_unit)
    if settings.pixel_size is not None:
        if asked is None:
            raise UserError(
                "The pixel size is given without its unit: state 'movie.length_unit' too, such as "
                "µm."
            )
        if written not in (None, PIXEL):
            raise UserError(
                f"{source} states its positions in {symbol(written)}: leave out 'movie.pixel_size'."
            )
        width, height = settings.pixel_size
        said = "" if written else "The positions are taken as pixels, since a pixel size is given."
        return _Scale((width, height), asked, said)
    if written is None:
        said = "" if asked else f"The positions of {source} are taken as µm: no unit is stated."
        return _Scale((1.0, 1.0), asked or "um", said)
    if asked is None or asked == written:
        return _Scale((1.0, 1.0), written)
    if PIXEL in (asked, written):
        raise UserError(
            f"{source} states its positions in {symbol(written)}, not {symbol(asked)}: "
            + (
                "give 'movie.pixel_size' to convert them."
                if written == PIXEL
                else "leave out 'movie.length_unit'."
            )
        )
    factor = length_factor(written, asked)
    return _Scale((factor, factor), asked)


def _parse_length(unit: str, source: Path) -> str:
    try:
        return parse_length_unit(unit)
    except UserError as error:
        raise UserError(f"{source}: {error}") from None


def _bounding_box(frames: list[Positions], source: Path) -> tuple[float, float, float, float]:
    everything = np.concatenate(frames)
    if len(everything) == 0:
        raise UserError(f"There is no cell in any frame of {source}.")
    (x0, y0), (x1, y1) = everything.min(axis=0), everything.max(axis=0)
    if x0 == x1 or y0 == y1:
        raise UserError(
            f"All positions of {source} lie on one line: state 'movie.field', the corners "
            "x0, y0, x1, y1 of what was observed."
        )
    return float(x0), float(y0), float(x1), float(y1)


def _check_inside(
    frames: list[Positions],
    names: list[str],
    field: tuple[float, float, float, float],
    unit: str,
) -> None:
    x0, y0, x1, y1 = field
    if not (x0 < x1 and y0 < y1):
        raise UserError("The field must have x0 < x1 and y0 < y1.")
    for frame, name in zip(frames, names, strict=True):
        outside = ((frame < (x0, y0)) | (frame > (x1, y1))).any(axis=1)
        if outside.any():
            x, y = frame[outside][0]
            raise UserError(
                f"{outside.sum()} of {len(frame)} positions in {name} lie outside the field "
                f"({x0:g}, {y0:g}, {x1:g}, {y1:g} {symbol(unit)}), as ({x:g}, {y:g}) does: correct "
                "'movie.field' or 'movie.length_unit'."
            )


def _xy(table: Table, first: int = 0) -> tuple[Column, Column, str | None]:
    """Return the columns of x and y and their unit; ``first`` is where x is without a header."""
    if table.header is None:
        if table.width != first + 2:
            expected = "t, x, y" if first else "x, y"
            raise UserError(
                f"{table.path} has no header and {table.width} columns instead of {expected}: "
                "add a header line."
            )
        return Column(first, "x", None), Column(first + 1, "y", None), None
    # napari writes points as index, axis-0, axis-1, …: the last two axes are y and x, in pixels.
    axes = sorted(c.name for c in table.columns() if c.name in ("axis0", "axis1", "axis2"))
    x, y = table.find(X_NAMES), table.find(Y_NAMES)
    if x is None and y is None and len(axes) >= 2:
        x, y = table.find(axes[-1:]), table.find(axes[-2:-1])
        if x is not None and y is not None:
            return x, y, x.unit or PIXEL
    if x is None or y is None:
        missing = " and ".join(n for n, c in (("x", x), ("y", y)) if c is None)
        raise _lacks(table, missing)
    if x.unit != y.unit:
        raise UserError(f"{table.path} states different units for x and y.")
    return x, y, x.unit


def _t(table: Table) -> tuple[Column, bool]:
    """Return the time column, and whether it holds frame numbers."""
    if table.header is None:
        return Column(0, "t", None), False
    column = table.find(TIME_NAMES)
    if column is not None:
        return column, False
    column = table.find(_TIME_UNIT_NAMES)
    if column is not None:
        return Column(column.index, column.name, column.name), False
    column = table.find(FRAME_NAMES)
    if column is None and table.find(["axis2"]) is not None:
        column = table.find(["axis0"])
    if column is None:
        raise _lacks(table, "t")
    return column, True


def _lacks(table: Table, missing: str) -> UserError:
    found = ", ".join(table.header or ())
    return UserError(f"{table.path} has no column {missing}; its columns are: {found}.")
