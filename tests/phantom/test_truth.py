"""The law beside the movie."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from napari_binn.errors import UserError
from napari_binn.phantom import Truth, get, names, read_truth


@pytest.mark.parametrize("name", names())
def test_what_is_written_is_read_back(name: str, tmp_path: Path) -> None:
    truth = Truth.of(get(name), seed=7)
    (tmp_path / "film.truth.json").write_text(truth.to_json(), encoding="utf-8")
    assert read_truth(tmp_path / "film.tif") == truth
    assert read_truth(str(tmp_path / "film.csv")) == truth


def test_the_law_carries_its_units_and_rules() -> None:
    stored = json.loads(Truth.of(get("scratch"), seed=3).to_json())
    assert stored["D"] == "0.005 + 0.025*u"
    assert stored["G"] == "1*(1 - u)"
    assert (stored["length_unit"], stored["time_unit"]) == ("mm", "day")
    assert stored["density_scale"] == pytest.approx(3906.25)
    assert stored["density_unit"] == "cells/mm²"
    assert stored["seed"] == 3
    assert stored["rules"]["pattern"]["width"] == get("scratch").pattern.width  # type: ignore[union-attr]


def test_a_movie_without_a_law_has_none(tmp_path: Path) -> None:
    assert read_truth(tmp_path / "film.tif") is None
    assert read_truth(tmp_path / "no folder" / "film.tif") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[1]",
        "{}",
        '{"name": 1}',
        "\ud83d".encode("utf-16", "surrogatepass").decode("latin1"),
    ],
)
def test_a_damaged_law_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "film.truth.json").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"film\.truth\.json does not hold the law"):
        read_truth(tmp_path / "film.tif")


@pytest.mark.parametrize(("key", "value"), [("D", 3), ("density_scale", 0), ("density_scale", "1")])
def test_a_law_with_a_wrong_entry_is_refused(tmp_path: Path, key: str, value: object) -> None:
    stored = json.loads(Truth.of(get("growth"), 0).to_json()) | {key: value}
    (tmp_path / "film.truth.json").write_text(json.dumps(stored), encoding="utf-8")
    with pytest.raises(UserError, match=key):
        read_truth(tmp_path / "film.tif")
