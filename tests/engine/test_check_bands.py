"""The bands of a run are checked on request: kept as a whole, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from napari_binn import work
from napari_binn.engine.answer import handle
from napari_binn.engine.control import Control
from napari_binn.engine.protocol import CheckBands, Failed, Finished, Halted
from napari_binn.errors import Stopped
from napari_binn.events import Event, Progress
from napari_binn.inference.estimate import estimate
from napari_binn.report import write_report
from napari_binn.run.folder import RunFolder
from napari_binn.run.summary import build_summary
from napari_binn.settings import Settings
from tests.synthetic import density

SETTINGS = Settings.build({"inference": {"boundary": "closed"}, "simulation": {"refine": 1}})


@pytest.fixture
def learned(tmp_path: Path) -> RunFolder:
    """Return a run that has an estimate, with its summary and report."""
    run = RunFolder.create(tmp_path / "run", input="cells.npz")
    seen = density("fisher", frames=5, bins=(6, 6), noise=0.03, seed=4)
    terms = estimate(seen, SETTINGS.inference, refine=1)
    run.save_settings(SETTINGS)
    run.save_density(seen)
    run.save_terms(terms)
    run.save_summary(build_summary(settings=SETTINGS, density=seen, terms=terms))
    write_report(run)
    run.set_state("done")
    return run


def contents(run: RunFolder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in run.path.iterdir() if path.is_file()}


def test_the_result_is_kept_and_told_everywhere(learned: RunFolder) -> None:
    events: list[Event] = []
    last = handle(CheckBands(str(learned.path), 4), events.append, Control())
    assert isinstance(last, Finished)
    found = learned.load_bootstrap()
    assert last.result["sentence"] == found.sentence
    assert found.replicates == 4
    assert learned.load_summary()["bootstrap"]["sentence"] == found.sentence
    assert found.sentence in learned.file("report").read_text(encoding="utf-8")
    assert any(isinstance(event, Progress) for event in events)
    assert learned.state() == "done"


def test_a_check_that_is_given_up_leaves_the_run_as_it_was(learned: RunFolder) -> None:
    before, control = contents(learned), Control()

    def told(event: Event) -> None:
        if isinstance(event, Progress):
            control.obey("stop")

    assert isinstance(handle(CheckBands(str(learned.path), 4), told, control), Halted)
    assert contents(learned) == before


def test_a_stop_that_comes_while_it_is_kept_comes_too_late(
    learned: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    summarised, stops = work.bootstrap_summary, iter([Stopped("Stopped.")])

    def summarise(*found: object) -> object:
        for stop in stops:
            raise stop
        return summarised(*found)  # type: ignore[arg-type]

    monkeypatch.setattr(work, "bootstrap_summary", summarise)
    last = handle(CheckBands(str(learned.path), 4), lambda _: None, Control())
    assert isinstance(last, Finished)
    assert learned.load_summary()["bootstrap"]["sentence"] == learned.load_bootstrap().sentence


def test_a_run_without_an_estimate_says_what_is_missing(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run", input="cells.npz")
    last = handle(CheckBands(str(run.path), 4), lambda _: None, Control())
    assert isinstance(last, Failed)
    assert "has no estimate" in last.sentence
