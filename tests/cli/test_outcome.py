"""The lines that end a run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import sympy as sp

from napari_binn.cli.outcome import outcome, rescaled
from napari_binn.equations.grammar import U, parse
from tests.example_run import CAPACITY, make_example, save_example


def test_equation_units_errors_true_law_and_report_are_printed(tmp_path: Path) -> None:
    run = save_example(tmp_path / "run", make_example())
    summary = run.load_summary()
    text = outcome(run, summary)
    assert "D(u) = 0.00407   [mm²/day]" in text
    assert "\nFisher–KPP: r = 1.21" in text
    assert "G(u) = 1.21 - 2.093*u   [1/day]" in text
    assert "Mean error of the total: 2.31 %" in text
    assert "did not see: 3.40 %" in text
    assert "growth changes in time." in text
    assert "These frames determine G(u)" in text
    assert "The forecast is not in every number better" in text
    assert text.splitlines()[-1] == f"Report: {run.file('report')}"


def test_the_true_law_is_stated_in_the_same_u(tmp_path: Path) -> None:
    run = save_example(tmp_path / "run", make_example())
    summary = run.load_summary()
    lines = outcome(run, summary).splitlines()
    (true_line,) = [line for line in lines[lines.index("") + 4 :] if "G(u) =" in line]
    formula = parse(true_line.partition("=")[2].partition("[")[0].strip())
    slope = -float(formula.coeff(U))
    assert slope == pytest.approx(1.2 * summary["density_scale"] / CAPACITY, rel=1e-3)


def test_a_run_of_a_real_movie_has_no_true_law(tmp_path: Path) -> None:
    run = save_example(tmp_path / "run", make_example())
    run.file("truth").unlink()
    assert "true law" not in outcome(run, run.load_summary())


def test_the_summary_of_an_earlier_version_is_printed(tmp_path: Path) -> None:
    run = save_example(tmp_path / "run", make_example())
    summary = run.load_summary()
    for name in ("verdict", "identifiability", "design", "bootstrap", "agreement", "boundary"):
        del summary[name]
    assert "2.31 %" in outcome(run, summary)


@pytest.mark.parametrize("formula", ["0.001 + 0.02*u**2", "1.1*(1 - u/0.9)", "exp(-2*u)", "0.004"])
def test_rescaling_keeps_the_curve(formula: str) -> None:
    ratio = 0.37
    old, new = (sp.lambdify([U], parse(text)) for text in (formula, rescaled(formula, ratio)))
    u = np.linspace(0.1, 1.2, 7)
    np.testing.assert_allclose([new(v) for v in u], [old(ratio * v) for v in u], rtol=2e-3)


def test_a_true_law_in_other_units_is_stated_in_its_own(tmp_path: Path) -> None:
    run = save_example(tmp_path / "run", make_example())
    run.save_truth({**run.load_truth(), "length_unit": "um", "density_unit": "cells/µm²"})
    text = outcome(run, run.load_summary())
    assert "u = density / (2000 cells/µm²)" in text
    assert "D(u) = 0.004   [um²/day]" in text
