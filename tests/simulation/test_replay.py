from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_binn.check_words import forecast_in_words
from napari_binn.equations.model import Equation, Formula
from napari_binn.errors import UserError
from napari_binn.inference.terms import Noise
from napari_binn.metric_words import GUESSES
from napari_binn.settings import EquationSettings, Settings
from napari_binn.simulation import metrics
from napari_binn.simulation.forecast import forecast, naive
from napari_binn.simulation.replay import replay
from tests.synthetic import density

NOISE = Noise("proportional", 0.05)


def equation(D="0.01", G="1 - u"):
    return Equation(Formula(D, 1), Formula(G, 3))


def test_the_true_law_replays_a_noisy_movie_better_than_the_noise():
    seen, clean = density("fisher", noise=0.05, seed=1), density("fisher")
    values = replay(seen, equation(), NOISE, 1.0, 2, 400)
    assert metrics.relative_l2(clean, values) < 0.5 * metrics.relative_l2(clean, seen.values)
    assert metrics.count_error_percent(clean, values) < 1.5
    assert metrics.deviance_per_bin(seen, values, NOISE, 1.0) == pytest.approx(0.9, abs=0.15)


def test_a_wrong_law_replays_worse():
    seen = density("fisher", noise=0.05, seed=1)
    right = replay(seen, equation(), NOISE, 1.0, 1, 400)
    for wrong in (equation(G="0.3*(1 - u)"), equation(D="0.2")):
        values = replay(seen, wrong, NOISE, 1.0, 1, 400)
        assert metrics.relative_l2(seen, values) > 1.2 * metrics.relative_l2(seen, right)


def test_fine_grids_start_from_an_averaged_fit():
    seen = density("fisher")
    values = replay(seen, equation(), NOISE, 1.0, 1, 64)
    assert values.shape == seen.values.shape
    assert metrics.relative_l2(seen, values) < 0.05


def test_a_window_of_a_larger_field_is_replayed_with_its_surroundings():
    window = {"noise": 0.05, "seed": 1, "window": True, "bins": (9, 9), "days": 3.0}
    seen, clean = density("fisher", **window), density("fisher", **window | {"noise": 0.0})
    closed = replay(seen, equation(), NOISE, 1.0, 1, 400)
    opened = replay(seen, equation(), NOISE, 1.0, 1, 400, margin=4)
    assert opened.shape == seen.values.shape
    assert metrics.relative_l2(clean, opened) < 0.5 * metrics.relative_l2(clean, closed)
    averaged = replay(seen, equation(), NOISE, 1.0, 1, 64, margin=4)
    assert metrics.relative_l2(clean, averaged) < metrics.relative_l2(clean, closed)


def test_the_first_frame_of_a_fine_movie_is_not_blurred():
    fine = {"bins": (24, 24), "frames": 6}
    seen, clean = density("fisher", noise=0.05, seed=1, **fine), density("fisher", **fine)
    by_products = replay(seen, equation(), NOISE, 1.0, 2, 100)
    by_matrix = replay(seen, equation(), NOISE, 1.0, 2, 24 * 24)
    assert metrics.relative_l2(clean, by_products) < 0.3 * metrics.relative_l2(clean, seen.values)
    assert np.abs(by_products - by_matrix).max() < 0.02


def test_where_the_search_for_the_first_frame_begins_does_not_matter():
    seen = density("fisher", noise=0.05, seed=1, window=True, bins=(9, 9), days=3.0)
    usual = replay(seen, equation(), NOISE, 1.0, 1, 400, margin=3)
    for level in (0.05, 0.9):
        begin = np.full((15, 15), level)
        other = replay(seen, equation(), NOISE, 1.0, 1, 400, margin=3, begin=begin)
        assert np.linalg.norm(other - usual) < 0.02 * np.linalg.norm(usual)


def test_a_hole_in_an_open_window_stays_unobserved():
    seen = density("fisher", window=True, frames=4)
    mask = np.ones(seen.shape[1:], bool)
    mask[2:4, 3:5] = False
    holed = replace(seen, mask=mask, values=np.where(mask, seen.values, 0.0))
    values = replay(holed, equation(), NOISE, 1.0, 1, 400, margin=2)
    assert metrics.relative_l2(holed, values) < 0.05


@pytest.mark.parametrize(
    ("law", "why"),
    [(equation(D="1/(u - 0.5)^2 + exp(800*u)"), "no finite value"),
     (equation(G="60*u^2"), "grows without bound")],
)  # fmt: skip
def test_laws_that_cannot_be_simulated_are_said(law, why):
    with pytest.raises(UserError, match=why):
        replay(density("fisher", frames=4), law, NOISE, 1.0, 1, 400)


def test_metrics_are_what_their_names_say():
    seen = density("fisher")
    assert metrics.count_error_percent(seen, 1.1 * seen.values) == pytest.approx(10)
    assert metrics.relative_l2(seen, 0.8 * seen.values) == pytest.approx(0.2)
    assert metrics.deviance_per_bin(seen, seen.values * 1.05, NOISE, 1.0) == pytest.approx(
        (0.05 / 1.05) ** 2 / 0.05**2
    )


def test_naive_forecasts():
    seen = density("fisher")
    ahead = naive(seen, seen.t[-1] + np.array([0.0, 0.5, 50.0]))
    for name in ("last_frame", "exponential", "logistic"):
        assert np.allclose(ahead[name][0], seen.values[-1])
    assert np.allclose(ahead["last_frame"][2], seen.values[-1])
    assert ahead["exponential"][1].sum() > seen.values[-1].sum()
    assert ahead["logistic"][2].max() <= 1.06 * seen.values.max()
    assert ahead["smoothed_logistic"][2].max() <= 1.06 * seen.values.max()


def test_a_smoothed_guess_averages_the_noise_of_a_pattern_that_only_grows():
    seen = density("fisher", frames=6)
    rise = np.exp(0.4 * seen.t)[:, None, None]
    ahead = np.array([0.5, 1.0])
    even = naive(replace(seen, values=0.3 * rise + 0 * seen.values), seen.t[-1] + ahead)
    truth = 0.3 * np.exp(0.4 * (seen.t[-1] + ahead))
    np.testing.assert_allclose(even["smoothed_exponential"][:, 3, 4], truth)
    assert np.ptp(even["smoothed_logistic"], axis=(1, 2)) == pytest.approx(0, abs=1e-12)
    counts = np.random.default_rng(0).poisson(10 * seen.values[0] * rise) / 10
    later = seen.values[0] * np.exp(0.4 * (seen.t[-1] + ahead))[:, None, None]
    noisy = naive(replace(seen, values=counts), seen.t[-1] + ahead)
    for name in ("exponential", "logistic"):
        alone, together = (np.std(noisy[kind + name] - later) for kind in ("", "smoothed_"))
        assert together < 0.7 * alone


def test_the_forecast_of_a_lawful_movie_beats_every_naive_guess():
    settings = Settings(equations=EquationSettings(engine="library", refits=3))
    seen = density("fisher", noise=0.02, seed=2, frames=9)
    told = []
    result = forecast(seen, Noise("proportional", 0.02), seen.scale, settings, told.append)
    shares = [event.done for event in told]
    assert {event.stage for event in told} == {"simulate"}
    assert len(shares) > 20
    assert shares == sorted(shares)
    assert 0.9 < shares[-1] <= 1
    assert result is not None
    assert result.start == 6
    assert result.values.shape == seen.values[6:].shape
    own = result.metrics["forecast_deviance_per_bin"]
    for guess in GUESSES:
        assert own < result.metrics[f"forecast_deviance_per_bin_{guess}"]
    assert result.metrics["forecast_count_error_percent"] < 2
    assert forecast_in_words(result.metrics).startswith("The forecast is better than every guess")


def test_naive_guesses_do_not_count_bins_that_were_not_observed():
    seen = density("fisher")
    mask = np.ones(seen.shape[1:], bool)
    mask[:, :6] = False
    cut = replace(seen, values=seen.values[:, :, 6:], x=seen.x[6:])
    holed = replace(seen, mask=mask, values=np.where(mask, seen.values, 0.0))
    ahead = np.array([3.0])
    for name, guess in naive(holed, ahead).items():
        np.testing.assert_allclose(guess[:, :, 6:], naive(cut, ahead)[name])


def test_a_movie_of_three_frames_has_no_forecast():
    seen = density("fisher", frames=3)
    assert forecast(seen, NOISE, 1.0, Settings()) is None
