"""What the menus do: Layers ▸ Measure, and the docks that open together."""

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QMainWindow, QWidget

from .sessions import attach, session_of

if TYPE_CHECKING:
    # The names under which napari hands the viewer over.
    import napari

PLUGIN = "napari-binn"
#: What the manifest calls the plugin in menus.
TITLE = "BINN"
#: Height of the curves in a window that is high enough.
HEIGHT = 260
DISCOVER, CURVES, RUNS = "Discover equation", "Curves", "Runs"


def discover_equation(viewer: "napari.Viewer") -> None:
    """Open *Discover equation* and *Curves* for the selected layer."""
    from .discover.movie import can_be_analysed

    layer = viewer.layers.selection.active
    open_dock(viewer, DISCOVER)
    if layer is not None and can_be_analysed(layer):
        session_of(viewer).set_layer(layer)


def show_runs(viewer: "napari.Viewer") -> None:
    """Open the list of runs."""
    open_dock(viewer, RUNS)


def open_dock(viewer: "napari.Viewer", name: str) -> QWidget:
    """Open a dock of this plugin where it belongs, or bring it to the front."""
    full_name = f"{name} ({TITLE})"  # napari's own name of it, so that its menu knows it is open
    found: QWidget | None = viewer.window.dock_widgets.get(full_name)
    if found is None:
        found = _make(viewer, name)
        area = "bottom" if name == CURVES else "right"
        frame = viewer.window.add_dock_widget(found, name=full_name, area=area, tabify=name == RUNS)
        attach(session_of(viewer), found)
        window = found.window()
        if name == CURVES and isinstance(window, QMainWindow):
            # napari gives a new dock the least height that it accepts.
            height = min(HEIGHT, window.height() // 3)
            window.resizeDocks([frame], [height], Qt.Orientation.Vertical)
    frame = found.parentWidget()
    if frame is not None:
        frame.show()
        frame.raise_()
    return found


def _make(viewer: "napari.Viewer", name: str) -> QWidget:
    if name == CURVES:
        from .plots.dock import CurvesDock

        return CurvesDock(viewer)
    if name == RUNS:
        from .runs.dock import RunsDock

        return RunsDock(viewer)
    from .discover.dock import DiscoverDock

    return DiscoverDock(viewer)
