"""Step ③ at work: learning, pausing, stopping, what remains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from napari_binn.engine.protocol import Continued, Failed, Halted, Paused, Resume
from napari_binn.events import Losses, Progress, StageFinished, StageStarted
from napari_binn.gui.discover.headlines import line
from napari_binn.gui.discover.learn import LearnPresenter
from napari_binn.gui.discover.learn_step import LearnStep
from napari_binn.settings import Settings
from tests.example_run import make_example, save_example
from tests.gui.checks import make_diagnosis

if TYPE_CHECKING:
    from pathlib import Path

    from napari.components import ViewerModel
    from pytestqt.qtbot import QtBot

    from napari_binn.gui.session import Session
    from tests.gui.rooms import ScriptedRoom

pytestmark = pytest.mark.gui

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def view(qtbot: QtBot, session: Session) -> LearnStep:
    view = LearnStep()
    qtbot.addWidget(view)
    LearnPresenter(session, view)
    view.resize(320, 500)
    view.show()
    return view


@pytest.fixture
def running(
    session: Session,
    viewer: ViewerModel,
    room: ScriptedRoom,
    view: LearnStep,
    qtbot: QtBot,
    frames: np.ndarray,
    calibrated: dict[str, Any],
) -> ScriptedRoom:
    """An engine that has just begun to learn."""
    session.set_layer(viewer.add_image(frames, **calibrated))
    qtbot.mouseClick(view.learn, LEFT)
    (request,) = room.requests
    assert isinstance(request, Resume)
    assert request.until == "learn"
    room.say(StageStarted("density", "measuring"), StageFinished("density", 1.0))
    room.say(StageStarted("learn", "learning"))
    return room


def said(session: Session) -> str:
    return line("learn", session, session.facts())


def test_without_a_movie_it_says_what_is_missing(view: LearnStep) -> None:
    assert not view.learn.isEnabled()
    assert view.learn.toolTip() == "Choose a movie layer in step ①, or try the sample."


def test_progress_is_said_in_words(
    session: Session, view: LearnStep, running: ScriptedRoom
) -> None:
    assert said(session) == "learning"
    running.say(Progress("learn", 0.1, 1.0), Losses(340, Settings().binn.steps, {"data": 0.1}))
    assert said(session) == "step 340 · 10 %"  # the settings state the most
    running.say(Progress("learn", 0.2, 1.0), Losses(680, 1200, {"data": 0.1}))
    assert said(session) == "step 680 of 1,200 · 20 %"
    assert view._progress.fraction() == pytest.approx(0.2)
    running.say(Progress("learn", 0.8, 1.0, "fitting by simulation"))
    assert said(session) == "fitting by simulation · 80 %"


def test_a_training_without_a_known_end_says_what_it_takes_at_least(
    session: Session,
    running: ScriptedRoom,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Recipe of the paper: every improvement moves the end."""
    paper = Settings.build({"binn": {"recipe": "paper"}})
    monkeypatch.setattr(session.shown, "settings", paper)
    clock = [0.0]
    monkeypatch.setattr(session.pace._eta, "_clock", lambda: clock[0])
    end = 1000
    for step in range(100, 700, 100):
        clock[0] += 1.0
        end = 1000 if step < 400 else 1400
        running.say(Progress("learn", step / end, 1.0), Losses(step, end, {"data": 0.1}))
    assert said(session) == "step 600 · 43 % · at least 0:08 left"
    running.say(Progress("learn", 0.7, 1.0, "fitting by simulation"))
    assert "about" in said(session)


def test_what_remains_is_said_once_it_is_known(
    session: Session, running: ScriptedRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr(session.pace._eta, "_clock", lambda: clock[0])
    for step in range(5):
        clock[0] = 2.0 * step
        running.say(Progress("learn", 0.1 * step, 1.0, f"step {step}"))
    assert said(session) == "step 4 · 40 % · about 0:12 left"
    clock[0] += 3.0
    session.pace._tick.timeout.emit()  # counts down although the engine is silent
    assert said(session) == "step 4 · 40 % · about 0:09 left"
    running.say(Paused())
    clock[0] += 100.0
    assert said(session) == "step 4 · 40 % · about 0:09 left"
    assert not session.pace._tick.isActive()
    running.say(Continued())
    clock[0] += 2.0
    running.say(Progress("learn", 0.4, 1.0), StageFinished("learn", 10.0))
    running.say(StageStarted("discover", "searching"))
    assert session.pace.words() == "searching"


def test_it_is_paused_resumed_and_stopped(
    session: Session, view: LearnStep, running: ScriptedRoom, qtbot: QtBot
) -> None:
    assert not view.resume.isVisible()
    qtbot.mouseClick(view.pause, LEFT)
    running.say(Paused())
    assert not view.pause.isVisible()
    qtbot.mouseClick(view.resume, LEFT)
    running.say(Continued())
    qtbot.mouseClick(view.stop, LEFT)
    assert running.commands == ["pause", "continue", "stop"]
    assert view.stop.toolTip() == "It is being stopped."


@pytest.mark.parametrize("end", [StageFinished("learn", 1.0), Halted(), Failed("It broke.")])
def test_the_bar_goes_when_the_work_ends(
    session: Session, view: LearnStep, running: ScriptedRoom, end: Any
) -> None:
    running.say(Progress("learn", 0.2, 1.0))
    assert view._progress.running
    running.say(end)
    assert not view._progress.running
    assert not session.pace._tick.isActive()
    assert view.learn.isVisible()


def test_the_fitted_surface_is_sent_on_request(
    view: LearnStep, room: ScriptedRoom, qtbot: QtBot
) -> None:
    view.watch.click()
    view.watch.click()
    assert room.commands == ["watch", "unwatch"]


def test_settings_are_taken_over_and_wrong_ones_keep_all_from_starting(
    session: Session,
    viewer: ViewerModel,
    view: LearnStep,
    frames: np.ndarray,
    calibrated: dict[str, Any],
) -> None:
    session.set_layer(viewer.add_image(frames, **calibrated))
    view.advanced.set_open(True)
    rate = view.forms.binn.editor("learning_rate")
    rate.setFocus()
    QTest.keyClick(rate, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(rate, "fast")
    QTest.keyClick(rate, Qt.Key.Key_Return)
    assert session.obstacle("discover") == "Learning rate: “fast” is not a number."
    QTest.keyClick(rate, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(rate, "0.02")
    QTest.keyClick(rate, Qt.Key.Key_Return)
    assert session.obstacle("discover") == ""
    assert session.settings().binn.learning_rate == 0.02


def test_a_run_that_is_opened_brings_its_settings_and_its_result(
    session: Session, view: LearnStep, tmp_path: Path
) -> None:
    example = make_example()
    session.show_run(save_example(tmp_path / "run", example).path)
    assert example.design.sentences[0] in view.result_text()
    assert view.values()["seed"] == 3
    assert said(session) == "D(u) and G(u) from 5 networks in 19 s; doubtful"
    session.forget_run()
    assert view.result_text() == ""


def test_the_verdict_is_said_and_its_picture_asked_for(
    session: Session, view: LearnStep, tmp_path: Path, qtbot: QtBot
) -> None:
    run = save_example(tmp_path / "run", make_example())
    run.save_diagnosis(make_diagnosis())
    session.show_run(run.path)
    assert "✕ The movie is not reaction–diffusion alone" in view.result_text()
    assert said(session).endswith("in 19 s; not reaction–diffusion alone")
    view.findings.checked.set_open(True)
    with qtbot.waitSignal(session.check_shown) as asked:
        qtbot.mouseClick(view.findings.rows()["drift"], LEFT)
    assert asked.args == ["drift"]


def test_checks_that_come_late_are_shown(session: Session, view: LearnStep, tmp_path: Path) -> None:
    """A run that was stopped before its checks gets them when it goes on."""
    run = save_example(tmp_path / "run", make_example())
    run.file("diagnosis").unlink()
    session.show_run(run.path)
    assert "✕" not in view.result_text()
    run.save_diagnosis(make_diagnosis())
    session._reload()
    session.runs_touched.emit()
    assert "✕" in view.result_text()


def test_a_damaged_verdict_is_a_sentence_and_no_traceback(
    session: Session, view: LearnStep, tmp_path: Path
) -> None:
    run = save_example(tmp_path / "run", make_example())
    run.save_diagnosis(make_diagnosis())
    run.file("diagnosis").write_text("{}")
    said: list[str] = []
    session.problem.connect(lambda sentence, details: said.append(sentence))
    session.show_run(run.path)
    assert said
    assert "diagnosis" in said[0]
    assert view.result_text() == ""
