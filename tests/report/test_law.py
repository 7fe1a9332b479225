"""What a law says about cells is read off it correctly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from napari_binn.errors import UserError
from napari_binn.report.contents import read_contents
from napari_binn.report.law import Law, formula_curve, law_of, read_law, true_law

from ..example_run import DIFFUSIVITY, GROWTH, make_example, save_example


def law(D: str, G: str, low: float = 0.1, high: float = 0.9, *, formula: bool = True) -> Law:
    return Law(formula_curve(D), formula_curve(G), (low, high), formula)


def test_logistic_growth() -> None:
    found = read_law(law("0.001 + 0.02*u", "1.5*(1 - u/0.8)"))
    assert found.growth_sparse == pytest.approx(1.5, rel=1e-5)
    assert found.doubling_time == pytest.approx(np.log(2) / 1.5, rel=1e-5)
    assert found.carrying == pytest.approx(0.8, abs=1e-6)
    assert found.threshold is None
    np.testing.assert_allclose([found.D_low, found.D_high], [0.003, 0.019])


def test_allee_effect() -> None:
    found = read_law(law("0.01", "4*(1 - u)*(u - 0.15)", high=1.0))
    assert found.doubling_time is None
    assert found.threshold == pytest.approx(0.15, abs=1e-4)
    assert found.carrying == pytest.approx(1.0, abs=1e-4)


def test_growth_without_end_has_no_carrying_density() -> None:
    assert read_law(law("0.01", "1 - 0.1*u")).carrying is None


def test_decline_is_no_carrying_density() -> None:
    found = read_law(law("0.01", "-0.3 - u"))
    assert (found.carrying, found.threshold, found.doubling_time) == (None, None, None)


def test_upturn_beyond_the_carrying_density_is_no_threshold() -> None:
    found = read_law(law("0.01", "(u - 0.4)*(u - 0.8)"))
    assert found.carrying == pytest.approx(0.4, abs=1e-4)
    assert found.threshold is None


def test_curves_are_read_within_their_support_only() -> None:
    found = read_law(law("0.01", "1 - u/0.95", low=0.2, high=0.9, formula=False))
    assert found.sparse_at == 0.2
    assert found.growth_sparse == pytest.approx(1 - 0.2 / 0.95)
    assert found.carrying is None


def test_formula_without_a_value_somewhere_is_nan_there() -> None:
    curve = formula_curve("1/(u - 0.5) + sqrt(0.8 - u)")
    values = curve(np.array([0.1, 0.5, 0.9]))
    assert np.isfinite(values[0])
    assert np.isnan(values[1:]).all()


def test_formula_that_needs_a_positive_density_is_read_at_nearly_none() -> None:
    assert np.isfinite(formula_curve("-log(u)")(np.array([0.0]))).all()


def test_constant_formula_has_a_value_at_each_density() -> None:
    np.testing.assert_array_equal(formula_curve("0.5")(np.linspace(0, 1, 4)), 0.5)


def test_truth_is_put_on_the_scale_of_the_run() -> None:
    """The phantom's u and the run's u are shares of different densities."""
    curves = true_law({"D": "0.01*u", "G": "1 - u", "density_scale": 1000.0}, 2500.0)
    assert curves is not None
    D, G = curves
    u = np.array([0.2])
    np.testing.assert_allclose([D(u)[0], G(u)[0]], [0.005, 0.5])


@pytest.mark.parametrize(
    "truth",
    [
        None,
        {},
        {"D": "0.1", "G": "1"},
        {"D": "0.1", "G": "1", "density_scale": 0},
        {"D": "open(1)", "G": "1", "density_scale": 1},
    ],
)
def test_truth_that_is_not_a_law_is_left_out(truth: dict[str, object] | None) -> None:
    assert true_law(truth, 1.0) is None


def test_text_that_is_not_a_formula_is_refused() -> None:
    with pytest.raises(UserError):
        formula_curve("open('x')")


def test_formula_is_preferred_to_the_curves(tmp_path: Path) -> None:
    example = make_example()
    full = read_contents(save_example(tmp_path / "full", example))
    partial = read_contents(save_example(tmp_path / "partial", example, ("learn",)))
    found, curves = law_of(full), law_of(partial)
    assert found is not None
    assert curves is not None
    assert found.is_formula
    assert not curves.is_formula
    scale = example.density.scale / 2000
    assert read_law(found).D_low == pytest.approx(DIFFUSIVITY, rel=0.03)
    assert read_law(found).carrying == pytest.approx(1 / scale, rel=0.01)
    assert read_law(curves).growth_sparse == pytest.approx(GROWTH, rel=0.1)
    assert law_of(read_contents(save_example(tmp_path / "none", example, ()))) is None
