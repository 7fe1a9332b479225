"""Equations as rows, their constants found in the text and replaced in it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from napari_binn.equations.grammar import U, parse
from napari_binn.equations.model import Equation, Formula
from napari_binn.errors import UserError
from napari_binn.gui.copying import COPY_KINDS, CopyKind, copy_as
from napari_binn.gui.formulas import (
    EquationRow,
    Units,
    equation_row,
    equation_rows,
    own_equation,
    own_rows,
    with_constants,
)
from napari_binn.gui.metrics import metric_rows, result_sentence
from napari_binn.run.summary import formulas_summary
from tests.example_run import make_example

UNITS = Units("mm", "day", "cells/mm²", 2000.0)


def row_of(
    D: str, G: str = "0.1", source: str = "library", constants: tuple[tuple[str, float], ...] = ()
) -> EquationRow:
    named = tuple((name, value, 0.5) for name, value in constants)
    return equation_row(
        Equation(Formula(D, 1, "", source), Formula(G, 1, "", source), named), UNITS
    )


def numbers(row: EquationRow) -> list[tuple[str, float, str]]:
    return [(c.name, c.value, c.unit) for c in row.constants]


def test_the_answer_comes_first_and_what_is_as_good_is_marked() -> None:
    rows = equation_rows(make_example().equations, UNITS, [own_equation("0.01", "1.2*(1 - u)")])
    assert [row.key for row in rows] == [0, 1, 2, 3]
    assert [row.chosen for row in rows] == [True, False, False, False]
    assert [row.close for row in rows] == [True, True, False, False]
    assert [row.own for row in rows] == [False, False, False, True]
    assert [row.delta_bic for row in rows[:3]] == pytest.approx([1.2, 0.0, 16.9])
    assert math.isnan(rows[3].delta_bic)
    assert [row.name for row in rows] == [
        "constant · logistic", "linear · logistic", "found by Operon", "yours",
    ]  # fmt: skip
    assert rows[0].D_latex == "0.00407"
    assert [row.complexity for row in rows] == [6, 10, 14, 6]


def test_window_and_command_line_rank_alike() -> None:
    example = make_example()
    own = [own_equation("0.01", "1.2*(1 - u)")]
    rows = equation_rows(example.equations, UNITS, own)
    # What the command line prints and summary.json holds.
    listed = formulas_summary(example.equations, own, example.density)["equations"]
    assert [(row.D_text, row.G_text) for row in rows] == [(one["D"], one["G"]) for one in listed]
    for row, one in zip(rows, listed, strict=True):
        assert (row.chosen, row.own, row.close) == (one["chosen"], one["own"], one["possible"])
        np.testing.assert_equal((row.delta_bic, row.weight), (one["delta_bic"], one["weight"]))
        assert row.verdict == one.get("verdict", "")


def test_constants_carry_the_interval_that_the_fit_gave_them() -> None:
    (row, *_) = equation_rows(make_example().equations, UNITS)
    halves = {constant.name: constant.half_width for constant in row.constants}
    assert halves["D₁"] == 0.0006
    assert halves["G₁"] == 0.04
    assert math.isnan(halves["G₂"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.004", [(0.004, "mm²/day")]),
        ("0.001 + 0.02*u", [(0.001, "mm²/day"), (0.02, "mm²/day")]),
        ("0.02*u**1.5", [(0.02, "mm²/day"), (1.5, "")]),
        ("0.02*exp(0.6*u)", [(0.02, "mm²/day"), (0.6, "")]),
        ("1e-05*u", [(1e-5, "mm²/day")]),
        ("-0.5*u + 0.2", [(-0.5, "mm²/day"), (0.2, "mm²/day")]),
        ("0.3 + (-0.2)*u", [(0.3, "mm²/day"), (-0.2, "mm²/day")]),
        ("1.2*(1 - u/0.9)", [(1.2, "mm²/day"), (0.9, "")]),
        ("1.2*log(0.9/u)", [(1.2, "mm²/day"), (0.9, "")]),
        ("0.1 + 0.2*u**2/(0.3**2 + u**2)", [(0.1, "mm²/day"), (0.2, "mm²/day"), (0.3, "")]),
        ("(0.2 + 0.3*u)/(u + 0.5)", [(0.2, "mm²/day"), (0.3, "mm²/day"), (0.5, "")]),
    ],
)
def test_numbers_of_a_formula_are_its_constants_and_whole_ones_its_form(
    text: str, expected: list[tuple[float, str]]
) -> None:
    found = [(value, unit) for name, value, unit in numbers(row_of(text)) if name[0] == "D"]
    assert found == expected


def test_a_constant_that_happens_to_be_whole_is_still_one() -> None:
    row = row_of("0.1", "3*(1 - (u/0.9)**2)", constants=(("G1", 3.0), ("G2", 0.9), ("G3", 2.0)))
    assert [constant.value for constant in row.constants if constant.which == "G"] == [3, 0.9, 2]
    typed = row_of("2*u^3", "1 - u/3", source="user")
    assert numbers(typed) == [("D₁", 2.0, "mm²/day"), ("G₁", 3.0, "")]


@pytest.mark.parametrize(
    "text",
    [
        "0.004", "-0.5*u + 0.2", "0.3 - (-0.2)*u", "0.02*u**1.5", "1.2*(1 - (u/0.9)**2.3)",
        "0.1 + 0.2*u**2/(0.3**2 + u**2)", "exp(-0.3*u)", "0.3**2 + u", "0.2*u**(-0.5)",
    ],
)  # fmt: skip
@pytest.mark.parametrize("factor", [2.0, -3.0, 1e-7])
def test_edited_constants_stand_where_the_old_ones_stood(text: str, factor: float) -> None:
    row = row_of(text)
    edited, _ = with_constants(row, [factor * c.value for c in row.constants])
    again = row_of(edited)
    assert [c.value for c in again.constants if c.which == "D"] == pytest.approx(
        [factor * c.value for c in row.constants if c.which == "D"]
    )
    parse(edited)


def test_an_edit_changes_the_value_of_the_formula_and_no_other_digit() -> None:
    row = row_of("0.001 + 0.123456*u**2/(0.3**2 + u**2)", "-0.5 + 0.25*u")
    values = [c.value for c in row.constants]
    assert with_constants(row, values) == (row.D_text, row.G_text)
    values[2], values[3] = -0.4, 0.5
    D, G = with_constants(row, values)
    assert D == "0.001 + 0.123456*u**2/((-0.4)**2 + u**2)"
    assert G == "0.5 + 0.25*u"
    at = float(parse(D).subs(U, 0.4))
    assert at == pytest.approx(0.001 + 0.123456 / 2)


def test_a_round_constant_stays_a_constant() -> None:
    D, _ = with_constants(row_of("0.02*u"), [3.0, 0.1])
    assert D == "3.0*u"
    assert numbers(row_of(D))[0] == ("D₁", 3.0, "mm²/day")


def test_what_is_no_formula_is_refused() -> None:
    with pytest.raises(UserError):
        own_equation("0.01 +", "1")
    with pytest.raises(UserError):
        copy_as("0.01", "open(1)", "python", UNITS)


def test_own_rows_count_on() -> None:
    rows = own_rows([own_equation("0.01", "1 - u")], UNITS, first_key=4)
    assert [(row.key, row.own) for row in rows] == [(4, True)]


def test_a_copied_function_runs_and_says_its_units() -> None:
    source = copy_as("0.02*u^2 + 0.001", "1.1·ln(0.9/u)", "python", UNITS)
    names: dict[str, object] = {}
    exec(compile(source, "pasted", "exec"), names)
    u = np.array([0.25, 0.5])
    D, G = names["D"], names["G"]
    assert callable(D)
    assert callable(G)
    np.testing.assert_allclose(D(u), 0.02 * u**2 + 0.001)
    np.testing.assert_allclose(G(u), 1.1 * np.log(0.9 / u))
    assert "mm²/day" in source
    assert "2000 cells/mm²" in source


def test_copied_sympy_is_the_same_expression() -> None:
    names: dict[str, object] = {}
    exec(copy_as("0.02*u^2 + 0.001", "1.1*(1 - u/0.9)", "sympy", UNITS), names)
    assert str(names["D"]) == str(parse("0.02*u^2 + 0.001"))
    assert str(names["G"]).startswith("1.1 - 1.2222")


@pytest.mark.parametrize("kind", list(COPY_KINDS))
def test_every_copy_holds_both_formulas(kind: CopyKind) -> None:
    text = copy_as("0.02*u + 0.001", "1.1 - 1.2*u", kind, UNITS)
    for number in ("0.02", "0.001", "1.1", "1.2"):
        assert number in text


def test_metrics_are_told_in_plain_words_with_units() -> None:
    rows = metric_rows(make_example().simulation.metrics)
    shown = {row.name: f"{row.value} {row.unit}".strip() for row in rows}
    assert shown == {
        "Mean error of the total": "2.31 %",
        "Relative L2 distance": "0.284",
        "Deviance per bin (noise = 1)": "0.97",
        "Forecast: error of the total": "3.4 %",
        "Naive forecast (best)": "2.9 %",
        "Forecast: deviance per bin": "1.08",
    }
    assert all(row.meaning for row in rows)
    naive = next(row for row in rows if row.name.startswith("Naive"))
    assert "each bin fills up by itself" in naive.meaning


def test_metrics_that_are_missing_are_left_out() -> None:
    assert metric_rows({}) == []
    rows = metric_rows({"count_error_percent": None, "relative_l2": math.nan, "other": 1.0})
    assert rows == []
    assert result_sentence({}) == ""
    assert result_sentence({"count_error_percent": 3.21, "deviance_per_bin": 1.04}) == (
        "Mean error of the total 3.21 %, deviance per bin 1.04 (noise = 1)."
    )


def test_the_units_line_says_what_u_is() -> None:
    assert UNITS.line() == "u = density / (2,000 cells/mm²) · D in mm²/day · G in 1/day"
    assert Units("pixel", "frame", "a.u.", 1.0).diffusivity == "pixel²/frame"
