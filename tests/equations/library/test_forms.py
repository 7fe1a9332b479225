"""The library: every form evaluates, prints what it evaluates, and can be fitted in its bounds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import least_squares

from napari_binn.equations import library
from napari_binn.equations.candidates import from_expression
from napari_binn.equations.grammar import parse
from napari_binn.equations.library import DIFFUSIVITIES, GROWTH_RATES, Form, form_of, forms

U = np.linspace(0.1, 0.9, 50)
ALL = (*DIFFUSIVITIES, *GROWTH_RATES)
by_name = pytest.mark.parametrize("form", ALL, ids=lambda form: f"{form.which} {form.name}")
#: Constants that a biologist might find, in the order of the form's constants.
TYPICAL = {
    "diffusivity": 0.013, "rate": 1.1, "density": 0.7, "number": 0.6,
}  # fmt: skip


@pytest.fixture(autouse=True)
def no_own_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(library, "own_file", lambda: tmp_path / "none.toml")


def typical(form: Form) -> np.ndarray:
    return np.array([TYPICAL[c.kind] * 0.8**k for k, c in enumerate(form.constants)])


def test_the_mechanisms_of_the_field_are_there() -> None:
    assert {form.name for form in forms("D")} >= {
        "constant", "linear", "linear through zero", "power", "quadratic", "exponential",
        "constant plus power", "crowded", "decreasing", "Hill", "falling Hill",
    }  # fmt: skip
    assert {form.name for form in forms("G")} >= {
        "exponential growth", "logistic", "Richards", "Gompertz", "strong Allee", "weak Allee",
        "quadratic", "cubic", "Hill", "saturating",
    }  # fmt: skip
    assert len({(form.which, form.name) for form in ALL}) == len(ALL)


@by_name
def test_a_form_says_where_it_comes_from_and_what_its_constants_mean(form: Form) -> None:
    assert any(character.isdigit() for character in form.reference), "a year"
    for constant in form.constants:
        assert constant.meaning
        assert constant.low < constant.high
        unit = constant.unit("mm", "day", "cells/mm²")
        assert unit == {"diffusivity": "mm²/day", "rate": "1/day", "density": "cells/mm²"}.get(
            constant.kind, ""
        )


@by_name
def test_a_form_prints_what_it_evaluates(form: Form) -> None:
    for candidate in form(U, 0.5 - 0.4 * U):
        constants = np.array(candidate.start)
        values = candidate.function()(U, constants)
        assert values.shape == U.shape
        assert np.isfinite(values).all()
        low, high = candidate.bounds
        assert ((low < constants) & (constants < high)).all()
        again = from_expression(parse(candidate.formula(constants).text), "user")
        back = again.function()(U, np.array(again.start))
        assert np.allclose(back, values, rtol=1e-4, atol=1e-5)


@by_name
def test_its_own_curve_is_fitted_from_its_own_start(form: Form) -> None:
    true = typical(form)
    function = form.candidate(tuple(true)).function()
    curve = function(U, true)
    size = np.abs(curve).max()
    best = np.inf
    for candidate in form(U, curve):
        low, high = candidate.bounds
        found = least_squares(
            lambda c: (function(U, c) - curve) / size,
            np.array(candidate.start),
            bounds=(low, high),
            x_scale=np.maximum(np.abs(candidate.start), 1e-2),
            max_nfev=2000,
        )
        best = min(best, float(np.abs(found.fun).max()))
    assert best < 1e-3


def test_diffusivities_stay_positive_within_their_bounds() -> None:
    generator = np.random.default_rng(0)
    for form in DIFFUSIVITIES:
        low, high = (np.clip(bound, -3, 3) for bound in form.bounds)
        if form.name in ("linear", "quadratic", "crowded"):
            continue  # these say where cells stop: their D may pass zero beyond the data
        for _ in range(20):
            constants = generator.uniform(low, high)
            assert form.candidate(tuple(constants)).function()(U, constants).min() > -1e-12


def test_a_form_is_found_by_its_name() -> None:
    logistic = form_of("G", "logistic")
    assert logistic is not None
    assert [constant.name for constant in logistic.constants] == ["r", "K"]
    assert form_of("D", "logistic") is None
