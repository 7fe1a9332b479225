"""Bad frames are found by the frames around them, and left out when the user wants it so."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from napari_binn.errors import UserError
from napari_binn.prepare.movie import prepare
from napari_binn.settings import PrepareSettings, Settings
from tests.prepare.movies import SIDE, Heard, drifting_cells, movie_of

COUNT = 14


@pytest.fixture(scope="module")
def good() -> np.ndarray:
    rng = np.random.default_rng(0)
    return drifting_cells(np.zeros((COUNT, 2)), rng, step=1.5, cells=300)


def faults(frames: np.ndarray) -> list[tuple[int, str]]:
    return [(flag.index, flag.fault) for flag in prepare(movie_of(frames), PrepareSettings()).flags]


def test_good_frames_of_cells_that_move_and_multiply_are_not_flagged(good: np.ndarray) -> None:
    assert faults(good) == []
    heard = Heard()
    movie = movie_of(good)
    assert prepare(movie, PrepareSettings(), heard).movie is movie
    assert not heard.notices


def test_a_field_that_fills_with_cells_is_not_flagged() -> None:
    frames = [
        drifting_cells(np.zeros((1, 2)), np.random.default_rng(k), cells=int(20 * 1.35**k))[0]
        for k in range(COUNT)
    ]
    assert faults(np.array(frames)) == []


def test_each_kind_of_bad_frame_is_flagged_as_what_it_is(good: np.ndarray) -> None:
    rng = np.random.default_rng(2)
    frames = good.copy()
    frames[3] = rng.poisson(100, (SIDE, SIDE))
    blurred = ndimage.gaussian_filter(frames[6].astype(float) - 100, 3) + 100
    frames[6] = rng.poisson(blurred)  # what the noise adds is as fine as what the blur took
    frames[9] = frames[8]
    frames[12] = 0
    assert faults(frames) == [(3, "blank"), (6, "blurred"), (9, "duplicate"), (12, "blank")]


@pytest.mark.parametrize(("dtype", "top"), [("uint8", 255), ("uint16", 4095)])
def test_saturation_is_seen_in_8_bits_and_in_a_12_bit_camera(dtype: str, top: int) -> None:
    rng = np.random.default_rng(3)
    sharp = drifting_cells(np.zeros((8, 2)), rng, cells=300).astype(float) - 100
    gain = np.where(np.isin(np.arange(8), [2, 5]), 6.0, 0.5)[:, None, None]
    frames = np.minimum(sharp * gain * top / 255, top)
    if dtype == "uint16":  # one dead pixel shows the top of the range in all frames
        frames[:, 0, 0] = top
    prepared = prepare(movie_of(frames.astype(dtype)), PrepareSettings())
    saturated = [flag for flag in prepared.flags if flag.fault == "saturated"]
    assert [flag.index for flag in saturated] == [2, 5]
    assert all(flag.value > 0.01 for flag in saturated)


def test_a_blurred_frame_is_seen_beside_a_glaring_scale_bar(good: np.ndarray) -> None:
    frames = good.copy()
    blurred = ndimage.gaussian_filter(frames[6].astype(float) - 100, 3) + 100
    frames[6] = np.random.default_rng(4).poisson(blurred)
    frames[:, 170:175, 20:70] = 60_000
    assert faults(frames) == [(6, "blurred")]


def test_they_are_told_with_number_and_time_and_kept_by_default(good: np.ndarray) -> None:
    frames = good.copy()
    frames[4] = 100
    heard = Heard()
    prepared = prepare(movie_of(frames), PrepareSettings(), heard)
    assert "1 frame is blank (almost nothing is seen): frame 5 (40 min)." in heard.warnings
    assert "'prepare.leave_out'" in heard.warnings
    assert len(prepared.movie) == COUNT


def test_they_are_left_out_on_request_and_the_others_keep_their_times(good: np.ndarray) -> None:
    frames = good.copy()
    frames[[4, 5]] = 100
    heard = Heard()
    prepared = prepare(movie_of(frames), PrepareSettings(auto_leave_out=True), heard)
    assert prepared.left_out == (4, 5)
    assert len(prepared.movie) == COUNT - 2
    np.testing.assert_array_equal(
        prepared.movie.times, 10.0 * np.array([0, 1, 2, 3, 6, 7, 8, 9, 10, 11, 12, 13])
    )
    np.testing.assert_array_equal(prepared.movie.frames[4], frames[6])
    assert prepared.position(6) == 4
    assert prepared.position(5) is None
    assert "Left out: frames 5, 6 of 14." in heard.text
    assert "'prepare.leave_out'" not in heard.text


def test_frames_are_left_out_by_their_numbers(good: np.ndarray) -> None:
    settings = Settings.build({"prepare": {"leave_out": [1, [3, 5], 14]}}).prepare
    prepared = prepare(movie_of(good), settings)
    assert prepared.left_out == (0, 2, 3, 4, 13)
    np.testing.assert_array_equal(prepared.movie.frames[1], good[5])
    points = movie_of([np.full((2, 2), k) for k in range(14)], kind="points")
    left = prepare(points, settings).movie
    assert [int(xy[0, 0]) for xy in left] == [1, 5, 6, 7, 8, 9, 10, 11, 12]


def test_what_is_wrong_in_a_frame_is_told_by_its_recorded_number(good: np.ndarray) -> None:
    frames = good.astype(np.float32)
    frames[7, 5, 5] = np.nan
    with pytest.raises(UserError, match=r"Frame 8 of cells\.tif has pixels that are not finite"):
        prepare(movie_of(frames), PrepareSettings(leave_out="1-3"))
    assert len(prepare(movie_of(frames), PrepareSettings(leave_out="8")).movie) == 13


def test_nothing_left_is_a_sentence(good: np.ndarray) -> None:
    with pytest.raises(UserError, match="leaves 0 of 14 frames"):
        prepare(movie_of(good), PrepareSettings(leave_out="1-14"))
    with pytest.raises(UserError, match="There is no frame 15: the movie has 14 frames"):
        prepare(movie_of(good), PrepareSettings(leave_out="15"))
    black = movie_of(np.zeros((6, 32, 32), dtype=np.uint8))
    with pytest.raises(UserError, match="0 would be left, because all others are blank"):
        prepare(black, PrepareSettings(auto_leave_out=True))
    assert all(flag.fault == "blank" for flag in prepare(black, PrepareSettings()).flags)
