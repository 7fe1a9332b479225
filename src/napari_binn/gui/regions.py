"""Regions that the user draws on a movie, as polygons in the movie's own lengths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from .calibration_model import Calibration
from .geometry import Array, placed_on, to_data, to_lengths
from .layers import move_layer

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Layer, Shapes

Kind = Literal["include", "exclude"]
Tool = Literal["rectangle", "ellipse", "polygon", "line"]
Polygon = tuple[tuple[float, float], ...]

ROLE = "napari_binn_region"
_NAMES: dict[Kind, str] = {"include": "region", "exclude": "excluded"}
# Edge and face: seen on dark and on bright movies, and apart for the colour-blind.
_COLOURS: dict[Kind, tuple[str, str]] = {
    "include": ("#12c98a", "#12c98a22"),
    "exclude": ("#ff5d3b", "#ff5d3b33"),
}
_CORNERS = 64  # of an ellipse
_STRAY = 1e-5  # of the movie's area: a click without dragging leaves a tiny shape


def new_region_layer(viewer: ViewerModel, movie_layer: Layer, kind: Kind = "include") -> Shapes:
    """Add a layer to draw regions in, glued to the movie and armed with the rectangle tool.

    Its data coordinates are those of the movie's pixels.
    """
    from napari.layers import Shapes

    edge, face = _COLOURS[kind]
    layer = Shapes(
        ndim=2,
        name=f"{_NAMES[kind]} · {movie_layer.name}",
        edge_color=edge,
        face_color=face,
        edge_width=_edge_width(movie_layer),
        opacity=0.9,
        metadata={ROLE: kind},
        **placed_on(movie_layer, (0.0, 0.0), (1.0, 1.0), axes=2),
    )
    viewer.add_layer(layer)
    # The colours of the next shape are those of the last one, none yet.
    layer.current_edge_color, layer.current_face_color = edge, face
    layer.current_edge_width = _edge_width(movie_layer)
    arm(viewer, layer, "rectangle")
    return layer


def region_kind(layer: Layer) -> Kind | None:
    """Return what a layer of :func:`new_region_layer` is for, None for any other."""
    kind = layer.metadata.get(ROLE)
    return kind if kind in _NAMES else None


def arm(viewer: ViewerModel, layer: Shapes, tool: Tool) -> None:
    """Select the layer with a drawing tool in hand."""
    viewer.layers.selection.active = layer
    layer.visible = True
    layer.mode = f"add_{tool}"


def follow(region_layer: Layer, movie_layer: Layer) -> None:
    """Put the region back on the movie's pixels after the movie was calibrated anew."""
    move_layer(region_layer, placed_on(movie_layer, (0.0, 0.0), (1.0, 1.0), axes=2))


def polygons(
    shapes_layer: Shapes, movie_layer: Layer, calibration: Calibration
) -> tuple[Polygon, ...]:
    """Return the areas of a Shapes layer as polygons of corners x, y [length unit of the movie].

    Any layer will do, wherever and in whatever units it was drawn: napari's world is what the two
    have in common. Ellipses become polygons; lines, open paths and stray clicks enclose nothing.
    """
    found = []
    least = _STRAY * float(_size(movie_layer).prod())
    for kind, corners in zip(shapes_layer.shape_type, shapes_layer.data, strict=True):
        if kind in ("line", "path", "polyline"):
            continue
        outline = _ellipse(corners) if kind == "ellipse" else np.asarray(corners, dtype=float)
        # napari keeps corners in single precision; what was drawn along an edge shall lie on it.
        pixels = np.round(to_data(outline, shapes_layer, movie_layer), 3)
        if len(pixels) > 2 and _area(pixels) > least:
            xy = to_lengths(pixels, movie_layer, calibration)
            found.append(tuple((float(x), float(y)) for x, y in xy))
    return tuple(found)


def _ellipse(corners: Any) -> Array:
    """Return points on the ellipse in a (possibly turned) box of four corners."""
    box = np.asarray(corners, dtype=float)
    centre = box.mean(axis=0)
    along, across = (box[1] - box[0]) / 2, (box[3] - box[0]) / 2
    angle = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)[:, None]
    # The polygon through points somewhat outside has the area of the ellipse.
    step = 2 * np.pi / _CORNERS
    swell = np.sqrt(step / np.sin(step))
    points: Array = centre + swell * (along * np.cos(angle) + across * np.sin(angle))
    return points


def _area(corners: Array) -> float:
    x, y = corners.T
    return abs(float(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))) / 2


def _edge_width(movie_layer: Layer) -> float:
    """Return a width that is seen in a view of the whole movie [pixels of the movie]."""
    return float(_size(movie_layer).max()) / 250


def _size(movie_layer: Layer) -> Array:
    """Return height and width of what the layer shows, in its data coordinates."""
    low, high = np.asarray(movie_layer.extent.data, dtype=float)[:, -2:]
    size: Array = high - low
    return size if size.all() else np.ones(2)
