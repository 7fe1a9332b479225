"""Formulas of an open region are refitted together with its surroundings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_binn.density.model import Density
from napari_binn.equations.candidates import from_expression
from napari_binn.equations.grammar import parse
from napari_binn.equations.model import Equation
from napari_binn.equations.ranking import Judge
from napari_binn.equations.screening import CurveTarget, Screened, screen
from napari_binn.inference.estimate import estimate
from napari_binn.inference.terms import Boundary, Terms
from napari_binn.settings import InferenceSettings
from tests.synthetic import density


@pytest.fixture(scope="module")
def window() -> Density:
    return density("fisher", noise=0.02, seed=2, window=True, days=3.0)


@pytest.fixture(scope="module")
def terms(window: Density) -> Terms:
    return estimate(window, InferenceSettings(boundary="open"))


def refitted(window: Density, terms: Terms, max_bins: int = 400) -> Equation:
    """Return the true form, its constants refitted."""
    screened: list[Screened] = []
    for which, text in (("D", "0.02"), ("G", "0.8 - 0.7*u")):
        found = screen(from_expression(parse(text), "test"), CurveTarget.of(terms, which))
        assert found is not None
        screened.append(found)
    equation = Judge.of(window, terms, 2, max_bins).refit(*screened)
    assert equation is not None
    return equation


def test_an_open_border_is_part_of_the_refit(window: Density, terms: Terms) -> None:
    assert terms.boundary.kind == "open"
    opened = refitted(window, terms)
    closed = refitted(window, replace(terms, boundary=Boundary(), surroundings=None))
    assert opened.scores["bic"] < closed.scores["bic"] - 20
    values = {name: value for name, value, _ in opened.constants}
    assert values["D1"] == pytest.approx(0.01, rel=0.1)
    assert values["G1"] == pytest.approx(1.0, rel=0.05)


def test_surroundings_that_were_not_fitted_on_these_bins_are_found(
    window: Density, terms: Terms
) -> None:
    opened = refitted(window, replace(terms, surroundings=None))
    assert np.isfinite(opened.scores["bic"])
    values = {name: value for name, value, _ in opened.constants}
    assert values["D1"] == pytest.approx(0.01, rel=0.15)
