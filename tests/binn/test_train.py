"""What a user relies on: the same seed, the same result; members are independent; it learns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_binn.binn import train as training
from napari_binn.binn.device import resolve_device
from napari_binn.binn.state import state_from_arrays, state_to_arrays
from napari_binn.binn.train import init, prepare, step, train
from napari_binn.errors import UserError
from napari_binn.events import Curves, Losses, Progress
from napari_binn.settings import BinnSettings
from tests.synthetic import LAWS, density

SHORT = BinnSettings(members=2, steps=60)


def test_the_same_seed_gives_the_same_networks_and_another_one_others():
    movie = density("fisher", noise=0.05)
    one, two = (train(movie, SHORT, 3, "cpu") for _ in range(2))
    other = train(movie, SHORT, 4, "cpu")
    assert np.array_equal(one.D, two.D)
    assert np.array_equal(one.surface, two.surface)
    assert not np.allclose(one.D, other.D)


def test_a_member_is_the_same_alone_and_in_company():
    movie = density("fisher", noise=0.05)
    settings = SHORT.model_copy(update={"dtype": "float64", "members": 3})
    together = train(movie, settings, 0, "cpu")
    alone = train(movie, settings, 0, "cpu", members=[1])
    # Equal but for rounding, which turns the optimiser's axes where the curvature is degenerate.
    assert np.allclose(together.D[1], alone.D[0], rtol=0.05)
    assert not np.allclose(together.D[0], alone.D[0], rtol=0.05)


def test_a_training_that_was_saved_goes_on_as_if_nothing_had_happened():
    movie = density("fisher", noise=0.05)
    problem = prepare(movie, SHORT, 0, "cpu")
    state = init(problem)
    for _ in range(20):
        state = step(problem, state)
    saved = state_to_arrays(state)
    for _ in range(10):
        state = step(problem, state)
    again = state_from_arrays(problem, saved)
    for _ in range(10):
        again = step(problem, again)
    for name, value in state.parameters.items():
        assert np.array_equal(value.numpy(), again.parameters[name].numpy()), name


def test_units_do_not_matter():
    movie = density("fisher")
    settings = SHORT.model_copy(update={"dtype": "float64"})
    hours = replace(movie, t=movie.t * 24, x=movie.x * 1000, y=movie.y * 1000)
    one, other = train(movie, settings, 0, "cpu"), train(hours, settings, 0, "cpu")
    assert np.allclose(other.D, one.D * 1e6 / 24, rtol=0.2)
    assert np.allclose(other.G, one.G / 24, atol=0.2 * np.abs(one.G).max() / 24)


def test_growth_is_learned_from_a_movie_without_noise():
    result = train(density("fisher"), BinnSettings(members=3), 0, "cpu")
    scale = density("fisher").scale
    known = (result.u > 0.3) & (result.u < 0.9)
    G = LAWS["fisher"][1](result.u[known] * scale)
    assert np.linalg.norm(np.median(result.G[:, known], axis=0) - G) < 0.1 * np.linalg.norm(G)
    assert (result.D > 0).all()
    assert result.losses["data"][-1] < 0.1 * result.losses["data"][0]


def test_progress_is_told_with_losses_and_curves():
    events = []
    result = train(density("fisher"), SHORT, 0, "cpu", events.append)
    for kind in (Progress, Losses, Curves):
        assert any(isinstance(event, kind) for event in events)
    last = [event for event in events if isinstance(event, Losses)][-1]
    assert last.step == last.total_steps == result.steps == 60
    assert set(last.terms) == {"data", "residual", "validation"}


def test_divergence_is_noticed_and_recovered_from(monkeypatch):
    movie, honest = density("fisher"), training._gradients
    poisoned = []

    def poison(problem, parameters, number):
        terms, gradients = honest(problem, parameters, number)
        if number == 30 and not poisoned:
            poisoned.append(number)
            gradients = {name: gradient * np.nan for name, gradient in gradients.items()}
        return terms, gradients

    monkeypatch.setattr(training, "_gradients", poison)
    result = train(movie, BinnSettings(members=1, steps=120), 0, "cpu")
    assert poisoned
    assert np.isfinite(result.D).all()


def test_a_training_that_cannot_be_saved_says_what_to_do(monkeypatch):
    honest = training._gradients

    def poison(problem, parameters, number):
        terms, gradients = honest(problem, parameters, number)
        bad = np.nan if number > 10 else 1.0
        return terms, {name: gradient * bad for name, gradient in gradients.items()}

    monkeypatch.setattr(training, "_gradients", poison)
    with pytest.raises(UserError, match="learning_rate"):
        train(density("fisher"), BinnSettings(members=1, steps=500), 0, "cpu")


def test_cuda_where_there_is_none_is_a_sentence():
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")
    with pytest.raises(UserError, match="cuda"):
        resolve_device("cuda")
    assert resolve_device("auto") == "cpu" or torch.backends.mps.is_available()
