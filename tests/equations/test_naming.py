"""A law is called by its name, and what follows from its constants is right."""

from __future__ import annotations

import math

import numpy as np
import pytest

from napari_binn.equations.model import Equation, Formula
from napari_binn.equations.naming import LawUnits, NamedLaw, name_law

UNITS = LawUnits("mm", "day", "cells/mm²", 2000.0)
FISHER = (("D1", 0.00407, 0.0003), ("G1", 1.14, 0.05), ("G2", 0.92, 0.02))


def law(
    D: str, G: str, constants: tuple[tuple[str, float, float], ...] = (), **options: object
) -> NamedLaw:
    formulas = (Formula(D, 1, source="operon"), Formula(G, 1, source="operon"))
    return name_law(Equation(*formulas, constants), UNITS, **options)  # type: ignore[arg-type]


def fisher(covariance: np.ndarray | None = None) -> NamedLaw:
    D = Formula("0.00407", 1, "constant", "library")
    G = Formula("1.14*(1 - u/0.92)", 5, "logistic", "library")
    return name_law(Equation(D, G, FISHER), UNITS, covariance=covariance)


def value(named: NamedLaw, word: str) -> tuple[float, float, float]:
    (found,) = [q for q in named.quantities if q.symbol.startswith(word) or q.meaning == word]
    return found.value, found.low, found.high


def test_fisher_kpp_reads_as_in_the_literature() -> None:
    assert fisher().sentence == (
        "Fisher–KPP: r = 1.14 ± 0.05 /day, K = 1,840 ± 40 cells/mm², "
        "D0 = 0.00407 ± 0.0003 mm²/day, doubling time 14.6 hours (14 to 15.2), "
        "minimal wave speed 2√(D0·r) = 5.68 µm/h (5.44 to 5.93)."
    )


@pytest.mark.parametrize(
    ("D", "G", "name"),
    [
        ("0.004", "1.14 - 1.23913*u", "Fisher–KPP"),
        ("0.004", "1.14 - 1.3*u^2", "generalised Fisher–KPP (Richards)"),
        ("0.004", "0.8*log(0.9/u)", "Gompertz growth with diffusion"),
        ("0.004", "0.3 - 0.8*log(u)", "Gompertz growth with diffusion"),
        ("0.004", "-1 + 6.25*u - 5.25*u^2", "Nagumo (strong Allee effect)"),
        ("0.004", "1 + 2*u - 3*u^2", "Fisher–KPP with a weak Allee effect"),
        ("0.004", "1 - 0.2*u - 0.5*u^2", "late crowding growth with constant diffusion"),
        ("0.004", "0.9", "Skellam (random walk and exponential growth)"),
        ("0.02*u", "1.1 - u", "porous Fisher"),
        ("0.02*u^1.7", "1.1 - u", "porous Fisher"),
        ("0.02*exp(2*u)", "1.1 - u", "logistic growth with exponential diffusion"),
        ("0.02/(1 + 3*u)", "0.9", "exponential growth with decreasing diffusion"),
        (
            "0.001159*exp(6.274*u) + 0.0001714",
            "1.484 - 1.983*u",
            "logistic growth with constant plus exponential diffusion",
        ),
        ("0.02 - 0.01*u", "1.1 - u", "logistic growth with linear diffusion"),
        ("0.02*sqrt(u)*exp(u) + 0.1", "1.1 - u", ""),
    ],
)
def test_laws_are_recognised_however_they_are_written(D: str, G: str, name: str) -> None:
    assert law(D, G).name == name


def test_a_formula_of_no_known_form_still_tells_what_the_other_one_says() -> None:
    named = law("0.02*sqrt(u)*exp(u) + 0.1", "1.1 - u")
    assert named.forms == ("", "logistic")
    assert value(named, "K")[0] == pytest.approx(2200)
    assert named.sentence.startswith("r = 1.1 /day")


def test_found_constants_lend_their_intervals_to_the_meaningful_ones() -> None:
    constants = (("D1", 0.00407, 0.0003), ("G1", 1.14, 0.05), ("G2", -1.23913, 0.08))
    named = law("0.00407", "1.14 - 1.23913*u", constants)
    K, low, high = value(named, "K")
    assert pytest.approx(2000 * 1.14 / 1.23913, rel=1e-4) == K
    # K = -a/b, a and b independent.
    share = math.hypot(0.05 / 1.14, 0.08 / 1.23913)
    assert (high - low) / 2 == pytest.approx(K * share, rel=0.01)
    assert all(math.isfinite(q.low) for q in named.quantities)


def test_a_constant_without_interval_takes_only_its_own_consequences_with_it() -> None:
    named = law("0.00407", "1.14 - 1.23913*u", (("D1", 0.00407, 0.0003), ("G1", 1.14, 0.05)))
    _, low, high = value(named, "r")
    assert (high - low) / 2 == pytest.approx(0.05, rel=1e-3)
    assert math.isfinite(value(named, "doubling time")[1])
    assert math.isfinite(value(named, "minimal")[1])
    assert math.isnan(value(named, "K")[1])


def test_a_covariance_narrows_what_correlated_constants_give() -> None:
    sigmas = np.array([half for *_, half in FISHER]) / 1.6449
    independent = np.diag(sigmas**2)
    against = independent.copy()
    against[0, 1] = against[1, 0] = -0.9 * sigmas[0] * sigmas[1]
    _, low, high = value(fisher(independent), "minimal")
    _, low2, high2 = value(fisher(against), "minimal")
    assert value(fisher(), "minimal")[1:] == pytest.approx((low, high), rel=1e-3)
    assert high2 - low2 < 0.7 * (high - low)


def test_intervals_of_derived_quantities_cover_what_the_constants_allow() -> None:
    """The delta method against many draws of the constants."""
    generator = np.random.default_rng(0)
    D = generator.normal(0.00407, 0.0003 / 1.6449, 20_000)
    r = generator.normal(1.14, 0.05 / 1.6449, 20_000)
    drawn = np.quantile(2 * np.sqrt(D * r) * 1000 / 24, [0.05, 0.95])
    assert value(fisher(), "minimal")[1:] == pytest.approx(drawn, rel=0.01)
    drawn = np.quantile(np.log(2) / r, [0.05, 0.95])
    assert value(fisher(), "doubling time")[1:] == pytest.approx(drawn, rel=0.01)


def test_constants_that_the_data_do_not_determine_have_no_interval() -> None:
    constants = (("D1", 0.00407, math.nan), ("G1", 1.14, 3.0), ("G2", 0.92, 0.02))
    G = Formula("1.14*(1 - u/0.92)", 5, "logistic", "library")
    named = name_law(Equation(Formula("0.00407", 1, "constant", "library"), G, constants), UNITS)
    assert math.isnan(value(named, "doubling time")[1])
    assert math.isnan(value(named, "minimal")[1])
    assert "nan" not in named.sentence


@pytest.mark.parametrize(
    ("D", "G", "speed"),
    [
        ("0.01", "1.2*(1 - u)", 2 * math.sqrt(0.012)),
        ("0.02*u", "1.2*(1 - u/0.8)", math.sqrt(0.02 * 0.8 * 1.2 / 2)),
        ("0.01", "1.5*(1 - u)*(u/0.25 - 1)", math.sqrt(0.01 * 1.5 * 4 / 2) * 0.5),
        ("0.01", "1.5*(1 - u)*(1 + u)", 2 * math.sqrt(0.015)),
        ("0.01", "1.5*(1 - u)*(1 + 8*u)", math.sqrt(0.015) * 10 / 4),
    ],
)
def test_wave_speeds_are_those_of_fronts_that_are_solved(D: str, G: str, speed: float) -> None:
    assert value(law(D, G), "minimal")[0] * 24 / 1000 == pytest.approx(speed, rel=1e-3)
    # A front on a line, solved: it approaches the minimal speed slowly, from below.
    assert front_speed(D, G) == pytest.approx(speed, rel=0.08)


def front_speed(D: str, G: str) -> float:
    """Speed of a front by explicit finite differences, in mm/day."""
    from napari_binn.equations.evaluate import evaluate

    grid = np.linspace(0, 1.5, 16001)
    tables = evaluate(D, grid), evaluate(G, grid)
    h = 0.02
    u = np.where(np.arange(700) * h < 1.0, 0.8, 0.0)
    dt = 0.2 * h**2 / max(tables[0].max(), 1e-3)
    times, places = [], []
    for step in range(int(22 / dt)):
        middle = np.interp((u[1:] + u[:-1]) / 2, grid, tables[0])
        flux = np.concatenate([[0.0], middle * np.diff(u) / h, [0.0]])
        u = u + dt * (np.diff(flux) / h + np.interp(u, grid, tables[1]) * u)
        if step % 200 == 0 and u.min() < 0.2 < u[0]:
            k = int((u < 0.2).argmax())
            times.append(step * dt)
            places.append((k - (0.2 - u[k]) / (u[k - 1] - u[k])) * h)
    late = np.array(times) > 0.6 * times[-1]
    return float(np.polyfit(np.array(times)[late], np.array(places)[late], 1)[0])
