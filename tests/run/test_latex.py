"""Formulas are typeset as they are written, and still mean the same."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from napari_binn.equations.grammar import U, parse
from napari_binn.errors import UserError
from napari_binn.run import latex
from napari_binn.run.latex import equation_latex, equation_text, formula_latex


def test_equation_as_text() -> None:
    assert equation_text("0.01", "1 - u") == "∂u/∂t = ∇·((0.01) ∇u) + (1 - u) u"


@pytest.mark.parametrize(
    ("D", "G", "right"),
    [
        ("0.01", "1.5", r"0.01 \, \nabla^2 u + 1.5 \, u"),
        (
            "0.02*u",
            "1 - u",
            r"\nabla \cdot \left( 0.02 u \, \nabla u \right) + \left( 1 - u \right) \, u",
        ),
        (
            "0.001 + 0.02*u",
            "1.1*(1 - u/0.9)",
            r"\nabla \cdot \left( \left( 0.001 + 0.02 u \right) \, \nabla u \right)"
            r" + 1.1 \left(1 - \frac{u}{0.9}\right) \, u",
        ),
        ("0.01", "-0.5", r"0.01 \, \nabla^2 u + \left( -0.5 \right) \, u"),
        ("0.01", "0", r"0.01 \, \nabla^2 u"),
    ],
)
def test_equation_as_latex(D: str, G: str, right: str) -> None:
    assert equation_latex(D, G) == rf"\frac{{\partial u}}{{\partial t}} = {right}"


@pytest.mark.parametrize(
    ("text", "typeset"),
    [
        ("1.41673*(1 - u/1.16719)", r"1.417 \left(1 - \frac{u}{1.167}\right)"),
        ("4.0*(1 - u)*(u/0.15 - 1)",
         r"4.0 \left(1 - u\right) \left(\frac{u}{0.15} - 1\right)"),
        ("1.5 - 1.024*u - u**1.5", r"1.5 - 1.024 u - u^{1.5}"),
        ("1.2e-5*exp(18.27*u)", r"1.2 \cdot 10^{-5} e^{18.27 u}"),
    ],
)  # fmt: skip
def test_formula_keeps_the_order_and_the_factors_of_its_text(text: str, typeset: str) -> None:
    assert formula_latex(text) == typeset


@pytest.mark.parametrize(
    "text",
    [
        "1.4*(1 - u/1.2)", "1 - (2 - u)", "1 - 1*(2 - u)", "-(1 - u)", "1 - 1.5*(-u)", "u/(u*2)",
        "2*3*u/4/5", "1/(1 + u)/(2 + u)", "(0.2*u)**2/(1 + 0.3*u)", "u - (u - (u - 1))",
        "-1.4*u*exp(exp(-5.1*u)) + 1.5", "2*u*(1 - u)*(u - 0.1)*0.5", "sqrt(u)*log(1/u)", "0.5",
    ],
)  # fmt: skip
def test_typeset_form_has_the_value_of_the_formula(text: str) -> None:
    """What is drawn is the expression below: it must not differ from what is computed."""
    u = np.linspace(0.1, 1.4, 7)
    drawn = sp.lambdify([U], latex.unexpanded(text, 15), modules="numpy")(u)
    meant = sp.lambdify([U], parse(text), modules="numpy")(u)
    np.testing.assert_allclose(drawn + 0 * u, meant + 0 * u, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("text", ["", "open(1)", "1/0", "log(0)"])
def test_what_is_no_formula_is_refused(text: str) -> None:
    with pytest.raises(UserError):
        formula_latex(text)
