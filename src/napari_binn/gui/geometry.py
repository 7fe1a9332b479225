"""Where a movie lies in napari's world: pixels, world coordinates, lengths of the movie.

Three coordinate systems meet here, always in the order y, x: the *data* coordinates of a layer
(pixel ``p`` has its centre at ``p``), napari's *world*, in the units of the layer, and the
*lengths* of a movie, whose origin is the outer corner of pixel (0, 0).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..units import PIXEL
from .calibration_model import Calibration

if TYPE_CHECKING:
    from napari.layers import Layer

Array = NDArray[np.float64]


def is_points(layer: Layer) -> bool:
    """Return whether the layer holds positions rather than pixels."""
    from napari.layers import Points

    return isinstance(layer, Points)


def corner_offset(layer: Layer) -> float:
    """Return how far a data coordinate is from the corner where lengths begin [pixels].

    A pixel is as wide as its index counts, a position has no width.
    """
    return 0.0 if is_points(layer) else 0.5


def unit_factor(unit: Any, wanted: Any) -> float:
    """Return what turns numbers in one pint unit into another; 1 where they cannot be compared.

    napari itself takes the numbers as they are where pixels meet lengths.
    """
    if unit == wanted or unit.dimensionality != wanted.dimensionality:
        return 1.0
    return float((1.0 * unit).to(wanted).magnitude)


def to_data(points: Array, layer: Layer, movie_layer: Layer) -> Array:
    """Return points (N, ≥ 2) of ``layer`` as data coordinates y, x of ``movie_layer``, (N, 2)."""
    factors = [
        unit_factor(unit, wanted)
        for unit, wanted in zip(layer.units[-2:], movie_layer.units[-2:], strict=True)
    ]
    world = _mapped(points, lambda point: layer.data_to_world(point)[-2:]) * factors
    return _mapped(world, lambda point: movie_layer.world_to_data(point)[-2:])


def _mapped(points: Array, affine: Callable[[Array], Any]) -> Array:
    """Map points (N, D) by a map of one point, which is asked for the corners of a unit cube only.

    napari maps one point at a time, and a lasso has hundreds.
    """
    axes = np.eye(np.shape(points)[1])
    origin = np.asarray(affine(np.zeros(len(axes))), dtype=np.float64)
    steps = np.stack([np.asarray(affine(axis), dtype=np.float64) - origin for axis in axes])
    mapped: Array = np.asarray(points, dtype=np.float64) @ steps + origin
    return mapped


def to_lengths(points: Array, movie_layer: Layer, calibration: Calibration) -> Array:
    """Return data coordinates y, x of a movie layer as x, y [length unit of the movie], (N, 2)."""
    dy, dx = pixel_size(calibration)
    lengths: Array = (points + corner_offset(movie_layer)) * (dy, dx)
    return lengths[:, ::-1]


def to_pixels(lengths: Array, movie_layer: Layer, calibration: Calibration) -> Array:
    """Return x, y [length unit of the movie] as data coordinates y, x of its layer, (N, 2)."""
    dy, dx = pixel_size(calibration)
    points: Array = np.asarray(lengths)[:, ::-1] / (dy, dx) - corner_offset(movie_layer)
    return points


def pixel_size(calibration: Calibration) -> tuple[float, float]:
    """Return height and width of a pixel (dy, dx); (1, 1) where lengths are pixels."""
    if calibration.length_unit == PIXEL or calibration.pixel_size is None:
        return 1.0, 1.0
    return calibration.pixel_size


def placed_on(
    layer: Layer, first: tuple[float, ...], ratio: tuple[float, ...], *, axes: int | None = None
) -> dict[str, Any]:
    """Return the placement of a layer whose grid is a multiple of another layer's pixels.

    Parameters
    ----------
    layer
        The layer below.
    first
        Where the new layer's data coordinate 0 lies, in data coordinates of ``layer``.
    ratio
        How many pixels of ``layer`` one of the new layer spans, for each axis.
    axes
        How many of the last axes the new layer has (None: all).
    """
    count = layer.ndim if axes is None else axes
    part = slice(layer.ndim - count, None)
    scale = np.asarray(layer.scale, dtype=float)[part]
    rotate = np.asarray(layer.rotate, dtype=float)[part, part]
    shear = _shear_matrix(layer)[part, part]
    above = layer.affine.affine_matrix
    affine = np.eye(count + 1)
    affine[:-1, :-1] = above[:-1, :-1][part, part]
    affine[:-1, -1] = above[:-1, -1][part]
    shift = rotate @ shear @ (scale * np.array(first))
    return {
        "scale": scale * np.array(ratio),
        "translate": np.asarray(layer.translate, dtype=float)[part] + shift,
        "rotate": rotate,
        "shear": shear[np.triu_indices(count, 1)],
        "affine": affine,
        "units": tuple(str(unit) for unit in layer.units[part]),
        "axis_labels": tuple(layer.axis_labels[part]),
    }


def _shear_matrix(layer: Layer) -> Array:
    matrix = np.eye(layer.ndim)
    matrix[np.triu_indices(layer.ndim, 1)] = np.asarray(layer.shear, dtype=float)
    return matrix
