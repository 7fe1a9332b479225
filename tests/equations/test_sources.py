"""Candidates of all sources come back in one form; what means nothing is left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import sympy as sp

from napari_binn.equations import library, operon, pysr, sources
from napari_binn.equations.grammar import parse
from napari_binn.equations.pysr import PysrOptions
from napari_binn.equations.screening import CurveTarget
from napari_binn.equations.sources import candidates, takes_long
from napari_binn.equations.weights import weighted_samples
from napari_binn.events import Event, Notice, silent
from napari_binn.settings import EquationSettings

U = np.linspace(0.05, 1.0, 40)


@pytest.fixture(autouse=True)
def no_own_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(library, "own_file", lambda: tmp_path / "none.toml")


def target(sigmas: tuple[float, float] = (0.01, 0.01), logarithmic: bool = False) -> CurveTarget:
    """A line 1.1 - u whose two coefficients (values at the ends) are known so well."""
    basis = np.stack([(1 - U) / 0.95, (U - 0.05) / 0.95], axis=1)
    curve = 1.1 - U
    return CurveTarget(
        U, curve, basis, np.linalg.pinv(basis), np.array([1.05, 0.1]),
        np.diag(1 / np.array(sigmas)), logarithmic,
    )  # fmt: skip


def test_weights_are_high_where_the_curve_is_well_known() -> None:
    u, curve, weights = weighted_samples(target((0.01, 0.1)))
    assert (u[0], u[-1]) == (0.05, 1.0)
    np.testing.assert_allclose(curve, 1.1 - u, atol=1e-12)
    assert weights[0] > 5 * weights[-1]
    assert weights.argmax() < 10
    # One over the variance, but for the floor that keeps single points from deciding.
    assert weights[-1] == pytest.approx(1 / 0.01, rel=0.01)
    relative = weighted_samples(target((0.01, 0.01), logarithmic=True))[2]
    assert relative[-1] > 20 * relative[0]  # the same share of a smaller value


def test_the_library_comes_first_and_own_forms_with_it(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text("[[G]]\nname='mine'\nformula='r*(1-u^3)'\nconstants.r=1.0\n", encoding="utf-8")
    settings = EquationSettings(engine="library", library=str(path))
    assert not takes_long(settings)
    found = candidates("G", target(), settings, 0, silent, lambda: None)
    assert {one.name for one in found} >= {"logistic", "Gompertz", "mine"}
    assert {one.source for one in found} == {"library", "user"}
    logistic = next(one for one in found if one.name == "logistic")
    assert [c.meaning for c in logistic.constants][1] == "carrying density"


def test_pysr_is_asked_with_weights_and_its_nonsense_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[PysrOptions] = []

    def search(u, curve, weights, options, tick) -> list[sp.Expr]:  # type: ignore[no-untyped-def]
        asked.append(options)
        assert u.shape == curve.shape == weights.shape
        texts = [
            "1.1 - u*1.0", "exp(exp(u))", "154.9 - 153.8*exp(0.00589*u)", "1.1 - 1.0*u + 1e-12*u^2",
        ]  # fmt: skip
        return [parse(text) for text in texts]

    monkeypatch.setattr(pysr, "search", search)
    settings = EquationSettings(engine="pysr", max_length=9, seconds=30, repeats=3)
    assert takes_long(settings)
    found = candidates("G", target(), settings, 7, silent, lambda: None)
    assert asked == [PysrOptions(9, 30.0, 3, 7)]
    mine = [one for one in found if one.source == "pysr"]
    assert {str(one.form) for one in mine} <= {"p0 + p1*u", "p1 + p0*u", "-p1*u + p0", "p0 - u"}
    assert len(mine) == 2


def test_without_operon_the_library_is_searched_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(operon, "available", lambda: False)
    told: list[Event] = []
    found = candidates("G", target(), EquationSettings(), 0, told.append, lambda: None)
    assert {one.source for one in found} == {"library"}
    (notice,) = told
    assert isinstance(notice, Notice)
    assert "Operon is not installed" in notice.text
    assert not sources.takes_long(EquationSettings())
