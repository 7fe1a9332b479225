"""summary.json says what the law is called, what follows from it, and what is wrong with it."""

from __future__ import annotations

import json

from napari_binn.equations.model import Equation, Formula
from napari_binn.equations.naming import LawUnits
from napari_binn.run.files import plain
from napari_binn.run.law_summary import law_summary
from tests.example_run import make_example

UNITS = LawUnits("mm", "day", "cells/mm²", 1840.0)


def test_a_known_law_has_its_name_and_physical_constants() -> None:
    equations = make_example().equations
    assert equations is not None
    law = law_summary(equations.best, UNITS, equations.u_range)
    assert law["forms"]["G"] == "logistic"
    assert law["text"].startswith(law["name"])
    names = [one["symbol"] or one["meaning"] for one in law["quantities"]]
    assert {"r", "K", "doubling time"} <= set(names)
    assert law["flaws"] == []
    assert json.loads(json.dumps(plain(law)))["name"] == law["name"]


def test_flaws_of_a_found_formula_are_told_where_it_is_used() -> None:
    equation = Equation(Formula("0.01 - 0.05*u", 5), Formula("u^2", 2))
    sentences = law_summary(equation, UNITS, (0.05, 0.9))["flaws"]
    assert len(sentences) == 2
    assert "negative at u = 0.2 to 0.9" in sentences[0]
    assert "keeps rising beyond u = 0.9" in sentences[1]
