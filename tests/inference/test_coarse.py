from __future__ import annotations

from dataclasses import replace

import numpy as np

from napari_binn.density.model import Density
from napari_binn.inference.coarse import coarsen


def field(ny=30, nx=47):
    rng = np.random.default_rng(0)
    values = rng.uniform(1, 2, (3, ny, nx))
    return Density(
        values, np.arange(3.0), 5 + (np.arange(ny) + 0.5) * 0.1, (np.arange(nx) + 0.5) * 0.2,
        "mm", "day", "cells/mm²", counts_per_unit=0.02,
    )  # fmt: skip


def test_small_grids_are_left_alone():
    density = field(8, 9)
    assert coarsen(density, 100) is density


def test_cells_and_region_are_kept():
    density = field()
    coarse = coarsen(density, 200)
    _, ny, nx = coarse.shape
    assert ny * nx <= 200
    assert np.allclose(coarse.totals(), density.totals())
    (hy, hx), (fy, fx) = coarse.spacing, density.spacing
    assert np.isclose(ny * hy, 30 * fy)
    assert np.isclose(nx * hx, 47 * fx)
    assert np.isclose(coarse.y[0] - hy / 2, density.y[0] - fy / 2)
    # The same cells are counted in a larger bin.
    assert np.isclose(coarse.counts_per_unit, 0.02 * hy * hx / (fy * fx))


def test_only_what_was_observed_is_averaged():
    density = field()
    mask = np.ones((30, 47), bool)
    mask[:, :20] = False
    values = density.values.copy()
    values[:, ~mask] = 1e6
    coarse = coarsen(replace(density, values=values, mask=mask), 200)
    assert coarse.mask is not None
    assert 0.4 < coarse.mask.mean() < 0.75
    assert coarse.values[:, coarse.mask].max() <= 2
