"""What is said about a run's curves once they are learned."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from napari_binn.gui.discover.findings import findings_of
from napari_binn.gui.results import Results
from napari_binn.inference.terms import Boundary
from tests.example_run import example_bootstrap, make_example, save_example
from tests.gui.checks import DESIGN, make_diagnosis

if TYPE_CHECKING:
    from pathlib import Path


def test_without_curves_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert findings_of(None) is None
    run = save_example(tmp_path / "run", make_example(), parts=())
    assert findings_of(Results(run)) is None


def test_verdict_checks_and_advice_come_from_the_run(tmp_path: Path) -> None:
    run = save_example(tmp_path / "run", make_example())
    run.save_diagnosis(make_diagnosis())
    run.save_design(DESIGN)
    found = findings_of(Results(run))
    assert found is not None
    assert found.level == "contradicted"
    assert "drifts" in found.verdict
    assert [name for name, finding, _ in found.checks if finding == "strong"] == ["drift"]
    assert found.known == DESIGN.sentences[0]
    assert found.advice == DESIGN.sentences[1:]


def test_a_run_that_was_never_checked_still_says_what_it_knows(tmp_path: Path) -> None:
    example = make_example()
    run = save_example(tmp_path / "run", example)
    run.file("diagnosis").unlink()
    run.file("design").unlink()
    found = findings_of(Results(run))
    assert found is not None
    assert found.level is None
    assert found.checks == found.advice == ()
    assert found.known == example.terms.sentences[0]


def test_bands_that_were_tested_are_said_to_be(tmp_path: Path) -> None:
    example = make_example()
    run = save_example(tmp_path / "run", example)
    bootstrap = example_bootstrap(example.terms)
    run.save_bootstrap(bootstrap)
    found = findings_of(Results(run))
    assert found is not None
    assert found.others[-1] == bootstrap.sentence


def test_networks_that_tell_something_else_are_named(tmp_path: Path) -> None:
    example = make_example()
    agreeing = findings_of(Results(save_example(tmp_path / "one", example)))
    other = replace(example, binn=replace(example.binn, D=3 * example.binn.D))
    disagreeing = findings_of(Results(save_example(tmp_path / "two", other)))
    assert agreeing is not None
    assert disagreeing is not None
    assert agreeing.agree
    assert not disagreeing.agree
    assert "D(u)" in disagreeing.agreement


def test_how_the_measurement_scatters_is_said(tmp_path: Path) -> None:
    found = findings_of(Results(save_example(tmp_path / "run", make_example())))
    assert found is not None
    assert "scatter" in found.others[1]


def test_what_was_taken_for_the_border_is_said(tmp_path: Path) -> None:
    example = make_example()
    opened = Boundary("open", margin=2, log_odds_open=5.0)
    terms = replace(example.terms, boundary=opened)
    found = findings_of(Results(save_example(tmp_path / "run", replace(example, terms=terms))))
    assert found is not None
    assert "open (cells cross it)" in found.others[0]
    assert "more probable" in found.others[0]
