"""The density along a line that the user draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..density.model import Density
from .geometry import Array, placed_on, to_data

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Layer, Shapes

ROLE = "napari_binn_line"
_SAMPLES = 200


def new_line_layer(viewer: ViewerModel, layer: Layer) -> Shapes:
    """Add a layer to draw a line in, glued to ``layer`` and armed with the line tool."""
    from napari.layers import Shapes

    extent = np.asarray(layer.extent.data)
    width = max(float(np.max(extent[1, -2:] - extent[0, -2:])) / 250, 0.02)
    line = Shapes(
        ndim=2,
        name=f"profile · {layer.name}",
        metadata={ROLE: True},
        **placed_on(layer, (0.0, 0.0), (1.0, 1.0), axes=2),
    )
    viewer.add_layer(line)
    line.current_edge_color = "#ff9f1c"
    line.current_edge_width = width
    viewer.layers.selection.active = line
    line.mode = "add_line"
    return line


def profile(
    line_layer: Shapes, density: Density, values: Array, density_layer: Layer
) -> tuple[Array, Array] | None:
    """Return the values along the last line that was drawn; None where there is none.

    Parameters
    ----------
    line_layer
        Any Shapes layer; of a path all pieces are followed.
    density
        Says how large a bin is.
    values
        One frame, shape (Y, X), on the bins of ``density``.
    density_layer
        The layer that shows them.

    Returns
    -------
    distance, values
        Distance from the beginning of the line [length unit of ``density``] and the values there,
        interpolated between the centres of bins; NaN outside and where nothing was observed.
    """
    kinds = list(zip(line_layer.shape_type, line_layer.data, strict=True))
    drawn = [corners for kind, corners in kinds if kind in ("line", "path", "polyline")]
    if not drawn:
        return None
    corners = to_data(np.asarray(drawn[-1], dtype=float), line_layer, density_layer)
    pieces = np.linalg.norm(np.diff(corners, axis=0) * density.spacing, axis=1)
    reached = np.concatenate([[0.0], np.cumsum(pieces)])
    if reached[-1] == 0:
        return None
    distance = np.linspace(0, reached[-1], _SAMPLES)
    points = np.stack([np.interp(distance, reached, corners[:, i]) for i in (0, 1)])
    observed = values if density.mask is None else np.where(density.mask, values, np.nan)
    return distance, _sampled(observed, points)


def _sampled(values: Array, points: Array) -> Array:
    """Interpolate at points (2, N); between the outermost centres and the edge it is constant."""
    shape = np.array(values.shape)[:, None]
    inside = ((points >= -0.5) & (points <= shape - 0.5)).all(axis=0)
    held = np.clip(points, 0, shape - 1)
    low = np.minimum(np.floor(held).astype(np.intp), shape - 2)
    (y, x), (fy, fx) = low, held - low
    # A bin of weight 0 must not turn its neighbour's value into NaN.
    total = np.zeros(points.shape[1])
    for dy, wy in ((0, 1 - fy), (1, fy)):
        for dx, wx in ((0, 1 - fx), (1, fx)):
            weight = wy * wx
            total += np.where(weight > 0, weight * values[y + dy, x + dx], 0.0)
    sampled: Array = np.where(inside, total, np.nan)
    return sampled
