"""A check of the bands goes through the engine, beside the stages and never together with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from napari_binn.engine.protocol import CheckBands, Failed, Finished, Halted, Simulate
from napari_binn.events import Progress, StageFinished, StageStarted
from napari_binn.gui.plots.dock import CurvesDock
from napari_binn.gui.session import Session
from napari_binn.run.folder import RunFolder
from tests.example_run import example_bootstrap, make_example, save_example
from tests.gui.rooms import ScriptedRoom

pytestmark = pytest.mark.gui
EXAMPLE = make_example()


@pytest.fixture
def run(session: Session, tmp_path: Path) -> RunFolder:
    run = save_example(tmp_path / "one", EXAMPLE)
    session.show_run(run.path)
    return run


def test_it_is_followed_and_its_result_is_shown(
    session: Session, room: ScriptedRoom, run: RunFolder
) -> None:
    dock = CurvesDock(session.viewer, session)
    strip = dock.panel.checks.bands
    assert strip.text().startswith("Not checked yet")
    strip.requested.emit(20)
    assert room.requests == [CheckBands(str(run.path), 20)]
    room.say(StageStarted("learn", "checking the bands"), Progress("learn", 0.5, 1.0))
    assert strip.fraction == pytest.approx(0.5)
    assert strip.text().startswith("movie 11 of 20")
    assert dock.panel.D.curves["estimate"].getData()[0] is not None  # nothing is learned anew

    found = example_bootstrap(EXAMPLE.terms)
    run.save_bootstrap(found)
    room.say(StageFinished("learn", 1.0), Finished({"sentence": found.sentence}))
    assert strip.fraction is None
    assert strip.text() == found.sentence
    for plot in (dock.panel.D, dock.panel.formula_G):
        u, ends = plot.curves["checked"].getData()
        assert len(u) == 2 * len(found.u) + 1
        assert np.isfinite(ends).sum() == 2 * len(found.u)
        assert "band by simulation" in plot.canvas.legend.labels
    dock.deleteLater()


def test_nothing_else_is_begun_meanwhile(
    session: Session, room: ScriptedRoom, run: RunFolder
) -> None:
    session.bands.start(8)
    assert "bands are being checked" in session.obstacle("find")
    assert "bands are being checked" in session.obstacle("check")
    session.choose({"binn": {"steps": 123}})
    session.start("learn")
    session.bands.start(8)
    session.replays.select(1)
    assert room.requests == [CheckBands(str(run.path), 8)]
    assert session.obstacle("stop") == ""
    room.say(Halted())
    assert isinstance(room.requests[-1], Simulate)  # what was selected meanwhile


def test_a_stop_ends_it_and_leaves_what_was_shown(
    session: Session, room: ScriptedRoom, run: RunFolder
) -> None:
    session.bands.start(8)
    session.stop()
    assert room.commands == ["stop"]
    assert session.bands.words() == "stopping"
    assert "being stopped" in session.obstacle("stop")
    room.say(Halted())
    assert not session.bands.busy
    assert session.obstacle("check") == ""
    assert not run.has("bootstrap")


def test_a_simulation_on_demand_gives_way(
    session: Session, room: ScriptedRoom, run: RunFolder
) -> None:
    session.replays.select(1)
    session.bands.start(8)
    assert room.commands == ["stop"]
    room.say(Halted())
    assert room.requests[-1] == CheckBands(str(run.path), 8)
    room.say(Finished({"sentence": "…"}))
    assert not session.facts().busy


def test_a_failure_is_told(session: Session, room: ScriptedRoom, run: RunFolder) -> None:
    problems: list[str] = []
    session.problem.connect(lambda sentence, _: problems.append(sentence))
    session.bands.start(8)
    room.say(Failed("The movies cannot be estimated."))
    assert problems == ["The movies cannot be estimated."]
    assert not session.bands.busy


def test_before_anything_is_learned_it_says_what_is_missing(
    session: Session, room: ScriptedRoom, tmp_path: Path
) -> None:
    session.show_run(save_example(tmp_path / "two", EXAMPLE, parts=()).path)
    assert "Learn D(u) and G(u)" in session.obstacle("check")
    session.bands.start(8)
    assert not room.requests
    assert session.bands.expected(20) is None


def test_the_expected_time_follows_the_estimate(session: Session, run: RunFolder) -> None:
    once, twice = session.bands.expected(10), session.bands.expected(20)
    if EXAMPLE.terms.seconds:
        assert once is not None
        assert twice == pytest.approx(2 * once)
    else:
        assert once is None
