"""Step ⑤ as a user works with it."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QLabel

from napari_binn.gui.discover.compare_step import CompareStep
from napari_binn.gui.metrics import metric_rows
from tests.example_run import make_example

pytestmark = pytest.mark.gui

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def step(qtbot: QtBot) -> CompareStep:
    view = CompareStep()
    qtbot.addWidget(view)
    view.resize(330, 300)
    with qtbot.waitExposed(view):
        view.show()
    return view


@pytest.mark.parametrize("name", ["grid", "blended", "single"])
def test_one_click_arranges_the_layers(qtbot: QtBot, step: CompareStep, name: str) -> None:
    with qtbot.waitSignal(step.arrangement_requested) as caught:
        qtbot.mouseClick(step.arrangement_buttons[name], LEFT)
    assert caught.args == [name]
    pressed = [key for key, button in step.arrangement_buttons.items() if button.isChecked()]
    assert pressed == [name]


def test_what_is_shown_by_program_is_not_announced(qtbot: QtBot, step: CompareStep) -> None:
    with (
        qtbot.assertNotEmitted(step.arrangement_requested),
        qtbot.assertNotEmitted(step.formula_toggled),
    ):
        step.set_arrangement("blended")
        step.set_formula_shown(True)
    assert step.arrangement_buttons["blended"].isChecked()
    assert step.formula_box.isChecked()


def test_buttons_ask_for_what_they_say(qtbot: QtBot, step: CompareStep) -> None:
    with qtbot.waitSignal(step.formula_toggled) as caught:
        qtbot.mouseClick(step.formula_box, LEFT, pos=QPoint(8, step.formula_box.height() // 2))
    assert caught.args == [True]
    for signal, button in (
        (step.profile_requested, step.profile_button),
        (step.report_requested, step.report_button),
        (step.export_requested, step.export_button),
    ):
        with qtbot.waitSignal(signal):
            qtbot.mouseClick(button, LEFT)


def test_a_disabled_button_says_what_is_missing(qtbot: QtBot, step: CompareStep) -> None:
    step.set_available("profile", False, "Measure the density first.")
    with qtbot.assertNotEmitted(step.profile_requested):
        qtbot.mouseClick(step.profile_button, LEFT)
    assert step.profile_button.toolTip() == "Measure the density first."
    step.set_available("arrange", False, "There is no simulation yet.")
    assert not any(button.isEnabled() for button in step.arrangement_buttons.values())
    step.set_available("arrange", True)
    tips = {button.toolTip() for button in step.arrangement_buttons.values()}
    assert len(tips) == 3


def test_numbers_are_shown_with_unit_and_meaning(qtbot: QtBot, step: CompareStep) -> None:
    assert step.hint.isVisible()
    step.set_metrics(metric_rows(make_example().simulation.metrics))
    assert not step.hint.isVisible()
    labels = step.metrics.findChildren(QLabel)
    qtbot.waitUntil(lambda: all(label.isVisible() for label in labels))
    texts = [label.text() for label in labels]
    assert "Mean error of the total" in texts
    assert "2.31" in texts
    assert "%" in texts
    assert all(label.toolTip() for label in labels)
    step.set_metrics([])
    assert step.hint.isVisible()
    assert not step.metrics.rows


def test_everything_fits_a_narrow_dock(step: CompareStep) -> None:
    step.set_metrics(metric_rows(make_example().simulation.metrics))
    assert step.minimumSizeHint().width() <= 300
