"""Whether one law serves several movies."""

from __future__ import annotations

import numpy as np
import pytest

from napari_binn.equations.joint import fit_jointly
from napari_binn.equations.model import Equation, Formula
from napari_binn.errors import UserError
from napari_binn.inference.estimate import estimate
from napari_binn.settings import InferenceSettings
from tests.synthetic import density

SETTINGS = InferenceSettings(boundary="closed")
PAIR = Equation(Formula("0.02", 1, "", "user"), Formula("0.8*(1 - u/1.2)", 7, "", "user"))


def movies(*made):
    return [(movie, estimate(movie, SETTINGS, scale=1.0)) for movie in made]


def test_replicates_of_one_law_share_their_constants() -> None:
    seen = movies(*(density("fisher", noise=0.02, seed=seed, days=3.0) for seed in (1, 2)))
    joint = fit_jointly(seen, PAIR)
    assert joint.worse < -6
    assert "One law serves all 2 movies" in joint.sentence
    values = {name: (value, half) for name, value, half in joint.constants}
    for name, true in (("D1", 0.01), ("G1", 1.0), ("G2", 1.0)):
        value, half = values[name]
        assert value == pytest.approx(true, rel=0.1)
        assert abs(value - true) < 3 * half
    # Two movies tell more than one.
    assert all(abs(d - 1) < 0.3 for d in joint.deviance_per_bin)
    assert np.ptp([one[0] for one in joint.apart]) > 0


def test_movies_of_different_laws_are_told_apart() -> None:
    seen = movies(
        density("fisher", noise=0.02, seed=1, days=3.0),
        density("porous", noise=0.02, seed=2, days=3.0),
    )
    joint = fit_jointly(seen, PAIR)
    assert joint.worse > 6
    assert "One law does not serve" in joint.sentence


def test_movies_in_different_units_of_density_are_refused() -> None:
    movie = density("fisher", noise=0.02)
    two = [(movie, estimate(movie, SETTINGS, scale=scale)) for scale in (1.0, 2.0)]
    with pytest.raises(UserError, match="density scales"):
        fit_jointly(two, PAIR)
