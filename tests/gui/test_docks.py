"""The docks as napari's menus open them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QDockWidget, QMainWindow, QScrollArea, QWidget

from napari_binn.engine.protocol import Failed, Finished
from napari_binn.events import Curves, Losses, StageStarted
from napari_binn.gui import sessions
from napari_binn.gui.commands import CURVES, DISCOVER, RUNS, discover_equation, open_dock
from napari_binn.gui.discover.dock import DiscoverDock
from napari_binn.gui.plots.dock import CurvesDock
from napari_binn.gui.preferences import Preferences
from napari_binn.gui.replays import DRAFT, Replay
from napari_binn.gui.runs.dock import RunsDock
from napari_binn.gui.session import Session
from tests.example_run import make_example, save_example
from tests.gui.checks import make_diagnosis
from tests.gui.rooms import ScriptedRoom

if TYPE_CHECKING:
    import napari
    from pytestqt.qtbot import QtBot

pytestmark = pytest.mark.gui


@pytest.fixture
def viewer(
    make_napari_viewer: Callable[..., napari.Viewer],
    room: ScriptedRoom,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> napari.Viewer:
    """A viewer whose docks share a session without an engine."""
    viewer = make_napari_viewer(show=True)
    session = Session(viewer, room, Preferences(runs_folder=tmp_path / "runs"), background=False)
    monkeypatch.setitem(sessions._sessions, viewer, session)
    return viewer


def frame_of(widget: QWidget) -> QDockWidget:
    frame = widget.parentWidget()
    assert isinstance(frame, QDockWidget)
    return frame


def window_of(widget: QWidget) -> QMainWindow:
    window = widget.window()
    assert isinstance(window, QMainWindow)
    return window


def test_the_docks_share_one_session_and_lie_where_they_belong(
    viewer: napari.Viewer, qtbot: QtBot
) -> None:
    discover = open_dock(viewer, DISCOVER)
    assert isinstance(discover, DiscoverDock)
    qtbot.waitUntil(lambda: len(viewer.window.dock_widgets) == 2)  # the curves come with it
    curves, runs = open_dock(viewer, CURVES), open_dock(viewer, RUNS)
    assert isinstance(curves, CurvesDock)
    assert isinstance(runs, RunsDock)
    assert discover.session is curves.session is runs.session
    window = window_of(discover)
    areas = {w: window.dockWidgetArea(frame_of(w)) for w in (discover, curves, runs)}
    assert areas[discover] == areas[runs] == Qt.DockWidgetArea.RightDockWidgetArea
    assert areas[curves] == Qt.DockWidgetArea.BottomDockWidgetArea


def test_a_dock_that_is_open_is_brought_to_the_front_not_made_twice(
    viewer: napari.Viewer, qtbot: QtBot
) -> None:
    first = open_dock(viewer, DISCOVER)
    qtbot.waitUntil(lambda: len(viewer.window.dock_widgets) == 2)
    assert open_dock(viewer, DISCOVER) is first
    assert len(viewer.window.dock_widgets) == 2


def test_the_menu_layers_measure_takes_the_selected_layer(
    viewer: napari.Viewer, qtbot: QtBot
) -> None:
    (sample,) = viewer.open_sample("napari-binn", "growth")
    other = viewer.add_image(sample.data[:3], name="other")
    viewer.layers.selection.active = sample
    discover_equation(viewer)
    dock = open_dock(viewer, DISCOVER)
    assert isinstance(dock, DiscoverDock)
    assert dock.session.source is not None
    assert dock.session.source.name == sample.name != other.name
    qtbot.waitUntil(lambda: len(viewer.window.dock_widgets) == 2)


def test_nothing_is_cut_off_in_a_small_window(viewer: napari.Viewer, qtbot: QtBot) -> None:
    dock = open_dock(viewer, DISCOVER)
    assert isinstance(dock, DiscoverDock)
    qtbot.waitUntil(lambda: len(viewer.window.dock_widgets) == 2)
    window = window_of(dock)
    window.resize(1280, 720)
    for box in dock.boxes.values():
        box.set_open(True)
    qtbot.wait(100)
    assert (window.width(), window.height()) == (1280, 720)
    scroll = dock.findChild(QScrollArea)
    assert scroll is not None
    across, down = scroll.horizontalScrollBar(), scroll.verticalScrollBar()
    assert across is not None
    assert down is not None
    assert across.maximum() == 0
    assert down.maximum() > 0
    assert dock.discover.isVisible()


def test_curves_follow_the_theme_and_the_engine(
    viewer: napari.Viewer, room: ScriptedRoom, tmp_path: Path
) -> None:
    run = save_example(tmp_path / "runs" / "one", make_example(), parts=())
    dock = open_dock(viewer, CURVES)
    assert isinstance(dock, CurvesDock)
    dock.session.show_run(run.path)
    room.say(
        StageStarted("learn", "learning"),
        Losses(10, 100, {"data": 0.1, "residual": 0.01}),
        Curves(10, [0.0, 0.5, 1.0], [[1.0, 2.0, 3.0]], [[1.0, 0.5, 0.0]]),
    )
    assert set(dock.panel.losses.curves) == {"data", "residual"}
    before = dock.panel.grab().toImage().pixelColor(3, 60).lightness()
    viewer.theme = "light"
    after = dock.panel.grab().toImage().pixelColor(3, 60).lightness()
    assert before < 128 < after


def test_a_problem_stands_above_the_buttons_until_it_is_dismissed(
    viewer: napari.Viewer, room: ScriptedRoom, qtbot: QtBot
) -> None:
    dock = open_dock(viewer, DISCOVER)
    assert isinstance(dock, DiscoverDock)
    room.say(Failed("The computation ended unexpectedly.", "Traceback …"))
    assert dock.messages.isVisible()
    assert "unexpectedly" in dock.messages.label.text()
    qtbot.mouseClick(dock.messages.dismiss, Qt.MouseButton.LeftButton)
    assert not dock.messages.isVisible()
    qtbot.waitUntil(lambda: len(viewer.window.dock_widgets) == 2)


def test_a_click_on_a_run_shows_it_and_marks_it(
    viewer: napari.Viewer, tmp_path: Path, qtbot: QtBot
) -> None:
    save_example(tmp_path / "runs" / "one", make_example())
    dock = open_dock(viewer, RUNS)
    assert isinstance(dock, RunsDock)
    dock.presenter.refresh()
    table = dock.panel.table
    where = table.visualRect(table.model().index(0, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert {layer.name for layer in viewer.layers} == {"observed", "simulated", "residual"}
    assert dock.session.run is not None


def test_opening_the_docks_loads_neither_torch_nor_julia() -> None:
    code = (
        "import sys\n"
        "import napari_binn.gui.discover.dock, napari_binn.gui.plots.dock\n"
        "import napari_binn.gui.runs.dock\n"
        "print([m for m in ('torch', 'juliacall', 'pysr', 'sympy', 'matplotlib')"
        " if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_a_step_that_is_opened_comes_into_view(viewer: napari.Viewer, qtbot: QtBot) -> None:
    dock = open_dock(viewer, DISCOVER)
    assert isinstance(dock, DiscoverDock)
    qtbot.waitUntil(lambda: len(viewer.window.dock_widgets) == 2)
    window_of(dock).resize(1000, 500)
    for step in ("movie", "density", "learn"):
        dock.boxes[step].set_open(True)
    qtbot.wait(50)
    box = dock.boxes["equation"]
    box.header.click()
    header = box.header

    def is_seen() -> bool:
        viewport = dock.scroll_area.viewport()
        assert viewport is not None
        top = header.mapTo(viewport, header.rect().topLeft()).y()
        return 0 <= top < viewport.height() - header.height()

    qtbot.waitUntil(is_seen)


def test_the_curves_turn_to_the_step_that_the_user_turns_to(
    viewer: napari.Viewer, qtbot: QtBot
) -> None:
    dock = open_dock(viewer, DISCOVER)
    assert isinstance(dock, DiscoverDock)
    curves = open_dock(viewer, CURVES)
    assert isinstance(curves, CurvesDock)
    tabs = curves.panel.tabs
    for step, tab in (("compare", "Compare"), ("equation", "Equation"), ("learn", "Learning")):
        header = dock.boxes[step].header
        dock.scroll_area.ensureWidgetVisible(header)
        qtbot.mouseClick(header, Qt.MouseButton.LeftButton)
        assert tabs.tabText(tabs.currentIndex()) == tab


def test_the_curves_show_the_estimate_the_networks_and_why(
    viewer: napari.Viewer, tmp_path: Path, qtbot: QtBot
) -> None:
    example = make_example()
    example = replace(example, binn=replace(example.binn, D=3 * example.binn.D))
    run = save_example(tmp_path / "runs" / "one", example)
    run.save_diagnosis(make_diagnosis())
    discover, curves = open_dock(viewer, DISCOVER), open_dock(viewer, CURVES)
    assert isinstance(discover, DiscoverDock)
    assert isinstance(curves, CurvesDock)
    discover.session.show_run(run.path)
    panel = curves.panel
    assert {"estimate", "networks"} <= set(panel.D.canvas.legend.labels)
    assert "disagree" in panel.note.toolTip()
    assert panel.checks.verdict.text() == "✕ not reaction–diffusion alone"

    for step, box in discover.boxes.items():
        box.set_open(step == "learn")
    discover.learn.findings.checked.set_open(True)
    row = discover.learn.findings.rows()["patches"]
    qtbot.wait(50)
    discover.scroll_area.ensureWidgetVisible(row)
    qtbot.mouseClick(row, Qt.MouseButton.LeftButton)
    assert panel.tabs.tabText(panel.tabs.currentIndex()) == "Checks"
    assert panel.checks.name == "patches"
    assert panel.checks.deviation.isVisible()


def test_an_equation_that_is_kept_joins_the_trade_off_plot(
    viewer: napari.Viewer, room: ScriptedRoom, tmp_path: Path
) -> None:
    run = save_example(tmp_path / "runs" / "one", make_example())
    dock = open_dock(viewer, CURVES)
    assert isinstance(dock, CurvesDock)
    session = dock.session
    session.show_run(run.path)
    session.replays.ask(Replay(DRAFT, "0.02", "1.0*(1 - u)"))
    np.savez(room.requests[-1].out, values=run.load_density().values)
    room.say(Finished({"metrics": {"count_error_percent": 1.0, "deviance_per_bin": 1.0}}))
    key = session.replays.keep()
    assert key is not None
    assert session.replays.selected is not None
    assert session.replays.selected.key == key
    assert dock.panel.pareto.key == key
