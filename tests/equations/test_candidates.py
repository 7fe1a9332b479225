from __future__ import annotations

import numpy as np
import pytest

from napari_binn.equations.candidates import from_expression, nested, terms_when_expanded
from napari_binn.equations.evaluate import evaluate
from napari_binn.equations.grammar import parse


def test_found_constants_become_free_and_squares_stay_squares():
    candidate = from_expression(parse("0.004 + 0.94*(0.1457*u)^2"), "operon")
    assert len(candidate.symbols) == 2
    assert str(candidate.form) == "p0 + p1*u**2"
    assert candidate.start == pytest.approx((0.004, 0.94 * 0.1457**2))


def test_equal_forms_are_recognised_whatever_their_numbers():
    one = from_expression(parse("0.3*u + 2.5*exp(-1.5*u)"), "operon")
    other = from_expression(parse("7.5*exp(0.5*u) - 0.1*u"), "operon")
    assert one.key == other.key


@pytest.mark.parametrize(
    ("text", "expected"),
    [("exp(exp(u))", True), ("exp(2*sqrt(u))", True), ("1 + 2*exp(3*u)", False),
     ("log(2 + u^2)", False), ("u*exp(-u)*log(u)", False), ("u^1.5", False)],
)  # fmt: skip
def test_functions_of_functions_are_recognised(text, expected):
    assert nested(parse(text)) is expected


def test_a_found_formula_has_no_bounds():
    low, high = from_expression(parse("0.3*u + 2.5"), "operon").bounds
    assert (low == -np.inf).all()
    assert (high == np.inf).all()
    assert len(low) == 2


@pytest.mark.parametrize(
    ("text", "constants"),
    [
        ("0.6/(0.2 + 0.4*u)", (3.0, 2.0)),
        ("0.3*exp(0.5*u + 0.1)", (0.3 * np.exp(0.1), 0.5)),
        ("2.5*(0.1 + 0.2*u) + 1.5", (1.75, 0.5)),
        ("0.5*sqrt(0.25 + 0.5*u)", (0.25, 2.0)),
    ],
)
def test_constants_that_say_the_same_twice_are_merged(text, constants):
    found = from_expression(parse(text), "operon")
    assert sorted(found.start) == pytest.approx(sorted(constants))
    u = np.linspace(0.1, 0.9, 50)
    np.testing.assert_allclose(found.function()(u, np.array(found.start)), evaluate(text, u))


def test_a_formula_that_has_too_many_terms_is_not_multiplied_out():
    product = "*".join(f"(u + exp({k}*u))" for k in range(2, 40))
    for text in ("(u + exp(u) + log(u) + sqrt(u) + 1)^100", product):
        assert terms_when_expanded(parse(text)) > 1e6
        assert from_expression(parse(text), "user").form == parse(text)
    assert terms_when_expanded(parse("(u + 1)*(u + 2)^2")) == 6


def test_what_is_left_of_a_constant_at_its_bound_is_written_as_zero():
    candidate = from_expression(parse("0.5*u^2 + 0.1"), "operon")
    constants = np.where(np.array(candidate.start) == 0.1, 1e-158, 2.0)
    text = candidate.formula(constants).text
    assert evaluate(text, np.array([0.0, 1.0])) == pytest.approx([0.0, 2.0], abs=1e-9)
