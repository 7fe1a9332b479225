"""Polygons: which points lie inside, and how much of each bin does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Polygon = tuple[tuple[float, float], ...]
Polygons = tuple[Polygon, ...]
Array = NDArray[np.float64]

# Lines across a bin on which coverage is worked out exactly, and lines in all.
_LINES = 32
_MOST_LINES = 8192


def bounding(polygons: Polygons) -> tuple[float, float, float, float]:
    """Return the smallest rectangle x0, y0, x1, y1 that holds all polygons."""
    corners = np.concatenate([np.asarray(polygon, dtype=np.float64) for polygon in polygons])
    (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
    return float(x0), float(y0), float(x1), float(y1)


def inside(positions: Array, polygons: Polygons) -> NDArray[np.bool_]:
    """Return which positions (x, y) lie in at least one of the polygons, shape (N,).

    Where a polygon crosses itself, the even-odd rule tells inside from outside.
    """
    result = np.zeros(len(positions), dtype=np.bool_)
    for polygon in polygons:
        x0, y0, x1, y1 = bounding((polygon,))
        x, y = positions[:, 0], positions[:, 1]
        near = np.flatnonzero(~result & (x >= x0) & (x <= x1) & (y >= y0) & (y <= y1))
        near = near[np.argsort(y[near])]
        result[near] = _crossings_are_odd(x[near], y[near], _edges(polygon))
    return result


def _crossings_are_odd(x: Array, y: Array, edges: Array) -> NDArray[np.bool_]:
    """Return whether a ray from each position to the right crosses the edges oddly, y sorted."""
    odd = np.zeros(len(x), dtype=np.bool_)
    first = np.searchsorted(y, np.minimum(edges[:, 1], edges[:, 3]))
    last = np.searchsorted(y, np.maximum(edges[:, 1], edges[:, 3]))
    for (ax, ay, bx, by), start, stop in zip(edges, first, last, strict=True):
        if start < stop:
            beside = slice(start, stop)
            odd[beside] ^= x[beside] < ax + (y[beside] - ay) * ((bx - ax) / (by - ay))
    return odd


def covered(
    x_edges: Array, y_edges: Array, include: Polygons, exclude: Polygons, lines: int | None = None
) -> Array:
    """Return the share of each bin inside ``include`` and outside ``exclude``, shape (Y, X).

    Parameters
    ----------
    x_edges, y_edges
        Borders of the bins, increasing, shapes (X + 1,) and (Y + 1,).
    include, exclude
        Polygons; without any to include, everything is.
    lines
        Lines along x on which the share of a bin is exact, of which the mean is taken.
    """
    count = len(y_edges) - 1
    lines = lines or min(_LINES, max(1, _MOST_LINES // count))
    heights = y_edges[:-1, None] + np.diff(y_edges)[:, None] * (np.arange(lines) + 0.5) / lines
    edges = np.concatenate([_edges(polygon) for polygon in (*include, *exclude)])
    sizes = [len(polygon) for polygon in (*include, *exclude)]
    member = np.repeat(np.arange(len(sizes)), sizes)
    shares = [
        np.diff(_length_left_of(x_edges, height, edges, member, len(include), len(exclude)))
        for height in heights.ravel()
    ]
    mean = np.reshape(shares, (count, lines, len(x_edges) - 1)).mean(axis=1)
    share: Array = np.clip(mean / np.diff(x_edges), 0.0, 1.0)
    return share


def _length_left_of(
    x: Array, height: float, edges: Array, member: NDArray[np.intp], included: int, excluded: int
) -> Array:
    """Return how much of the line y = ``height`` is inside, from x[0] to each of x."""
    ax, ay, bx, by = edges.T
    crossed = np.flatnonzero((ay <= height) != (by <= height))
    steps = (bx[crossed] - ax[crossed]) / (by[crossed] - ay[crossed])
    at = np.clip(ax[crossed] + (height - ay[crossed]) * steps, x[0], x[-1])
    order = np.argsort(at, kind="stable")
    # Each crossing takes the line into its polygon or out of it.
    odd = np.zeros((len(crossed) + 1, included + excluded), dtype=np.bool_)
    odd[np.arange(1, len(odd)), member[crossed][order]] = True
    odd = np.logical_xor.accumulate(odd, axis=0)
    counts = odd[:, :included].any(axis=1) if included else np.ones(len(odd), dtype=np.bool_)
    counts &= ~odd[:, included:].any(axis=1)
    knots = np.concatenate([x[:1], at[order], x[-1:]])
    length = np.concatenate([[0.0], np.cumsum(np.diff(knots) * counts)])
    left: Array = np.interp(x, knots, length)
    return left


def _edges(polygon: Sequence[tuple[float, float]]) -> Array:
    """Return the sides of the polygon, ax, ay, bx, by, shape (N, 4)."""
    corners = np.asarray(polygon, dtype=np.float64)
    return np.hstack([corners, np.roll(corners, -1, axis=0)])
