"""Texts and scale bars that were burned into the frames are found, and nothing else is."""

from __future__ import annotations

import numpy as np
import pytest

from napari_binn.prepare.movie import prepare, prepare_movie
from napari_binn.prepare.overlays import find_overlays
from napari_binn.settings import PrepareSettings
from tests.prepare.movies import Heard, movie_of


def cells(dtype: str = "uint8", frames: int = 8) -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.clip(rng.normal(110, 25, (frames, 120, 160)), 3, 240).astype(dtype)


def write(frames: np.ndarray, ink: float) -> np.ndarray:
    """Burn a scale bar and three letters into the frames; return where they are."""
    where = np.zeros(frames.shape[1:], dtype=bool)
    where[105:109, 110:150] = True
    for left in (10, 20, 30):
        where[8:18, left : left + 2] = where[8:10, left : left + 7] = True
    frames[:, where] = ink
    return where


@pytest.mark.parametrize("ink", [255, 0])
def test_a_scale_bar_and_a_text_are_not_measured(ink: int) -> None:
    frames = cells()
    where = write(frames, ink)
    heard = Heard()
    prepared = prepare(movie_of(frames), PrepareSettings(), heard)
    assert prepared.movie.valid is not None
    hidden = ~prepared.movie.valid[5]
    assert hidden[where].all()
    assert hidden.mean() < 4 * where.mean()
    assert "a text or scale bar that never changes" in heard.text
    assert prepared.hidden == pytest.approx(hidden.mean())


def test_white_letters_in_a_black_box_are_one_text() -> None:
    frames = cells()
    frames[:, 2:24, 4:60] = 0
    write(frames, 255)
    found = find_overlays(movie_of(frames))
    assert found is not None
    assert found[2:24, 4:60].all()


def test_texts_can_be_kept() -> None:
    frames = cells()
    write(frames, 255)
    movie = movie_of(frames)
    assert prepare_movie(movie, PrepareSettings(overlays="keep")) is movie


def test_a_movie_without_any_is_returned_as_it_is() -> None:
    movie = movie_of(cells())
    assert prepare_movie(movie, PrepareSettings()) is movie


def test_black_background_between_bright_cells_was_observed() -> None:
    frames = np.maximum(cells().astype(float) - 130, 0).astype(np.uint8)
    frames[:, 30:90, 40:100] = 0  # an empty place, clipped to black in all frames
    assert find_overlays(movie_of(frames)) is None


def test_saturated_cells_that_move_and_dead_pixels_are_no_text() -> None:
    frames = cells()
    for k, frame in enumerate(frames):
        frame[40:52, 30 + k : 42 + k] = 255
    frames[:, 77, 33] = 255
    assert find_overlays(movie_of(frames)) is None


def test_uniform_movies_and_short_ones_have_no_text() -> None:
    assert find_overlays(movie_of(np.zeros((6, 32, 32), dtype=np.uint8))) is None
    assert find_overlays(movie_of(np.repeat(cells()[:1], 3, axis=0))) is None
    # A frozen movie shows the same all the time, but that is no text.
    assert find_overlays(movie_of(np.repeat(cells()[:1], 8, axis=0))) is None
