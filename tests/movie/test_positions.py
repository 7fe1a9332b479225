"""Cell positions become a movie: times, units, field."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_binn.errors import UserError
from napari_binn.movie.model import Movie
from napari_binn.movie.positions import movie_from_table
from napari_binn.movie.read import open_input
from napari_binn.settings import MovieSettings

# Rows of each frame in the README of the data.
LUNG = {
    "*rep1_2_rep2_5*": [577, 661, 731, 836, 977, 1155, 1311, 1549, 1766],
    "*rep1_2_rep2_3*": [425, 530, 615, 683, 811, 974, 1115, 1241, 1427, 1631, 1685, 1921],
    "*rep1_3_rep2_1*": [
        210, 228, 259, 291, 360, 444, 529, 634, 685, 815, 990, 1056, 1250, 1318, 1700, 1896,
    ],
}  # fmt: skip
FIRST_AND_LAST = {
    "*rep1_2_rep2_5*": (24, 56),
    "*rep1_2_rep2_3*": (8, 52),
    "*rep1_3_rep2_1*": (4, 64),
}


def folder(path: Path, texts: dict[str, str], **given: Any) -> Movie:
    for name, text in texts.items():
        (path / name).write_text(text)
    movie = open_input(path, MovieSettings(**given))
    assert isinstance(movie, Movie)
    return movie


def one(path: Path, text: str, **given: Any) -> Movie:
    (path / "cells.csv").write_text(text)
    return movie_from_table(path / "cells.csv", MovieSettings(**given))


@pytest.mark.parametrize("pattern", LUNG)
def test_the_lung_cells_as_their_readme_counts_them(shared_data: Path, pattern: str) -> None:
    movie = open_input(shared_data / "lung_cancer", MovieSettings(pattern=pattern))
    assert isinstance(movie, Movie)
    assert [len(frame) for frame in movie] == LUNG[pattern]
    assert (movie.kind, movie.time_unit, movie.length_unit) == ("points", "hour", "um")
    first, last = FIRST_AND_LAST[pattern]
    np.testing.assert_array_equal(movie.times, np.arange(first, last + 1, 4))
    x0, y0, x1, y1 = movie.extent
    assert 0 <= x0 < 5
    assert 0 <= y0 < 5
    assert 1400 < x1 <= 1410
    assert 1030 < y1 <= 1050
    assert len(movie.files) == len(movie)
    assert any("taken as µm" in text for text in movie.assumptions)
    assert "smallest rectangle" in movie.extent_assumption


def test_the_lung_folder_holds_three_movies(shared_data: Path) -> None:
    with pytest.raises(UserError, match=r"same time, 8 hours: pick the frames .* 'movie.pattern'"):
        open_input(shared_data / "lung_cancer", MovieSettings())


def test_a_table_a_frame_in_natural_order(tmp_path: Path) -> None:
    texts = {"f10.csv": "x,y\n5,6\n", "f9.csv": "x,y\n1,2\n3,4\n", "f11.csv": "x,y\n"}
    movie = folder(tmp_path, texts, frame_interval=4, time_unit="h")
    np.testing.assert_array_equal(movie.times, [0, 4, 8])
    np.testing.assert_array_equal(movie.frames[0], [[1, 2], [3, 4]])
    assert movie.frames[2].shape == (0, 2)
    assert movie.extent == (1, 2, 5, 6)


def test_the_header_states_the_unit(tmp_path: Path) -> None:
    texts = {f"hours_{h}.csv": "x_mm,y_mm\n1,2\n3,4\n" for h in (0, 4)}
    movie = folder(tmp_path, texts)
    assert movie.length_unit == "mm"
    assert not any("taken as" in text for text in movie.assumptions if "field" not in text)
    converted = folder(tmp_path, texts, length_unit="um")
    np.testing.assert_allclose(converted.frames[0], [[1000, 2000], [3000, 4000]])


def test_pixels_are_converted_where_their_size_is_given(tmp_path: Path) -> None:
    texts = {f"hours_{h}.csv": "x_px,y_px\n1,2\n3,4\n" for h in (0, 4)}
    assert folder(tmp_path, texts).length_unit == "pixel"
    movie = folder(tmp_path, texts, pixel_size=(0.5, 2), length_unit="um")
    np.testing.assert_allclose(movie.frames[0], [[0.5, 4], [1.5, 8]])
    with pytest.raises(UserError, match=r"in px, not µm: give 'movie\.pixel_size'"):
        folder(tmp_path, texts, length_unit="um")


def test_units_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    texts = {f"hours_{h}.csv": "x_um,y_um\n1,2\n3,4\n" for h in (0, 4)}
    with pytest.raises(UserError, match=r"in µm, not px: leave out 'movie\.length_unit'"):
        folder(tmp_path, texts, length_unit="pixel")
    with pytest.raises(UserError, match=r"in µm: leave out 'movie\.pixel_size'"):
        folder(tmp_path, texts, length_unit="um", pixel_size=(2, 2))
    with pytest.raises(UserError, match="different units: mm and um"):
        folder(tmp_path, texts | {"hours_8.csv": "x_mm,y_mm\n1,2\n"})
    with pytest.raises(UserError, match="different units for x and y"):
        folder(tmp_path, texts | {"hours_8.csv": "x_mm,y_um\n1,2\n"})
    texts = dict.fromkeys(texts, "x [furlong],y [furlong]\n1,2\n")
    with pytest.raises(UserError, match="'furlong' is not known"):
        folder(tmp_path, texts, pattern="*_[04].csv")


def test_positions_outside_the_field_are_found(tmp_path: Path) -> None:
    texts = {"hours_0.csv": "x,y\n1,2\n3,4\n", "hours_4.csv": "x,y\n1,2\n3,40\n"}
    assert folder(tmp_path, texts, field=(0, 0, 10, 50)).extent == (0, 0, 10, 50)
    with pytest.raises(UserError, match=r"1 of 2 positions in hours_4\.csv lie outside .*\(3, 40"):
        folder(tmp_path, texts, field=(0, 0, 10, 20))
    with pytest.raises(UserError, match="x0 < x1"):
        folder(tmp_path, texts, field=(10, 0, 0, 50))


def test_a_field_that_cannot_be_found_is_asked_for(tmp_path: Path) -> None:
    texts = {"hours_0.csv": "x,y\n1,2\n", "hours_4.csv": "x,y\n1,3\n"}
    with pytest.raises(UserError, match=r"lie on one line: state 'movie\.field'"):
        folder(tmp_path, texts)
    with pytest.raises(UserError, match="no cell in any frame"):
        folder(tmp_path, dict.fromkeys(texts, "x,y\n"))


def test_positions_that_are_not_numbers_are_found(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"Line 2 of .*hours_4\.csv: 'nan' is not a finite"):
        folder(tmp_path, {"hours_0.csv": "1,2\n", "hours_4.csv": "3,4\nnan,5\n"})


def test_missing_columns_are_named_with_those_that_are_there(tmp_path: Path) -> None:
    texts = {f"hours_{h}.csv": "x,area\n1,2\n" for h in (0, 4)}
    with pytest.raises(UserError, match=r"has no column y; its columns are: x, area"):
        folder(tmp_path, texts)
    texts = {f"hours_{h}.csv": "1,2,3\n" for h in (0, 4)}
    with pytest.raises(UserError, match="no header and 3 columns instead of x, y"):
        folder(tmp_path, texts)


def test_times_of_a_folder_are_asked_for(tmp_path: Path) -> None:
    texts = {"a.csv": "1,2\n3,4\n", "b.csv": "5,6\n"}
    with pytest.raises(UserError, match=r"'movie\.time_unit', such as 10 and min"):
        folder(tmp_path, texts)
    assert folder(tmp_path, texts, times=(1, 5), time_unit="day").time_unit == "day"
    with pytest.raises(UserError, match="2 frames, but 3 times"):
        folder(tmp_path, texts, times=(1, 5, 6), time_unit="day")


def test_a_folder_with_one_table_is_no_movie(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="one frame only"):
        folder(tmp_path, {"hours_0.csv": "1,2\n"})


@pytest.mark.parametrize(
    "text",
    [
        "t_h,x,y\n0,1,2\n4,3,4\n0,5,6\n",
        "x,y,time [h]\n1,2,0\n3,4,4\n5,6,0\n",
        "hours,x,y\n0,1,2\n4,3,4\n0,5,6\n",
    ],
)
def test_one_table_with_times(tmp_path: Path, text: str) -> None:
    movie = one(tmp_path, text)
    np.testing.assert_array_equal(movie.times, [0, 4])
    assert movie.time_unit == "hour"
    np.testing.assert_array_equal(movie.frames[0], [[1, 2], [5, 6]])
    np.testing.assert_array_equal(movie.frames[1], [[3, 4]])


def test_times_without_a_unit_need_one(tmp_path: Path) -> None:
    text = "0,1,2\n4,3,4\n"
    with pytest.raises(UserError, match=r"no unit: state 'movie\.time_unit', such as hour"):
        one(tmp_path, text)
    movie = one(tmp_path, text, time_unit="hour")
    assert (movie.times.tolist(), movie.time_unit) == ([0, 4], "hour")
    movie = one(tmp_path, text, times=(1, 7), time_unit="day")
    assert (movie.times.tolist(), movie.time_unit) == ([1, 7], "day")


def test_frame_numbers_become_times_and_gaps_stay(tmp_path: Path) -> None:
    text = "frame,x,y\n0,1,2\n1,3,4\n3,5,6\n"
    movie = one(tmp_path, text, frame_interval=10, time_unit="min")
    assert movie.times.tolist() == [0, 10, 30]
    assert one(tmp_path, text, time_unit="frame").times.tolist() == [0, 1, 3]
    with pytest.raises(UserError, match=r"'movie\.time_unit', such as 10 and min"):
        one(tmp_path, text)
    with pytest.raises(UserError, match="does not hold frame numbers"):
        one(tmp_path, "t,x,y\n0.5,1,2\n1,3,4\n", frame_interval=10, time_unit="min")
    with pytest.raises(UserError, match=r"without its unit: state 'movie\.time_unit'"):
        one(tmp_path, text, frame_interval=10)


def test_points_that_napari_saved(tmp_path: Path) -> None:
    text = "index,axis-0,axis-1,axis-2\n0,0,2,1\n1,0,4,3\n2,1,6,5\n"
    movie = one(tmp_path, text, frame_interval=1, time_unit="h")
    assert movie.length_unit == "pixel"
    np.testing.assert_array_equal(movie.frames[0], [[1, 2], [3, 4]])


def test_one_table_needs_its_columns(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has no column t; its columns are: x, y"):
        one(tmp_path, "x,y\n1,2\n")
    with pytest.raises(UserError, match="2 columns instead of t, x, y"):
        one(tmp_path, "1,2\n")
    with pytest.raises(UserError, match="no frame"):
        one(tmp_path, "t_h,x,y\n")
    with pytest.raises(UserError, match="one frame only"):
        one(tmp_path, "t_h,x,y\n0,1,2\n")
