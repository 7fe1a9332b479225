"""A formula in the density itself has the same values, in the form in which it was written."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from napari_binn.equations.evaluate import evaluate
from napari_binn.equations.grammar import constant_symbol, parse
from napari_binn.equations.physical import physical_text, unit_factor
from napari_binn.errors import UserError

FORMULAS = [
    "0.5", "u", "0.02*u", "0.02*u^1.7", "0.0012 + 0.02*u**2", "1.1*(1 - u/0.9)",
    "1.1*(1 - (u/0.9)^1.7)", "0.8*log(0.9/u)", "0.01*exp(3.2*u)", "1.14 - 1.24*u",
    "3*(1 - u)*(u/0.2 - 1)", "0.01/(1 + u/0.4)", "0.01 + 0.02*u^2/(0.3^2 + u^2)",
    "2^u*sqrt(u)", "-u*(-2*u)^2/3 - 1", "1.504 - 1.024*u - u^1.5", "u/(u + 0.3)", "-(1 - u)",
    "0.01*(1 - 4*0.3*u/0.8 + 3*0.3*(u/0.8)^2)", "exp(-(u/0.3)^2)", "(0 - 0.5)*u + 1",
]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.parametrize(("scale", "factor"), [(2000.0, 1.0), (7.3e-4, 1e6 / 24)])
def test_the_values_are_the_same(text: str, scale: float, factor: float) -> None:
    u = np.linspace(0.05, 1.2, 9)
    written = physical_text(text, scale, factor, digits=12)
    expression = parse(written, ["n"])
    found = sp.lambdify([constant_symbol("n")], expression, "numpy")(u * scale) + 0 * u
    np.testing.assert_allclose(found, factor * evaluate(text, u), rtol=1e-5, atol=1e-12)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.1*(1 - u/0.9)", "1.1*(1 - n/1800)"),
        ("0.8*log(0.9/u)", "0.8*log(1800/n)"),
        ("0.02*u^1.7", "0.02*(n/2000)**1.7"),
        ("1.2*(1 - (u/0.5)^2.3)", "1.2*(1 - (n/1000)**2.3)"),
        ("0.01/(1 + u/0.4)", "0.01/(n/800 + 1)"),
        ("0.01*exp(3.2*u)", "0.01*exp(n/625)"),
        ("1.22*(1 - u/0.873712)", "1.22*(1 - n/1747)"),
        ("1000.0 + 5e7*u", "25000*n + 1000"),
    ],
)
def test_densities_stay_readable(text: str, expected: str) -> None:
    assert physical_text(text, 2000.0) == expected


def test_units_of_length_and_time_change_by_the_right_factor() -> None:
    assert unit_factor("D", "mm", "day", "um", "hour") == pytest.approx(1e6 / 24)
    assert unit_factor("G", "mm", "day", "um", "hour") == pytest.approx(1 / 24)


def test_what_is_no_formula_is_refused() -> None:
    with pytest.raises(UserError):
        physical_text("1/(u - u)", 2000.0)
