"""A run in a napari window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import UserError
from ..run.folder import RunFolder
from .arrange import arrange
from .layers import run_layers
from .overlay import canvas_text, show_formula

if TYPE_CHECKING:
    import napari


def show_run(viewer: napari.Viewer, run: RunFolder) -> None:
    """Add the layers of ``run`` to a viewer, side by side, with the formula and a scale bar.

    Raises
    ------
    UserError
        The run has no density yet, or a file of it is damaged.
    """
    from napari.layers import Layer

    layers = [viewer.add_layer(Layer.create(*layer)) for layer in run_layers(run)]
    viewer.dims.set_point(0, viewer.dims.range[0].start)
    viewer.canvas.overlays.scale_bar.visible = True
    arrange(viewer, layers)
    if run.has("discover"):
        show_formula(viewer, formula_of(run))


def formula_of(run: RunFolder) -> str:
    """Return the equation that a run found, as it is drawn on the canvas.

    Raises
    ------
    UserError
        The run has no equation yet, or a file of it is damaged.
    """
    density, equations = run.load_density(), run.load_equations()
    return canvas_text(
        equations.best.D.text,
        equations.best.G.text,
        equations.density_scale,
        density.density_unit,
        density.length_unit,
        density.time_unit,
    )


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
