"""The number of cells over time, and how far the noise alone moves it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_binn.density.model import Density
from napari_binn.inference.terms import Noise

Array = NDArray[np.float64]


def totals_over_time(density: Density, values: Array) -> tuple[Array, str]:
    """Return what a movie holds in its observed bins (T,), and the name of that quantity."""
    observed = values.reshape(len(values), -1)
    if density.mask is not None:
        observed = observed[:, density.mask.ravel()]
    sums: Array = observed.sum(axis=1)
    if density.counts_per_unit is not None:
        return sums * density.counts_per_unit, "cells in the field"
    hy, hx = density.spacing
    covers = density.patches_per_bin is not None
    return sums * (hy * hx), "area covered by cells" if covers else "density summed over the field"


def total_sd(density: Density, values: Array, noise: Noise) -> Array:
    """Return the standard deviation of those totals that the noise alone would cause (T,)."""
    totals, _ = totals_over_time(density, values)
    if noise.kind == "counts" and density.counts_per_unit is not None:
        counting: Array = np.sqrt(np.maximum(noise.level * totals, 0.0))
        return counting
    # Independent bins: their variances add.
    level, spread = noise.level, np.full_like(values, density.scale**2)
    if noise.kind == "proportional":
        spread = values**2
    elif noise.kind == "fraction" and density.patches_per_bin is not None:
        level = np.sqrt(noise.level)
        spread = np.clip(values * (1 - values), 0.0, None) / density.patches_per_bin
    variances, _ = totals_over_time(density, spread)
    per_bin, _ = totals_over_time(density, np.ones_like(values[:1]))
    bins = values[0].size if density.mask is None else int(density.mask.sum())
    sd: Array = level * np.sqrt(variances * per_bin[0] / bins)
    return sd
