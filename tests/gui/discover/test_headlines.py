"""The one line of each step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from napari_binn.events import Progress, StageStarted
from napari_binn.gui.discover.headlines import headline, line
from napari_binn.gui.state import Facts, Status, Step, status
from tests.example_run import make_example, save_example

if TYPE_CHECKING:
    from pathlib import Path

    from napari.components import ViewerModel

    from napari_binn.gui.session import Session
    from tests.gui.rooms import ScriptedRoom

pytestmark = pytest.mark.gui

STEPS: tuple[Step, ...] = ("movie", "density", "learn", "equation", "compare")


def test_a_step_without_a_result_has_nothing_to_say(session: Session) -> None:
    assert [headline(step, session) for step in STEPS] == [""] * 5


def test_the_movie_says_its_size_and_duration(
    session: Session, viewer: ViewerModel, calibrated: dict[str, Any]
) -> None:
    layer = viewer.add_image(np.ones((4, 60, 80)), **calibrated)
    session.set_layer(layer)
    assert headline("movie", session) == "cells: 400 × 300 µm, 4 frames, 0 to 6 h"


def test_a_movie_that_lacks_its_calibration_has_no_headline(
    session: Session, viewer: ViewerModel
) -> None:
    session.set_layer(viewer.add_image(np.ones((4, 60, 80))))
    assert headline("movie", session) == ""


def test_the_results_of_a_run_are_said_in_a_line_each(session: Session, tmp_path: Path) -> None:
    session.show_run(save_example(tmp_path / "wound", make_example()).path)
    movie, density, learn, equation, compare = (headline(step, session) for step in STEPS)
    assert "wound" in movie
    assert density == "15 × 11 bins, 13 frames, cells/mm²"
    assert learn == "D(u) and G(u) from 5 networks in 19 s; doubtful"
    assert equation.startswith("D = ")
    assert ", G = " in equation
    assert compare == "mean error of the total 2.3 %"


def test_a_damaged_result_is_no_reason_to_fail(session: Session, tmp_path: Path) -> None:
    run = save_example(tmp_path / "wound", make_example())
    session.show_run(run.path)
    run.file("terms").write_bytes(b"")
    session._reload()
    assert headline("learn", session) == ""


def test_a_running_step_says_how_far_it_is(
    session: Session, room: ScriptedRoom, tmp_path: Path
) -> None:
    """Not what it had before."""
    session.show_run(save_example(tmp_path / "wound", make_example()).path)
    room.say(
        StageStarted("simulate", "simulating"),
        Progress("simulate", 1, 3, "forecasting the last frames from the first"),
    )
    facts = session.facts()
    words = "forecasting the last frames from the first · 33 %"
    assert line("compare", session, facts) == words
    assert line("learn", session, facts) == headline("learn", session)
    assert status("compare", facts, words) == Status("running", words)


def test_a_step_that_stands_still_says_where() -> None:
    paused = Facts(running="learn", paused=True)
    assert status("learn", paused, "step 680 of 2,000").text == "paused · step 680 of 2,000"
    assert status("learn", Facts(running="learn", stopping=True), "step 680").text == "stopping"
    assert status("learn", Facts(running="learn")).text == "running"
