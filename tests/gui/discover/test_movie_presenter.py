"""Step ① at work on layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from napari_binn.gui.discover.movie import MoviePresenter
from napari_binn.gui.discover.movie_step import MovieStep
from napari_binn.gui.sources import LayerSource

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Image
    from pytestqt.qtbot import QtBot
    from qtpy.QtWidgets import QWidget

    from napari_binn.gui.session import Session

pytestmark = pytest.mark.gui

Options = dict[str, Any]


@pytest.fixture
def view(qtbot: QtBot, session: Session) -> MovieStep:
    view = MovieStep()
    qtbot.addWidget(view)
    MoviePresenter(session, view)
    view.resize(320, 400)
    view.show()
    return view


def source(session: Session) -> LayerSource:
    assert isinstance(session.source, LayerSource)
    return session.source


def type_into(edit: QWidget, text: str) -> None:
    edit.setFocus()
    QTest.keyClick(edit, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(edit, text)
    QTest.keyClick(edit, Qt.Key.Key_Return)


def offered(view: MovieStep) -> list[str]:
    return [view.layer.itemData(index) for index in range(view.layer.count())]


def test_a_movie_that_is_opened_is_analysed(
    session: Session, viewer: ViewerModel, view: MovieStep, qtbot: QtBot, calibrated: Options
) -> None:
    assert view.sample.isVisible()
    with qtbot.waitSignal(session.source_changed):
        layer = viewer.add_image(np.ones((4, 60, 80)), **calibrated)
    assert source(session).layer is layer
    assert not view.sample.isVisible()
    assert view._summary.text() == "400 × 300 µm, 4 frames, 0 to 6 h"
    assert view.problems() == {}


def test_only_movies_of_the_user_are_offered(
    session: Session, viewer: ViewerModel, view: MovieStep, qtbot: QtBot
) -> None:
    viewer.add_image(np.ones((60, 80)), name="a picture")
    viewer.add_image(np.ones((4, 60, 80)), name="simulated", metadata={"run": "x"})
    viewer.add_shapes(ndim=3, name="outlines")
    viewer.add_labels(np.ones((4, 60, 80), int), name="segmented")
    viewer.add_points(np.ones((5, 3)), name="tracked")
    qtbot.waitUntil(lambda: view.layer.count() == 2)
    assert offered(view) == ["segmented", "tracked"]


def test_what_is_missing_is_asked_for_and_places_the_layer(
    session: Session, viewer: ViewerModel, view: MovieStep, qtbot: QtBot
) -> None:
    layer = viewer.add_image(np.ones((4, 60, 80)), name="raw")
    qtbot.waitUntil(lambda: session.source is not None)
    assert view.problem("pixel_size")
    assert view.problem("times")
    assert session.obstacle("discover") == source(session).problem()
    for combo, key in ((view.pixel_size.unit, "um"), (view.frame_times.unit, "hour")):
        combo.setCurrentIndex(combo.findData(key))
        combo.activated.emit(combo.currentIndex())
    type_into(view.pixel_size.width_edit, "0.65")
    type_into(view.frame_times.interval, "0.5")
    assert view.problem("pixel_size") == view.problem("times") == ""
    assert session.obstacle("discover") == ""
    assert tuple(layer.scale) == pytest.approx((0.5, 0.65, 0.65))
    assert [str(unit) for unit in layer.units] == ["hour", "micrometer", "micrometer"]
    assert view.note("pixel_size") == "typed"


def test_the_picture_stays_in_view_when_a_pixel_gets_its_size(
    session: Session, viewer: ViewerModel, view: MovieStep, qtbot: QtBot, calibrated: Options
) -> None:
    layer = viewer.add_image(np.ones((4, 60, 80)), **calibrated)
    qtbot.waitUntil(lambda: session.source is not None)
    viewer.dims.set_current_step(0, 3)
    viewer.scene.camera.center, viewer.scene.camera.zoom = (0.0, 100.0, 200.0), 2.0
    type_into(view.pixel_size.width_edit, "0.5")
    type_into(view.frame_times.interval, "6")
    assert tuple(layer.scale) == pytest.approx((6.0, 0.5, 0.5))
    assert viewer.scene.camera.zoom == pytest.approx(20.0)
    assert viewer.scene.camera.center[-2:] == pytest.approx((10.0, 20.0), abs=2.5)
    assert viewer.dims.current_step[0] == 3


def test_an_axis_without_a_name_is_counted(
    session: Session, viewer: ViewerModel, view: MovieStep, qtbot: QtBot
) -> None:
    viewer.add_image(np.ones((4, 60, 80)))
    qtbot.waitUntil(lambda: session.source is not None)
    assert view.time_axis.currentText() == "axis 1  (4 frames)"


def test_nothing_starts_with_a_number_that_is_none(
    session: Session, viewer: ViewerModel, view: MovieStep, qtbot: QtBot, calibrated: Options
) -> None:
    viewer.add_image(np.ones((4, 60, 80)), **calibrated)
    qtbot.waitUntil(lambda: session.source is not None)
    type_into(view.pixel_size.width_edit, "2µ")
    assert session.obstacle("discover") == "“2µ” is not a number."
    type_into(view.pixel_size.width_edit, "2")
    assert session.obstacle("discover") == ""


def test_a_layer_may_be_renamed_and_removed(
    session: Session, viewer: ViewerModel, view: MovieStep, qtbot: QtBot, calibrated: Options
) -> None:
    layer = viewer.add_image(np.ones((4, 60, 80)), **calibrated)
    qtbot.waitUntil(lambda: offered(view) == ["cells"])
    layer.name = "wound"
    qtbot.waitUntil(lambda: offered(view) == ["wound"])
    assert source(session).layer is layer
    with qtbot.waitSignal(session.source_changed):
        viewer.layers.remove(layer)
    assert session.source is None
    assert view.sample.isVisible()


def test_data_that_are_replaced_are_other_data(
    session: Session, viewer: ViewerModel, view: MovieStep, qtbot: QtBot, calibrated: Options
) -> None:
    layer: Image = viewer.add_image(np.ones((4, 60, 80)), **calibrated)
    qtbot.waitUntil(lambda: session.source is not None)
    before = session.source
    layer.data = np.zeros((4, 60, 80))
    assert not source(session).same_as(before)


def test_another_layer_is_chosen_by_its_name(
    session: Session, viewer: ViewerModel, view: MovieStep, qtbot: QtBot, calibrated: Options
) -> None:
    first = viewer.add_image(np.ones((4, 60, 80)), **calibrated)
    qtbot.waitUntil(lambda: view.layer.count() == 1)
    second = viewer.add_image(np.ones((6, 60, 80)), **{**calibrated, "name": "second"})
    qtbot.waitUntil(lambda: view.layer.count() == 2)
    assert source(session).layer is first
    view.layer.setFocus()
    QTest.keyClick(view.layer, Qt.Key.Key_Down)
    assert source(session).layer is second


def test_the_ends_of_the_movie_are_looked_at(
    session: Session, viewer: ViewerModel, view: MovieStep, qtbot: QtBot, calibrated: Options
) -> None:
    viewer.add_image(np.ones((4, 60, 80)), **calibrated)
    qtbot.waitUntil(lambda: session.source is not None)
    qtbot.mouseClick(view.last, Qt.MouseButton.LeftButton)
    assert viewer.dims.current_step[0] == 3
    qtbot.mouseClick(view.first, Qt.MouseButton.LeftButton)
    assert viewer.dims.current_step[0] == 0


def test_a_closed_dock_listens_no_longer(
    session: Session, viewer: ViewerModel, qtbot: QtBot, calibrated: Options
) -> None:
    view = MovieStep()
    presenter = MoviePresenter(session, view)
    layer = viewer.add_image(np.ones((4, 60, 80)), **calibrated)
    qtbot.waitUntil(lambda: session.source is not None)
    with qtbot.waitSignal(presenter.destroyed):
        view.deleteLater()
    layer.name, layer.data = "other", np.zeros((4, 60, 80))
    viewer.add_image(np.ones((4, 60, 80)))
    assert source(session).version == 0
