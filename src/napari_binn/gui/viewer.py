"""A napari window for working with this plugin."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..display import display
from ..errors import UserError
from ..run.folder import RunFolder
from ..run.layout import Part

if TYPE_CHECKING:
    import napari

_WHAT_HELPS = "'napari-binn doctor' says what is missing."


def open_window(run: RunFolder | None = None, sample: str = "") -> None:
    """Open napari with the docks, on ``run`` or a sample movie; return when it is closed.

    Raises
    ------
    UserError
        The run cannot be read, or there is no Qt binding or no display: then no window opens.
    """
    if run is not None:
        check_readable(run)
    if not display():
        raise UserError(f"napari cannot open a window, since there is no display: {_WHAT_HELPS}")
    try:
        import napari
        from qtpy import QtWidgets  # noqa: F401
    except ImportError as error:
        raise UserError(f"napari cannot open a window ({error}): {_WHAT_HELPS}") from None
    viewer = napari.Viewer(title="napari-binn")
    fill(viewer, run, sample)
    napari.run()


def check_readable(run: RunFolder) -> None:
    """Raise a UserError if a part of ``run`` that is there cannot be read."""
    loaders: dict[Part, Callable[[], object]] = {
        "settings": run.load_settings,
        "density": run.load_density,
        "terms": run.load_terms,
        "equations": run.load_equations,
        "simulation": run.load_simulation,
    }
    for part, load in loaders.items():
        if run.has(part):
            load()


def fill(viewer: napari.Viewer, run: RunFolder | None = None, sample: str = "") -> None:
    """Open *Discover equation* and *Curves* in a viewer, on a run or a sample if one is given."""
    from .commands import CURVES, PLUGIN, discover_equation, open_dock
    from .sessions import session_of

    if sample:
        viewer.open_sample(PLUGIN, sample)
    discover_equation(viewer)
    open_dock(viewer, CURVES)
    if run is not None:
        session_of(viewer).show_run(run.path)
    if viewer.layers:
        viewer.dims.set_point(0, viewer.dims.range[0].start)
    viewer.canvas.overlays.scale_bar.visible = True
