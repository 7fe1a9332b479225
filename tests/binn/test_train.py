"""What a user relies on: the same seed, the same result; members are independent; it learns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from napari_binn.binn import standard
from napari_binn.binn import train as training
from napari_binn.binn.state import StateLike
from napari_binn.binn.train import train
from napari_binn.density.model import Density
from napari_binn.errors import UserError
from napari_binn.events import Curves, Event, Losses, Notice, Progress
from napari_binn.settings import BinnSettings
from tests.synthetic import LAWS, density

SHORT = BinnSettings(members=2, steps=60, data_batch=200, collocation=50)
EXACT = SHORT.model_copy(update={"dtype": "float64", "members": 3})


@pytest.fixture(scope="module")
def clean() -> Density:
    return density("fisher")


@pytest.fixture(scope="module")
def noisy(clean: Density) -> Density:
    scatter = 1 + 0.05 * np.random.default_rng(0).standard_normal(clean.shape)
    return replace(clean, values=clean.values * scatter)


@pytest.fixture
def threads() -> Iterator[int]:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield 3
    torch.set_num_threads(before)


def test_both_curves_are_learned_from_a_movie_without_noise(clean: Density) -> None:
    result = train(clean, BinnSettings(members=2, steps=700), 0, "cpu")
    known = (result.u > 0.3) & (result.u < 0.9)
    for curves, law, tolerance in zip(
        (result.D, result.G), LAWS["fisher"], (0.1, 0.03), strict=True
    ):
        true = law(result.u[known] * clean.scale)
        error = np.linalg.norm(np.median(curves[:, known], axis=0) - true)
        assert error < tolerance * np.linalg.norm(true)
    assert (result.D > 0).all()
    assert np.sqrt(np.mean((result.surface - clean.values) ** 2)) < 0.005 * clean.scale
    assert result.losses["validation"][-1] < 1e-2 * result.losses["validation"][0]


def test_the_same_seed_gives_the_same_networks_and_another_one_others(noisy: Density) -> None:
    one, two = (train(noisy, SHORT, 3, "cpu") for _ in range(2))
    other = train(noisy, SHORT, 4, "cpu")
    np.testing.assert_array_equal(one.D, two.D)
    np.testing.assert_array_equal(one.surface, two.surface)
    assert not np.allclose(one.D, other.D)


def test_a_member_is_the_same_alone_and_in_company(noisy: Density) -> None:
    together = train(noisy, EXACT, 0, "cpu")
    alone = train(noisy, EXACT, 0, "cpu", members=[1])
    np.testing.assert_allclose(alone.D[0], together.D[1], rtol=1e-6)
    np.testing.assert_allclose(alone.G[0], together.G[1], rtol=1e-6, atol=1e-6)
    assert not np.allclose(together.D[0], together.D[1], rtol=0.01)


def test_units_do_not_matter(clean: Density) -> None:
    one = train(clean, EXACT, 0, "cpu")
    hours = replace(clean, t=clean.t * 24 + 7, x=clean.x * 1000, y=clean.y * 1000 - 50)
    other = train(replace(hours, values=clean.values * 800), EXACT, 0, "cpu")
    np.testing.assert_allclose(other.D, one.D * 1e6 / 24, rtol=1e-5)
    np.testing.assert_allclose(other.G, one.G / 24, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(other.surface, one.surface * 800, rtol=1e-5)


def test_a_stopped_training_goes_on_as_if_nothing_had_happened(noisy: Density) -> None:
    settings = SHORT.model_copy(update={"steps": 130})
    states: list[StateLike] = []
    whole = train(noisy, settings, 0, "cpu", checkpoint=states.append)
    assert [state.step for state in states] == [50, 100, 130]
    rest = train(noisy, settings, 0, "cpu", resume=states[1])
    np.testing.assert_array_equal(rest.D, whole.D)
    np.testing.assert_array_equal(rest.surface, whole.surface)
    for name, column in whole.losses.items():
        np.testing.assert_array_equal(rest.losses[name], column)


def test_masked_bins_do_not_count(clean: Density) -> None:
    mask = np.ones(clean.shape[1:], dtype=bool)
    mask[:3, :4] = False
    hidden = [np.where(mask, clean.values, rubbish) for rubbish in (np.nan, 1e6)]
    one, two = (train(replace(clean, values=v, mask=mask), SHORT, 0, "cpu") for v in hidden)
    np.testing.assert_array_equal(one.D, two.D)
    assert one.surface.shape == clean.shape


def test_the_paper_s_recipe_is_trained_watched_and_resumed_in_the_same_way(noisy: Density) -> None:
    movie = replace(noisy, length_unit="mm", time_unit="day")
    settings = BinnSettings(recipe="paper", members=2, patience=3)
    states: list[StateLike] = []
    events: list[Event] = []
    whole = train(movie, settings, 0, "cpu", events.append, checkpoint=states.append)
    assert whole.members == 2
    assert whole.weights["u.1.weight"].shape == (2, 64, 64)
    assert whole.losses["step"][-1] == whole.steps
    progress = [event for event in events if isinstance(event, Progress)]
    assert progress[-1].done == progress[-1].total == whole.steps
    middle = states[0].to_arrays()
    assert 0 < states[0].step < whole.steps
    rest = train(movie, settings, 0, "cpu", resume=middle)
    np.testing.assert_array_equal(rest.D, whole.D)
    np.testing.assert_array_equal(rest.surface, whole.surface)


def test_counts_and_an_ensemble_without_validation_are_learned_too(clean: Density) -> None:
    counted = replace(clean, counts_per_unit=30.0)
    result = train(counted, SHORT.model_copy(update={"validation": 0.0}), 0, "cpu")
    assert np.isfinite(result.D).all()
    assert np.isnan(result.losses["validation"]).all()
    assert not np.allclose(result.D, train(clean, SHORT, 0, "cpu").D)


def test_progress_losses_and_curves_are_told_in_order(clean: Density) -> None:
    events: list[Event] = []
    result = train(clean, SHORT, 0, "cpu", events.append)
    progress = [event.done for event in events if isinstance(event, Progress)]
    assert all(before <= after for before, after in pairwise(progress))
    assert progress[-1] == 60
    last = [event for event in events if isinstance(event, Losses)][-1]
    assert (last.step, last.total_steps) == (60, 60)
    assert last.terms == {key: result.losses[key][-1] for key in ("data", "residual", "validation")}
    curves = [event for event in events if isinstance(event, Curves)][-1]
    assert len(curves.u) == len(curves.D[0]) == len(curves.G[1]) == 50
    np.testing.assert_allclose(curves.D[0][-1], result.D[0, -1], rtol=1e-5)


def test_reports_come_at_most_ten_times_a_second(
    clean: Density, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock is made to stand still: only the first and the last state are reported."""
    monkeypatch.setattr(training.time, "monotonic", lambda: 1000.0)
    events: list[Event] = []
    train(clean, SHORT, 0, "cpu", events.append)
    assert [event.done for event in events if isinstance(event, Progress)] == [1, 60]


def test_a_stop_passes_through_and_gives_the_threads_back(clean: Density, threads: int) -> None:
    def stop(event: Event) -> None:
        if isinstance(event, Progress):
            assert torch.get_num_threads() == 1
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(clean, SHORT, 0, "cpu", stop)
    assert torch.get_num_threads() == threads


def test_too_high_a_learning_rate_is_lowered_and_said(clean: Density) -> None:
    events: list[Event] = []
    settings = SHORT.model_copy(update={"steps": 300, "learning_rate": 1.0})
    result = train(clean, settings, 0, "cpu", events.append)
    notices = [event for event in events if isinstance(event, Notice)]
    assert "diverged" in notices[0].text
    assert notices[0].level == "warning"
    assert result.losses["data"][-1] < 0.5 * np.var(clean.values / clean.scale)


@pytest.mark.parametrize("seed", [0, 3])
def test_small_networks_that_begin_far_off_get_the_time_they_need(
    noisy: Density, seed: int
) -> None:
    settings = BinnSettings(members=3, steps=300, width=16, data_batch=300, collocation=100)
    result = train(noisy, settings, seed, "cpu")
    assert result.losses["data"][-1] < 0.3 * np.var(noisy.values / noisy.scale)


def test_only_the_member_that_diverged_is_slowed_down(
    clean: Density, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest, poisoned = standard._gradients, []

    def poison(problem, parameters, batches, number):  # type: ignore[no-untyped-def]
        terms, gradients = honest(problem, parameters, batches, number)
        if number == 70 and not poisoned:
            poisoned.append(number)
            for gradient in gradients.values():
                gradient[0] = np.nan
        return terms, gradients

    settings = SHORT.model_copy(update={"steps": 120})
    expected = train(clean, settings, 0, "cpu")
    monkeypatch.setattr(standard, "_gradients", poison)
    events: list[Event] = []
    result = train(clean, settings, 0, "cpu", events.append)
    assert poisoned
    said = next(event.text for event in events if isinstance(event, Notice))
    assert "1 of 2 networks diverged before step 100: it goes on from step 50" in said
    np.testing.assert_array_equal(result.D[1], expected.D[1])
    assert not np.allclose(result.D[0], expected.D[0])
    assert np.isfinite(result.D).all()
    assert np.isfinite(result.losses["data"]).all()


def test_a_training_that_cannot_be_saved_says_what_to_do(clean: Density) -> None:
    with pytest.raises(UserError, match=r"lower binn\.learning_rate \(it is 1e\+08\)"):
        train(clean, BinnSettings(members=1, steps=500, learning_rate=1e8), 0, "cpu")


def test_what_cannot_be_trained_is_one_sentence(clean: Density) -> None:
    with pytest.raises(UserError, match="one frame"):
        train(clean.first_frames(1), SHORT, 0, "cpu")
    with pytest.raises(UserError, match=r"binn\.dtype = float64 does not work on device mps"):
        training.prepare(clean, EXACT, 0, "mps")


def test_a_movie_of_many_bins_asks_for_wider_networks() -> None:
    t, y, x = np.linspace(0, 1, 3), np.arange(30.0), np.arange(40.0)
    values = 1 + 0.1 * np.sin(x + y[:, None] / 2) * (1 + t[:, None, None])
    movie = Density(values, t, y, x, "pixel", "frame", "a.u.")
    for width, expected in ((32, 1), (64, 0)):
        events: list[Event] = []
        settings = BinnSettings(members=1, steps=20, width=width)
        train(movie, settings, 0, "cpu", events.append)
        notices = [event.text for event in events if isinstance(event, Notice)]
        assert len(notices) == expected
        assert all("1200 bins" in text and "binn.width = 64" in text for text in notices)
