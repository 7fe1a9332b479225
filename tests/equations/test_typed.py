"""Typed formulas: what is a constant, and what belongs to the form."""

from __future__ import annotations

import pytest

from napari_binn.equations.typed import read_typed
from napari_binn.errors import UserError


@pytest.mark.parametrize(
    ("text", "form", "start"),
    [
        ("0.01 + 2*u^2", "p0 + p1*u**2", (0.01, 2.0)),
        ("1.1*(1 - u)", "p0*(1 - u)", (1.1,)),
        ("2", "p0", (2.0,)),
        ("u^1.5", "u**p0", (1.5,)),
        ("r*(1 - u/K)", "p0*(1 - u/p1)", (1.0, 1.0)),
        ("a*u + a", "p0*u + p0", (1.0,)),
        ("p1*u + p0", "p0*u + p1", (1.0, 1.0)),
    ],
)
def test_numbers_and_letters_are_constants(text, form, start):
    candidate = read_typed(text).candidate
    assert str(candidate.form) == form
    assert candidate.start == start


def test_numbers_can_be_kept_as_typed():
    typed = read_typed("0.5*u + a", as_typed=True)
    assert typed.letters == {"a": 0}
    assert typed.candidate.formula([0.25]).text == "0.5*u + 0.25"


def test_the_formula_is_written_as_it_was_typed():
    typed = read_typed("r × (1 − u/K)")
    assert typed.candidate.formula([1.2, -0.9]).text == "1.2 * (1 - u/(-0.9))"


@pytest.mark.parametrize(
    ("text", "why"),
    [("sin(u)", "'sin' is not known"), ("a*b*c*d*e*f*g", "7 constants"), ("", "empty"),
     ("a.b", "not part"), ("exp", "needs parentheses")],
)  # fmt: skip
def test_what_is_no_formula_is_refused(text, why):
    with pytest.raises(UserError, match=why):
        read_typed(text)
