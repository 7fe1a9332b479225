"""A law that the user has in mind, fitted and scored like those that were found."""

from __future__ import annotations

from functools import lru_cache

import pytest

from napari_binn.equations.hypothesis import fit_typed
from napari_binn.equations.ranking import verdict
from napari_binn.errors import UserError
from napari_binn.inference.estimate import estimate
from napari_binn.settings import InferenceSettings
from tests.synthetic import density


@lru_cache(maxsize=1)
def movie():
    made = density("fisher", noise=0.02, seed=3, days=3.0)
    return made, estimate(made, InferenceSettings(boundary="closed"), scale=1.0)


@lru_cache(maxsize=4)
def fitted(D, G, as_typed=False):
    return fit_typed(*movie(), D, G, as_typed=as_typed, forecast_fraction=2 / 3)


def test_letters_are_found_from_nothing():
    law = fitted("a", "r*(1 - u/K)")
    values = {name: value for name, value, _ in law.constants}
    assert values == pytest.approx({"D1": 0.01, "G1": 1.0, "G2": 1.0}, rel=0.1)
    assert law.D.source == law.G.source == "user"
    assert law.scores["forecast_deviance_per_bin"] < 1.5
    assert len(law.covariance) == 3


def test_the_wrong_hypothesis_is_excluded_and_the_right_one_is_not():
    right, wrong = fitted("a", "r*(1 - u/K)"), fitted("a", "0.5")
    assert "speak against" in verdict(wrong, [right])
    assert "cannot be told apart" in verdict(right, [right, wrong])


def test_numbers_are_where_the_fit_starts_unless_they_are_to_be_kept():
    free, kept = fitted("0.02", "0.7*(1 - u/1.3)"), fitted("0.02", "0.7*(1 - u/1.3)", True)
    assert free.scores["parameters"] == 3
    assert free.scores["bic"] == pytest.approx(fitted("a", "r*(1 - u/K)").scores["bic"], abs=0.5)
    assert kept.scores["parameters"] == 0
    assert kept.D.text == "0.02"
    assert kept.scores["bic"] > free.scores["bic"] + 20


def test_what_cannot_be_fitted_is_said_in_a_sentence():
    with pytest.raises(UserError, match="cannot be fitted to this movie"):
        fitted("-1*(u + 1)", "0.5", True)
    with pytest.raises(UserError, match="'sin' is not known"):
        fitted("sin(u)", "0.5")
