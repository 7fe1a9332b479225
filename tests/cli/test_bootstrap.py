"""``napari-binn bootstrap``: are the bands of a run as wide as they should be?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from napari_binn.cli import main
from napari_binn.inference.estimate import estimate
from napari_binn.report import write_report
from napari_binn.run.folder import RunFolder
from napari_binn.run.summary import build_summary
from napari_binn.settings import Settings
from tests.synthetic import density

SETTINGS = Settings.build({"inference": {"boundary": "closed"}, "simulation": {"refine": 1}})


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """Return a run that has an estimate, with its summary and report."""
    run = RunFolder.create(tmp_path_factory.mktemp("bands") / "run", input="cells.npz")
    seen = density("fisher", frames=5, bins=(6, 6), noise=0.03, seed=4)
    terms = estimate(seen, SETTINGS.inference, refine=1)
    run.save_settings(SETTINGS)
    run.save_density(seen)
    run.save_terms(terms)
    run.save_summary(build_summary(settings=SETTINGS, density=seen, terms=terms))
    write_report(run)
    return run


def test_it_is_told_kept_and_shown(learned: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert "was not checked" not in learned.load_summary()
    assert main(["bootstrap", str(learned.path), "--replicates", "4"]) == 0
    sentence = capsys.readouterr().out.strip()
    found = learned.load_bootstrap()
    assert sentence == found.sentence
    assert sentence.startswith("Estimates from 4 simulated movies are off by")
    assert learned.load_summary()["bootstrap"]["sentence"] == sentence
    assert learned.load_summary()["terms"] is not None
    assert sentence in learned.file("report").read_text(encoding="utf-8")


def test_events_are_json_lines(learned: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bootstrap", str(learned.path), "--replicates", "4", "--json"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    names = [event["event"] for event in events]
    assert (names[0], names[-1]) == ("StageStarted", "StageFinished")
    shares = [event["done"] / event["total"] for event in events if event["event"] == "Progress"]
    assert shares == pytest.approx([0.25, 0.5, 0.75, 1.0])


def test_a_run_without_an_estimate_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = RunFolder.create(tmp_path / "run", input="cells.npz")
    assert main(["bootstrap", str(run.path)]) == 2
    errors = capsys.readouterr().err
    assert "has no estimate of D(u) and G(u)" in errors
    assert "resume" in errors
    assert errors.count("\n") == 1


@pytest.mark.parametrize(("words", "why"), [(["nowhere"], "There is no run"), ([], "Missing")])
def test_what_is_no_run_is_refused(
    words: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bootstrap", *words]) == 2
    assert why in capsys.readouterr().err


def test_too_few_movies_are_refused(learned: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bootstrap", str(learned.path), "--replicates", "2"]) == 2
    assert "--replicates" in capsys.readouterr().err
