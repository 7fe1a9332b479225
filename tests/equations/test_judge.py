"""Pairs of formulas refitted by simulation: borders, large fields, forecasts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from benchmarks import systems

from napari_binn.density.model import Density
from napari_binn.equations.candidates import from_expression
from napari_binn.equations.grammar import parse
from napari_binn.equations.judge import Judge
from napari_binn.equations.pairing import promising
from napari_binn.equations.refit import Refit
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


def screened(terms: Terms, which: str, text: str) -> Screened:
    found = screen(from_expression(parse(text), "test"), CurveTarget.of(terms, which))
    assert found is not None
    return found


def refitted(
    judge: Judge, terms: Terms, D: str = "0.02", G: str = "0.8 - 0.7*u"
) -> tuple[Refit, float]:
    """Return a pair with its constants refitted, and its BIC."""
    forms = [screened(terms, "D", D)], [screened(terms, "G", G)]
    targets = {which: CurveTarget.of(terms, which) for which in "DG"}
    pair = promising(*forms, targets, terms, judge.well.observations)[0].pair
    done = judge.refit(pair)
    assert done is not None
    return done, judge.bic(done)


def test_an_open_border_is_part_of_the_refit(window: Density, terms: Terms) -> None:
    assert terms.boundary.kind == "open"
    opened, _ = refitted(Judge.of(window, terms, 2, 400), terms)
    closed = replace(terms, boundary=Boundary(), surroundings=None)
    misfit = refitted(Judge.of(window, closed, 2, 400), closed)[0].courses[0].deviance
    assert opened.courses[0].deviance < misfit - 20
    assert opened.pair.constants[0] == pytest.approx(0.01, rel=0.1)
    assert opened.pair.constants[1:] == pytest.approx([1.0, -window.scale], rel=0.05)


def test_surroundings_that_were_not_fitted_on_these_bins_are_found(
    window: Density, terms: Terms
) -> None:
    judge = Judge.of(window, replace(terms, surroundings=None), 2, 400)
    opened, score = refitted(judge, terms)
    assert np.isfinite(score)
    assert opened.pair.constants[0] == pytest.approx(0.01, rel=0.15)


def test_a_constant_that_is_not_needed_costs_more_than_it_gains(
    window: Density, terms: Terms
) -> None:
    judge = Judge.of(window, terms, 2, 400)
    simple, score = refitted(judge, terms)
    longer, other = refitted(judge, terms, D="0.02 + 0.001*u")
    assert longer.objective < simple.objective + 0.1
    assert score + 2 < other
    half = longer.half_widths
    assert abs(longer.pair.constants[1]) < 1.5 * half[1]  # no slope
    assert abs(longer.pair.constants[0]) > 2 * half[0]


def test_formulas_predict_the_frames_that_they_were_not_fitted_to(
    window: Density, terms: Terms
) -> None:
    judge = Judge.of(window, terms, 2, 400)
    right, wrong = refitted(judge, terms)[0], refitted(judge, terms, G="0.5")[0]
    right_ahead, wrong_ahead = judge.forecasts([right, wrong], 2 / 3)
    assert right_ahead is not None
    assert wrong_ahead is not None
    assert right_ahead < 2 < wrong_ahead
    assert judge.equation(right, right_ahead).scores["forecast_deviance_per_bin"] == right_ahead


def test_a_large_field_is_judged_without_its_matrix_and_tells_its_border() -> None:
    field = systems.make("a", 0.02, 0, 5, (22, 24))
    terms = estimate(field, InferenceSettings(boundary="auto"))
    assert terms.boundary.large
    judge = Judge.of(field, terms, 2, 400)
    assert judge.well.initial.shape == (22, 24)  # the field is closed
    done, _ = refitted(judge, terms)
    assert done.pair.constants[0] == pytest.approx(0.01, rel=0.1)
    assert done.pair.constants[1:] == pytest.approx([1.0, -field.scale], rel=0.05)
    small = Judge.of(field, replace(terms, boundary=Boundary()), 2, 600)
    again, _ = refitted(small, terms)
    assert done.pair.constants == pytest.approx(again.pair.constants, rel=0.02)
