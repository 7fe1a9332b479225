"""Two runs side by side: what was set differently and what came of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from napari_binn.run.compare import compare
from napari_binn.run.folder import RunFolder

from ..example_run import Example, make_example, save_example


@pytest.fixture(scope="module")
def example() -> Example:
    return make_example()


def test_equal_runs_do_not_differ(tmp_path: Path, example: Example) -> None:
    runs = [save_example(tmp_path / name, example) for name in "ab"]
    found = compare(*runs)
    assert found.same
    assert (found.settings, found.notes) == ((), ())
    assert found.same_units


def test_settings_that_differ_are_named_with_both_values(tmp_path: Path, example: Example) -> None:
    a, b = (save_example(tmp_path / name, example) for name in "ab")
    b.save_settings(
        example.settings.changed(
            {"binn": {"steps": 500}, "density": {"bins": [10, 8]}, "seed": 4, "device": "cpu"}
        )
    )
    found = compare(a, b)
    assert {item.name: (item.a, item.b) for item in found.settings} == {
        "binn.steps": (str(example.settings.binn.steps), "500"),
        "density.bins": ("15 × 11", "10 × 8"),
        "seed": ("3", "4"),
        "device": ("auto", "cpu"),
    }
    assert "Steps" in [item.title for item in found.settings]
    assert not found.same


def test_metrics_and_formulas_stand_side_by_side(tmp_path: Path, example: Example) -> None:
    a = save_example(tmp_path / "a", example)
    b = save_example(tmp_path / "b", example, parts=("learn",))
    found = compare(a, b)
    assert (found.metrics[0].name, found.metrics[0].a, found.metrics[0].b) == (
        "count_error_percent", pytest.approx(2.31), None,
    )  # fmt: skip
    assert (found.a.D, found.b.D) == ("0.00407", None)


def test_curves_are_drawn_over_physical_density(tmp_path: Path, example: Example) -> None:
    a, b = (save_example(tmp_path / name, example) for name in "ab")
    b.save_terms(replace(example.terms, density_scale=2 * example.terms.density_scale))
    found = compare(a, b)
    assert found.a.curves is not None
    assert found.b.curves is not None
    assert found.a.curves.density[-1] == pytest.approx(example.terms.density_scale)
    np.testing.assert_allclose(found.b.curves.density, 2 * found.a.curves.density)
    np.testing.assert_allclose(found.b.curves.D_low, example.terms.D_low)
    assert "u = 1" in found.notes[0]


def test_whether_the_curves_agree_is_said(tmp_path: Path, example: Example) -> None:
    a, b, c = (save_example(tmp_path / name, example) for name in "abc")
    b.save_terms(replace(example.terms, seconds=1.0))
    assert compare(a, b).consistency.startswith("The D and G curves of both runs agree")
    c.save_terms(replace(example.terms, supported=np.zeros_like(example.terms.supported)))
    assert "No density is supported" in compare(a, c).consistency
    c.file("terms").unlink()
    assert compare(a, c).consistency == ""


def test_other_units_are_said(tmp_path: Path, example: Example) -> None:
    a = save_example(tmp_path / "a", example)
    b = save_example(tmp_path / "b", example, parts=())
    b.save_density(replace(example.density, length_unit="pixel", density_unit="cells/pixel²"))
    found = compare(a, b)
    assert not found.same_units
    assert found.consistency == ""
    assert "different units" in found.notes[0]


def test_damage_is_a_note_and_the_rest_is_compared(tmp_path: Path, example: Example) -> None:
    a, b = (save_example(tmp_path / name, example) for name in "ab")
    b.file("terms").write_bytes(b"cut off")
    found = compare(a, b)
    assert found.b.curves is None
    assert "terms.npz" in found.notes[0]
    assert found.a.D == found.b.D


def test_empty_runs_can_be_compared(tmp_path: Path) -> None:
    a, b = (RunFolder.create(tmp_path / name, input=f"{name}.tif") for name in "ab")
    found = compare(a, b)
    assert [item.name for item in found.settings] == ["input"]
    assert (found.metrics, found.notes) == ((), ())
