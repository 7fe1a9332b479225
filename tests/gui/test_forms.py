"""Forms built from the settings: what is typed, what comes out, what is said about mistakes."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QWheelEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QWidget

from napari_binn.gui.forms import SettingsForm
from napari_binn.gui.forms.numbers import NumberEdit, NumberError, parse_number, parse_numbers
from napari_binn.settings import (
    BinnSettings,
    DensitySettings,
    EquationSettings,
    InferenceSettings,
    Settings,
    SimulationSettings,
)

pytestmark = pytest.mark.gui


def make(qtbot: QtBot, section: Any, *fields: str) -> SettingsForm:
    form = SettingsForm(section, fields)
    qtbot.addWidget(form)
    form.resize(300, 200)
    form.show()
    return form


def type_into(edit: QWidget, text: str) -> None:
    edit.setFocus()
    QTest.keyClick(edit, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    if text:
        QTest.keyClicks(edit, text)
    else:
        QTest.keyClick(edit, Qt.Key.Key_Delete)


@pytest.mark.parametrize(
    "section", [BinnSettings, InferenceSettings, EquationSettings, SimulationSettings]
)
def test_every_field_of_a_section_can_be_shown_and_starts_at_its_default(
    qtbot: QtBot, section: Any
) -> None:
    form = make(qtbot, section, *section.model_fields)
    assert form.values() == {}
    assert form.problems() == {}
    for field, info in section.model_fields.items():
        assert info.description in form.editor(field).toolTip()
        assert form.editor(field).accessibleName() == info.title


def test_values_that_are_set_come_back_and_are_not_announced(qtbot: QtBot) -> None:
    form = make(qtbot, BinnSettings, "members", "learning_rate", "validation", "dtype")
    values = {"members": 3, "learning_rate": 1.234567e-3, "validation": 0.1234, "dtype": "float64"}
    with qtbot.assertNotEmitted(form.changed):
        form.set_values(values)
    assert form.values() == pytest.approx(values)
    assert form.values()["learning_rate"] == values["learning_rate"]  # also digits not shown
    assert form.values()["validation"] == values["validation"]
    form.set_values({})
    assert form.values() == {}


def test_a_third_is_not_rounded_by_being_shown(qtbot: QtBot) -> None:
    assert make(qtbot, SimulationSettings, "forecast_fraction").values() == {}


def test_typing_a_whole_number_announces_it(qtbot: QtBot) -> None:
    form = make(qtbot, BinnSettings, "members")
    with qtbot.waitSignal(form.changed) as changed:
        type_into(form.editor("members"), "8")
    assert changed.args == [{"members": 8}]
    with qtbot.waitSignal(form.changed) as changed:
        type_into(form.editor("members"), "5")
    assert changed.args == [{"members": 5}]  # back at the default, which must be said too
    assert form.values() == {}


def test_small_numbers_are_typed_as_one_likes(qtbot: QtBot) -> None:
    form = make(qtbot, BinnSettings, "learning_rate")
    for text, value in (("1e-3", 1e-3), ("0.02", 0.02), ("0,005", 0.005)):
        seen: list[dict[str, Any]] = []
        form.changed.connect(seen.append)
        type_into(form.editor("learning_rate"), text)
        form.changed.disconnect(seen.append)
        assert seen[-1] == {"learning_rate": value}
        assert form.problems() == {}


def test_a_wrong_value_is_explained_at_its_field_and_not_announced(qtbot: QtBot) -> None:
    form = make(qtbot, BinnSettings, "learning_rate", "members")
    with qtbot.assertNotEmitted(form.changed), qtbot.waitSignal(form.problems_changed):
        type_into(form.editor("learning_rate"), "fast")
    assert form.problem("learning_rate") == "“fast” is not a number."
    type_into(form.editor("learning_rate"), "-1")
    assert form.problem("learning_rate") == "It must be more than 0."
    assert form.values() == {}
    type_into(form.editor("learning_rate"), "")
    assert form.problem("learning_rate") == "A number is needed."
    with qtbot.waitSignal(form.problems_changed) as solved:
        type_into(form.editor("learning_rate"), "0.1")
    assert solved.args == [{}]
    assert form.problem("learning_rate") == ""


def test_no_problem_flashes_up_while_a_number_is_being_typed(qtbot: QtBot) -> None:
    form = make(qtbot, BinnSettings, "learning_rate")
    with qtbot.assertNotEmitted(form.problems_changed):
        type_into(form.editor("learning_rate"), "0.003")
    type_into(form.editor("learning_rate"), "0.0")
    assert form.problem("learning_rate") == ""
    QTest.keyClick(form.editor("learning_rate"), Qt.Key.Key_Return)
    assert form.problem("learning_rate") == "It must be more than 0."


def test_an_empty_line_is_the_automatic_choice(qtbot: QtBot) -> None:
    form = make(qtbot, DensitySettings, "bin_size", "background")
    assert form.editor("bin_size").placeholderText() == "automatic"
    seen: list[dict[str, Any]] = []
    form.changed.connect(seen.append)
    type_into(form.editor("bin_size"), "40")
    assert seen[-1] == {"bin_size": 40.0}
    type_into(form.editor("bin_size"), "")
    assert seen[-1] == {"bin_size": None}
    assert form.values() == {}


def test_a_pair_is_given_as_width_and_height(qtbot: QtBot) -> None:
    form = make(qtbot, DensitySettings, "bins")
    width, height = form.editor("bins").findChildren(NumberEdit)
    type_into(width, "12")
    assert form.problem("bins") == "Give both numbers, or none."
    with qtbot.waitSignal(form.changed) as changed:
        type_into(height, "8")
    assert changed.args == [{"bins": (12, 8)}]
    type_into(height, "8.5")
    assert form.problem("bins") == "It must be a whole number."
    type_into(height, "2")
    assert form.problem("bins") == "It must be at least 4."


def test_a_choice_is_made_with_the_keyboard(qtbot: QtBot) -> None:
    form = make(qtbot, Settings, "device", "seed")
    assert form.editor("device").currentText() == "automatic"
    form.editor("device").setFocus()
    with qtbot.waitSignal(form.changed) as changed:
        QTest.keyClick(form.editor("device"), Qt.Key.Key_Down)
    assert changed.args == [{"device": "cpu"}]


def test_fields_that_are_hidden_count_as_not_given(qtbot: QtBot) -> None:
    form = make(qtbot, DensitySettings, "background", "threshold")
    form.set_values({"background": 100.0})
    form.show_fields(["threshold"])
    assert form.values() == {}
    assert not form.editor("background").isVisible()
    form.show_fields(["background"])
    assert form.values() == {"background": 100.0}


def test_problems_found_elsewhere_appear_at_the_field(qtbot: QtBot) -> None:
    form = make(qtbot, BinnSettings, "members", "steps")
    form.set_problems({"steps": "The movie needs more steps."})
    assert form.problem("steps") == "The movie needs more steps."
    assert form.problem("members") == ""
    form.set_problems({})
    assert form.problem("steps") == ""


def test_what_is_being_typed_stays_when_the_same_value_is_set(qtbot: QtBot) -> None:
    form = make(qtbot, BinnSettings, "learning_rate")
    type_into(form.editor("learning_rate"), "0.020")
    form.set_values({"learning_rate": 0.02})
    assert form.editor("learning_rate").text() == "0.020"


@pytest.mark.parametrize("field", ["members", "validation", "dtype"])
def test_scrolling_over_a_form_changes_nothing_unless_the_field_has_the_focus(
    qtbot: QtBot, field: str
) -> None:
    form = make(qtbot, BinnSettings, field)
    editor = form.editor(field)
    editor.clearFocus()
    assert not wheel(editor)  # which goes on to the area that scrolls
    assert form.values() == {}
    assert not editor.hasFocus()
    with qtbot.waitActive(form):
        form.activateWindow()
    editor.setFocus()
    qtbot.waitUntil(editor.hasFocus)
    assert wheel(editor)
    assert form.values() != {}


def wheel(widget: QWidget) -> bool:
    """Turn the wheel by one notch over a widget; return whether the widget took it."""
    centre = QPointF(widget.rect().center())
    event = QWheelEvent(
        centre,
        QPointF(widget.mapToGlobal(widget.rect().center())),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


@pytest.mark.parametrize(
    ("text", "number"), [("", None), (" 1e-2 ", 0.01), ("0,65", 0.65), ("12", 12.0)]
)
def test_numbers_are_read(text: str, number: float | None) -> None:
    assert parse_number(text) == number


@pytest.mark.parametrize("text", ["a", "1e", "nan", "inf", "1,2,3"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(NumberError):
        parse_number(text)


def test_a_list_of_numbers_is_pasted_in_any_shape() -> None:
    assert parse_numbers("0, 1;2.5\n4\t8 ") == (0.0, 1.0, 2.5, 4.0, 8.0)


def test_forms_load_neither_torch_nor_napari() -> None:
    code = (
        "import sys, napari_binn.gui.discover.movie_step, napari_binn.gui.discover.learn_step, "
        "napari_binn.gui.discover.density_step; "
        "print([m for m in ('torch', 'napari', 'matplotlib', 'sympy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
