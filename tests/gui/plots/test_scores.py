"""A user's own formula gets its place among those that were found."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from napari_binn.equations.model import Equation, Equations, Formula
from napari_binn.gui.formulas import EquationRow, Units, equation_rows, own_equation
from napari_binn.gui.plots.scores import observations, scored

COUNT = 7430


def equation(D: str, deviance: float, parameters: int) -> Equation:
    scores = {
        "bic": COUNT * deviance + parameters * math.log(COUNT),
        "deviance_per_bin": deviance,
        "parameters": float(parameters),
        "complexity": 9.0,
    }
    return Equation(Formula(D, 1), Formula("1.2*(1 - u)", 5), (), scores)


FOUND = [equation("0.015", 0.967, 3), equation("0.015 + 0.01*u", 0.9669, 4)]


def rows(own: Equation) -> list[EquationRow]:
    found = Equations(tuple(FOUND), (), (), (0.0, 1.0), 4000.0, "")
    return scored(equation_rows(found, Units(), [own]), FOUND)


def test_the_number_of_observations_follows_from_the_scores() -> None:
    assert observations(FOUND[0]) == pytest.approx(COUNT)


def test_an_own_formula_that_fits_as_well_scores_as_well() -> None:
    own = replace(own_equation("0.0151", "1.2*(1 - u/0.9)"), scores={"deviance_per_bin": 0.967})
    best, other, mine = rows(own)
    assert best.delta_bic == 0
    assert other.delta_bic > 0
    assert mine.delta_bic == pytest.approx(0, abs=1.5 * math.log(COUNT))


def test_a_worse_fit_costs_as_much_as_in_the_search() -> None:
    def mine(deviance: float) -> float:
        own = own_equation("0.0151", "1.2*(1 - u/0.9)")
        return rows(replace(own, scores={"deviance_per_bin": deviance}))[-1].delta_bic

    assert mine(0.968) - mine(0.967) == pytest.approx(COUNT * 0.001)


def test_what_was_never_simulated_has_no_score() -> None:
    assert math.isnan(rows(own_equation("0.02", "1.0"))[-1].delta_bic)
