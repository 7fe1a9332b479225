"""Step ②: regions, frames, method, bins, preview and the measurement."""

from __future__ import annotations

from typing import Any

import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from napari_binn.density.methods import methods_for
from napari_binn.gui.discover.density_step import DensityStep

pytestmark = pytest.mark.gui

TIMES = [0.0, 1.0, 2.5, 4.0, 8.0]
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def step(qtbot: QtBot) -> DensityStep:
    step = DensityStep()
    qtbot.addWidget(step)
    step.set_methods(methods_for("image"))
    step.set_frames(len(TIMES), TIMES, "hour")
    step.set_length_unit("um")
    step.resize(320, 600)
    step.show()
    return step


def edits(step: DensityStep) -> list[dict[str, Any]]:
    seen: list[dict[str, Any]] = []
    step.changed.connect(seen.append)
    return seen


@pytest.mark.parametrize("tool", ["rectangle", "ellipse", "polygon"])
def test_regions_are_drawn_and_left_out(step: DensityStep, qtbot: QtBot, tool: str) -> None:
    for kind in ("include", "exclude"):
        with qtbot.waitSignal(step.draw_requested) as drawn:
            qtbot.mouseClick(step.regions.tools[tool], LEFT)
        assert drawn.args == [tool, kind]
        step.regions.exclude.click()


def test_there_is_something_to_clear_once_something_is_drawn(
    step: DensityStep, qtbot: QtBot
) -> None:
    assert step.regions.text() == "whole field"
    assert not step.regions.clear.isVisible()
    step.set_region_text("2 regions, 1 excluded: 61 % of the field")
    with qtbot.waitSignal(step.clear_regions):
        qtbot.mouseClick(step.regions.clear, LEFT)


def test_the_shapes_of_a_layer_are_used(step: DensityStep, qtbot: QtBot) -> None:
    assert not step.regions.layers.isVisible()
    with qtbot.assertNotEmitted(step.region_layer_chosen):
        step.set_region_layers(["wound"], None)
    step.regions.layers.setFocus()
    with qtbot.waitSignal(step.region_layer_chosen) as chosen:
        QTest.keyClick(step.regions.layers, Qt.Key.Key_Down)
    assert chosen.args == ["wound"]


def test_frames_are_chosen_and_said_as_times(step: DensityStep) -> None:
    assert step._rows.note("frames") == "0 to 8 h"
    seen = edits(step)
    step.frames.first.setFocus()
    QTest.keyClick(step.frames.first, Qt.Key.Key_Up)
    step.frames.last.setFocus()
    QTest.keyClick(step.frames.last, Qt.Key.Key_Down)
    assert seen == [{"frames": (1, 4)}, {"frames": (1, 3)}]
    assert step._rows.note("frames") == "1 to 4 h"


def test_at_least_two_frames_stay(step: DensityStep) -> None:
    step.frames.first.setFocus()
    for _ in range(10):
        QTest.keyClick(step.frames.first, Qt.Key.Key_Up)
    assert step.frames.frames() == (3, 4)


def test_the_range_stays_while_the_movie_is_the_same(step: DensityStep) -> None:
    step.set_values({"t_range": (1.0, 4.0)})
    assert step.frames.frames() == (1, 3)
    step.set_frames(len(TIMES), [60 * time for time in TIMES], "min")
    assert step.frames.frames() == (1, 3)
    assert step._rows.note("frames") == "60 to 240 min"
    step.set_frames(3, [0.0, 1.0, 2.0], "frame")
    assert step.frames.frames() == (0, 2)
    assert step._rows.note("frames") == "frames 0 to 2"


def test_values_are_shown_without_being_announced(step: DensityStep, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(step.changed):
        step.set_values(
            {"method": "intensity", "background": 100.0, "bin_size": 40.0, "t_range": (0.0, 4.0)}
        )
        step.set_problems({"bin_size": "Larger than the field."})
        step.set_methods(methods_for("labels"))
        step.set_methods(methods_for("image"))
    assert step.bins.values() == {"bin_size": 40.0}
    assert step.bins.problem("bin_size") == "Larger than the field."


def test_a_method_brings_its_few_parameters(step: DensityStep, qtbot: QtBot) -> None:
    choose(step, "Count bright nuclei")
    assert step.parameters.editor("nucleus_diameter").isVisible()
    assert not step.parameters.editor("background").isVisible()
    seen = edits(step)
    choose(step, "Brightness")
    assert seen[-1] == {"method": "intensity"}
    assert step.parameters.editor("background").isVisible()
    assert not step.parameters.editor("nucleus_diameter").isVisible()
    QTest.keyClicks(step.parameters.editor("background"), "7")
    assert seen[-1] == {"background": 7.0}


def test_unless_the_user_chooses_the_frames_decide(step: DensityStep) -> None:
    assert step.method.currentData() == "auto"
    assert step._rows.note("method").startswith("By what the frames show: Count bright nuclei.")
    assert step.parameters.editor("nucleus_diameter").isVisible()
    step.set_found_method("confluence")
    assert step.parameters.editor("cell_diameter").isVisible()
    assert not step.parameters.editor("nucleus_diameter").isVisible()
    assert step.preview.shown() == (False, True)  # it counts no cells
    assert step.method.currentData() == "auto"


def test_corrections_of_the_frames_are_folded_away(step: DensityStep, qtbot: QtBot) -> None:
    box = step.corrections
    assert not box.form.isVisible()
    qtbot.mouseClick(box.header, LEFT)
    assert box.form.editor("drift").isVisible()
    assert not box.form.editor("dark_level").isVisible()
    box.form.editor("illumination").setFocus()
    with qtbot.waitSignal(step.corrections_changed) as chosen:
        QTest.keyClick(box.form.editor("illumination"), Qt.Key.Key_Down)
    assert chosen.args == [{"illumination": "on"}]
    assert box.form.editor("dark_level").isVisible()  # it makes sense now
    with qtbot.waitSignal(step.corrections_changed) as chosen:
        QTest.keyClick(box.form.editor("auto_leave_out"), Qt.Key.Key_Space)
    assert chosen.args == [{"auto_leave_out": True}]
    QTest.keyClicks(box.form.editor("leave_out"), "3-")
    assert "leave_out" in box.problems()
    with qtbot.waitSignal(step.corrections_changed) as chosen:
        QTest.keyClicks(box.form.editor("leave_out"), "5")
    assert chosen.args == [{"leave_out": "3-5"}]


def test_only_what_suits_the_movie_can_be_corrected(step: DensityStep, qtbot: QtBot) -> None:
    qtbot.mouseClick(step.corrections.header, LEFT)
    step.set_kind("points")
    assert step.corrections.form.editor("leave_out").isVisible()
    assert not step.corrections.form.editor("drift").isVisible()
    assert not step.corrections.show_button.isVisible()
    step.set_kind("labels")
    assert step.corrections.form.editor("drift").isVisible()
    assert not step.corrections.form.editor("illumination").isVisible()


def test_a_method_without_parameters_shows_none(step: DensityStep) -> None:
    step.set_methods(methods_for("points"))
    assert step.method.currentText() == "Count given positions"
    assert not step.parameters.isVisible()


def test_a_wrong_bin_size_is_explained(step: DensityStep, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(step.changed), qtbot.waitSignal(step.problems_changed) as found:
        QTest.keyClicks(step.bins.editor("bin_size"), "-3")
        QTest.keyClick(step.bins.editor("bin_size"), Qt.Key.Key_Return)
    assert found.args == [step.problems()]
    assert step.problems() == {"bin_size": "It must be more than 0."}


def choose(step: DensityStep, title: str) -> None:
    step.method.setFocus()
    wanted = step.method.findText(title)
    while step.method.currentIndex() != wanted:
        down = wanted > step.method.currentIndex()
        QTest.keyClick(step.method, Qt.Key.Key_Down if down else Qt.Key.Key_Up)


def test_the_preview_shows_what_a_method_is_judged_by(step: DensityStep) -> None:
    assert step.preview.shown() == (True, False)  # are all nuclei found?
    choose(step, "Brightness")
    assert step.preview.shown() == (False, True)
    assert not step.preview.cells.isEnabled()
    assert step.preview.cells.toolTip() == "This method counts no cells."
    step.set_methods(methods_for("points"))
    assert step.preview.shown() == (False, True)  # the cells are a layer already
    assert step.preview.cells.isEnabled()


def test_the_preview_shows_what_the_user_asks_for(step: DensityStep, qtbot: QtBot) -> None:
    with qtbot.waitSignal(step.preview_chosen) as chosen:
        step.preview.density.click()
    assert chosen.args == [True, True]
    choose(step, "Brightness")
    choose(step, "Count bright nuclei")
    assert step.preview.shown() == (True, True)
    with qtbot.assertNotEmitted(step.preview_chosen):
        step.preview.untick("cells")
    assert step.preview.shown() == (False, True)


def test_what_the_preview_found_is_said(step: DensityStep) -> None:
    step.set_preview_text("128 cells found in frame 3")
    assert step._preview_text.isVisible()
    step.set_preview_text("")
    assert not step._preview_text.isVisible()


def test_measuring_follows_what_can_be_done(step: DensityStep, qtbot: QtBot) -> None:
    step.set_available("measure", False, "Choose a movie layer first.")
    assert not step.measure.isEnabled()
    assert step.measure.toolTip() == "Choose a movie layer first."
    step.set_available("measure", True, "")
    assert step.measure.toolTip().startswith("Measure the density")
    with qtbot.waitSignal(step.measure_requested):
        qtbot.mouseClick(step.measure, LEFT)


def test_it_can_be_stopped_while_it_runs_and_only_then(step: DensityStep, qtbot: QtBot) -> None:
    step.set_available("stop", True, "")
    assert not step.stop.isVisible()  # it is another step that runs
    step.set_progress(0.4, "frame 16 of 40")
    with qtbot.waitSignal(step.stop_requested):
        qtbot.mouseClick(step.stop, LEFT)
    step.set_progress(None, "")
    assert not step.stop.isVisible()


def test_the_drawing_tools_wait_for_a_movie(step: DensityStep) -> None:
    step.set_available("draw", False, "Choose a movie layer first.")
    for button in step.regions.tools.values():
        assert not button.isEnabled()
        assert button.toolTip() == "Choose a movie layer first."


def test_it_fits_a_narrow_dock(step: DensityStep) -> None:
    step.set_region_layers(["a Shapes layer with a long name, drawn by somebody else"], None)
    step.set_words("About 0.8 cells in a bin: too noisy. Choose larger bins. " * 2, True)
    step.set_progress(0.2, "frame 3 of 40")
    assert step.minimumSizeHint().width() <= 300
