"""What a user reads from the curves of D(u) and G(u)."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import QPointF

from napari_binn.gui.plots.terms import TermPlot
from napari_binn.gui.plots.theme import PlotTheme

pytestmark = pytest.mark.gui
U = np.linspace(0, 1, 64)
MEMBERS = 0.01 + 0.02 * U**2 * np.linspace(0.8, 1.2, 5)[:, None]


@pytest.fixture
def plot(qtbot: QtBot) -> TermPlot:
    plot = TermPlot("D")
    qtbot.addWidget(plot)
    plot.resize(400, 260)
    with qtbot.waitExposed(plot):
        plot.show()
    return plot


def show_estimate(plot: TermPlot) -> None:
    supported = (U > 0.1) & (U < 0.7)
    mid = np.where(supported, 0.01, 50.0)
    plot.set_estimate(U, mid, 0.8 * mid, 1.2 * mid, supported)


def labels(plot: TermPlot) -> list[str]:
    return plot.canvas.legend.labels


def test_axes_carry_units_and_what_one_means(plot: TermPlot, qtbot: QtBot) -> None:
    plot.set_units("mm", "day", 1840.2, "cells/mm²")
    assert plot.canvas.legend.title == "Diffusivity D(u) [mm²/day]"
    assert plot.canvas.label == "density u (1 = 1,840 cells/mm²)"
    other = TermPlot("G")
    qtbot.addWidget(other)
    other.set_units("um", "hour")
    assert other.canvas.legend.title == "Growth rate G(u) [1/hour]"


def test_networks_are_shown_with_their_median_until_there_is_an_estimate(plot: TermPlot) -> None:
    assert plot.canvas.message
    plot.set_members(U, MEMBERS)
    assert labels(plot) == ["median", "networks"]
    _, median = plot.curves["median"].getData()
    np.testing.assert_allclose(median, MEMBERS[2])
    show_estimate(plot)
    assert labels(plot) == ["estimate", "networks"]
    assert not plot.curves["median"].isVisible()
    _, mean = plot.curves["mean"].getData()
    np.testing.assert_allclose(mean, MEMBERS.mean(axis=0))


def test_one_network_has_no_range(plot: TermPlot) -> None:
    plot.set_members(U, MEMBERS[0])
    assert labels(plot) == ["median", "networks"]


def test_networks_that_diverged_leave_gaps(plot: TermPlot) -> None:
    broken = MEMBERS.copy()
    broken[0] = np.nan
    plot.set_members(U, broken)
    plot.grab()
    assert np.isfinite(plot.canvas.view.viewRange()).all()


def test_densities_without_data_are_shaded(plot: TermPlot) -> None:
    show_estimate(plot)
    (_, left), (right, _) = plot.ground.unsupported
    assert left == pytest.approx(0.1, abs=0.01)
    assert right == pytest.approx(0.7, abs=0.01)
    theme = PlotTheme.of("dark")
    plot.set_theme(theme)
    picture = plot.canvas.viewport.grab().toImage()
    scene = plot.canvas.view.mapViewToScene
    low, high = plot.canvas.view.viewRange()[1]
    height = low + 0.4 * (high - low)
    seen = []
    for u in (0.4, 0.05):
        at = plot.canvas.viewport_position(scene(QPointF(u, height)))
        seen.append(picture.pixelColor(int(at.x()), int(at.y())).name().upper())
    assert seen[0] == theme.background
    assert seen[1] == theme.unsupported


def test_beyond_the_estimate_nothing_is_supported(plot: TermPlot) -> None:
    """The networks' curves go on to u = 1, where hardly a bin was ever as full."""
    u = np.linspace(0, 0.8, 81)
    for last, left in ((True, 0.8), (False, 0.7)):
        supported = (u > 0.1) & (last | (u < 0.7))
        plot.set_estimate(u, u, u, u, supported)
        assert plot.ground.unsupported[-1] == (pytest.approx(left, abs=0.01), 1.0)


def test_the_axis_shows_what_the_data_support(plot: TermPlot) -> None:
    show_estimate(plot)
    _, high = plot.canvas.view.viewRange()[1]
    assert 0.012 < high < 0.03


def test_before_the_estimate_the_histogram_says_what_is_supported(plot: TermPlot) -> None:
    plot.set_histogram(np.linspace(0, 1, 11), [1, 5, 9, 5, 1, 0, 0, 0, 0, 0])
    plot.set_members(U, np.where(U > 0.6, 1e3, MEMBERS))
    assert plot.canvas.view.viewRange()[1][1] < 1
    assert "data" in labels(plot)


def test_formula_and_truth_come_and_go(plot: TermPlot) -> None:
    show_estimate(plot)
    plot.set_formula(U, 0.01 + 0 * U, "0.01")
    plot.set_truth(U, 0.012 * np.ones_like(U))
    assert labels(plot)[-2:] == ["0.01", "truth"]
    plot.set_formula([], [])
    plot.set_truth([], [])
    assert labels(plot) == ["estimate"]
    assert not plot.curves["formula"].isVisible()


def test_single_networks_make_room_for_the_formula(plot: TermPlot) -> None:
    plot.set_members(U, MEMBERS)
    show_estimate(plot)
    plot.set_formula(U, 0.01 + 0 * U)
    assert labels(plot) == ["estimate", "formula"]
    plot.set_formula([], [])
    assert labels(plot) == ["estimate", "networks"]


def test_runs_are_compared_in_place_of_the_curves(plot: TermPlot) -> None:
    show_estimate(plot)
    mid = 0.01 + 0.01 * U
    plot.set_comparison([("run a", U, mid, 0.9 * mid, 1.1 * mid), ("run b", U, mid, mid, mid)])
    assert labels(plot) == ["run a", "run b"]
    assert not plot.curves["estimate"].isVisible()
    plot.set_comparison([])
    assert labels(plot) == ["estimate"]
    assert plot.curves["estimate"].isVisible()


def test_another_training_keeps_histogram_and_truth(plot: TermPlot) -> None:
    plot.set_histogram([0, 0.5, 1], [1, 2])
    plot.set_truth(U, MEMBERS[0])
    show_estimate(plot)
    plot.clear_learning()
    assert labels(plot) == ["truth", "data"]
    assert plot.ground.unsupported == []
    plot.clear()
    assert labels(plot) == []
    assert plot.canvas.message


def test_the_range_the_user_chose_stays_until_reset(plot: TermPlot, qtbot: QtBot) -> None:
    plot.set_members(U, MEMBERS)
    whole = plot.canvas.view.viewRange()
    plot.canvas.view.setRange(xRange=(0.2, 0.3), yRange=(0, 1), padding=0)
    plot.canvas.view.sigRangeChangedManually.emit([True, True])
    plot.set_members(U, 3 * MEMBERS)
    assert plot.canvas.is_zoomed
    assert plot.canvas.view.viewRange()[0] == pytest.approx([0.2, 0.3])
    plot.canvas.reset_view()
    assert not plot.canvas.is_zoomed
    assert plot.canvas.view.viewRange()[0] == pytest.approx(whole[0])
    assert plot.canvas.view.viewRange()[1][1] > whole[1][1]
