"""Other programs get the same law and the same numbers as the run holds."""

from __future__ import annotations

import csv
import json
import runpy
from pathlib import Path

import numpy as np
import pytest
import sympy as sp
import tifffile

from napari_binn.density.npz import load_density
from napari_binn.equations.grammar import U, parse
from napari_binn.errors import UserError
from napari_binn.run.export import export_run
from napari_binn.run.folder import RunFolder
from tests.example_run import make_example, save_example

U_VALUES = np.linspace(0.05, 1, 9)


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return save_example(tmp_path / "run", make_example())


def curve(text: str) -> np.ndarray:
    """Return the formula of the run at :data:`U_VALUES`."""
    return np.asarray(sp.lambdify([U], parse(text))(U_VALUES)) + 0 * U_VALUES


def test_python_functions_give_the_values_of_the_formulas(run: RunFolder, tmp_path: Path) -> None:
    export_run(run, tmp_path / "law.py")
    law, equation = runpy.run_path(str(tmp_path / "law.py")), run.load_summary()["equation"]
    for name in ("D", "G"):
        values = law[name](U_VALUES)
        np.testing.assert_allclose(values, curve(equation[name]), rtol=1e-9)
        assert law[name](list(U_VALUES)).shape == U_VALUES.shape
    assert law["DENSITY_SCALE"] == run.load_equations().density_scale
    assert (law["LENGTH_UNIT"], law["TIME_UNIT"]) == ("mm", "day")


def test_names_from_files_stay_text_in_python(run: RunFolder, tmp_path: Path) -> None:
    summary = run.load_summary()
    summary["units"]["density"] = '"""\nraise SystemExit("ran")\n"""'
    run.save_summary(summary)
    export_run(run, tmp_path / "law.py")
    law = runpy.run_path(str(tmp_path / "law.py"))
    assert law["DENSITY_UNIT"] == summary["units"]["density"]


def test_latex_states_law_units_and_scale(run: RunFolder, tmp_path: Path) -> None:
    export_run(run, tmp_path / "law.tex")
    text = (tmp_path / "law.tex").read_text(encoding="utf-8")
    assert "D(u) &= 0.00407 \\quad [\\text{mm}^2/\\text{day}]" in text
    assert "1.21 - 2.093 u" in text
    assert "\\text{cells/mm²}" in text
    assert text.count("{") == text.count("}")


def test_units_with_characters_that_tex_minds(run: RunFolder, tmp_path: Path) -> None:
    summary = run.load_summary()
    summary["units"]["density"] = "100%_a&b"
    run.save_summary(summary)
    export_run(run, tmp_path / "law.tex")
    assert r"100\%\_a\&b" in (tmp_path / "law.tex").read_text(encoding="utf-8")


def test_text_can_be_read_by_sympy(run: RunFolder, tmp_path: Path) -> None:
    export_run(run, tmp_path / "law.txt")
    lines = (tmp_path / "law.txt").read_text(encoding="utf-8").splitlines()
    equation = run.load_summary()["equation"]
    assert sp.simplify(parse(lines[1].removeprefix("G = ")) - parse(equation["G"])) == 0


def test_json_holds_constants_with_their_intervals(run: RunFolder, tmp_path: Path) -> None:
    export_run(run, tmp_path / "law.json")
    values = json.loads((tmp_path / "law.json").read_text(encoding="utf-8"))
    assert values["equation"] == run.load_summary()["equation"]
    assert values["constants"][0] == {"name": "D1", "value": 0.00407, "half_width_90": 0.0006}
    assert values["constants"][2]["half_width_90"] is None
    assert values["law"]["forms"]["G"] == "logistic"
    assert values["law"]["text"].startswith("Fisher–KPP")
    assert values["physical"]["D_unit"] == "mm²/day"


def test_c_and_mathml_hold_the_formulas(run: RunFolder, tmp_path: Path) -> None:
    export_run(run, tmp_path / "law.c")
    assert "double G(double u)" in (tmp_path / "law.c").read_text(encoding="utf-8")
    export_run(run, tmp_path / "law.mml")
    assert (tmp_path / "law.mml").read_text(encoding="utf-8").count("</math>") == 2


def test_curves_hold_estimate_bands_and_formula(run: RunFolder, tmp_path: Path) -> None:
    export_run(run, tmp_path / "curves.csv")
    with (tmp_path / "curves.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    terms = run.load_terms()
    assert len(rows) == len(terms.u)
    np.testing.assert_array_equal([float(row["G_low [1/day]"]) for row in rows], terms.G_low)
    np.testing.assert_allclose([float(row["D_formula [mm²/day]"]) for row in rows], 0.00407)
    np.testing.assert_allclose(
        [float(row["density [cells/mm²]"]) for row in rows], terms.u * terms.density_scale
    )
    assert [row["supported"] for row in rows] == [str(int(value)) for value in terms.supported]


def test_the_npz_is_an_input_again_and_holds_the_simulation(run: RunFolder, tmp_path: Path) -> None:
    export_run(run, tmp_path / "density.npz")
    again, density = load_density(tmp_path / "density.npz"), run.load_density()
    np.testing.assert_array_equal(again.values, density.values)
    assert again.counts_per_unit == density.counts_per_unit
    assert (again.length_unit, again.density_unit) == ("mm", "cells/mm²")
    with np.load(tmp_path / "density.npz", allow_pickle=False) as file:
        np.testing.assert_array_equal(file["simulated"], run.load_simulation().values)


def test_imagej_sees_three_channels_with_their_calibration(run: RunFolder, tmp_path: Path) -> None:
    export_run(run, tmp_path / "density.tif")
    density, simulated = run.load_density(), run.load_simulation().values
    with tifffile.TiffFile(tmp_path / "density.tif") as file:
        data, imagej = file.asarray(), file.imagej_metadata or {}
        top, bottom = file.pages[0].tags["XResolution"].value
    assert data.shape == (13, 3, 11, 15)
    np.testing.assert_allclose(data[:, 2], density.values - simulated, rtol=1e-4, atol=1e-2)
    assert (imagej["unit"], imagej["finterval"], imagej["tunit"]) == ("mm", 0.25, "day")
    assert bottom / top == pytest.approx(density.spacing[1], rel=1e-6)


def test_uneven_times_are_not_called_an_interval(run: RunFolder, tmp_path: Path) -> None:
    density = run.load_density()
    density.t[-1] += 1.0
    run.save_density(density)
    export_run(run, tmp_path / "density.tif")
    with tifffile.TiffFile(tmp_path / "density.tif") as file:
        imagej = file.imagej_metadata or {}
    assert "finterval" not in imagej
    assert imagej["Labels"][-1] == "residual, 4 day"


def test_a_run_without_equation_says_so_and_writes_nothing(tmp_path: Path) -> None:
    run = save_example(tmp_path / "run", make_example(), parts=("learn",))
    for name in ("law.py", "density.npz"):
        with pytest.raises(UserError, match="resume"):
            export_run(run, tmp_path / name)
        assert not (tmp_path / name).exists()


def test_an_unknown_form_names_the_known_ones(run: RunFolder, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"\.tex, \.mml, \.txt, \.py"):
        export_run(run, tmp_path / "law.docx")
