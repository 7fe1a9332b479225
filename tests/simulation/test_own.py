"""Formulas of the user's are checked before they are simulated."""

from __future__ import annotations

import numpy as np
import pytest

from napari_binn.density.model import Density
from napari_binn.errors import UserError
from napari_binn.inference.terms import Noise, Terms
from napari_binn.pipeline import simulate_equation
from napari_binn.settings import Settings
from napari_binn.simulation.own import own_equation
from tests.synthetic import density


@pytest.fixture(scope="module")
def movie() -> Density:
    return density("fisher", frames=5, bins=(6, 6))


@pytest.fixture(scope="module")
def terms(movie: Density) -> Terms:
    curve = np.zeros(3)
    return Terms(
        u=curve, D=curve, D_low=curve, D_high=curve, G=curve, G_low=curve, G_high=curve,
        supported=curve > 0, weight=curve, coefficients=curve, precision=np.eye(3),
        initial=movie.values[0], surface=movie.values, noise=Noise("proportional", 0.05),
        density_scale=1.0,
    )  # fmt: skip


def test_the_true_law_gives_the_movie_back(movie: Density, terms: Terms) -> None:
    simulation = simulate_equation(movie, terms, "0.01", "1 - u", Settings())
    assert simulation.values.shape == movie.shape
    assert simulation.metrics["count_error_percent"] < 0.2
    assert simulation.metrics["relative_l2"] < 0.02
    assert simulation.forecast is None


def test_another_law_does_not(movie: Density, terms: Terms) -> None:
    simulation = simulate_equation(movie, terms, "0.01", "0", Settings())
    assert simulation.metrics["count_error_percent"] > 5


@pytest.mark.parametrize(
    ("D", "G", "sentence"),
    [
        ("0.01 - 0.05*u", "1 - u", "^D = .* is negative at u = "),
        ("-0.01", "1 - u", "^D = .* is negative"),
        ("0.01/(u - 0.3)", "1 - u", "^D = .* has a pole at u = 0.3"),
        ("0.01", "1/u", "^G = .* has a pole at u = 0:"),
        ("0.01", "1/(u - 0.123456)^2", "^G = .* has a pole at u = 0.12"),
        ("0.01", "log(u - 0.5)", "^G = .* has no value at u = 0:"),
        ("0.01*sqrt(1.2 - u)", "1", "^D = .* has no value at u = 1.2"),
        ("0.01", "1 - v", "'v'"),
        ("", "1 - u", "is empty"),
        ("0.01", "__import__('os').remove('a')", "cannot be read"),
        ("0.01", "40", "cannot be simulated"),
        ("0.01", "exp(900*u)", "has no value|cannot be simulated"),
    ],
)
def test_a_formula_that_cannot_be_simulated_is_one_sentence(
    movie: Density, terms: Terms, D: str, G: str, sentence: str
) -> None:
    with pytest.raises(UserError, match=sentence) as caught:
        simulate_equation(movie, terms, D, G, Settings())
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    ("D", "G"),
    [
        ("0.02*u", "-log(u + 0.01)"),
        ("0.02*u - 0.00005", "u/(u + 0.3)"),  # below zero by less than its errors
        ("0.01*u**0.5", "(1 - u)*exp(-2*u)"),
        ("0", "0"),
        ("0.01", "log(u)"),
    ],
)
def test_unusual_formulas_are_let_through(movie: Density, D: str, G: str) -> None:
    equation = own_equation(D, G, movie, 1.0)
    assert (equation.D.text, equation.G.text) == (D, G)
    assert equation.D.source == "user"
    assert equation.G.complexity >= 1


def test_D_may_be_negative_where_no_density_was_seen(movie: Density) -> None:
    low = np.quantile(movie.values, 0.05)
    for text in (f"0.02*(u - {0.8 * low})", "0.004*u**(-0.5)"):  # the second explodes at u = 0
        assert own_equation(text, "1 - u", movie, 1.0).D.text == text
    with pytest.raises(UserError, match="negative"):
        own_equation(f"0.02*(u - {1.2 * low})", "1 - u", movie, 1.0)


def test_growth_that_has_no_value_in_an_empty_place_is_fine(movie: Density) -> None:
    assert own_equation("0.01", "0.77*log(1.04/u)", movie, movie.scale).G.complexity
