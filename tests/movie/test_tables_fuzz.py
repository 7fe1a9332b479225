"""Whatever a table of positions holds, it is read or answered with one sentence."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from napari_binn.errors import UserError
from napari_binn.movie.calibration import Stated, resolve_pixel_size, resolve_times
from napari_binn.movie.model import Movie
from napari_binn.movie.positions import movie_from_table, movie_from_tables
from napari_binn.movie.read import open_input
from napari_binn.settings import MovieSettings, Settings

MANY = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)

CELLS = st.one_of(
    st.floats(allow_nan=True).map(repr),
    st.integers(-5, 100).map(str),
    st.sampled_from(
        ["", "x", "y", "t", "frame", "x_um", "y [µm]", "t_hour", "nan", "1,5", '"', "#"]
    ),
    st.text(max_size=6),
)
ROWS = st.lists(st.lists(CELLS, max_size=5), max_size=8)
SEPARATORS = st.sampled_from([",", ";", "\t", " ", ", "])
GIVEN = st.fixed_dictionaries(
    {},
    optional={
        "time_unit": st.sampled_from(["h", "frame", "min"]),
        "length_unit": st.sampled_from(["um", "pixel", "mm"]),
        "frame_interval": st.floats(1e-3, 1e3),
        "pixel_size": st.tuples(st.floats(0.1, 5), st.floats(0.1, 5)),
        "field": st.tuples(*[st.floats(-100, 100)] * 4),
    },
)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def one_sentence(error: UserError) -> None:
    """What the user is told is a sentence on one line."""
    assert str(error).strip()
    assert "\n" not in str(error)


def check(movie: object) -> None:
    """What is read without complaint is a movie that the next stage can trust."""
    assert isinstance(movie, Movie)
    assert len(movie.frames) == len(movie.times) >= 2
    assert np.isfinite(movie.times).all()
    assert (np.diff(movie.times) > 0).all()
    x0, y0, x1, y1 = movie.extent
    assert all(math.isfinite(side) for side in movie.extent)
    assert x0 < x1
    assert y0 < y1
    for frame in movie:
        assert frame.shape[1:] == (2,)
        assert np.isfinite(frame).all()
        assert (frame >= (x0, y0)).all()
        assert (frame <= (x1, y1)).all()


@MANY
@given(rows=ROWS, separator=SEPARATORS, values=GIVEN)
@example(
    rows=[["t", "x", "y"], ["0", "1e308", "2"], ["1", "-1e308", "3"]], separator=",", values={}
)
@example(
    rows=[["frame", "x", "y"], ["0", "1", "2"], ["1e300", "3", "4"]],
    separator=",",
    values={"frame_interval": 1e3, "time_unit": "h"},
)
def test_one_table(folder: Path, rows: list[list[str]], separator: str, values: Any) -> None:
    path = folder / "cells.csv"
    path.write_text("\n".join(separator.join(row) for row in rows), encoding="utf-8")
    try:
        check(movie_from_table(path, MovieSettings(**values)))
    except UserError as error:
        one_sentence(error)


@MANY
@given(tables=st.lists(ROWS, min_size=2, max_size=3), separator=SEPARATORS, values=GIVEN)
def test_a_table_a_frame(
    folder: Path, tables: list[list[list[str]]], separator: str, values: Any
) -> None:
    paths = [folder / f"frame{index}.csv" for index in range(len(tables))]
    for path, rows in zip(paths, tables, strict=True):
        path.write_text("\n".join(separator.join(row) for row in rows), encoding="utf-8")
    try:
        check(movie_from_tables(paths, MovieSettings(**values), folder))
    except UserError as error:
        one_sentence(error)


@MANY
@given(data=st.binary(max_size=200))
@example(data=b"t,x,y\n0,1,2\n1,3,4\n")
@example(data="t,x,y\n0,1,2\n1,3,4\n".encode("utf-16"))
@example(data=b"\xff\xfet")
def test_any_bytes(folder: Path, data: bytes) -> None:
    path = folder / "bytes.csv"
    path.write_bytes(data)
    try:
        check(open_input(path, MovieSettings(time_unit="h")))
    except UserError as error:
        one_sentence(error)


NUMBERS = st.floats(allow_nan=True, allow_infinity=True)


@MANY
@given(
    times=st.none() | st.lists(NUMBERS, max_size=6),
    interval=st.none() | NUMBERS,
    unit=st.none() | st.text(max_size=6) | st.sampled_from(["h", "frame", "um"]),
    stated=st.none() | st.lists(NUMBERS, min_size=4, max_size=4),
    stated_unit=st.none() | st.sampled_from(["s", "frame", "fortnight"]),
)
def test_frame_times(
    times: list[float] | None,
    interval: float | None,
    unit: str | None,
    stated: list[float] | None,
    stated_unit: str | None,
) -> None:
    known = Stated(times=None if stated is None else np.array(stated), time_unit=stated_unit)
    values = {"times": times, "frame_interval": interval, "time_unit": unit}
    try:
        chosen = Settings.build({"movie": values}).movie
        resolved, _ = resolve_times(known, chosen, 4, "movie.tif")
    except UserError as error:
        one_sentence(error)
        return
    assert resolved.shape == (4,)
    assert np.isfinite(resolved).all()
    assert (np.diff(resolved) > 0).all()


@MANY
@given(
    size=st.none() | st.tuples(NUMBERS, NUMBERS),
    unit=st.none() | st.text(max_size=6) | st.sampled_from(["um", "pixel", "h"]),
    stated=st.none() | st.tuples(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3)),
    stated_unit=st.none() | st.sampled_from(["um", "furlong", "m"]),
)
def test_pixel_sizes(
    size: tuple[float, float] | None,
    unit: str | None,
    stated: tuple[float, float] | None,
    stated_unit: str | None,
) -> None:
    try:
        chosen = Settings.build({"movie": {"pixel_size": size, "length_unit": unit}}).movie
        found, _ = resolve_pixel_size(Stated(stated, stated_unit), chosen, "movie.tif")
    except UserError as error:
        one_sentence(error)
        return
    assert min(found) > 0
    assert np.isfinite(found).all()
