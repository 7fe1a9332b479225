"""What all plots share: axes whose names fit, and a way back after zooming."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QWheelEvent
from qtpy.QtWidgets import QApplication, QToolButton

from napari_binn.gui.plots.canvas import Canvas
from napari_binn.gui.plots.legend import Entry, Legend
from napari_binn.gui.plots.strokes import Stroke

pytestmark = pytest.mark.gui


@pytest.fixture
def canvas(qtbot: QtBot) -> Canvas:
    canvas = Canvas("Title", "Nothing here yet.")
    qtbot.addWidget(canvas)
    canvas.set_message("")
    canvas.resize(400, 300)
    with qtbot.waitExposed(canvas):
        canvas.show()
    QApplication.processEvents()  # the parts find their places
    return canvas


def test_a_long_name_of_an_axis_stays_inside(canvas: Canvas) -> None:
    name = "a rather long name of a quantity [with a unit]"
    canvas.set_label(name)
    axis = canvas.axes["bottom"]
    for width, whole in ((700, True), (200, False)):
        canvas.resize(width, 150)
        QApplication.processEvents()
        assert (axis.labelText == name) == whole
        label = axis.label.mapRectToScene(axis.label.boundingRect())
        assert label.left() >= -4
        assert label.right() <= canvas.viewport.width() + 6
    assert axis.labelText.endswith("…")
    assert canvas.label == name


def test_the_wheel_zooms_and_a_button_leads_back(canvas: Canvas, qtbot: QtBot) -> None:
    canvas.set_range((0, 10), (0, 1))
    reset = canvas.findChild(QToolButton)
    assert not reset.isVisible()
    middle = QPointF(canvas.viewport.rect().center())
    wheel = QWheelEvent(
        middle,
        QPointF(canvas.viewport.mapToGlobal(middle.toPoint())),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas.viewport, wheel)
    assert canvas.is_zoomed
    canvas.set_range((0, 20), (0, 1))
    assert canvas.view.viewRange()[0][1] < 10
    qtbot.mouseClick(reset, Qt.MouseButton.LeftButton)
    assert canvas.view.viewRange()[0] == pytest.approx([0, 20])
    assert not reset.isVisible()


def test_a_legend_wraps_to_the_width_there_is(qtbot: QtBot) -> None:
    legend = Legend("Growth rate")
    qtbot.addWidget(legend)
    legend.set_entries([Entry(f"curve {k}", Stroke("D")) for k in range(4)])
    legend.show()
    heights = []
    for width in (800, 250, 120):
        legend.resize(width, legend.height())
        heights.append(legend.height())
    assert heights == sorted(heights)
    assert heights[0] < heights[1] < heights[2]


def test_a_short_plot_has_a_legend_of_one_line(canvas: Canvas) -> None:
    canvas.set_entries([Entry(f"curve {k}", Stroke("D")) for k in range(9)])
    canvas.resize(300, 400)
    QApplication.processEvents()
    several = canvas.legend.height()
    canvas.resize(300, 150)
    QApplication.processEvents()
    assert canvas.legend.height() < several
    assert "curve 8" in canvas.legend.toolTip()


def test_a_heading_gets_shorter_where_room_is_short(qtbot: QtBot) -> None:
    legend = Legend("")
    qtbot.addWidget(legend)
    legend.set_one_line(True)
    legend.set_title("Diffusivity D(u) [mm²/day]", "D(u) [mm²/day]")
    legend.set_entries([Entry("estimate", Stroke("D"))])
    legend.show()
    legend.resize(600, 20)
    assert legend.shown == "Diffusivity D(u) [mm²/day]"
    legend.resize(210, 20)
    assert legend.shown == "D(u) [mm²/day]"
    assert legend.title == "Diffusivity D(u) [mm²/day]"
