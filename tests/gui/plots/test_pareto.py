"""A click on a formula chooses it."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QApplication

from napari_binn.gui.plots.pareto import ParetoPlot, ParetoPoint, front, log_ticks

pytestmark = pytest.mark.gui
POINTS = [
    ParetoPoint(10, 2, 40.0, "D = 0.01"),
    ParetoPoint(11, 5, 8.0, "D = 0.02u"),
    ParetoPoint(12, 7, 0.0, "D = 0.02u² + 0.001", chosen=True),
    ParetoPoint(13, 11, 20.0, "mine", own=True),
    ParetoPoint(14, 11, 20.0, "the same place"),
    ParetoPoint(15, 3, float("inf"), "no score"),
]


@pytest.fixture
def plot(qtbot: QtBot) -> ParetoPlot:
    plot = ParetoPlot()
    qtbot.addWidget(plot)
    plot.resize(400, 260)
    with qtbot.waitExposed(plot):
        plot.show()
    plot.set_points(POINTS)
    plot.grab()
    return plot


def click(qtbot: QtBot, plot: ParetoPlot, key: int) -> None:
    at = plot.position(key).toPoint()
    qtbot.mouseMove(plot.canvas.viewport, at)
    qtbot.mouseClick(plot.canvas.viewport, Qt.MouseButton.LeftButton, pos=at)


def test_a_click_selects(plot: ParetoPlot, qtbot: QtBot) -> None:
    assert plot.key == 12
    with qtbot.waitSignal(plot.selected) as signal:
        click(qtbot, plot, 11)
    assert signal.args == [11]
    assert plot.key == 11


def test_points_that_cover_each_other_are_reached_by_clicking_again(
    plot: ParetoPlot, qtbot: QtBot
) -> None:
    heard: list[int] = []
    plot.selected.connect(heard.append)
    for _ in range(3):
        click(qtbot, plot, 13)
    assert heard == [13, 14, 13]


def test_a_click_beside_all_points_does_nothing(plot: ParetoPlot, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(plot.selected):
        qtbot.mouseClick(plot.canvas.viewport, Qt.MouseButton.LeftButton, pos=QPoint(200, 30))
    assert plot.key == 12


def test_selecting_from_outside_emits_nothing(plot: ParetoPlot, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(plot.selected):
        plot.select(11)
        plot.set_points(POINTS)
    assert plot.key == 12


def test_the_chosen_one_and_the_users_own_are_named(plot: ParetoPlot) -> None:
    labels = plot.canvas.legend.labels
    assert labels == ["formula", "yours", "selected", "equally good (Δ < 2)", "best trade-off"]
    assert "ΔBIC" in plot.canvas.legend.title
    plot.clear()
    assert plot.canvas.message
    assert plot.key is None


def test_the_front_steps_down_along_the_best() -> None:
    x, y = front(np.array([5.0, 2, 7, 9]), np.array([8.0, 40, 0, 20]))
    assert list(zip(x, y, strict=True)) == [(2, 40), (5, 40), (5, 8), (7, 8), (7, 0), (9, 0)]
    assert len(front(np.empty(0), np.empty(0))[0]) == 0


def test_bad_formulas_do_not_squeeze_the_good_ones_together(plot: ParetoPlot, qtbot: QtBot) -> None:
    scores = [5000.0, 20.0, 10.0, 0.0]
    plot.set_points([ParetoPoint(k, 2 * k, s, "") for k, s in enumerate(scores)])
    plot.grab()
    QApplication.processEvents()  # wider numbers make the axis wider
    assert plot.position(3).y() - plot.position(2).y() > 30
    (ticks,) = log_ticks(np.array(scores))
    assert [text for _, text in ticks] == ["0", "1", "10", "100", "1,000", "10,000"]
    click(qtbot, plot, 1)
    assert plot.key == 1


def test_one_point_alone_is_shown(plot: ParetoPlot) -> None:
    plot.set_points([ParetoPoint(0, 3, 0.0, "D = 0.01")])
    plot.grab()
    assert plot.canvas.message == ""


def test_what_cannot_be_told_apart_lies_close_together(plot: ParetoPlot) -> None:
    plot.set_points([ParetoPoint(0, 3, 0.0, ""), ParetoPoint(1, 5, 0.4, "")])
    plot.grab()
    apart = plot.position(0).y() - plot.position(1).y()
    assert 0 < apart < 0.05 * plot.canvas.viewport.height()
