"""The bar above *Discover*."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication

from napari_binn.events import Notice, StageStarted
from napari_binn.gui.discover.messages import MessageBar

pytestmark = pytest.mark.gui

LEFT = Qt.MouseButton.LeftButton
NUCLEI = Notice("Nuclei: diameter 9.01 µm (estimated), threshold 5.49 times the noise (estimated).")
BINS = Notice("Bins: 23 × 17, each 89.04 × 90.35 µm (chosen).")
SHORT = Notice("The movie is too short, or says too little, for a forecast.", "warning")
PROBLEM = "The engine ended unexpectedly: its memory was used up. What was finished is kept."


@pytest.fixture
def bar(qtbot: QtBot) -> MessageBar:
    bar = MessageBar()
    qtbot.addWidget(bar)
    bar.resize(320, 40)
    return bar


def one_line(bar: MessageBar) -> int:
    return int(bar.fontMetrics().height())


def test_it_takes_no_room_while_there_is_nothing_to_say(bar: MessageBar) -> None:
    assert bar.isHidden()


def test_notes_take_one_line_and_are_unfolded(bar: MessageBar, qtbot: QtBot) -> None:
    bar.on_event(NUCLEI)
    bar.on_event(BINS)
    assert bar.isVisible()
    assert bar.line.text().startswith("Bins: 23")
    assert bar.line.text().endswith("+1")
    assert bar.line.toolTip() == f"{NUCLEI.text}\n{BINS.text}"
    assert bar.sizeHint().height() < 2.5 * one_line(bar)
    qtbot.mouseClick(bar.unfold, LEFT)
    assert bar.all.isVisible()
    assert bar.all.text() == f"{NUCLEI.text}\n{BINS.text}"
    assert not bar.line.isVisible()
    qtbot.mouseClick(bar.unfold, LEFT)
    assert not bar.all.isVisible()


def test_a_long_note_is_cut_to_the_width_of_the_dock(bar: MessageBar) -> None:
    bar.on_event(NUCLEI)
    assert "…" in bar.line.text()
    bar.resize(900, 40)
    assert bar.line.text() == NUCLEI.text
    assert bar.minimumSizeHint().width() < 200


def test_a_warning_is_shown_before_a_note(bar: MessageBar) -> None:
    bar.on_event(SHORT)
    bar.on_event(BINS)
    assert bar.line.text().startswith("⚠ The movie is too short")
    assert bar.line.tone == "warning"
    bar.on_event(SHORT)  # said twice, shown once
    assert bar.notices().count("too short") == 1


def test_a_problem_is_shown_in_full_with_its_details(bar: MessageBar, qtbot: QtBot) -> None:
    bar.on_event(BINS)
    bar.show_problem(PROBLEM, "Traceback …")
    assert bar.label.text() == f"⚠ {PROBLEM}"
    assert bar.line.isVisible()
    qtbot.mouseClick(bar.copy, LEFT)
    clipboard = QApplication.clipboard()
    assert clipboard is not None
    assert PROBLEM in clipboard.text()
    assert "Traceback …" in clipboard.text()
    qtbot.mouseClick(bar.dismiss, LEFT)
    assert bar.isHidden()


def test_a_mistake_of_the_user_has_no_details_to_copy(bar: MessageBar) -> None:
    bar.show_problem("The folder cannot be written.")
    assert bar.isVisible()
    assert not bar.copy.isVisible()
    assert not bar.unfold.isVisible()


def test_a_new_measurement_begins_with_an_empty_bar(bar: MessageBar) -> None:
    bar.show_problem(PROBLEM, "Traceback …")
    bar.on_event(BINS)
    bar.on_event(StageStarted("learn", "learning"))
    assert bar.isVisible()
    bar.on_event(StageStarted("density", "measuring"))
    assert bar.isHidden()
