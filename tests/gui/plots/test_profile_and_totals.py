"""Observation and simulation along a line and over time."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from napari_binn.gui.plots.profile import ProfilePlot
from napari_binn.gui.plots.totals import TotalsPlot

pytestmark = pytest.mark.gui
X = np.linspace(0, 1.2, 10)
T = np.linspace(0, 3, 7)


@pytest.fixture
def profile(qtbot: QtBot) -> ProfilePlot:
    plot = ProfilePlot()
    qtbot.addWidget(plot)
    return plot


@pytest.fixture
def totals(qtbot: QtBot) -> TotalsPlot:
    plot = TotalsPlot()
    qtbot.addWidget(plot)
    return plot


def test_without_a_line_the_profile_says_what_to_do(profile: ProfilePlot) -> None:
    assert "Draw a line" in profile.canvas.message
    profile.set_hint("The line lies outside the field.")
    assert profile.canvas.message == "The line lies outside the field."
    profile.set_profile(X, 100 * X, None, "um", "cells/mm²", "day 1")
    assert profile.canvas.message == ""
    assert profile.canvas.legend.labels == ["observed"]
    profile.clear()
    assert "Draw a line" in profile.canvas.message


def test_the_profile_names_moment_and_units(profile: ProfilePlot) -> None:
    profile.set_profile(X, 100 * X, 90 * X, "um", "cells/mm²", "day 1.25")
    assert profile.canvas.legend.title == "Density along the line [cells/mm²] · day 1.25"
    assert profile.canvas.legend.labels == ["observed", "simulated"]
    assert profile.canvas.label == "distance [µm]"


def test_fixed_limits_stay_while_time_passes(profile: ProfilePlot) -> None:
    profile.set_limits(0, 500)
    for factor in (1, 50, 400):
        profile.set_profile(X, factor * X, None, "mm", "cells/mm²", "")
        assert profile.canvas.home[1] == pytest.approx((-30, 530))


def test_bins_outside_the_field_leave_gaps(profile: ProfilePlot) -> None:
    observed = np.where(X > 0.6, np.nan, X)
    profile.set_profile(X, observed, np.full(10, np.nan), "mm", "", "")
    profile.resize(300, 200)
    profile.grab()
    assert np.isfinite(profile.canvas.home).all()


def test_totals_show_what_is_there(totals: TotalsPlot) -> None:
    assert totals.canvas.message
    totals.set_series(T, T + 1, None, None, "day", "cells/mm²")
    assert totals.canvas.legend.labels == ["observed"]
    totals.set_series(T, T + 1, T + 1.1, (T[4:], T[4:] + 0.8), "day", "cells/mm²")
    assert totals.canvas.legend.labels == ["observed", "simulated", "forecast", "forecast begins"]
    assert totals.canvas.label == "time [day]"
    assert totals.canvas.legend.title == "Mean density [cells/mm²]"
    totals.clear()
    assert totals.canvas.message
    assert totals.canvas.legend.labels == []


def test_the_cursor_follows_the_slider(totals: TotalsPlot) -> None:
    totals.set_series(T, T + 1, None, (T[4:], T[4:]), "day", "")
    assert totals.forecast_from == T[4]
    for t in (0.0, 1.25):
        totals.set_time(t)
        assert totals.time == t
        x, _ = totals.now_line.getData()
        np.testing.assert_array_equal(x, [t, t])
