"""Formulas that only happen to be near a curve are told from those that mean something."""

from __future__ import annotations

import numpy as np
import pytest

from napari_binn.equations.candidates import from_expression
from napari_binn.equations.conditioning import condition, meaningful, without_negligible
from napari_binn.equations.grammar import parse
from napari_binn.equations.library import forms

U = np.linspace(0.05, 1.0, 50)


@pytest.mark.parametrize(
    "text",
    [
        "1.4e11*(exp(0.00316*u) - 1.0005)^4",
        "1000.5 - 1000*exp(0.001*u)",
        "5.0/(u - 1.002)*(u - 1.00201) + 1e4*u - 1e4*(u + 0.0001)*1.00001",
        "30000.0*(log(u + 50.0) - 3.912)",
        "0.3/(u - 0.05)",
    ],
)
def test_small_differences_of_large_terms_mean_nothing(text: str) -> None:
    assert not meaningful(from_expression(parse(text), "operon"), U)


@pytest.mark.parametrize(
    "text",
    [
        "0.0002699*exp(6.126*u) - 0.0001016", "1.504 - 1.024*u - u^1.5", "1.1 - 1.2*u",
        "0.1527*u^2*exp(u) + 0.004755", "1.1*log(0.9/u)", "0.01 + 2.5*u^2/(0.09 + u^2)",
        "3.1*(u - 0.2)*(1.02 - u)", "0.02*u^8.0",
    ],
)  # fmt: skip
def test_laws_that_were_published_do(text: str) -> None:
    assert meaningful(from_expression(parse(text), "operon"), U)


@pytest.mark.parametrize("which", ["D", "G"])
def test_so_does_all_of_the_library(which: str) -> None:
    curve = 0.02 + 0.01 * U if which == "D" else 1.0 - 0.9 * U
    for form in forms("D" if which == "D" else "G"):
        assert meaningful(form(U, curve)[0], U), form.name


def test_the_condition_is_that_of_a_power() -> None:
    assert condition(from_expression(parse("2.5*u^3.0"), "operon"), U) == pytest.approx(1, rel=1e-3)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("0.02*u + 1.4e-11", "0.02*u"),
        ("1.1 - 1.2*u + 1e-9*exp(2.5*u)", "1.1 - 1.2*u"),
        ("0.02*u + 0.0001", "0.02*u + 0.0001"),
        ("0.5", "0.5"),
        ("u - u^2", "u - u^2"),
    ],
)
def test_terms_that_nobody_could_see_are_left_out(text: str, rest: str) -> None:
    assert without_negligible(parse(text), U) == parse(rest)
