"""What constants cost: as much as the movie says about them, however a formula is written."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_binn.equations.candidates import from_expression
from napari_binn.equations.grammar import parse
from napari_binn.equations.price import both, one_look
from napari_binn.equations.price import price as price_of
from napari_binn.equations.refit import Pair
from napari_binn.inference.terms import Noise, Terms

Array = NDArray[np.float64]


@pytest.fixture
def terms() -> Terms:
    u = np.linspace(0, 1, 101)
    none, weight = np.zeros_like(u), np.where((u > 0.1) & (u < 0.9), 1 / 79, 0.0)
    return Terms(
        u, none, none, none, none, none, none, weight > 0, weight, np.zeros(14), np.eye(14),
        np.zeros((2, 2)), np.zeros((3, 2, 2)), Noise("proportional", 0.05), 1.0,
    )  # fmt: skip


def pair(D: str, G: str) -> Pair:
    forms = [from_expression(parse(text), "test") for text in (D, G)]
    return Pair(forms[0], forms[1], np.array([*forms[0].start, *forms[1].start]))


def look(one: Pair, terms: Terms) -> Array:
    D, G = np.split(one.constants, [one.split])
    return both(one_look(one.D, D, terms), one_look(one.G, G, terms))


def price(one: Pair, information: Array, terms: Terms) -> float:
    return price_of(information, look(one, terms), one.constants)


def test_one_look_tells_each_curve_to_its_own_size(terms: Terms) -> None:
    known = look(pair("0.02", "0.5"), terms)
    assert known == pytest.approx(np.diag([0.02**-2, 0.5**-2]), rel=1e-6)


def test_what_many_looks_tell_costs_the_log_of_their_number(terms: Terms) -> None:
    one = pair("0.02", "0.8 - 0.7*u")
    cost = price(one, 99.0 * look(one, terms), terms)
    assert cost == pytest.approx(3 * np.log(100), rel=1e-6)
    assert price(one, 0 * look(one, terms), terms) == 0


def test_a_formula_costs_the_same_however_it_is_written(terms: Terms) -> None:
    line, factored = pair("0.02", "0.8 - 0.4*u"), pair("0.02", "0.8*(1.0 - u/2.0)")
    assert len(factored.constants) == 3
    told = np.diag([1e6, 300.0, 500.0])
    a, b = factored.constants[1:]
    G = factored.G.function()
    u = np.array([0.0, 1.0])
    assert G(u, factored.constants[1:]) == pytest.approx([0.8, 0.4])
    # The constants of the one by those of the other.
    step = 1e-6
    change = np.eye(3)
    for k in range(2):
        moved = np.array([a, b])
        moved[k] += step
        value = (G(u, moved) - G(u, np.array([a, b]))) / step
        change[1:, 1 + k] = _line(line, value)
    cost = price(factored, change.T @ told @ change, terms)
    assert cost == pytest.approx(price(line, told, terms), rel=1e-3)


def _line(one: Pair, values: Array) -> Array:
    """Return the constants of p0 + p1*u or p1 + p0*u with these values at 0 and 1."""
    wanted = np.array([values[0], values[1] - values[0]])
    G = one.G.function()
    return wanted if G(np.zeros(1), np.array([1.0, 0.0]))[0] == 1.0 else wanted[::-1]


def test_a_pair_without_constants_costs_nothing(terms: Terms) -> None:
    bare = pair("u", "1 - u")
    assert not len(bare.constants)
    assert price(bare, np.zeros((0, 0)), terms) == 0


def test_a_constant_that_changes_nothing_costs_nothing(terms: Terms) -> None:
    plain, longer = pair("0.02", "0.5"), pair("0.02", "0.5 + 1.0e-12*exp(2.0*u)")
    told = 1e6 * look(longer, terms)
    cost = price(longer, told, terms)
    assert np.isfinite(cost)
    assert cost < price(plain, 1e6 * look(plain, terms), terms) + np.log(1e6) + 1
