"""Step ② at work: regions, preview, measurement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from napari_binn.engine.protocol import Failed, Halted, Resume
from napari_binn.events import Progress, StageFinished, StageStarted
from napari_binn.gui.discover.density import DensityPresenter, region_text
from napari_binn.gui.discover.density_step import DensityStep
from napari_binn.gui.layers import find_layer
from napari_binn.gui.live_preview import LivePreview

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari.components import ViewerModel
    from napari.layers import Image, Layer
    from pytestqt.qtbot import QtBot

    from napari_binn.gui.session import Session
    from tests.gui.rooms import ScriptedRoom

pytestmark = pytest.mark.gui

LEFT = Qt.MouseButton.LeftButton
SQUARE = np.array([[10.0, 10.0], [10.0, 30.0], [30.0, 30.0], [30.0, 10.0]])


@pytest.fixture
def movie(
    session: Session, viewer: ViewerModel, frames: np.ndarray, calibrated: dict[str, Any]
) -> Image:
    layer = viewer.add_image(frames, **calibrated)
    session.set_layer(layer)
    return layer


@pytest.fixture
def preview(session: Session, qtbot: QtBot) -> Iterator[LivePreview]:
    preview = LivePreview(session)
    yield preview
    preview.close()
    qtbot.waitUntil(lambda: not preview._busy)


@pytest.fixture
def view(qtbot: QtBot) -> DensityStep:
    view = DensityStep()
    qtbot.addWidget(view)
    view.resize(320, 600)
    view.show()
    return view


@pytest.fixture(autouse=True)
def presenter(session: Session, view: DensityStep, preview: LivePreview) -> DensityPresenter:
    return DensityPresenter(session, view, preview)


def layer_of(viewer: ViewerModel, role: str) -> Layer | None:
    return find_layer(viewer, role, "")


def seen(viewer: ViewerModel, role: str) -> bool:
    layer = layer_of(viewer, role)
    return layer is not None and bool(layer.visible)


def press(qtbot: QtBot, view: DensityStep) -> None:
    assert view.measure.isEnabled(), view.measure.toolTip()
    qtbot.mouseClick(view.measure, LEFT)


# The movie


def test_lengths_are_typed_in_the_unit_of_the_movie(
    session: Session,
    movie: Image,
    view: DensityStep,
    presenter: DensityPresenter,
) -> None:
    presenter.refresh_source()
    assert view.bins._units["bin_size"].text() == "µm"
    assert view._rows.note("frames") == "0 to 6 h"
    assert view.method.currentData() == "auto"


def test_a_part_of_the_frames_is_analysed(
    session: Session, movie: Image, view: DensityStep
) -> None:
    view.changed.emit({"frames": (1, 2)})
    assert session.choices()["density"]["t_range"] == [2.0, 4.0]
    view.changed.emit({"frames": (0, 3)})
    assert session.settings().density.t_range is None


def test_nothing_starts_while_a_value_is_wrong(
    session: Session, movie: Image, view: DensityStep
) -> None:
    editor = view.bins.editor("bin_size")
    editor.setFocus()
    QTest.keyClicks(editor, "-3")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert session.obstacle("discover") == "Bin size: It must be more than 0."
    assert view.measure.toolTip() == "Bin size: It must be more than 0."
    QTest.keyClick(editor, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(editor, "30")
    assert session.obstacle("discover") == ""
    assert session.settings().density.bin_size == 30.0


# Regions


def test_a_region_is_drawn_and_cleared(
    session: Session, viewer: ViewerModel, movie: Image, view: DensityStep, qtbot: QtBot
) -> None:
    qtbot.mouseClick(view.regions.tools["polygon"], LEFT)
    layer = session.region_layers["include"]
    assert layer.mode == "add_polygon"
    layer.add(SQUARE, shape_type="polygon")
    assert view.regions.text() == "1 region"
    (polygon,) = session.settings().density.include
    assert np.ptp(np.array(polygon), axis=0) == pytest.approx([100.0, 100.0])
    view.regions.exclude.click()
    qtbot.mouseClick(view.regions.tools["rectangle"], LEFT)
    session.region_layers["exclude"].add(SQUARE / 2, shape_type="polygon")
    assert view.regions.text() == "1 region, 1 excluded"
    qtbot.mouseClick(view.regions.clear, LEFT)
    assert view.regions.text() == "whole field"
    assert session.settings().density.include == ()


def test_a_region_layer_that_is_removed_counts_no_longer(
    session: Session,
    viewer: ViewerModel,
    movie: Image,
    view: DensityStep,
    presenter: DensityPresenter,
) -> None:
    presenter.draw("polygon", "include")
    layer = session.region_layers["include"]
    layer.add(SQUARE, shape_type="polygon")
    viewer.layers.remove(layer)
    assert view.regions.text() == "whole field"
    assert session.settings().density.include == ()


def test_shapes_of_the_users_own_are_offered_and_used(
    session: Session,
    viewer: ViewerModel,
    movie: Image,
    view: DensityStep,
    presenter: DensityPresenter,
    qtbot: QtBot,
) -> None:
    presenter.draw("polygon", "include")
    drawn = session.region_layers["include"]
    own = viewer.add_shapes([SQUARE], name="colony", scale=(5.0, 5.0), units=("um", "um"))
    qtbot.waitUntil(lambda: view.regions.layers.count() == 2)
    own.name = "my colony"
    qtbot.waitUntil(lambda: view.regions.layers.itemText(1) == "my colony")
    view.regions.layers.setFocus()
    QTest.keyClick(view.regions.layers, Qt.Key.Key_Down)
    assert session.region_layers["include"] is own
    assert view.regions.text() == "1 region"
    own.name = "renamed"
    qtbot.waitUntil(lambda: view.regions.layers.currentText() == "renamed")
    QTest.keyClick(view.regions.layers, Qt.Key.Key_Up)
    assert session.region_layers["include"] is drawn
    assert view.regions.text() == "whole field"


def test_what_is_analysed_is_said_in_words() -> None:
    assert region_text(0, 0) == "whole field"
    assert region_text(2, 1) == "2 regions, 1 excluded"
    assert region_text(0, 2) == "whole field, 2 excluded"


def test_a_method_for_another_kind_of_movie_is_chosen_no_longer(
    session: Session, viewer: ViewerModel, movie: Image, frames: np.ndarray, view: DensityStep,
    calibrated: dict[str, Any],
) -> None:  # fmt: skip
    view.changed.emit({"method": "intensity"})
    session.set_layer(viewer.add_labels((frames > frames.mean()).astype(int), **calibrated))
    assert view.method.currentData() == "labels"
    assert session.settings().density.method == "auto"


# Preview


def test_the_preview_shows_the_cells_and_on_request_the_density(
    session: Session,
    viewer: ViewerModel,
    movie: Image,
    view: DensityStep,
    presenter: DensityPresenter,
    qtbot: QtBot,
) -> None:
    viewer.dims.set_current_step(0, 3)
    presenter.set_open(True)
    qtbot.waitUntil(lambda: layer_of(viewer, "preview cells") is not None)
    assert view._preview_text.text() == "5 cells found in frame 4."
    assert layer_of(viewer, "preview density") is None
    view.preview.density.click()
    assert seen(viewer, "preview density")
    view.preview.cells.click()
    assert not seen(viewer, "preview cells")
    view.preview.density.click()
    assert not seen(viewer, "preview density")
    qtbot.waitUntil(lambda: not view._preview_text.isVisible())


def test_a_preview_layer_that_is_removed_is_not_wanted(
    session: Session,
    viewer: ViewerModel,
    movie: Image,
    view: DensityStep,
    presenter: DensityPresenter,
    qtbot: QtBot,
) -> None:
    presenter.set_open(True)
    qtbot.waitUntil(lambda: layer_of(viewer, "preview cells") is not None)
    view.preview.density.click()
    viewer.layers.remove(layer_of(viewer, "preview cells"))
    assert view.preview.shown() == (False, True)
    assert seen(viewer, "preview density")


def test_settings_that_the_preview_refuses_keep_the_measurement_from_starting(
    session: Session,
    viewer: ViewerModel,
    movie: Image,
    view: DensityStep,
    presenter: DensityPresenter,
    qtbot: QtBot,
) -> None:
    presenter.set_open(True)
    qtbot.waitUntil(lambda: layer_of(viewer, "preview cells") is not None)
    session.choose({"density": {"bin_size": 1e5}})
    qtbot.waitUntil(lambda: session.obstacle("measure") != "")
    assert not seen(viewer, "preview cells")
    assert view.measure.toolTip() == session.obstacle("measure")
    session.choose({"density": {"bin_size": None}})
    qtbot.waitUntil(lambda: session.obstacle("measure") == "")


# Corrections


def test_a_frame_that_is_left_out_has_no_preview(
    session: Session,
    viewer: ViewerModel,
    movie: Image,
    view: DensityStep,
    presenter: DensityPresenter,
    qtbot: QtBot,
) -> None:
    viewer.dims.set_current_step(0, 1)
    presenter.set_open(True)
    qtbot.waitUntil(lambda: layer_of(viewer, "preview cells") is not None)
    view.corrections.leave_out_this.click()
    assert session.settings().prepare.leave_out == "2"
    qtbot.waitUntil(lambda: view._preview_text.text() == "Frame 2 is left out.")
    assert not seen(viewer, "preview cells")
    assert session.obstacle("measure") == ""
    viewer.dims.set_current_step(0, 3)
    qtbot.waitUntil(lambda: seen(viewer, "preview cells"))
    assert view._preview_text.text() == "5 cells found in frame 4."
    assert "frame 2 of 4" in view.corrections.said()


def test_what_is_typed_wrongly_there_keeps_the_measurement_from_starting(
    session: Session, movie: Image, view: DensityStep
) -> None:
    QTest.keyClicks(view.corrections.form.editor("leave_out"), "two")
    assert session.obstacle("measure").startswith("Leave out frames: ")


def test_the_corrected_movie_is_a_layer_above_the_recorded_one(
    session: Session, viewer: ViewerModel, movie: Image, view: DensityStep, qtbot: QtBot
) -> None:
    session.choose({"prepare": {"leave_out": "2"}})
    view.corrections.show_requested.emit()
    qtbot.waitUntil(lambda: layer_of(viewer, "corrected movie") is not None)
    layer = layer_of(viewer, "corrected movie")
    assert layer is not None
    assert viewer.layers.index(layer) == viewer.layers.index(movie) + 1
    assert layer.data.shape == movie.data.shape
    np.testing.assert_array_equal(layer.data[3], movie.data[3])
    assert not np.asarray(layer.data[1]).any()
    np.testing.assert_allclose(layer.extent.world, movie.extent.world)
    assert session.source is not None
    assert session.source.layer is movie  # what is analysed stays the recorded movie


# Measurement


@pytest.mark.parametrize(
    "end", [StageFinished("density", 1.0), Halted(), Failed("The disk is full.")]
)
def test_the_bar_is_there_while_the_engine_measures(
    session: Session,
    room: ScriptedRoom,
    movie: Image,
    view: DensityStep,
    qtbot: QtBot,
    end: Any,
) -> None:
    press(qtbot, view)
    (request,) = room.requests
    assert isinstance(request, Resume)
    assert request.until == "density"
    room.say(StageStarted("density", "measuring"), Progress("density", 1, 4))
    assert view._progress.fraction() == pytest.approx(0.25)
    assert view.stop.isVisible()
    qtbot.mouseClick(view.stop, LEFT)
    assert room.commands == ["stop"]
    room.say(end)
    assert not view._progress.running
    assert not view.stop.isVisible()
