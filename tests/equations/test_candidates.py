from __future__ import annotations

import numpy as np
import pytest

from napari_binn.equations.candidates import (
    DIFFUSIVITIES,
    GROWTH_RATES,
    from_expression,
    nested,
)
from napari_binn.equations.grammar import parse

U = np.linspace(0.1, 0.9, 50)


def test_every_library_form_evaluates_and_prints_what_it_evaluates():
    for make in (*DIFFUSIVITIES, *GROWTH_RATES):
        for candidate in make(U, 0.5 - 0.4 * U):
            constants = np.array(candidate.start)
            values = candidate.function()(U, constants)
            assert values.shape == U.shape
            assert np.isfinite(values).all(), candidate.name
            text = candidate.formula(constants).text
            again = from_expression(parse(text), "user")
            back = again.function()(U, np.array(again.start))
            assert np.allclose(back, values, rtol=1e-4, atol=1e-5), candidate.name


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
