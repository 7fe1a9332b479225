"""The standard recipe ends when nothing more is learned, and not for want of memory."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from napari_binn.binn import standard
from napari_binn.binn.state import Problem, TrainState
from napari_binn.events import Event, Notice, silent
from napari_binn.settings import BinnSettings
from tests.synthetic import density

SETTINGS = BinnSettings(members=3, steps=1000, data_batch=40, collocation=20, width=8)


@pytest.fixture(scope="module")
def problem() -> Problem:
    return standard.prepare(density("fisher"), SETTINGS, 0, "cpu")


def watched(problem: Problem, state: TrainState, count: int) -> TrainState:
    """Return a state whose curves were looked at ``count`` times before and were the same."""
    at = replace(state, step=standard.CHECK_EVERY, misfit=torch.zeros(SETTINGS.members))
    looked = standard.checked(problem, at, at, silent)
    return replace(at, history=np.repeat(looked.history, count, axis=0))


def test_curves_that_stand_still_end_the_training(problem: Problem) -> None:
    state = standard.init(problem)
    state = replace(watched(problem, state, 14), step=650)
    settled = standard.checked(problem, state, state, silent)
    assert settled.settled == 650
    assert standard.last_step(problem, settled) == 650 + 260
    assert standard.checked(problem, settled, settled, silent) is settled


def test_curves_that_still_move_do_not(problem: Problem) -> None:
    state = standard.init(problem)
    moving = watched(problem, state, 14)
    moving.history[:] *= np.linspace(5.0, 1.5, 14)[:, None, None]
    moving = replace(moving, step=650)
    assert standard.checked(problem, moving, moving, silent).settled is None
    assert standard.last_step(problem, moving) == 1000
    early = replace(watched(problem, state, 10), step=550)
    assert standard.checked(problem, early, early, silent).settled is None


def test_one_network_that_lags_does_not_end_the_training_of_the_others() -> None:
    """What is still is the members' median, and their spread is that of most of them."""
    late = np.linspace(1.02, 1.0, 12)[:, None, None] * np.ones((12, 2, 5))
    close = np.linspace(0.99, 1.01, 5)[:, None, None] * np.ones((5, 2, 5))
    lagging = close.copy()
    lagging[-1] = 3.0
    assert not standard._stands_still(late, close)
    assert not standard._stands_still(late, lagging)
    apart = np.linspace(0.8, 1.2, 5)[:, None, None] * np.ones((5, 2, 5))
    assert standard._stands_still(late, apart)


def misfits(problem: Problem, state: TrainState, held_out: np.ndarray) -> TrainState:
    """Return a state whose curves still move, with a course of the misfit of what was left out."""
    moving = watched(problem, state, 14)
    moving.history[:] *= np.linspace(5.0, 1.5, 14)[:, None, None]
    losses = np.ones((len(held_out), 4))
    losses[:, 3] = held_out
    return replace(moving, step=650, losses=problem.tensor(losses))


def test_a_misfit_of_what_was_left_out_that_falls_no_more_ends_the_training(
    problem: Problem,
) -> None:
    """With noise, what still moves then is how the noise is learned."""
    state = standard.init(problem)
    for course in (np.ones(130), np.linspace(1.0, 1.2, 130), np.linspace(1.0, 0.99, 130)):
        still = misfits(problem, state, course)
        assert standard.checked(problem, still, still, silent).settled == 650
    falling = misfits(problem, state, np.geomspace(1.0, 0.5, 130))
    assert standard.checked(problem, falling, falling, silent).settled is None


def test_where_nothing_is_left_out_its_misfit_ends_nothing() -> None:
    everything = SETTINGS.model_copy(update={"validation": 0.0})
    problem = standard.prepare(density("fisher"), everything, 0, "cpu")
    still = misfits(problem, standard.init(problem), np.full(130, np.nan))
    assert standard.checked(problem, still, still, silent).settled is None


def test_steps_see_parts_of_the_batches_until_the_learning_rate_falls(
    problem: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    honest = standard._gradients

    def counted(problem, parameters, batches, number):  # type: ignore[no-untyped-def]
        seen.append(batches.at(number)[1].shape[-1])
        return honest(problem, parameters, batches, number)

    monkeypatch.setattr(standard, "_gradients", counted)
    state = replace(standard.init(problem), settled=400)
    seen.clear()
    for step in (0, 400, 401, 480):
        standard.step(problem, replace(state, step=step))
    assert seen == [14, 14, 40, 40]


def test_the_learning_rate_is_constant_and_then_falls_to_zero(problem: Problem) -> None:
    state = standard.init(problem)
    settled = replace(state, settled=400)
    rates = [standard._rate(problem, replace(settled, step=step)) for step in range(561)]
    assert set(rates[:401]) == {1.0}
    assert all(before > after for before, after in pairwise(rates[400:]))
    assert rates[560] == pytest.approx(0.0, abs=1e-9)
    assert standard.finished(problem, replace(settled, step=560))
    assert not standard.finished(problem, replace(settled, step=559))


def test_where_the_memory_does_not_suffice_members_are_computed_in_parts(
    problem: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[Event] = []
    small = standard.prepare(density("fisher"), SETTINGS, 0, "cpu", report=events.append)
    whole = standard.init(problem)
    evaluate = standard.loss.evaluate

    def too_large(parameters, *others):  # type: ignore[no-untyped-def]
        if len(parameters["u.first"]) > 1:
            raise torch.OutOfMemoryError("as if")
        return evaluate(parameters, *others)

    expected = standard.step(problem, whole)
    monkeypatch.setattr(standard.loss, "evaluate", too_large)
    found = standard.step(small, whole)
    for name, values in expected.parameters.items():
        torch.testing.assert_close(found.parameters[name], values)
    torch.testing.assert_close(found.misfit, expected.misfit)
    assert "3 networks at once: 1 are" in "".join(e.text for e in events if isinstance(e, Notice))
