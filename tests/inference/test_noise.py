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


def test_an_exact_prediction_deviates_by_nothing():
    u = np.array([0.0, 0.05, 0.5, 1.0])
    for kind, counts in (("counts", 20.0), ("proportional", None), ("additive", None)):
        assert NoiseModel.make(kind, counts, u).deviance(u, u)[1:] == pytest.approx(0, abs=1e-9)


def test_an_empty_bin_does_not_get_infinite_weight():
    u = np.array([0.0, 0.5])
    for kind, counts in (("counts", 20.0), ("proportional", None)):
        assert NoiseModel.make(kind, counts, u).shape(np.zeros(3)).min() > 0


def test_noise_is_said_in_words():
    assert "less than independent cells" in Noise("counts", 0.6).describe()
    assert "5 %" in Noise("proportional", 0.05).describe()
