"""The drift of the stage is found and taken out, whatever the cells do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_binn.errors import UserError
from napari_binn.events import silent
from napari_binn.movie.model import MemoryFrames
from napari_binn.prepare.drift import find_drift
from napari_binn.prepare.movie import prepare
from napari_binn.prepare.registration import match, structure
from napari_binn.settings import PrepareSettings
from tests.prepare.movies import PIXEL, SIDE, Heard, drifting_cells, movie_of

ON = PrepareSettings(drift="on")


def wandering(count: int, rng: np.random.Generator, reach: float = 2.5) -> np.ndarray:
    return np.vstack([[0, 0], np.cumsum(rng.uniform(-reach, reach, (count - 1, 2)), axis=0)])


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_drift_is_found_to_a_fifth_of_a_pixel_under_moving_and_dividing_cells(seed: int) -> None:
    rng = np.random.default_rng(seed)
    path = wandering(12, rng)
    drift = find_drift(movie_of(drifting_cells(path, rng, step=0.2)), (), silent)
    assert drift.followed.all()
    assert np.abs(drift.path - path).max() < 0.2
    # What it says of its own error is not far from the truth.
    assert 0.02 < drift.error[-1] < 0.3


def test_a_rigid_shift_is_found_to_a_twentieth_of_a_pixel() -> None:
    rng = np.random.default_rng(3)
    first, second = drifting_cells(np.array([[0, 0], [3.37, -7.81]]), rng, step=0.0)
    found = match(structure(first, None), structure(second, None))
    np.testing.assert_allclose(found.shift, (3.37, -7.81), atol=0.05)


def test_blank_frames_do_not_break_the_path() -> None:
    rng = np.random.default_rng(4)
    path = wandering(12, rng)
    frames = drifting_cells(path, rng)
    frames[[4, 7, 8]] = rng.poisson(100, (3, SIDE, SIDE))
    drift = find_drift(movie_of(frames), (), silent)
    blank = np.isin(np.arange(12), [4, 7, 8])
    np.testing.assert_array_equal(drift.followed, ~blank)
    assert np.abs(drift.path - path)[~blank].max() < 0.25
    # Where nothing is seen, the path goes straight from the frame before to the one after.
    np.testing.assert_allclose(drift.path[4], (drift.path[3] + drift.path[5]) / 2, atol=1e-3)


def test_what_a_text_hides_is_not_followed() -> None:
    rng = np.random.default_rng(5)
    path = 2.0 * np.arange(8)[:, None] * [1.0, 0.5]
    frames = drifting_cells(path, rng)
    text = np.zeros((SIDE, SIDE), dtype=bool)
    text[20:90:4, 20:170] = text[20:90, 20:170:7] = True
    frames[:, text] = 4000
    blind = movie_of(frames)
    told = replace(blind, valid=MemoryFrames([~text] * 8))
    assert np.abs(find_drift(told, (), silent).path - path).max() < 0.3
    assert np.abs(find_drift(blind, (), silent).path - path).max() > 5


def test_frames_are_moved_back_by_whole_pixels_and_their_noise_is_kept() -> None:
    rng = np.random.default_rng(6)
    path = np.array([[0, 0], [3, -2], [-4, 5], [6, 1], [0, 2]], dtype=float)
    frames = drifting_cells(path, rng, step=0.0)
    heard = Heard()
    prepared = prepare(movie_of(frames), ON, heard)
    movie = prepared.movie
    assert "Drift was taken out" in heard.text
    assert movie.frames[2].dtype == np.uint16
    np.testing.assert_array_equal(movie.frames[1][:-3, 2:], frames[1][3:, :-2])
    assert movie.valid is not None
    assert movie.valid[1][:-3, 2:].all()
    assert not movie.valid[1][-3:].any()
    assert not movie.valid[1][:, :2].any()
    np.testing.assert_array_equal(movie.frames[0], frames[0])
    window = movie.frames.window(2, 10, 60, 0, 40)  # type: ignore[attr-defined]
    np.testing.assert_array_equal(window, movie.frames[2][10:60, :40])
    assert prepared.offset(1) == (3 * PIXEL, -2 * PIXEL)


def test_cells_that_move_without_a_drift_are_left_where_they_are() -> None:
    rng = np.random.default_rng(7)
    heard = Heard()
    movie = movie_of(drifting_cells(np.zeros((8, 2)), rng, step=2.0, cells=150))
    prepared = prepare(movie, ON, heard)
    assert "No drift was seen" in heard.text
    assert prepared.movie.frames is movie.frames
    assert prepared.movie.valid is None


def test_an_implausible_jump_is_told() -> None:
    rng = np.random.default_rng(8)
    path = np.zeros((8, 2))
    path[5:] = [40.0, 0.0]
    heard = Heard()
    prepare(movie_of(drifting_cells(path, rng)), ON, heard)
    assert "hard to believe: it jumps by 20 µm at frame 6" in heard.warnings


def test_a_drift_within_a_region_is_found_from_its_surroundings_alone() -> None:
    rng = np.random.default_rng(9)
    path = wandering(6, rng)
    read: list[tuple[int, ...]] = []

    class Noting(MemoryFrames):
        def window(self, index: int, y0: int, y1: int, x0: int, x1: int) -> np.ndarray:
            read.append((y0, y1, x0, x1))
            return self.data[index][y0:y1, x0:x1]

    movie = movie_of(Noting(drifting_cells(path, rng)))
    region = (60 * PIXEL, 40 * PIXEL, 150 * PIXEL, 140 * PIXEL)
    prepared = prepare(movie, ON, region=region)
    assert prepared.drift is not None
    assert np.abs(prepared.drift.path - path).max() < 0.4
    assert set(read) == {(15, 165, 35, 175)}


def test_labels_are_followed_by_their_outlines() -> None:
    rng = np.random.default_rng(10)
    path = np.array([[0, 0], [4, 1], [7, -3], [2, 2]], dtype=float)
    frames = (drifting_cells(path, rng, step=0.0) > 180).astype(np.int32)
    prepared = prepare(movie_of(frames, kind="labels"), ON)
    assert prepared.drift is not None
    np.testing.assert_array_equal(prepared.drift.offsets, path)


def test_frames_that_show_nothing_cannot_be_followed() -> None:
    black = movie_of(np.zeros((6, 64, 64), dtype=np.uint8))
    with pytest.raises(UserError, match="nothing in its frames could be followed"):
        prepare(black, ON)
    noise = np.random.default_rng(0).poisson(100, (6, 64, 64)).astype(np.uint16)
    with pytest.raises(UserError, match=r"'prepare\.drift' to off"):
        prepare(movie_of(noise), ON)


def test_positions_have_no_drift_to_find() -> None:
    movie = movie_of([np.zeros((3, 2))] * 4, kind="points")
    with pytest.raises(UserError, match=r"'prepare\.drift' is for images and labels"):
        prepare(movie, ON)
