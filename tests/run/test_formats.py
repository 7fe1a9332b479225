"""What is pasted elsewhere computes the same there."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, get_args
from xml.etree import ElementTree

import numpy as np
import pytest
import sympy as sp

from napari_binn.equations.evaluate import evaluate
from napari_binn.equations.naming import LawUnits
from napari_binn.errors import UserError
from napari_binn.run.formats import FormatKind, physical_law, write_law

D, G = "0.0012 + 0.02·u^2", "1.1·ln(0.9/u) − u^(1/3)"
UNITS = LawUnits("mm", "day", "cells/mm²", 1840.0)
POINTS = np.linspace(0.1, 1.2, 5)


@pytest.mark.parametrize("kind", get_args(FormatKind))
def test_every_form_holds_both_formulas_and_refuses_what_is_none(kind: FormatKind) -> None:
    assert len(write_law(D, G, kind, UNITS)) > 40
    with pytest.raises(UserError):
        write_law("__import__('os')", G, kind, UNITS)


def test_python_functions_take_arrays_and_know_their_units() -> None:
    names: dict[str, Any] = {}
    exec(write_law(D, G, "python", UNITS), names)
    np.testing.assert_allclose(names["D"](POINTS), evaluate(D, POINTS))
    np.testing.assert_allclose(names["G"](POINTS), evaluate(G, POINTS))
    assert "mm²/day" in names["D"].__doc__
    assert "1840 cells/mm²" in names["G"].__doc__


@pytest.mark.parametrize("kind", ["sympy", "srepr"])
def test_sympy_reads_its_own_forms(kind: FormatKind) -> None:
    names: dict[str, Any] = dict(vars(sp))
    exec(write_law(D, G, kind, UNITS), names)
    for name, formula in (("D", D), ("G", G)):
        (u,) = names[name].free_symbols
        values = [float(names[name].subs(u, point)) for point in POINTS]
        np.testing.assert_allclose(values, evaluate(formula, POINTS), rtol=1e-9)


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler here")
def test_c_functions_compile_without_a_warning_and_agree(tmp_path: Path) -> None:
    main = (
        "\n#include <stdio.h>\nint main(void) { for (int k = 0; k < 5; ++k) { double u = 0.1 + k *"
        ' 0.275; printf("%.12g %.12g\\n", D(u), G(u)); } return 0; }\n'
    )
    (tmp_path / "law.c").write_text(write_law(D, G, "c", UNITS) + main, encoding="utf-8")
    command = ["cc", "-std=c99", "-Wall", "-Wextra", "-Werror", "law.c", "-lm", "-o", "law"]
    subprocess.run(command, cwd=tmp_path, check=True)
    result = subprocess.run(
        [str(tmp_path / "law")], capture_output=True, text=True, check=True
    ).stdout
    values = np.array([line.split() for line in result.splitlines()], dtype=float)
    np.testing.assert_allclose(values[:, 0], evaluate(D, POINTS), rtol=1e-9)
    np.testing.assert_allclose(values[:, 1], evaluate(G, POINTS), rtol=1e-9)


def test_mathml_is_xml_that_every_reader_knows() -> None:
    for block in write_law(D, G, "mathml", UNITS).splitlines():
        root = ElementTree.fromstring(block)
        assert root.tag == "{http://www.w3.org/1998/Math/MathML}math"
        assert "u" in "".join(root.itertext())


def test_json_holds_normalised_and_physical_form() -> None:
    values = json.loads(write_law("0.02*u", "1.1*(1 - u/0.9)", "json", UNITS))
    assert values["equation"]["G"] == "1.1*(1 - u/0.9)"
    assert values["physical"]["G"] == "1.1*(1 - n/1656)"
    assert values["physical"]["D_fine_unit"] == "µm²/h"


def test_units_of_files_cannot_end_a_comment_or_a_docstring() -> None:
    units = LawUnits("mm", "day", 'cells"""*/\nimport os', 1.0)
    names: dict[str, Any] = {}
    exec(write_law("0.01", "1", "python", units), names)
    assert "os" not in names
    assert write_law("0.01", "1", "c", units).count("*/") == 2
    assert "\nimport os" not in write_law("0.01", "1", "sympy", units)


def test_a_movie_without_calibration_has_no_other_units() -> None:
    law = physical_law("0.5", "0.1", LawUnits("pixel", "frame", "cells/pixel²", 0.01))
    assert law["D_unit"] == "pixel²/frame"
    assert "D_fine" not in law
