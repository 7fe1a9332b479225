"""The report says whether its curves can be trusted, and shows why."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from napari_binn.inference.diagnostics_model import Diagnosis
from napari_binn.inference.terms import Boundary
from napari_binn.report import write_report
from napari_binn.report.contents import Contents, read_contents
from napari_binn.report.trust import trust
from napari_binn.report.trust_plot import shown_checks, trust_caption, trust_plot

from ..example_run import Example, example_bootstrap, make_example, save_example


@pytest.fixture(scope="module")
def example() -> Example:
    return make_example()


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory, example: Example) -> Contents:
    return read_contents(save_example(tmp_path_factory.mktemp("run") / "run", example))


def section(folder: Path, example: Example) -> str:
    """Return the section as plain text."""
    run = save_example(folder / "run", example)
    html = write_report(run).read_text(encoding="utf-8")
    part = html[html.index('<section id="trust">') : html.index('<section id="comparison">')]
    return " ".join(re.sub("<[^>]*>", " ", part).split())


def without_findings(diagnosis: Diagnosis) -> Diagnosis:
    checks = tuple(replace(check, finding="absent") for check in diagnosis.checks)
    return replace(diagnosis, level="consistent", checks=checks)


def test_the_verdict_comes_first_and_what_speaks_against_it_leads(
    tmp_path: Path, example: Example
) -> None:
    text = section(tmp_path, example)
    assert text.startswith("Can this be trusted? Doubtful Reaction–diffusion may not be")
    assert text.index("Growth that changes in time seen") < text.index("Drift of the whole pattern")
    for piece in (
        "cannot be told", "too small to matter", "These frames determine G(u) to 1.5 %",
        "u = 0.04 to 0.63 (138 to 2,180 cells/mm²)", "as independent cells would",
        "taken as closed", "napari-binn bootstrap run", "this movie 12 % 1.5 %",
        "a field four times as large 6 % 0.8 %",
    ):  # fmt: skip
        assert piece in text


def test_a_check_of_the_bands_is_told(contents: Contents) -> None:
    assert contents.terms is not None
    found = trust(replace(contents, bootstrap=example_bootstrap(contents.terms)))
    assert found is not None
    assert dict(found.facts)["Bands"].startswith("Estimates from 20 simulated movies are off by")


def test_an_open_border_is_told(contents: Contents) -> None:
    assert contents.terms is not None
    found = trust(replace(contents, terms=replace(contents.terms, boundary=Boundary("open", 3))))
    assert found is not None
    assert "taken as open (cells cross it)" in dict(found.facts)["Border"]


def test_networks_that_disagree_with_the_estimate_are_named(contents: Contents) -> None:
    assert contents.binn is not None
    off = trust(replace(contents, binn=replace(contents.binn, G=contents.binn.G + 5.0)))
    assert off is not None
    assert "G(u) over 100 % of the supported range" in off.disagreement
    assert dict(off.facts)["Networks"] == off.disagreement


def test_a_run_that_was_not_checked_says_so(tmp_path: Path, example: Example) -> None:
    run = save_example(tmp_path / "run", example)
    run.file("diagnosis").unlink()
    run.file("design").unlink()
    html = write_report(run).read_text(encoding="utf-8")
    assert "was not checked: resume the run to check it" in html
    assert "found the same curves" in html  # what the estimate itself said
    assert "What would help" not in html


def test_the_picture_shows_what_decided_the_verdict(contents: Contents) -> None:
    assert contents.diagnosis is not None
    assert contents.density is not None
    assert [check.name for check in shown_checks(contents.diagnosis)] == ["growth"]
    assert trust_caption(contents.diagnosis).startswith("Shown: growth that changes in time.")
    assert trust_plot(contents.diagnosis, contents.density).startswith("data:image/svg+xml")


def test_a_clean_bill_still_shows_what_comes_closest(contents: Contents) -> None:
    assert contents.diagnosis is not None
    clean = without_findings(contents.diagnosis)
    assert [check.name for check in shown_checks(clean)] == ["growth"]
    assert trust_caption(clean).startswith("These frames show nothing that speaks against")


@pytest.mark.parametrize("name", ["patches", "persistence"])
def test_patterns_are_drawn_as_correlations(contents: Contents, name: str) -> None:
    assert contents.diagnosis is not None
    assert contents.density is not None
    checks = tuple(
        replace(check, finding="strong" if check.name == name else "absent")
        for check in contents.diagnosis.checks
    )
    diagnosis = replace(contents.diagnosis, checks=checks)
    assert "scatter alone" in trust_caption(diagnosis)
    assert trust_plot(diagnosis, contents.density).startswith("data:image/svg+xml")


def test_maps_without_anything_in_them_are_drawn(contents: Contents) -> None:
    assert contents.diagnosis is not None
    assert contents.density is not None
    empty = np.full(contents.density.shape[1:], np.nan)
    checks = tuple(
        replace(check, picture=replace(check.picture, deviation=empty, expected=empty))
        for check in contents.diagnosis.checks
    )
    diagnosis = replace(contents.diagnosis, checks=checks)
    assert trust_plot(diagnosis, contents.density).startswith("data:image/svg+xml")
