"""A viewer, its docks and a real engine, driven with the mouse as a user would."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import psutil

if TYPE_CHECKING:
    import napari
    import pytest
    from pytestqt.qtbot import QtBot
    from qtpy.QtCore import QPoint
    from qtpy.QtWidgets import QAbstractItemView, QComboBox, QMenu, QWidget

    from napari_binn.gui.discover.dock import DiscoverDock
    from napari_binn.gui.plots.dock import CurvesDock
    from napari_binn.gui.runs.dock import RunsDock
    from napari_binn.gui.session import Session
    from napari_binn.phantom import Phantom

#: Milliseconds that a computation of the tiny movie may take on a busy computer.
LONG = 300_000
#: Training that is over in a moment, and one that has to be stopped.
QUICK: dict[str, Any] = {
    "density": {"bin_size": 80.0},
    "binn": {"members": 2, "steps": 60, "width": 8},
    "inference": {"knots": 4},
    "equations": {"engine": "library", "refits": 2},
    "device": "cpu",
}
ENDLESS = {"binn": {"steps": 100_000}}


def small_growth(frames: int = 7) -> Phantom:
    """Return the sample movie, on a field of a twelfth."""
    from napari_binn.phantom import Patches, get

    return replace(
        get("growth"),
        sites=(30, 40),
        frames=frames,
        pattern=Patches(((0.16, 0.16, 0.12), (0.5, 0.34, 0.1))),
    )


def add_cells(viewer: napari.Viewer, name: str = "cells", seed: int = 0) -> napari.layers.Points:
    """Add the positions of the cells of the small movie: quickly measured."""
    from napari_binn.gui.layers import points_layer
    from napari_binn.movie.model import MemoryFrames, Movie
    from napari_binn.phantom.cells import simulate_cells

    phantom = small_growth()
    movie = Movie(
        kind="points",
        frames=MemoryFrames(simulate_cells(phantom, seed).positions),
        times=phantom.times,
        time_unit="hour",
        length_unit="um",
        pixel_size=(1.0, 1.0),
        extent=(0.0, 0.0, *phantom.extent),
        source=name,
    )
    data, options, _ = points_layer(movie, name)
    return viewer.add_points(data, **options)


def keep_runs_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let new sessions keep their runs in ``folder``, and the sample be the small movie."""
    from napari_binn.gui import preferences
    from napari_binn.phantom import rules

    chosen = preferences.Preferences(runs_folder=folder, threads=1, plot_rate=10.0)
    monkeypatch.setattr(preferences, "load_preferences", lambda: chosen)
    monkeypatch.setattr(rules, "_CATALOGUE", (small_growth(),))


@dataclass
class Workbench:
    """A viewer with the docks in it, and the hands of a user."""

    viewer: napari.Viewer
    qtbot: QtBot
    make_viewer: Callable[..., napari.Viewer]
    clicks: int = 0
    problems: list[tuple[str, str]] = field(default_factory=list)

    # The parts

    @property
    def session(self) -> Session:
        """The session of the viewer."""
        from napari_binn.gui.sessions import session_of

        return session_of(self.viewer)

    @property
    def discover(self) -> DiscoverDock:
        """The dock *Discover equation*."""
        return cast("DiscoverDock", self._dock("Discover equation"))

    @property
    def curves(self) -> CurvesDock:
        """The dock *Curves*."""
        return cast("CurvesDock", self._dock("Curves"))

    @property
    def runs(self) -> RunsDock:
        """The dock *Runs*."""
        return cast("RunsDock", self._dock("Runs"))

    def _dock(self, name: str) -> QWidget:
        """Return a dock, however it was opened; open it if it is not there."""
        from napari_binn.gui.commands import open_dock

        docks = self.viewer.window.dock_widgets
        found = next((docks[key] for key in docks if key.startswith(f"{name} (")), None)
        return open_dock(self.viewer, name) if found is None else found

    def open(self, **choices: Any) -> Session:
        """Open the dock and choose settings, the quick ones unless told otherwise."""
        session = self.discover.session
        session.problem.connect(lambda *problem: self.problems.append(problem))
        self.quicken(**choices)
        self.until(lambda: any(k.startswith("Curves") for k in self.viewer.window.dock_widgets))
        return session

    def quicken(self, **choices: Any) -> None:
        """Choose the quick settings, except for ``choices``."""
        from napari_binn.settings import merge_all

        self.session.choose(merge_all(QUICK, choices), told=True)

    def restarted(self) -> Workbench:
        """Close the window and open another one, which knows nothing of the first."""
        self.viewer.close()
        self.settle()
        return Workbench(self.make_viewer(show=True), self.qtbot, self.make_viewer)

    def remove(self, layer: napari.layers.Layer) -> None:
        """Remove a layer, and draw no picture from now on.

        Mesa, which does OpenGL in software, crashes when it draws after layers were removed.
        """
        self.viewer.window._qt_viewer.canvas.native.hide()
        self.viewer.layers.remove(layer)
        self.settle()

    # The hands

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        """Click a widget that is seen and enabled, scrolling to it first."""
        from qtpy.QtCore import QPoint, Qt
        from qtpy.QtWidgets import QScrollArea

        name = f"{type(widget).__name__} {getattr(widget, 'text', str)()!r}"
        parent = widget.parentWidget()
        while parent is not None and not isinstance(parent, QScrollArea):
            parent = parent.parentWidget()
        if isinstance(parent, QScrollArea):
            self.settle()
            parent.ensureWidgetVisible(widget)
        self.until(widget.isVisible, f"{name} is not seen")
        assert widget.isEnabled(), f"{name} is disabled: {widget.toolTip()}"
        centre = QPoint(min(widget.width() // 2, 12), widget.height() // 2)
        self.qtbot.mouseClick(widget, Qt.MouseButton.LeftButton, pos=at or centre)
        self.clicks += 1

    def click_row(self, table: QAbstractItemView, row: int, column: int = 0) -> None:
        """Click a cell of a table."""
        model, viewport = table.model(), table.viewport()
        assert model is not None
        assert viewport is not None
        index = model.index(row, column)
        table.scrollTo(index)
        self.click(viewport, table.visualRect(index).center())

    def click_equation(self, key: int) -> None:
        """Click an equation of step ④, by its place among those that were found."""
        from napari_binn.gui.discover.formula_delegate import ROW_ROLE

        table = self.discover.equation.table
        model = table.model()
        assert model is not None
        keys = [model.index(row, 0).data(ROW_ROLE).key for row in range(model.rowCount())]
        self.click_row(table, keys.index(key))

    def click_menu(self, *titles: str) -> None:
        """Click through the menus of the window, by their titles."""
        bar = self.viewer.window._qt_window.menuBar()
        assert bar is not None
        menu: Any = bar
        for title in titles:
            offered = {action.text().replace("&", ""): action for action in menu.actions()}
            assert title in offered, f"{title} is not among {', '.join(offered)}"
            action = offered[title]
            self.settle()
            self.click(menu, menu.actionGeometry(action).center())
            following: QMenu | None = action.menu()
            if following is None:
                return
            self.until(following.isVisible, f"the menu {title} does not open")
            menu = following

    def choose(self, combo: QComboBox, value: Any) -> None:
        """Pick an entry of a list with the keyboard, by what it stands for."""
        from qtpy.QtCore import Qt

        self.click(combo)  # opens the list, the present entry in hand
        here, there = combo.currentIndex(), combo.findData(value)
        assert there >= 0, f"{value} is not offered"
        view = combo.view()
        assert view is not None
        self.until(view.isVisible, "the list does not open")
        key = Qt.Key.Key_Down if there > here else Qt.Key.Key_Up
        for _ in range(abs(there - here)):
            self.qtbot.keyClick(view, key)
        self.qtbot.keyClick(view, Qt.Key.Key_Return)
        self.until(lambda: combo.currentData() == value)

    def type(self, widget: QWidget, text: str, enter: bool = False) -> None:
        """Replace what a field holds."""
        from qtpy.QtCore import Qt

        self.click(widget)
        self.qtbot.keyClick(widget, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        self.qtbot.keyClicks(widget, text)
        if enter:
            self.qtbot.keyClick(widget, Qt.Key.Key_Return)

    def step(self, name: Any) -> None:
        """Open a step, if it is closed."""
        box = self.discover.boxes[name]
        if not box.is_open:
            self.click(box.header)

    # The eyes

    def until(self, reached: Callable[[], Any], lest: str = "", timeout: int = LONG) -> None:
        """Wait until something has happened."""
        self.qtbot.waitUntil(
            lambda: bool(reached()) or (_ for _ in ()).throw(AssertionError(lest or "timeout")),
            timeout=timeout,
        )

    def settle(self, milliseconds: int = 30) -> None:
        """Let the window draw and lay itself out."""
        self.qtbot.wait(milliseconds)

    def until_learning(self, beyond: float = 0.0) -> None:
        """Wait until the network learns, and has come further than ``beyond`` (of the bar)."""
        self.until(
            lambda: (
                self.session.facts().running == "learn"
                and self.session.progress is not None
                and self.progress > beyond
            ),
            "the network does not learn",
        )

    def learn(self, beyond: float = 0.0) -> None:
        """Press *Learn* and wait until the network learns."""
        self.step("learn")
        self.click(self.discover.learn.learn)
        self.until(lambda: self.session.busy)
        self.until_learning(beyond)

    def until_idle(self) -> None:
        """Wait until the engine has nothing to do, a simulation on demand included."""
        self.until(
            lambda: (
                not self.session.facts().busy
                and not self.session.room.busy
                and not self.session.replays.busy
            ),
            "the engine does not come to an end",
        )

    @property
    def progress(self) -> float:
        """How far the running stage is."""
        progress = self.session.progress
        return 0.0 if progress is None else progress.done / progress.total

    @property
    def statuses(self) -> dict[str, tuple[str, str]]:
        """What the five steps say: kind and line."""
        return {str(step): box.status for step, box in self.discover.boxes.items()}

    def layer(self, role: str) -> napari.layers.Layer | None:
        """Return the layer of the run that has this role."""
        from napari_binn.gui.layers import find_layer

        run = self.session.run
        return find_layer(self.viewer, role, "" if run is None else str(run.path))


@contextmanager
def leaving_nothing(qtbot: QtBot) -> Iterator[None]:
    """Check that no engine, thread, timer, widget or other object of ours outlives its viewer."""
    from qtpy.QtCore import QThreadPool

    threads = {thread.ident for thread in _our_threads()}
    before = _our_objects()  # of other tests, kept alive so that nothing else takes their place
    yield
    pool = QThreadPool.globalInstance()
    assert pool is not None
    assert pool.waitForDone(10_000), "a worker does not end"
    _settle_deletions()
    qtbot.waitUntil(lambda: not engines(), timeout=5000)
    qtbot.waitUntil(lambda: {thread.ident for thread in _our_threads()} <= threads, timeout=5000)
    _settle_deletions()
    known = {id(item) for item in before}
    left = sorted({type(item).__name__ for item in _our_objects() if id(item) not in known})
    assert not left, f"these outlived their viewer: {', '.join(left)}"


def engines(of: int | None = None) -> list[psutil.Process]:
    """Return the engine processes that this process, or the process ``of``, has started."""
    found = []
    for child in psutil.Process(of).children(recursive=True):
        with suppress(psutil.Error):
            if child.cmdline()[-2:] == ["napari_binn", "engine"]:
                found.append(child)
    return found


def _our_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if "napari-binn" in thread.name]


def _settle_deletions() -> None:
    from qtpy.QtCore import QCoreApplication, QEvent

    for _ in range(2):
        gc.collect()
        QCoreApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def _our_objects() -> list[Any]:
    """Return the Qt objects of this package that are still there, timers included."""
    from qtpy import compat
    from qtpy.QtCore import QObject

    return [
        item
        for item in gc.get_objects()
        if issubclass(type(item), QObject)  # isinstance would ask objects that are not ours
        and type(item).__module__.startswith("napari_binn")
        and compat.isalive(item)
    ]


def edges(layer: napari.layers.Image) -> np.ndarray[Any, Any]:
    """Return the outer corners of an image layer y, x in the world (without rotation)."""
    centres = np.asarray(layer.extent.world)[:, -2:]
    half = np.asarray(layer.scale)[-2:] / 2
    outer: np.ndarray[Any, Any] = centres + np.stack([-half, half])
    return outer


def counted_inside(
    points: np.ndarray[Any, Any], corners: Sequence[tuple[float, float]]
) -> np.ndarray[Any, Any]:
    """Return which points y, x lie inside a polygon of corners y, x."""
    from matplotlib import path

    inside: np.ndarray[Any, Any] = path.Path(np.asarray(corners)).contains_points(points)
    return inside
