"""Averaging a fine density onto fewer bins, so that an estimate's cost stays bounded."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..density.model import Density

Array = NDArray[np.float64]


def overlap(fine: int, coarse: int) -> Array:
    """Return the matrix (coarse, fine) that averages ``fine`` equal cells into ``coarse`` ones."""
    edges_fine = np.linspace(0, 1, fine + 1)
    edges = np.linspace(0, 1, coarse + 1)
    low = np.maximum(edges[:-1, None], edges_fine[None, :-1])
    high = np.minimum(edges[1:, None], edges_fine[None, 1:])
    return np.asarray(np.maximum(high - low, 0.0) * coarse)


def averaged(fields: Array, shape: tuple[int, int]) -> Array:
    """Average fields (..., Y, X) onto the bins of a coarser grid of the same region."""
    ny, nx = fields.shape[-2:]
    if (ny, nx) == shape:
        return fields
    return np.asarray(overlap(ny, shape[0]) @ fields @ overlap(nx, shape[1]).T)


def coarsen(density: Density, max_bins: int) -> Density:
    """Return ``density`` averaged to at most ``max_bins`` bins of the same region.

    Observed parts alone are averaged; a coarse bin counts as observed if at least half of it was.
    """
    frames, ny, nx = density.shape
    if ny * nx <= max_bins:
        return density
    factor = math.sqrt(ny * nx / max_bins)
    rows, columns = max(4, int(ny / factor)), max(4, int(nx / factor))
    rows, columns = min(rows, ny), min(columns, nx)
    by_row, by_column = overlap(ny, rows), overlap(nx, columns)
    mask = np.ones((ny, nx)) if density.mask is None else density.mask.astype(float)
    covered = by_row @ mask @ by_column.T
    values = by_row @ (density.values * mask) @ by_column.T / np.maximum(covered, 1e-9)
    hy, hx = density.spacing
    height, width = hy * ny / rows, hx * nx / columns
    counts, patches = density.counts_per_unit, density.patches_per_bin
    share = (height * width) / (hy * hx)
    return replace(
        density,
        values=values.reshape(frames, rows, columns),
        y=density.y[0] - hy / 2 + height * (np.arange(rows) + 0.5),
        x=density.x[0] - hx / 2 + width * (np.arange(columns) + 0.5),
        mask=None if density.mask is None else covered >= 0.5,
        counts_per_unit=None if counts is None else counts * share,
        patches_per_bin=None if patches is None else patches * share,
    )
