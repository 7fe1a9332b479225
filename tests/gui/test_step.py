"""The foldable steps that the dock is made of."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from napari_binn.gui.labels import FieldProblem, WrapLabel
from napari_binn.gui.step import Fold, StepBox

pytestmark = pytest.mark.gui

DARK = "QWidget { background-color: rgb(35, 36, 43); color: rgb(240, 241, 242); }"
LIGHT = "QWidget { background-color: rgb(235, 235, 235); color: rgb(25, 25, 25); }"


@pytest.fixture
def box(qtbot: QtBot) -> StepBox:
    box = StepBox(2, "Density", QLabel("body"))
    qtbot.addWidget(box)
    box.resize(320, 200)
    box.show()
    return box


def body_is_shown(box: StepBox | Fold) -> bool:
    return any(label.text() == "body" and label.isVisible() for label in box.findChildren(QLabel))


def test_a_click_on_the_header_folds_and_unfolds(box: StepBox, qtbot: QtBot) -> None:
    assert not body_is_shown(box)
    with qtbot.waitSignal(box.toggled) as opened:
        qtbot.mouseClick(box.header, Qt.MouseButton.LeftButton)
    assert opened.args == [True]
    assert body_is_shown(box)
    qtbot.mouseClick(box.header, Qt.MouseButton.LeftButton)
    assert not body_is_shown(box)


def test_the_space_bar_does_the_same(box: StepBox, qtbot: QtBot) -> None:
    box.header.setFocus()
    qtbot.keyClick(box.header, Qt.Key.Key_Space)
    assert box.is_open


def test_the_program_opens_it_without_a_signal(box: StepBox, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(box.toggled):
        box.set_open(True)
    assert body_is_shown(box)


@pytest.mark.parametrize(
    ("kind", "mark"),
    [("ready", "●"), ("todo", "○"), ("running", "▶"), ("later", "–"), ("failed", "✕")],
)
def test_the_state_is_seen_and_is_read_aloud(box: StepBox, kind: str, mark: str) -> None:
    box.set_status(kind, "Draw a region.")  # type: ignore[arg-type]
    texts = [label.text() for label in box.header.findChildren(QLabel) if label.isVisible()]
    assert "② Density" in texts
    assert "Draw a region." in texts
    assert any(text.startswith(mark) for text in texts)
    assert "Draw a region." in box.header.accessibleName()
    assert box.status == (kind, "Draw a region.")


def test_another_body_takes_the_place_of_the_first(box: StepBox, qtbot: QtBot) -> None:
    box.set_open(True)
    box.set_body(QLabel("other"))
    qtbot.waitUntil(lambda: not body_is_shown(box))


def test_a_fold_hides_what_most_users_never_need(qtbot: QtBot) -> None:
    fold = Fold("Advanced", QLabel("body"))
    qtbot.addWidget(fold)
    fold.show()
    assert not body_is_shown(fold)
    qtbot.mouseClick(fold.header, Qt.MouseButton.LeftButton)
    assert body_is_shown(fold)


def test_all_lines_of_a_long_text_are_visible_at_any_width(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    label = WrapLabel("The density cannot be measured before the unit of the pixels is known. " * 3)
    QVBoxLayout(window).addWidget(label)
    for width in (320, 180, 420):
        window.resize(width, 60)
        window.show()
        qtbot.waitUntil(lambda width=width: window.width() == width)
        qtbot.waitUntil(lambda: label.height() >= label.heightForWidth(label.width()))
        assert label.width() <= width


def test_a_problem_takes_room_only_while_there_is_one(qtbot: QtBot) -> None:
    problem = FieldProblem()
    qtbot.addWidget(problem)
    assert problem.isHidden()
    problem.set_problem("It must be more than 0.")
    assert not problem.isHidden()
    problem.set_problem("")
    assert problem.isHidden()


def test_colours_follow_the_theme(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    problem = FieldProblem(window)
    window.setStyleSheet(DARK)
    window.show()
    problem.set_problem("It must be more than 0.")
    on_dark = problem.palette().color(problem.foregroundRole()).lightness()
    window.setStyleSheet(LIGHT)
    on_light = problem.palette().color(problem.foregroundRole()).lightness()
    assert on_dark > 140
    assert on_light < 90
