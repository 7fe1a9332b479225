"""Local maxima of an image, between pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]
Indices = NDArray[np.intp]


def local_maxima(
    image: Image, least: float, reach: tuple[int, int]
) -> tuple[Indices, Indices, Indices]:
    """Return the pixels above ``least`` that no other within ``reach`` exceeds.

    Parameters
    ----------
    image
        Shape (Y, X).
    reach
        Half the height and width of the window in which a maximum is the largest value [pixels].

    Returns
    -------
    rows, columns
        Of the pixels, (N,), row by row.
    member
        Which maximum each belongs to, (N,), from 0: neighbours of equal value are one.
    """
    rows, columns = np.nonzero(_peaks(image, least))
    for step in _outwards(reach[0]):
        kept = _highest_in_row(image, rows, columns, step, reach[1])
        rows, columns = rows[kept], columns[kept]
    return rows, columns, _joined(rows, columns, image.shape[1])


def vertex(image: Image, along: Indices, across: Indices) -> NDArray[np.float64]:
    """Return how far the vertex of a parabola through three values along the first axis is off."""
    inner = np.clip(along, 1, len(image) - 2)
    before, here, after = (image[inner + step, across].astype(np.float64) for step in (-1, 0, 1))
    curvature = before - 2 * here + after
    shift = np.where(curvature < 0, 0.5 * (before - after) / np.minimum(curvature, -1e-30), 0.0)
    return np.where(inner == along, np.clip(shift, -0.5, 0.5), 0.0)


def highest_around(
    places: NDArray[np.float64], heights: NDArray[np.floating[Any]], distance: float
) -> NDArray[np.bool_]:
    """Return which of the places (N, 2) are kept if each rules out the lower ones around it.

    The highest is taken first; one that is ruled out itself rules out no other.
    """
    from scipy.spatial import cKDTree

    kept = np.ones(len(places), dtype=np.bool_)
    pairs = cKDTree(places).query_pairs(distance, output_type="ndarray")
    # Of equal heights the first is the higher.
    rank = np.empty(len(places), dtype=np.intp)
    rank[np.argsort(-heights, kind="stable")] = np.arange(len(places))
    ranks = np.sort(rank[pairs], axis=1)
    place = np.argsort(rank)
    for higher, lower in place[ranks[np.lexsort(ranks.T[::-1])]]:
        kept[lower] &= not kept[higher]
    return kept


def _peaks(image: Image, least: float) -> NDArray[np.bool_]:
    """Return which pixels above ``least`` are not below any of their eight neighbours."""
    peaks: NDArray[np.bool_] = image > least
    rest, no_last, no_first = slice(None), slice(None, -1), slice(1, None)
    pairs = (
        ((rest, no_first), (rest, no_last)),
        ((no_first, rest), (no_last, rest)),
        ((no_first, no_first), (no_last, no_last)),
        ((no_first, no_last), (no_last, no_first)),
    )
    for one, other in pairs:
        peaks[one] &= image[one] >= image[other]
        peaks[other] &= image[other] >= image[one]
    return peaks


def _outwards(reach: int) -> list[int]:
    """Return the steps from 0 to ``reach`` on both sides: near rows rule out most pixels."""
    return sorted(range(-reach, reach + 1), key=abs)


def _highest_in_row(
    image: Image, rows: Indices, columns: Indices, step: int, reach: int
) -> NDArray[np.bool_]:
    """Return which pixels no value exceeds in the part of the window ``step`` rows away."""
    row = np.clip(rows + step, 0, image.shape[0] - 1)
    part = np.clip(columns[:, None] + np.arange(-reach, reach + 1), 0, image.shape[1] - 1)
    kept: NDArray[np.bool_] = (
        image[row[:, None], part].max(axis=1, initial=-np.inf) <= image[rows, columns]
    )
    return kept


def _joined(rows: Indices, columns: Indices, width: int) -> Indices:
    """Return numbers from 0 that neighbouring pixels share; the pixels come row by row."""
    # One column more than there are, so that the ends of two rows are no neighbours.
    flat = rows * (width + 1) + columns
    pairs = []
    for offset in (1, width, width + 1, width + 2):
        place = np.searchsorted(flat, flat + offset)
        place = np.minimum(place, len(flat) - 1)
        found = np.flatnonzero(flat[place] == flat + offset)
        pairs.append(np.stack([found, place[found]]))
    first, second = np.concatenate(pairs, axis=1) if len(flat) else np.zeros((2, 0), np.intp)
    if len(first) == 0:
        return np.arange(len(flat))
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = coo_array((np.ones(len(first)), (first, second)), shape=(len(flat), len(flat)))
    member: Indices = connected_components(links, directed=False)[1].astype(np.intp)
    return member
