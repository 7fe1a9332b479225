"""Uneven light is told from what is lit, and a scratch is not taken for a shade."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from napari_binn.errors import UserError
from napari_binn.movie.model import MemoryFrames
from napari_binn.prepare.illumination import find_light
from napari_binn.prepare.movie import prepare
from napari_binn.settings import PrepareSettings
from tests.prepare.movies import SIDE, Heard, drifting_cells, movie_of, scratch, vignette

Array = np.ndarray
ON = PrepareSettings(illumination="on")


def off_by(light: Array, truth: Array) -> tuple[float, float]:
    """Return the standard deviation and the greatest deviation of the light, relative."""
    error = np.log(light / truth)
    error -= error.mean()
    return float(error.std()), float(np.abs(error).max())


def tilted(side: int, _: float) -> Array:
    y, x = np.mgrid[0:side, 0:side] / side - 0.5
    return np.asarray(1 + 0.5 * x - 0.2 * y)


@pytest.mark.parametrize("closing", [True, False])
@pytest.mark.parametrize("lit", [vignette, tilted])
def test_a_vignette_is_found_and_a_scratch_three_times_darker_stays(
    lit: Callable[[int, float], Array], closing: bool
) -> None:
    rng = np.random.default_rng(0)
    truth = lit(SIDE, 0.4)
    movie = scratch(truth, rng, closing=closing)
    light = find_light(movie_of(movie), 0.0)
    spread, worst = off_by(light, truth)
    # A scratch that stays where it is can be told by its edges only.
    assert spread < (0.03 if closing else 0.045)
    assert worst < 0.12
    # The gap keeps its depth beside the sheet.
    gap, sheet = np.s_[80:110, 86:106], np.s_[80:110, 5:35]
    depth, true = ((even[sheet].mean() / even[gap].mean()) for even in movie[0] / [light, truth])
    assert depth == pytest.approx(true, rel=0.1)


def test_even_light_under_a_scratch_is_left_even() -> None:
    rng = np.random.default_rng(1)
    light = find_light(movie_of(scratch(np.ones((SIDE, SIDE)), rng, closing=False)), 0.0)
    assert off_by(light, np.ones_like(light))[0] < 0.03


def test_light_is_found_between_nuclei_once_the_dark_level_is_known() -> None:
    rng = np.random.default_rng(2)
    frames = drifting_cells(np.zeros((6, 2)), rng, cells=200)
    truth = vignette(SIDE, 0.3)
    known, unknown = (find_light(movie_of(frames), dark) for dark in (100.0, 0.0))
    assert off_by(known, truth)[0] < 0.03
    assert off_by(unknown, truth)[0] > 2 * off_by(known, truth)[0]


def test_frames_are_divided_when_asked_for_and_their_mean_is_kept() -> None:
    rng = np.random.default_rng(3)
    truth = vignette(SIDE, 0.4)
    recorded = scratch(truth, rng, closing=True).astype(np.uint16)
    heard = Heard()
    movie = prepare(movie_of(recorded), ON, heard).movie
    assert "Uneven light was divided out" in heard.text
    assert not heard.warnings
    assert movie.frames[3].dtype == np.float32
    assert movie.frames[3].mean() == pytest.approx(recorded[3].mean(), rel=0.05)
    part = movie.frames.window(3, 20, 50, 30, 90)  # type: ignore[attr-defined]
    np.testing.assert_array_equal(part, movie.frames[3][20:50, 30:90])


def test_pixels_that_are_no_specimen_do_not_count() -> None:
    rng = np.random.default_rng(4)
    truth = vignette(SIDE, 0.4)
    frames = scratch(truth, rng, closing=True)
    seen = np.ones((SIDE, SIDE), dtype=bool)
    seen[:60, :60] = False
    frames[:, ~seen] = 4000
    movie = movie_of(frames, valid=MemoryFrames([seen] * len(frames)))
    assert off_by(find_light(movie, 0.0), truth)[0] < 0.04


def test_movies_without_light_are_refused_in_a_sentence() -> None:
    with pytest.raises(UserError, match="its frames are uniform"):
        prepare(movie_of(np.zeros((5, 64, 64), dtype=np.uint8)), ON)
    noise = np.random.default_rng(0).poisson(90, (5, 64, 64)).astype(np.uint16)
    dark = PrepareSettings(illumination="on", dark_level=200)
    with pytest.raises(UserError, match=r"'prepare\.dark_level' lower"):
        prepare(movie_of(noise), dark)
    labels = movie_of(noise, kind="labels")
    with pytest.raises(UserError, match=r"in images only, but cells\.tif holds labels"):
        prepare(labels, ON)


def test_pixels_that_are_no_numbers_are_told_with_their_frame() -> None:
    frames = np.random.default_rng(0).uniform(1, 2, (5, 64, 64))
    frames[2, 3, 4] = np.nan
    with pytest.raises(UserError, match=r"Frame 3 of cells\.tif has pixels that are not finite"):
        prepare(movie_of(frames), ON)
