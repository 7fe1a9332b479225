"""The line that asks for a check of the bands, clicked as a user would."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication, QDialogButtonBox

from napari_binn.gui.plots.band_strip import BandDialog, BandStrip

pytestmark = pytest.mark.gui
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def strip(qtbot: QtBot) -> BandStrip:
    strip = BandStrip()
    qtbot.addWidget(strip)
    strip.expected = lambda count: 3.0 * count
    strip.resize(900, 30)
    with qtbot.waitExposed(strip):
        strip.show()
    return strip


def asked(strip: BandStrip, qtbot: QtBot) -> BandDialog:
    qtbot.mouseClick(strip.check, LEFT)
    (dialog,) = strip.findChildren(BandDialog)
    with qtbot.waitExposed(dialog):
        pass
    return dialog


def test_a_number_is_asked_for_and_what_it_costs_is_said(strip: BandStrip, qtbot: QtBot) -> None:
    dialog = asked(strip, qtbot)
    assert "20 movies" in dialog.note.text()
    assert "about 16 %" in dialog.note.text()
    assert "about 1:00" in dialog.note.text()
    qtbot.keyClick(dialog.count, Qt.Key.Key_Up)
    assert "21 movies" in dialog.note.text()
    with qtbot.waitSignal(strip.requested) as requested:
        qtbot.mouseClick(dialog.begin, LEFT)
    assert requested.args == [21]


def test_a_question_that_is_cancelled_asks_for_nothing(strip: BandStrip, qtbot: QtBot) -> None:
    dialog = asked(strip, qtbot)
    (cancel,) = (
        button
        for button in dialog.buttons.buttons()
        if dialog.buttons.buttonRole(button) == QDialogButtonBox.ButtonRole.RejectRole
    )
    with qtbot.assertNotEmitted(strip.requested), qtbot.waitSignal(dialog.rejected):
        qtbot.mouseClick(cancel, LEFT)


def test_an_unknown_time_is_not_promised(strip: BandStrip, qtbot: QtBot) -> None:
    strip.expected = lambda _: None
    assert "It takes" not in asked(strip, qtbot).note.text()


def test_a_check_that_runs_can_be_stopped(strip: BandStrip, qtbot: QtBot) -> None:
    assert strip.fraction is None
    strip.set_progress(0.4, "movie 9 of 20")
    assert strip.fraction == pytest.approx(0.4)
    assert strip.text() == "movie 9 of 20"
    assert not strip.check.isVisible()
    with qtbot.waitSignal(strip.stop_requested):
        qtbot.mouseClick(strip.stop, LEFT)
    strip.set_progress(None, "")
    strip.set_result("The bands are too narrow.", "warning")
    QApplication.processEvents()
    assert strip.check.isVisible()
    assert not strip.stop.isVisible()
    assert strip.text() == "The bands are too narrow."
