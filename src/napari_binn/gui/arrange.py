"""Layers side by side, or on top of each other in colours that mix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Layer

Mode = Literal["grid", "blend"]

# Where both are equally bright they mix to white.
_PAIR = ("green", "magenta")
_LOOK = ("visible", "opacity", "blending", "colormap")
_GRID = ("stride", "shape", "enabled")
_CAMERA = ("zoom", "center")


@dataclass(frozen=True)
class Arrangement:
    """How the layers were shown before, for :func:`restore`."""

    layers: tuple[tuple[Layer, dict[str, Any]], ...]
    grid: dict[str, Any]
    camera: dict[str, Any]


def arrange(viewer: ViewerModel, layers: Sequence[Layer], mode: Mode = "grid") -> Arrangement:
    """Show these layers alone: side by side, in their order, or blended.

    Two densities that are blended become green and magenta: what is white agrees.

    Returns
    -------
    How it was before.
    """
    before = Arrangement(
        tuple((layer, _look(layer)) for layer in viewer.layers),
        _values(viewer.canvas.grid, _GRID),
        _values(viewer.scene.camera, _CAMERA),
    )
    shown = [layer for layer in layers if layer in viewer.layers]
    for layer in viewer.layers:
        layer.visible = layer in shown
    _on_top(viewer, shown)
    for layer in shown:
        layer.opacity = 1.0
        layer.blending = "additive" if mode == "blend" else "translucent"
    if mode == "blend" and len(shown) == len(_PAIR):
        for layer, colour in zip(shown, _PAIR, strict=True):
            if hasattr(layer, "colormap"):
                layer.colormap = colour
    grid = viewer.canvas.grid
    grid.stride, grid.shape = 1, (1, -1)
    grid.enabled = mode == "grid" and len(shown) > 1
    viewer.reset_view(layers=shown or None)
    return before


def restore(viewer: ViewerModel, before: Arrangement) -> None:
    """Show the layers that are still there as they were."""
    for layer, look in before.layers:
        if layer in viewer.layers:
            for name, value in look.items():
                setattr(layer, name, value)
    for model, values in (
        (viewer.canvas.grid, before.grid),
        (viewer.scene.camera, before.camera),
    ):
        for name, value in values.items():
            setattr(model, name, value)


def _look(layer: Layer) -> dict[str, Any]:
    return _values(layer, tuple(name for name in _LOOK if hasattr(layer, name)))


def _values(model: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(model, name) for name in names}


def _on_top(viewer: ViewerModel, shown: Sequence[Layer]) -> None:
    """Put the layers last in the list, which is the order of the grid."""
    for layer in shown:
        viewer.layers.move(viewer.layers.index(layer), len(viewer.layers))
