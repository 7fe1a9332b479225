"""A run in a napari window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import UserError
from ..run.folder import RunFolder
from .layers import run_layers

if TYPE_CHECKING:
    import napari


def show_run(viewer: napari.Viewer, run: RunFolder) -> None:
    """Add the layers of ``run`` to a viewer, side by side, with a scale bar.

    Raises
    ------
    UserError
        The run has no density yet, or a file of it is damaged.
    """
    from napari.layers import Layer

    for layer in run_layers(run):
        viewer.add_layer(Layer.create(*layer))
    viewer.dims.set_point(0, viewer.dims.range[0].start)
    viewer.canvas.grid.enabled = True
    viewer.canvas.overlays.scale_bar.visible = True
    viewer.reset_view()


def open_run(run: RunFolder) -> None:
    """Open napari on ``run`` and return when its window is closed.

    Raises
    ------
    UserError
        There is no Qt binding or no display, or the run cannot be read.
    """
    run.load_density()  # a damaged run is said before a window opens
    try:
        import napari
        from qtpy import QtWidgets  # noqa: F401
    except ImportError as error:
        raise UserError(
            f"napari cannot open a window ({error}): 'napari-binn doctor' says what is missing."
        ) from None
    viewer = napari.Viewer(title=f"{run.path} – napari-binn")
    show_run(viewer, run)
    napari.run()
