"""What a user reads from the losses."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QApplication

from napari_binn.gui.plots.losses import LossPlot, logarithm

pytestmark = pytest.mark.gui
TERMS = {"data": 0.01, "residual": 0.5, "validation": 0.02}


@pytest.fixture
def plot(qtbot: QtBot) -> LossPlot:
    plot = LossPlot()
    qtbot.addWidget(plot)
    plot.resize(400, 240)
    with qtbot.waitExposed(plot):
        plot.show()
    return plot


def test_a_sentence_stands_where_there_is_nothing_yet(plot: LossPlot) -> None:
    assert "losses appear here" in plot.canvas.message
    plot.append(10, 100, TERMS)
    assert plot.canvas.message == ""
    plot.clear()
    assert "losses appear here" in plot.canvas.message


def test_an_end_that_moves_leaves_the_axis_where_the_losses_are(plot: LossPlot) -> None:
    """The axis ends a little after the newest step, whatever is still to come."""
    for step in range(0, 500, 10):
        plot.append(step, 2000 if step < 300 else 700, TERMS)
        ahead = plot.canvas.home[0][1]
        assert step <= ahead <= max(1.6 * step, 2.0)
    assert plot.canvas.label == "training step (490 of 700)"


def test_each_term_has_a_name_its_value_and_a_check_box(plot: LossPlot) -> None:
    plot.append(10, 1200, TERMS)
    texts = [toggle.text() for toggle in plot.toggles.values()]
    assert texts == ["data", "equation", "held-out"]
    assert plot.canvas.label == "training step (10 of 1,200)"
    plot.append(20, 1200, TERMS, "most")
    assert plot.canvas.label == "training step (20 of at most 1,200)"
    plot.append(20, 1200, {**TERMS, "data": 0.004})
    assert "Now 0.004." in plot.toggles["data"].toolTip()


def test_the_check_boxes_stand_beside_the_heading(plot: LossPlot, qtbot: QtBot) -> None:
    plot.append(10, 1200, TERMS)
    QApplication.processEvents()
    assert len({toggle.y() for toggle in plot.toggles.values()}) == 1
    assert plot.canvas.viewport.mapTo(plot, QPoint(0, 0)).y() < 40


def test_unticking_hides_a_curve_and_fits_the_axis_to_the_others(
    plot: LossPlot, qtbot: QtBot
) -> None:
    for step in range(1, 20):
        plot.append(step, 100, {"data": 1e-5, "residual": 1.0})
    toggle = plot.toggles["data"]
    inside = QPoint(8, toggle.height() // 2)
    qtbot.mouseClick(toggle, Qt.MouseButton.LeftButton, pos=inside)
    assert not plot.curves["data"].isVisible()
    assert plot.curves["residual"].isVisible()
    low, high = plot.canvas.view.viewRange()[1]
    assert low > -2
    assert high > 0
    plot.append(20, 100, {"data": 1e-5, "residual": 1.0})
    assert not plot.curves["data"].isVisible()


def test_zeros_and_missing_values_are_gaps_on_the_log_axis(plot: LossPlot) -> None:
    for step, value in enumerate([1.0, 0.0, float("nan"), -1.0, float("inf"), 0.01]):
        plot.append(step, 10, {"data": value})
    _, y = plot.curves["data"].getData()
    np.testing.assert_array_equal(np.isfinite(y), [True, False, False, False, False, True])
    plot.grab()
    low, high = plot.canvas.view.viewRange()[1]
    assert -4 < low < high < 2


def test_losses_that_are_all_zero_are_drawn_without_complaint(plot: LossPlot) -> None:
    plot.append(1, 10, {"data": 0.0})
    plot.grab()
    assert np.isnan(logarithm(np.zeros(2))).all()


def test_a_whole_history_replaces_what_was_there(plot: LossPlot) -> None:
    plot.append(5, 10, TERMS)
    steps = np.arange(0.0, 9000.0, 3.0)
    plot.set_history({"step": steps, "data": 1 / (1 + steps), "new term": np.ones(3000)})
    x, _ = plot.curves["data"].getData()
    assert len(x) <= 2000
    assert plot.canvas.label == "training step"
    assert list(plot.toggles) == ["data", "residual", "validation", "new term"]
    assert not plot.curves["residual"].isVisible()


def test_an_empty_history_is_no_history(plot: LossPlot) -> None:
    plot.set_history({"step": np.empty(0), "data": np.empty(0)})
    assert plot.canvas.message
