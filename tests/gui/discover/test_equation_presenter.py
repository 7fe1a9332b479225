"""Step ④ at work: formulas of a run, selected, edited, kept, copied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication

from napari_binn.engine.protocol import Failed, Finished, Halted, Resume, Simulate
from napari_binn.events import Progress, StageFinished, StageStarted
from napari_binn.gui.discover import equation
from napari_binn.gui.discover.equation import EquationPresenter
from napari_binn.gui.discover.equation_step import EquationStep
from napari_binn.gui.replays import DRAFT
from tests.example_run import Example, make_example, save_example

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from napari_binn.gui.session import Session
    from napari_binn.run.folder import RunFolder
    from tests.gui.rooms import ScriptedRoom

pytestmark = pytest.mark.gui

LEFT = Qt.MouseButton.LeftButton
METRICS = {"count_error_percent": 1.5, "relative_l2": 0.2, "deviance_per_bin": 1.02}


@pytest.fixture
def warmed(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Loading the fonts of the formulas is only noted."""
    calls: list[bool] = []
    monkeypatch.setattr(equation, "warm_up", lambda: calls.append(True))
    monkeypatch.setattr(equation, "IDLE", 3_600_000)  # a slow machine is no idle one
    return calls


@pytest.fixture
def view(qtbot: QtBot, session: Session, warmed: list[bool]) -> EquationStep:
    view = EquationStep()
    qtbot.addWidget(view)
    EquationPresenter(session, view)
    view.resize(330, 900)
    view.show()
    return view


@pytest.fixture
def example() -> Example:
    return make_example()


@pytest.fixture
def run(session: Session, view: EquationStep, example: Example, tmp_path: Path) -> RunFolder:
    """A finished run that is shown."""
    run = save_example(tmp_path / "runs" / "wound", example)
    session.show_run(run.path)
    return run


def answer(room: ScriptedRoom, example: Example) -> Simulate:
    """Let the engine simulate what it was asked for last."""
    request = room.requests[-1]
    assert isinstance(request, Simulate)
    np.savez(request.out, values=example.density.values)
    room.say(Finished({"metrics": METRICS}))
    return request


def change_first_constant(view: EquationStep, qtbot: QtBot, value: str) -> None:
    spin = view.equation.constants._spins[0]
    spin.selectAll()
    qtbot.keyClicks(spin, value)
    with qtbot.waitSignal(view.constants_edited):
        qtbot.keyClick(spin, Qt.Key.Key_Return)


def test_without_a_run_there_is_nothing_to_copy(view: EquationStep) -> None:
    assert not view.table.isVisible()
    assert view.equation.copy_button.toolTip() == "Select a formula first."
    assert view.find_button.toolTip() == "Choose a movie layer in step ①, or try the sample."


def test_the_best_formula_of_a_run_is_in_hand(
    view: EquationStep, run: RunFolder, example: Example, room: ScriptedRoom
) -> None:
    best = example.equations.best
    assert view.texts() == (best.D.text, best.G.text)
    assert view.table.selected_key() == 0
    assert "2.31 %" in view.status.text()
    assert room.requests == []  # its simulation is part of the run
    assert view.find_button.toolTip() == "The formulas are found: change a setting to search again."


def test_another_formula_is_simulated_when_it_is_selected(
    view: EquationStep, run: RunFolder, example: Example, room: ScriptedRoom, session: Session
) -> None:
    view.selected.emit(1)
    assert view.status.text() == "Simulating…"
    request = answer(room, example)
    other = example.equations.equations[1]
    assert (other.D.text, other.G.text) == (request.D, request.G)
    assert view.status.text().startswith("Mean error of the total 1.5 %")
    assert session.replays.selected is not None
    assert session.replays.selected.key == 1


def test_what_cannot_be_simulated_says_why(
    view: EquationStep, run: RunFolder, room: ScriptedRoom
) -> None:
    view.own_requested.emit("0.01/(u - 0.5)", "1 - u")
    room.say(Failed("D has a pole at u = 0.5."))
    assert view.status.text() == "D has a pole at u = 0.5."


def test_a_changed_constant_is_simulated_and_kept(
    view: EquationStep,
    run: RunFolder,
    example: Example,
    room: ScriptedRoom,
    session: Session,
    qtbot: QtBot,
) -> None:
    rows = len(view.table._model.rows)
    change_first_constant(view, qtbot, "0.009")
    request = answer(room, example)
    assert request.D == "0.009"
    assert session.replays.selected is not None
    assert session.replays.selected.key == DRAFT
    qtbot.mouseClick(view.equation.keep_button, LEFT)
    assert len(view.table._model.rows) == rows + 1
    assert view.table.selected_key() == rows
    assert run.load_own_equations()[0].D.text == "0.009"


def test_what_is_not_simulated_yet_cannot_be_kept(
    view: EquationStep, run: RunFolder, example: Example, qtbot: QtBot
) -> None:
    change_first_constant(view, qtbot, "0.009")
    view.keep_requested.emit("0.009", example.equations.best.G.text)
    assert run.load_own_equations() == ()


def test_the_formula_is_copied_as_it_is_shown(
    view: EquationStep, run: RunFolder, qtbot: QtBot, example: Example
) -> None:
    view.copy_requested.emit("text")
    clipboard = QApplication.clipboard()
    assert clipboard is not None
    assert example.equations.best.D.text in clipboard.text()
    assert "cells/mm²" in clipboard.text()


@pytest.mark.parametrize("end", [StageFinished("discover", 1.0), Halted(), Failed("It broke.")])
def test_the_search_shows_how_far_it_is_and_ends(
    view: EquationStep,
    session: Session,
    room: ScriptedRoom,
    example: Example,
    tmp_path: Path,
    qtbot: QtBot,
    end: Any,
) -> None:
    session.show_run(save_example(tmp_path / "runs" / "wound", example, ("learn",)).path)
    assert not view.table.isVisible()
    qtbot.mouseClick(view.find_button, LEFT)
    (request,) = room.requests
    assert isinstance(request, Resume)
    assert request.until == "discover"
    room.say(StageStarted("discover", "searching"), Progress("discover", 1, 4, "searching D(u)"))
    assert view.progress.isVisible()
    assert view.progress.value() == 250
    assert session.pace.words() == "searching D(u) · 25 %"
    room.say(end)
    assert not view.progress.isVisible()


def test_a_damaged_result_is_said_and_not_shown(
    view: EquationStep, session: Session, example: Example, tmp_path: Path, qtbot: QtBot
) -> None:
    run = save_example(tmp_path / "runs" / "wound", example)
    run.file("equations").write_text("{", encoding="utf-8")
    told: list[str] = []
    session.problem.connect(lambda sentence, _: told.append(sentence))
    session.show_run(run.path)
    assert told
    assert not view.table.isVisible()


def test_what_draws_formulas_is_loaded_before_the_first_is_found(
    view: EquationStep, session: Session, warmed: list[bool], qtbot: QtBot
) -> None:
    assert warmed == []  # not while the dock opens
    session.stage_begun.emit("learn")
    session.stage_begun.emit("discover")
    assert warmed == [True]


def test_where_formulas_come_from_is_a_choice_for_the_next_search(
    session: Session, view: EquationStep
) -> None:
    editor = view.search.form.editor("engine")
    editor.set_value("library")
    editor.edited.emit()
    assert session.choices()["equations"] == {"engine": "library"}
    session.choose({"equations": {"repeats": 5}}, told=True)
    assert view.search.form.values() == {"engine": "library", "repeats": 5}
