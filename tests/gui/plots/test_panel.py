"""The Curves dock as a whole."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from types import SimpleNamespace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import QCoreApplication, QEvent
from qtpy.QtGui import QColor
from qtpy.QtWidgets import QApplication

from napari_binn.gui.plots.panel import CurvesPanel
from napari_binn.gui.plots.pareto import ParetoPoint
from napari_binn.gui.plots.theme import PlotTheme

pytestmark = pytest.mark.gui
U = np.linspace(0, 1, 64)
MEMBERS = np.ones((5, 1)) * (0.01 + 0.02 * U)


def feed(panel: CurvesPanel) -> None:
    panel.set_units("mm", "day", 1840, "cells/mm²")
    panel.set_histogram(np.linspace(0, 1, 11), np.ones(10))
    panel.losses.append(10, 100, {"data": 0.1, "residual": 0.2})
    panel.set_members(U, MEMBERS, 1 - MEMBERS, (0.1, 0.9))
    band = {"D": U, "D_low": U, "D_high": U, "G": U, "G_low": U, "G_high": U}
    panel.set_estimate(SimpleNamespace(u=U, supported=U < 0.8, **band))
    panel.set_formula(U, U, U)
    panel.set_truth(U, U, U)
    panel.pareto.set_points([ParetoPoint(0, 3, 1.0, "D = u", chosen=True)])
    panel.profile.set_profile(U, U, U, "mm", "cells/mm²", "day 1")
    panel.totals.set_series(U, U, U, None, "day", "cells/mm²")


@pytest.fixture
def panel(qtbot: QtBot) -> CurvesPanel:
    panel = CurvesPanel()
    qtbot.addWidget(panel)
    panel.resize(900, 180)
    with qtbot.waitExposed(panel):
        panel.show()
    return panel


def test_the_dock_leaves_room_for_the_images(panel: CurvesPanel) -> None:
    assert 200 <= panel.sizeHint().height() <= 280
    assert panel.minimumSizeHint().height() <= 180
    feed(panel)
    QApplication.processEvents()
    assert (panel.width(), panel.height()) == (900, 180)
    assert all(plot.canvas.viewport.height() >= 60 for plot in (panel.losses, panel.D, panel.G))


def test_what_was_learned_and_the_formula_stand_beside_the_estimate(panel: CurvesPanel) -> None:
    feed(panel)
    for plot in (panel.D, panel.G):
        assert plot.canvas.legend.labels == ["estimate", "networks", "truth", "data"]
    for plot in (panel.formula_D, panel.formula_G):
        assert plot.canvas.legend.labels == ["estimate", "formula", "truth", "data"]
    panel.clear_formula()
    assert panel.formula_G.canvas.legend.labels == panel.G.canvas.legend.labels


def test_a_line_below_the_curves_says_what_one_has_to_know(panel: CurvesPanel) -> None:
    assert not panel.note.isVisible()
    panel.set_note("The networks disagree with the estimate.", "warning")
    assert panel.note.isVisible()
    assert panel.note.toolTip() == "The networks disagree with the estimate."
    panel.set_note("A sentence that is too long for one line. " * 9, "warning")
    QApplication.processEvents()
    text, room = panel.note.text(), panel.note.contentsRect().width()
    assert text.endswith("…")
    assert panel.note.fontMetrics().horizontalAdvance(text) <= room
    panel.clear_learning()
    assert not panel.note.isVisible()


def test_tabs_are_shown_by_name(panel: CurvesPanel) -> None:
    assert panel.D.isVisible()
    panel.show_tab("Equation")
    assert panel.pareto.isVisible()
    panel.show_tab("Checks")
    assert panel.checks.isVisible()
    panel.show_tab("Compare")
    assert panel.totals.isVisible()
    assert not panel.pareto.isVisible()


def test_switching_the_theme_recolours_everything(panel: CurvesPanel) -> None:
    feed(panel)
    for name in ("light", "dark", "light"):
        theme = PlotTheme.of(name)
        panel.set_theme(theme)
        assert QColor(panel.D.curves["estimate"].opts["pen"].color()) == QColor(theme.D)
        assert panel.losses.curves["data"].opts["pen"].color() == QColor(theme.series[0])
        for tab in ("Learning", "Equation", "Compare"):
            panel.show_tab(tab)
            QApplication.processEvents()
            for plot in panel.plots:
                if plot.isVisible():
                    corner = plot.canvas.viewport.grab().toImage().pixelColor(1, 1)
                    assert corner.name().upper() == theme.background


def test_clearing_leaves_only_sentences(panel: CurvesPanel) -> None:
    feed(panel)
    panel.clear_learning()
    assert panel.losses.canvas.message
    assert panel.D.canvas.legend.labels == ["truth", "data"]
    assert panel.totals.canvas.message == ""
    panel.clear()
    assert all(plot.canvas.message for plot in panel.plots)


def test_comparison_reaches_all_curves(panel: CurvesPanel) -> None:
    run = ("run a", U, U, U, U)
    panel.set_comparison([run], [run])
    assert panel.formula_G.canvas.legend.labels == ["run a"]
    panel.set_comparison([], [])
    assert panel.formula_G.canvas.message


def test_nothing_is_left_when_the_dock_goes(qtbot: QtBot) -> None:
    before = set(QApplication.topLevelWidgets())
    panel = CurvesPanel()
    feed(panel)
    with qtbot.waitExposed(panel):
        panel.show()
    gone = weakref.ref(panel)
    panel.close()
    panel.deleteLater()
    del panel
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    QApplication.processEvents()
    assert gone() is None
    assert set(QApplication.topLevelWidgets()) <= before


def test_the_plots_load_neither_napari_nor_torch() -> None:
    code = (
        "import sys, napari_binn.gui.plots.panel; "
        "print([m for m in ('napari', 'torch', 'matplotlib', 'sympy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
