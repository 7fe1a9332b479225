"""Step ①: what a user sees of a movie, and what comes of what is typed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QComboBox, QLineEdit, QWidget

from napari_binn.gui.calibration_model import GREY
from napari_binn.gui.discover.movie_step import MovieForm, MovieStep
from napari_binn.gui.discover.times import check_times

pytestmark = pytest.mark.gui

FORM = MovieForm(
    axes=(("t", 4), ("y", 512), ("x", 256)),
    time_axis=0,
    pixel_size=(0.65, 0.65),
    length_unit="um",
    frame_interval=1.0,
    time_unit="hour",
    sources={"pixel_size": "from the layer", "frame_interval": "from cells.tif"},
)


@pytest.fixture
def step(qtbot: QtBot) -> MovieStep:
    step = MovieStep()
    qtbot.addWidget(step)
    step.set_layers([("cells", "image"), ("nuclei", "labels")], "cells")
    step.set_calibration(FORM)
    step.resize(320, 400)
    step.show()
    return step


def type_into(edit: QWidget, text: str) -> None:
    edit.setFocus()
    QTest.keyClick(edit, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(edit, Qt.Key.Key_Delete)
    QTest.keyClicks(edit, text)
    if isinstance(edit, QLineEdit):
        QTest.keyClick(edit, Qt.Key.Key_Return)


def choose(combo: QComboBox, text: str) -> None:
    """Choose an entry of a combo with the keyboard."""
    combo.setFocus()
    target = combo.findText(text)
    assert target >= 0, [combo.itemText(i) for i in range(combo.count())]
    key = Qt.Key.Key_Down if target > combo.currentIndex() else Qt.Key.Key_Up
    for _ in range(abs(target - combo.currentIndex())):
        QTest.keyClick(combo, key)


def edits(step: MovieStep) -> dict[str, Any]:
    """Collect all that is announced from now on."""
    seen: dict[str, Any] = {}
    step.changed.connect(seen.update)
    return seen


def test_without_a_layer_there_is_a_way_to_start(qtbot: QtBot) -> None:
    step = MovieStep()
    qtbot.addWidget(step)
    step.show()
    assert step.sample.isVisible()
    assert not step.layer.isVisible()
    assert not step.first.isVisible()
    with qtbot.waitSignal(step.sample_requested):
        qtbot.mouseClick(step.sample, Qt.MouseButton.LeftButton)


def test_what_is_known_is_shown_with_its_source(step: MovieStep) -> None:
    assert not step.sample.isVisible()
    assert step.layer.currentText() == "cells  (image)"
    assert step.time_axis.currentText() == "t  (4 frames)"
    assert not step.channel.isVisible()
    assert step.pixel_size.width_edit.text() == "0.65"
    assert not step.pixel_size.height_edit.isVisible()
    assert step.pixel_size.unit.currentText() == "µm"
    assert step.note("pixel_size") == "from the layer"
    assert step.frame_times.interval.text() == "1"
    assert step.frame_times.unit.currentText() == "hours"
    assert step.note("times") == "from cells.tif"


def test_showing_emits_nothing(step: MovieStep, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(step.changed), qtbot.assertNotEmitted(step.layer_chosen):
        step.set_layers([("nuclei", "labels")], "nuclei")
        step.set_calibration(replace(FORM, pixel_size=(2.0, 1.0), times=(0.0, 1.0, 3.0, 4.0)))
        step.set_problems({"pixel_size": "no"})
        step.set_calibration(None)


def test_another_layer_is_chosen(step: MovieStep, qtbot: QtBot) -> None:
    with qtbot.waitSignal(step.layer_chosen) as chosen:
        choose(step.layer, "nuclei  (labels)")
    assert chosen.args == ["nuclei"]


def test_a_pixel_size_is_typed(step: MovieStep) -> None:
    seen = edits(step)
    type_into(step.pixel_size.width_edit, "1.3")
    assert seen == {"pixel_size": (1.3, 1.3)}
    type_into(step.pixel_size.width_edit, "x")
    assert seen == {"pixel_size": None}
    assert step.problem("pixel_size") == "“x” is not a number."
    type_into(step.pixel_size.width_edit, "-2")
    assert step.problem("pixel_size") == "The pixel size must be more than 0."


def test_pixels_that_are_not_square(step: MovieStep, qtbot: QtBot) -> None:
    seen = edits(step)
    qtbot.mouseClick(step.pixel_size.oblong, Qt.MouseButton.LeftButton)
    assert step.pixel_size.height_edit.isVisible()
    type_into(step.pixel_size.height_edit, "0.8")
    assert seen == {"pixel_size": (0.8, 0.65)}
    step.set_calibration(replace(FORM, pixel_size=(0.8, 0.65)))
    assert step.pixel_size.height_edit.isVisible()
    step.set_calibration(replace(FORM, pixel_size=(0.5, 0.5)))
    assert not step.pixel_size.oblong.isChecked() or step.pixel_size.height_edit.hasFocus()


def test_a_half_typed_size_survives_what_the_program_shows_meanwhile(
    step: MovieStep, qtbot: QtBot
) -> None:
    qtbot.mouseClick(step.pixel_size.oblong, Qt.MouseButton.LeftButton)
    type_into(step.pixel_size.height_edit, "0.8y")
    step.set_calibration(replace(FORM, pixel_size=None))
    assert step.pixel_size.width_edit.text() == "0.65"
    assert step.pixel_size.height_edit.text() == "0.8y"
    assert step.problem("pixel_size") == "“0.8y” is not a number."


def test_what_was_typed_for_a_layer_is_forgotten_with_it(step: MovieStep) -> None:
    type_into(step.pixel_size.width_edit, "0.8y")
    choose(step.layer, "nuclei  (labels)")
    step.set_calibration(replace(FORM, pixel_size=None, frame_interval=None))
    assert step.pixel_size.width_edit.text() == ""
    assert step.frame_times.interval.text() == ""
    assert step.problems() == {}


def test_units_are_chosen_and_uncalibrated_pixels_need_no_size(step: MovieStep) -> None:
    seen = edits(step)
    choose(step.pixel_size.unit, "mm")
    assert seen == {"length_unit": "mm"}
    choose(step.pixel_size.unit, "pixels (not calibrated)")
    assert seen == {"length_unit": "pixel"}
    assert not step.pixel_size.width_edit.isVisible()
    choose(step.frame_times.unit, "frames (not calibrated)")
    assert seen["time_unit"] == "frame"
    assert not step.frame_times.interval.isVisible()


def test_a_number_counts_when_it_is_typed_whole(step: MovieStep, qtbot: QtBot) -> None:
    step.set_calibration(replace(FORM, pixel_size=None))
    step.pixel_size.width_edit.setFocus()
    with qtbot.waitSignal(step.changed) as changed:  # comes by itself after the last key
        QTest.keyClicks(step.pixel_size.width_edit, "0.65")
    assert changed.args == [{"pixel_size": (0.65, 0.65)}]


def test_a_unit_that_is_not_known_is_asked_for(step: MovieStep) -> None:
    step.set_calibration(replace(FORM, length_unit=None, time_unit="week"))
    assert step.pixel_size.unit.currentIndex() == -1
    assert step.frame_times.unit.currentText() == "week"
    step.set_problems({"length_unit": "Choose the unit of the pixel size."})
    assert step.problem("pixel_size") == "Choose the unit of the pixel size."


def test_times_are_given_as_a_list(step: MovieStep, qtbot: QtBot) -> None:
    seen = edits(step)
    qtbot.mouseClick(step.frame_times.irregular, Qt.MouseButton.LeftButton)
    assert seen == {"times": (0.0, 1.0, 2.0, 3.0), "frame_interval": None}
    with qtbot.waitSignal(step.changed):
        type_into(step.frame_times.times, "0 1 2.5")
    assert seen == {"times": None, "frame_interval": None}
    assert step.problem("times") == "3 times are given for 4 frames: give one for each."
    step.set_calibration(replace(FORM, frame_interval=None))
    assert step.frame_times.times.toPlainText() == "0 1 2.5"  # stays while it is being typed
    with qtbot.waitSignal(step.changed):
        QTest.keyClicks(step.frame_times.times, " 4")
    assert seen == {"times": (0.0, 1.0, 2.5, 4.0), "frame_interval": None}
    assert step.problem("times") == ""
    qtbot.mouseClick(step.frame_times.irregular, Qt.MouseButton.LeftButton)
    assert seen == {"times": None, "frame_interval": 1.0}


def test_known_irregular_times_are_shown_as_a_list(step: MovieStep) -> None:
    step.set_calibration(replace(FORM, times=(0.0, 1.0, 2.5, 4.0), frame_interval=None))
    assert step.frame_times.times.isVisible()
    assert step.frame_times.times.toPlainText() == "0, 1, 2.5, 4"
    step.set_calibration(FORM)
    assert not step.frame_times.times.isVisible()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("0 1 2", ""),
        ("0, 1", "2 times are given for 3 frames: give one for each."),
        ("0 2 1", "Frame 2 (1) must be later than frame 1 (2)."),
        ("0 1 1", "Frame 2 (1) must be later than frame 1 (1)."),
        ("0 1 two", "“two” is not a number."),
    ],
)
def test_a_list_of_times_is_checked(text: str, sentence: str) -> None:
    times, problem = check_times(text, 3)
    assert problem == sentence
    assert (times is None) == bool(sentence)


def test_time_axis_and_channel_are_chosen_where_there_are_several(step: MovieStep) -> None:
    axes = (("t", 4), ("c", 3), ("y", 512), ("x", 256))
    step.set_calibration(replace(FORM, axes=axes, channel_axis=1, channels=3))
    seen = edits(step)
    choose(step.channel, "channel 2")
    assert seen == {"channel": 2}
    choose(step.time_axis, "c  (3 frames)")
    assert seen == {"channel": 2, "time_axis": 1}


def test_the_channels_of_colour_images_have_names(step: MovieStep) -> None:
    axes = (("t", 4), ("y", 512), ("x", 256), ("colour", 3))
    step.set_calibration(replace(FORM, axes=axes, channel_axis=3, channels=3, channel=GREY))
    assert step.channel.currentText() == "grey"
    seen = edits(step)
    choose(step.channel, "green")
    assert seen == {"channel": 1}


def test_the_samples_of_a_colour_cannot_be_time() -> None:
    axes = (("t", 4), ("y", 512), ("x", 256), ("colour", 3))
    assert replace(FORM, axes=axes).possible_times == (0,)
    assert MovieForm().possible_times == ()


def test_the_ends_of_the_movie_are_looked_at(step: MovieStep, qtbot: QtBot) -> None:
    for button, index in ((step.first, 0), (step.last, 3)):
        with qtbot.waitSignal(step.frame_requested) as requested:
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert requested.args == [index]
    step.set_calibration(replace(FORM, time_axis=None))
    assert not step.last.isEnabled()
    assert "axis" in step.last.toolTip()


def test_problems_and_warnings_appear_where_they_belong(step: MovieStep) -> None:
    step.set_problems({"layer": "It has one frame.", "frame_interval": "State the interval."})
    assert step.problem("layer") == "It has one frame."
    assert step.problem("times") == "State the interval."
    step.set_problems({})
    assert step.problem("layer") == step.problem("times") == ""


def test_it_fits_a_narrow_dock(step: MovieStep) -> None:
    step.set_calibration(replace(FORM, pixel_size=(0.7, 0.65), times=(0.0, 1.0, 2.5, 4.0)))
    step.set_problems({"times": "A sentence that is much longer than the dock is wide. " * 2})
    assert step.minimumSizeHint().width() <= 300
