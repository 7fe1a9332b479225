"""Drive napari through the workflow on the sample, click by click, and take the docs' pictures.

    make screenshots

Each picture is taken in the dark and in the light theme, from a window of 1280 × 720: the size at
which nothing may be cut off. Everything is done with real mouse events; the run goes to a temporary
folder.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import napari
import numpy as np
from napari.layers import Layer
from PIL import Image
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QAbstractButton, QApplication, QComboBox, QWidget
from scipy.ndimage import gaussian_filter
from skimage.feature import peak_local_max
from skimage.segmentation import watershed

from napari_binn.gui.commands import DISCOVER, RUNS, open_dock
from napari_binn.gui.corrected import ROLE as CORRECTED
from napari_binn.gui.discover.dock import DiscoverDock
from napari_binn.gui.layers import points_layer
from napari_binn.gui.sessions import session_of
from napari_binn.phantom import make_movie
from napari_binn.run.store import RunStore

IMAGES = Path(__file__).parent / "images"
THEMES = ("dark", "light")
PLUGIN = "napari-binn"
SIZE = (1280, 720)


class Tour:
    """A window, and what a user does in it."""

    def __init__(self, folder: Path, runs: Path) -> None:
        self.folder = folder
        self.viewer = napari.Viewer(title="napari", show=True)
        self.window = self.viewer.window._qt_window
        self.window.resize(*SIZE)
        self.session = session_of(self.viewer)
        self.session.store = RunStore(runs)
        self.session.problem.connect(lambda sentence, details: print(sentence, details))
        self.wait(1)

    def wait(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        """Let the window live until something happens; False if it did not in time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            QApplication.processEvents()
            if until():
                return True
            time.sleep(0.005)
        return False

    def click(self, widget: QWidget) -> None:
        """Click in the middle of a widget, where it can be seen."""
        centre = QPoint(min(widget.width() // 2, 80), widget.height() // 2)
        if isinstance(widget, QAbstractButton) and widget.isCheckable():
            centre.setX(min(widget.width() // 2, 12))
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, centre)
        self.wait(0.3)

    def open_step(self, dock: DiscoverDock, step: str) -> None:
        """Open one step and close the others."""
        for name, box in dock.boxes.items():
            if box.is_open != (name == step):
                self.click(box.header)
        self.wait(0.5)

    def shoot(self, name: str, themes: Sequence[str] = THEMES) -> None:
        """Take the picture in both themes."""
        for theme in themes:
            self.viewer.theme = theme
            self.wait(0.6)
            path = self.folder / f"{name}-{theme}.png"
            picture = self.viewer.screenshot(canvas_only=False, flash=False)
            Image.fromarray(picture[..., :3]).save(path, optimize=True)
            print(path, flush=True)
        self.viewer.theme = THEMES[0]

    def choose(self, combo: QComboBox, key: object) -> None:
        """Choose an entry of a list with the arrow keys."""
        combo.setFocus()
        wanted = combo.findData(key)
        while combo.currentIndex() != wanted:
            down = wanted > combo.currentIndex()
            QTest.keyClick(combo, Qt.Key.Key_Down if down else Qt.Key.Key_Up)
        self.wait(0.3)

    def draw(self, corners: list[tuple[float, float]]) -> None:
        """Add a rectangle to the region layer, as a drag of the mouse would."""
        layer = self.session.region_layers["include"]
        layer.add_rectangles([corners])
        layer.mode = "pan_zoom"
        self.wait(0.3)


def take(folder: Path, runs: Path) -> None:
    """Walk through the five steps."""
    tour = Tour(folder, runs)
    session = tour.session
    dock = open_dock(tour.viewer, DISCOVER)
    assert isinstance(dock, DiscoverDock)
    tour.wait(1)
    tour.shoot("start")
    tour.click(dock.movie.sample)
    tour.wait(10, lambda: session.source is not None)
    tour.wait(1)
    tour.shoot("movie")

    tour.open_step(dock, "density")
    dock.density.draw_requested.emit("rectangle", "include")
    tour.draw([(60, 120), (60, 900), (700, 900), (700, 120)])
    tour.wait(20, lambda: any(layer.metadata.get("role") for layer in tour.viewer.layers))
    tour.wait(1)
    tour.shoot("density")
    dock.density.clear_regions.emit()
    tour.wait(0.5)

    tour.open_step(dock, "learn")
    tour.click(dock.discover)
    assert tour.wait(120, lambda: session.facts().running == "learn")
    tour.wait(60, lambda: session.progress is not None and session.progress.done > 0.2)
    tour.click(dock.learn.watch)
    tour.wait(4)
    tour.shoot("learning")
    assert tour.wait(600, lambda: not session.facts().busy)
    tour.wait(2)
    tour.shoot("compare")
    tour.open_step(dock, "learn")
    tour.shoot("learned")
    findings = dock.learn.findings
    tour.click(findings.checked.header)
    row = findings.rows()["patches"]
    dock.scroll_area.ensureWidgetVisible(row)
    tour.click(row)
    tour.shoot("checks")
    tour.open_step(dock, "equation")
    tour.shoot("equation")

    open_dock(tour.viewer, RUNS)
    tour.wait(2)
    tour.shoot("runs")
    tour.viewer.close()
    tour.wait(0.5)


def take_methods(folder: Path, runs: Path) -> None:
    """Show each way to measure density on a movie that it suits, and a correction."""
    tour = Tour(folder, runs)
    dock = open_dock(tour.viewer, DISCOVER)
    assert isinstance(dock, DiscoverDock)
    tour.wait(1)
    (growth,) = tour.viewer.open_sample(PLUGIN, "growth")
    tour.wait(1)
    tour.open_step(dock, "density")
    _show(tour, dock, "nuclei", "preview cells")
    _show(tour, dock, "intensity", "preview density")
    growth.visible = False
    labels = tour.viewer.add_labels(_segmented(growth.data), name="segmented", **_placed(growth))
    tour.session.set_layer(labels)
    _show(tour, dock, "labels", "preview density")
    labels.visible = False
    table = points_layer(make_movie("growth", kind="points"), "positions.csv")
    points = tour.viewer.add_layer(Layer.create(*table))
    tour.session.set_layer(points)
    _show(tour, dock, "points", "preview density")
    points.visible = False
    (wound,) = tour.viewer.open_sample(PLUGIN, "wound")
    tour.session.set_layer(wound)
    tour.wait(1)
    _show(tour, dock, "auto", "preview density", "method-confluence")
    wound.visible = False
    _correct(tour, dock, growth)
    tour.viewer.close()
    tour.wait(0.5)


def _show(tour: Tour, dock: DiscoverDock, method: str, role: str, name: str | None = None) -> None:
    tour.choose(dock.density.method, method)

    def shown() -> bool:
        layers = tour.viewer.layers
        return any(layer.metadata.get("role") == role and layer.visible for layer in layers)

    assert tour.wait(60, shown), tour.session.obstacle("measure")
    tour.wait(1)
    dock.scroll_area.ensureWidgetVisible(dock.density.measure)
    tour.shoot(name or f"method-{method}", THEMES[:1])


def _correct(tour: Tour, dock: DiscoverDock, layer: Layer) -> None:
    """Take out that the corners of the field are darker."""
    layer.visible = True
    tour.session.set_layer(layer)
    tour.wait(1)
    box = dock.density.corrections
    tour.click(box.header)
    tour.choose(box.form.editor("illumination"), "on")
    dock.scroll_area.ensureWidgetVisible(box.show_button)
    tour.click(box.show_button)
    tour.wait(60, lambda: any(x.metadata.get("role") == CORRECTED for x in tour.viewer.layers))
    assert tour.wait(60, lambda: "light" in box.said()), tour.session.obstacle("measure")
    tour.wait(3)
    dock.scroll_area.ensureWidgetVisible(dock.density.measure)
    tour.shoot("corrections", THEMES[:1])


def _placed(layer: Layer) -> dict[str, object]:
    names = ("scale", "translate", "units", "axis_labels")
    return {name: getattr(layer, name) for name in names} | {"metadata": dict(layer.metadata)}


def _segmented(movie: np.ndarray) -> np.ndarray:
    """Return a label for each bright spot, as a segmentation by another tool would."""
    frames = []
    for frame in movie:
        smooth = gaussian_filter(frame.astype(np.float32), 1.5)
        bright = smooth > gaussian_filter(smooth, 12) + 8
        middles = np.zeros(frame.shape, np.int32)
        peaks = peak_local_max(smooth, min_distance=2, labels=bright.astype(int))
        middles[tuple(peaks.T)] = np.arange(1, len(peaks) + 1)
        frames.append(watershed(-smooth, middles, mask=bright))
    return np.stack(frames)


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=IMAGES / "napari")
    parser.add_argument("--part", choices=("all", "workflow", "methods"), default="all")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as runs:
        if arguments.part in ("all", "workflow"):
            take(arguments.out, Path(runs))
        if arguments.part in ("all", "methods"):
            take_methods(arguments.out, Path(runs))


if __name__ == "__main__":
    main()
