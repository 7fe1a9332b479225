"""Step ⑤ at work: pictures and numbers of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from qtpy.QtCore import Qt, QUrl
from qtpy.QtWidgets import QFileDialog

from napari_binn.gui.discover import compare
from napari_binn.gui.discover.compare import ComparePresenter
from napari_binn.gui.discover.compare_step import CompareStep
from napari_binn.gui.layers import find_layer
from tests.example_run import make_example, save_example

if TYPE_CHECKING:
    from pathlib import Path

    from napari.components import ViewerModel
    from pytestqt.qtbot import QtBot

    from napari_binn.gui.session import Session
    from napari_binn.run.folder import RunFolder

pytestmark = pytest.mark.gui

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def view(qtbot: QtBot, session: Session) -> CompareStep:
    view = CompareStep()
    qtbot.addWidget(view)
    ComparePresenter(session, view)
    view.resize(320, 500)
    view.show()
    return view


@pytest.fixture
def run(session: Session, view: CompareStep, tmp_path: Path) -> RunFolder:
    """A finished run that is shown."""
    run = save_example(tmp_path / "runs" / "wound", make_example())
    run.save_report("<html></html>")
    session.show_run(run.path)
    return run


def chosen(view: CompareStep) -> list[str]:
    return [name for name, button in view.arrangement_buttons.items() if button.isChecked()]


def test_without_a_run_each_button_says_what_is_missing(view: CompareStep) -> None:
    for button in (*view.arrangement_buttons.values(), view.formula_box, view.profile_button):
        assert not button.isEnabled()
        assert button.toolTip()
    assert view.hint.isVisible()
    assert view.report_button.toolTip() == "The report is written when all steps are done."


def test_a_finished_run_is_shown_side_by_side_with_its_numbers(
    session: Session, view: CompareStep, run: RunFolder
) -> None:
    assert chosen(view) == ["grid"]
    assert view.metrics.rows[0].value == "2.31"
    assert view.metrics.rows[0].unit == "%"
    assert not view.hint.isVisible()


def test_the_layers_are_blended_and_taken_apart_again(
    session: Session, viewer: ViewerModel, view: CompareStep, run: RunFolder, qtbot: QtBot
) -> None:
    qtbot.mouseClick(view.arrangement_buttons["blended"], LEFT)
    assert not viewer.canvas.grid.enabled
    simulated = find_layer(viewer, "simulated", str(run.path))
    assert simulated is not None
    assert simulated.blending == "additive"
    qtbot.mouseClick(view.arrangement_buttons["single"], LEFT)
    assert simulated.blending != "additive"
    assert chosen(view) == ["single"]


def test_the_formula_stands_in_the_picture_until_it_is_taken_off(
    viewer: ViewerModel, view: CompareStep, run: RunFolder, qtbot: QtBot
) -> None:
    assert "∂u/∂t" in viewer.canvas.overlays.text.text
    view.formula_box.click()
    assert not viewer.canvas.overlays.text.visible
    view.formula_box.click()
    assert viewer.canvas.overlays.text.visible


def test_a_line_is_drawn_on_the_movie(
    viewer: ViewerModel, view: CompareStep, run: RunFolder, qtbot: QtBot
) -> None:
    qtbot.mouseClick(view.profile_button, LEFT)
    active = viewer.layers.selection.active
    assert active is not None
    assert active.mode == "add_line"
    assert chosen(view) == ["single"]  # the line would be in one tile of the grid only


def test_the_report_is_opened(
    view: CompareStep, run: RunFolder, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr(compare.QDesktopServices, "openUrl", opened.append)
    qtbot.mouseClick(view.report_button, LEFT)
    assert [url.toLocalFile() for url in opened] == [str(run.file("report"))]


@pytest.mark.parametrize(
    ("typed", "kind", "written"),
    [
        ("law", "Equation, LaTeX (*.tex)", "law.tex"),
        ("law.py", "Equation, LaTeX (*.tex)", "law.py"),
    ],
)
def test_the_result_is_exported_in_the_chosen_format(
    view: CompareStep,
    run: RunFolder,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    kind: str,
    written: str,
) -> None:
    asked = (str(tmp_path / typed), kind)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: asked)
    qtbot.mouseClick(view.export_button, LEFT)
    assert (tmp_path / written).stat().st_size > 0


def test_an_export_that_fails_is_said(
    session: Session,
    view: CompareStep,
    run: RunFolder,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = (str(tmp_path / "nowhere" / "law.docx"), "")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: asked)
    with qtbot.waitSignal(session.problem) as problem:
        qtbot.mouseClick(view.export_button, LEFT)
    assert problem.args is not None
    assert problem.args[0]
    assert problem.args[1] == ""


def test_no_export_where_none_is_wanted(
    view: CompareStep, run: RunFolder, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    before = sorted(path.name for path in run.path.iterdir())
    qtbot.mouseClick(view.export_button, LEFT)
    assert sorted(path.name for path in run.path.iterdir()) == before
