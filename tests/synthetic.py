"""Densities whose law is known, solved on a grid eight times finer than the bins."""

from __future__ import annotations

import numpy as np
import torch
from scipy.ndimage import gaussian_filter

from napari_binn.density.model import Density
from napari_binn.pde.grid import Grid, restrict
from napari_binn.pde.law import LawTable
from napari_binn.pde.solver import solve

FINE = 8
LAWS = {
    "fisher": (lambda u: 0.01 + 0 * u, lambda u: 1 - u),
    "porous": (lambda u: 0.02 * u, lambda u: 1 - u),
    "allee": (lambda u: 0.004 + 0.02 * u**2, lambda u: 4 * (1 - u) * (u - 0.15)),
}


def density(
    law: str,
    *,
    noise: float = 0.0,
    counts: float | None = None,
    seed: int = 0,
    frames: int = 7,
    bins: tuple[int, int] = (9, 12),
    size: float = 0.094,
    days: float = 2.0,
) -> Density:
    """Return a movie of one of :data:`LAWS`, with relative or counting noise.

    The first frame is a smooth random field between 0.05 and 0.55.
    """
    D, G = LAWS[law]
    ny, nx = bins
    field = gaussian_filter(
        np.random.default_rng(42).standard_normal((ny * FINE, nx * FINE)), 0.8 * FINE
    )
    field = 0.05 + 0.5 * (field - field.min()) / np.ptp(field)
    t = np.linspace(0, days, frames)
    table = LawTable.from_functions(D, G, -0.2, 1.5)
    grid = Grid(size / FINE, 0.9 * size / FINE)
    values = restrict(solve(table, torch.as_tensor(field), t, grid, tolerance=1e-5), FINE).numpy()
    rng = np.random.default_rng(seed)
    if noise:
        values = values * (1 + noise * rng.standard_normal(values.shape))
    if counts:
        values = rng.poisson(np.maximum(values, 0) * counts) / counts
    return Density(
        values,
        t,
        (np.arange(ny) + 0.5) * size,
        (np.arange(nx) + 0.5) * 0.9 * size,
        "mm",
        "day",
        "cells/bin",
        counts_per_unit=counts,
        source=law,
    )
