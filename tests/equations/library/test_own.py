"""A lab's own hypotheses: a small file, every mistake in it told in a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from napari_binn.equations import library
from napari_binn.equations.library import forms, read_forms
from napari_binn.errors import UserError

GOOD = """
[[D]]
name = "jammed"
formula = "D0*(1 - (u/K)^2)"
reference = "our hypothesis"
constants.D0 = { start = 0.01, low = 0.0, meaning = "diffusivity of sparse cells" }
constants.K = { start = 1.2, kind = "density" }

[[G]]
name = "late brake"
formula = "r*(1 - u^3)"
constants.r = 1.0
"""


def written(folder: Path, text: str, name: str = "own.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_own_forms_stand_beside_those_of_the_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "own_file", lambda: tmp_path / "own.toml")
    before = len(forms("D"))
    written(tmp_path, GOOD)
    jammed = forms("D")[-1]
    assert len(forms("D")) == before + 1
    assert forms("G")[-1].name == "late brake"
    assert (jammed.name, jammed.source) == ("jammed", "user")
    assert [c.unit("mm", "day", "cells/mm²") for c in jammed.constants] == ["mm²/day", "cells/mm²"]
    assert jammed.bounds[0].tolist() == [0.0, -np.inf]


def test_own_forms_start_at_the_height_of_the_curve(tmp_path: Path) -> None:
    jammed, brake = read_forms(written(tmp_path, GOOD))
    u = np.linspace(0.1, 0.9, 20)
    candidates = jammed(u, 3.0 * (1 - (u / 1.2) ** 2))
    assert candidates[0].start == (0.01, 1.2)
    assert candidates[1].start == pytest.approx((3.0, 1.2))
    assert brake(u, 1 - u**3)[0].formula(np.array([2.5])).text == "2.5*(1 - u**3)"


def test_json_says_the_same(tmp_path: Path) -> None:
    values = {"G": [{"name": "a", "formula": "r - d*u", "constants": {"r": 1, "d": 2}}]}
    (form,) = read_forms(written(tmp_path, json.dumps(values), "own.json"))
    assert form(np.ones(3), np.ones(3))[0].start == (1.0, 2.0)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("[[D]]", "[[D]", "not valid TOML.*line 2"),
        ("[[D]]", "[[X]]", "X is not known"),
        ('"jammed"', "3", r"D\[1\]\.name has to be a text"),
        ('formula = "r*', 'formula = "__import__(r)*', r"G\[1\]\.formula is wrong"),
        ('"r*(1 - u^3)"', '"r*(1 - u^3) + s"', r"G\[1\]\.formula is wrong: .*'s' is not known"),
        ('"r*(1 - u^3)"', '"1 - u^3"', r"G\[1\]\.constants\.r does not occur"),
        ('"r*(1 - u^3)"', '"r/(u - u)"', r"G\[1\]\.formula is wrong"),
        ("start = 0.01, ", "", r"D\[1\]\.constants\.D0\.start has to be a number"),
        ("start = 0.01", "start = inf", r"D0\.start has to be finite"),
        ("low = 0.0", "low = 1.0", r"D0 needs low below high"),
        ("low = 0.0", "min = 0.0", r"D0\.min is not known"),
        ('kind = "density"', 'kind = "weight"', r"K\.kind has to be one of diffusivity"),
        ("constants.r", "constants.exp", r"constants\.exp is not a name"),
        ("reference", "references", r"D\[1\]\.references is not known"),
        ('[[G]]\nname = "late brake"', '[[D]]\nname = "jammed"', "D.name 'jammed' is used twice"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence_with_its_place(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    assert old in GOOD
    path = written(tmp_path, GOOD.replace(old, new))
    with pytest.raises(UserError, match=sentence) as caught:
        read_forms(path)
    assert str(path) in str(caught.value)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_or_no_text_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        read_forms(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="not text"):
        read_forms(tmp_path / "bytes.toml")
    with pytest.raises(UserError, match="not valid JSON"):
        read_forms(written(tmp_path, "[" * 100_000, "deep.json"))
    with pytest.raises(UserError, match="hold the lists"):
        read_forms(written(tmp_path, "[1]", "list.json"))
