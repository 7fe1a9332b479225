"""First frames of large fields with bins that no frame shows are solved for like any other."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks import systems

from napari_binn.equations import unseen
from napari_binn.equations.candidates import from_expression
from napari_binn.equations.first_frames import ChainedFrames
from napari_binn.equations.grammar import parse
from napari_binn.equations.library import form_of
from napari_binn.equations.refit import Pair, refit
from napari_binn.equations.well import Well
from napari_binn.inference.estimate import estimate
from napari_binn.settings import InferenceSettings


@pytest.fixture(scope="module")
def well() -> Well:
    window = systems.make("a", 0.02, 1, 7, (21, 21), window=True)
    terms = estimate(window, InferenceSettings())
    return Well.of(window, terms, 2, 400)


def test_what_lies_around_a_window_is_solved_for_exactly(well: Well) -> None:
    frames = well.frames
    assert isinstance(frames, ChainedFrames)
    assert frames.unseen is not None
    assert well.problem.margin > 0
    noise = np.random.default_rng(0).standard_normal((2, *well.problem.observed.shape))
    right = frames.gather(noise * frames.system.weight.numpy())
    left = right - frames.system.times(frames.solve(right))
    before = right - frames.system.times(frames.system.solve(right))
    size = np.linalg.norm(right)
    assert np.linalg.norm(left) < 2e-3 * size
    assert np.linalg.norm(left) < 0.2 * np.linalg.norm(before)


def test_neighbours_share_an_unknown_where_there_are_too_many(
    well: Well, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(well.frames, ChainedFrames)
    monkeypatch.setattr(unseen, "MOST_DIRECT", 60)
    seen = well.problem.mask.any(axis=0)
    some = unseen.Unseen.make(well.frames.system, seen)
    assert len(some.columns) <= 60
    right = well.frames.gather(well.problem.observed[None])
    left = right - well.frames.system.times(some.solve(right))
    assert np.linalg.norm(left) < 1e-2 * np.linalg.norm(right)


def test_refits_of_a_window_come_to_rest(well: Well) -> None:
    D, G = (from_expression(parse(text), "test") for text in ("0.02", "0.8 - 0.7*u"))
    done = refit(Pair(D, G, np.array([0.02, 0.8, -0.7])), [well], 6)
    assert done is not None
    assert done.converged
    assert done.pair.constants[:2] == pytest.approx([0.01, 1.0], rel=0.1)


def test_a_pair_that_is_wanted_beyond_its_bounds_is_left_out(well: Well) -> None:
    falling, logistic = form_of("D", "fast diffusion"), form_of("G", "logistic")
    assert falling is not None
    assert logistic is not None
    forms = falling.candidate((0.01, 0.5)), logistic.candidate((1.0, 1.0))
    # D does not fall with density, and the exponent may not be less than 0.05.
    assert refit(Pair(*forms, np.array([0.01, 0.5, 1.0, 1.0])), [well]) is None
