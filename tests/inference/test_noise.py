from __future__ import annotations

import numpy as np
import pytest

from napari_binn.inference.noise import NoiseModel
from napari_binn.inference.terms import Noise


def test_deviance_of_independent_counts_is_about_one():
    rng = np.random.default_rng(0)
    mean = rng.uniform(0.3, 1.0, 20000)
    model = NoiseModel.make("counts", 20.0, mean)
    counts = rng.poisson(mean * 20) / 20
    assert model.deviance(counts, mean).mean() == pytest.approx(1.03, abs=0.05)


def test_deviance_of_covered_shares_is_about_one():
    """Also where little or nearly all is covered; u = 1 is four fifths of the ground."""
    rng = np.random.default_rng(0)
    for low, high in ((0.2, 0.8), (0.05, 0.2), (0.8, 0.95)):
        share = rng.uniform(low, high, 20000)
        observed = rng.binomial(60, share) / 60
        model = NoiseModel.make("fraction", 60 * 0.8, share / 0.8, full=1 / 0.8)
        assert model.deviance(observed / 0.8, share / 0.8).mean() == pytest.approx(1.03, abs=0.06)
        spread = np.mean((observed - share) ** 2 / (0.64 * model.shape(share / 0.8)))
        assert spread == pytest.approx(1.0, abs=0.03)


def test_bare_and_covered_ground_are_alike():
    model = NoiseModel.make("fraction", 16.0, np.array([0.5]), full=1.25)
    u = np.linspace(-0.1, 1.35, 30)
    np.testing.assert_allclose(model.shape(u), model.shape(1.25 - u))
    assert model.shape(u).min() > 0


def test_an_exact_prediction_deviates_by_nothing():
    u = np.array([0.0, 0.05, 0.5, 1.0])
    for kind, counts in (("counts", 20.0), ("proportional", None), ("additive", None)):
        assert NoiseModel.make(kind, counts, u).deviance(u, u)[1:] == pytest.approx(0, abs=1e-9)
    shares = NoiseModel.make("fraction", 20.0, u, full=1.25)
    assert shares.deviance(u, u) == pytest.approx(0, abs=1e-2)


def test_an_empty_bin_does_not_get_infinite_weight():
    u = np.array([0.0, 0.5])
    for kind, counts in (("counts", 20.0), ("proportional", None)):
        assert NoiseModel.make(kind, counts, u).shape(np.zeros(3)).min() > 0


def test_noise_is_said_in_words():
    assert "less than independent cells" in Noise("counts", 0.6).describe()
    assert "most where half is covered" in Noise("fraction", 0.8).describe()
    assert "5 %" in Noise("proportional", 0.05).describe()
