"""What the file states holds unless the user says otherwise; nothing is guessed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from napari_binn.errors import UserError
from napari_binn.movie.calibration import Stated, resolve_pixel_size, resolve_times
from napari_binn.settings import MovieSettings

FILE = Stated((0.5, 0.6), "µm", np.array([0.0, 600.0, 1200.0]), "s")


def pixel_size(stated: Stated, **given: Any) -> tuple[tuple[float, float], str]:
    return resolve_pixel_size(stated, MovieSettings(**given), "cells.tif")


def times(stated: Stated, count: int = 3, **given: Any) -> tuple[list[float], str]:
    values, unit = resolve_times(stated, MovieSettings(**given), count, "cells.tif")
    return values.tolist(), unit


def test_the_file_states_its_pixel_size() -> None:
    assert pixel_size(FILE) == ((0.5, 0.6), "um")


def test_a_length_unit_alone_converts() -> None:
    size, unit = pixel_size(FILE, length_unit="mm")
    assert unit == "mm"
    assert size == pytest.approx((0.0005, 0.0006))


def test_the_users_pixel_size_wins_and_keeps_the_files_unit() -> None:
    assert pixel_size(FILE, pixel_size=(2, 3)) == ((2, 3), "um")
    assert pixel_size(FILE, pixel_size=(2, 3), length_unit="nm") == ((2, 3), "nm")


def test_working_in_pixels_sets_the_calibration_aside() -> None:
    assert pixel_size(FILE, length_unit="pixel") == ((1, 1), "pixel")


def test_a_missing_pixel_size_is_asked_for_with_the_options() -> None:
    with pytest.raises(UserError, match=r"such as 0\.65 and µm, or the length unit pixel"):
        pixel_size(Stated())
    with pytest.raises(UserError, match=r"without its unit: state 'movie\.length_unit'"):
        pixel_size(Stated(), pixel_size=(1, 1))


def test_unknown_length_units_are_named() -> None:
    with pytest.raises(UserError, match=r"cells\.tif states its lengths in 'furlong'"):
        pixel_size(Stated((1, 1), "furlong"))
    with pytest.raises(UserError, match="'furlong' is not known: use one of"):
        pixel_size(FILE, length_unit="furlong")


def test_the_file_states_its_times() -> None:
    assert times(FILE) == ([0, 600, 1200], "s")
    assert times(FILE, time_unit="min") == ([0, 10, 20], "min")
    assert times(FILE, time_unit="frame") == ([0, 1, 2], "frame")


def test_given_times_win_over_the_interval_and_the_file() -> None:
    assert times(FILE, frame_interval=5, time_unit="hour") == ([0, 5, 10], "hour")
    given = times(FILE, times=(1, 2, 4), frame_interval=5, time_unit="day")
    assert given == ([1, 2, 4], "day")


def test_missing_times_are_asked_for_with_the_options() -> None:
    with pytest.raises(UserError, match=r"such as 10 and min, or the time unit frame"):
        times(Stated())
    with pytest.raises(
        UserError, match=r"without their unit: state 'movie\.time_unit' too, such as hour"
    ):
        times(Stated(), frame_interval=4)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ((0, 1, 1), "Frames 2 and 3 of cells.tif have the same time, 1 h"),
        ((0, 2, 1), "do not increase: 2 is followed by 1 h"),
        ((0, 1), "has 3 frames, but 2 times are given"),
        ((0, 1, float("nan")), "not a number"),
        ((0, 1, float("inf")), "not a number"),
    ],
)
def test_times_that_cannot_be_are_refused(given: tuple[float, ...], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        times(FILE, times=given, time_unit="hour")


def test_one_frame_is_not_a_movie() -> None:
    with pytest.raises(UserError, match="one frame only"):
        times(FILE, count=1)


def test_unknown_time_units_are_named() -> None:
    with pytest.raises(UserError, match="states its times in 'fortnight'"):
        times(Stated(times=np.arange(3.0), time_unit="fortnight"))
    with pytest.raises(UserError, match="'fortnight' is not known: use one of"):
        times(FILE, time_unit="fortnight")


def test_a_unit_of_the_wrong_kind_is_said_to_be_one() -> None:
    with pytest.raises(UserError, match="'hour' is a unit of time, not of length: use one of nm"):
        pixel_size(FILE, length_unit="hour")
    with pytest.raises(UserError, match="'mm' is a unit of length, not of time: use one of ms"):
        times(FILE, time_unit="mm")
