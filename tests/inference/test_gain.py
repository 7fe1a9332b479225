"""Deviations that the next frame inherits are told from errors of measurement."""

from __future__ import annotations

import numpy as np
import pytest

from napari_binn.density.model import Density
from napari_binn.inference.estimate import estimate
from napari_binn.phantom import get
from napari_binn.phantom.lattice import simulate_lattice
from napari_binn.settings import InferenceSettings
from tests.synthetic import density

SITES = 8


def recounted(name, seed):
    """Return the density of a phantom, whose cells are the same from frame to frame."""
    phantom = get(name)
    taken = simulate_lattice(phantom, np.random.default_rng(seed))[::2] > 0
    t, y, x = taken.shape
    values = taken.reshape(t, y // SITES, SITES, x // SITES, SITES).mean(axis=(2, 4))
    size = SITES * phantom.spacing / 1000
    return phantom, Density(
        values, phantom.times[::2] / 24, (np.arange(y / SITES) + 0.5) * size,
        (np.arange(x / SITES) + 0.5) * size, "mm", "day", "u", counts_per_unit=float(SITES**2),
    )  # fmt: skip


def test_cells_that_are_recounted_are_recognised_and_the_bands_stay_honest():
    phantom, seen = recounted("growth", 100)
    terms = estimate(seen, InferenceSettings(boundary="closed"), scale=1.0)
    assert terms.noise.gain > 0.3
    assert terms.noise.level < 0.6
    known = terms.supported
    G = phantom.division_rate * (1 - terms.u[known])
    assert np.mean((terms.G_low[known] <= G) & (terms.G_high[known] >= G)) > 0.7
    D = phantom.diffusivity + phantom.diffusivity_slope * terms.u[known]
    assert np.mean((terms.D_low[known] <= D) & (terms.D_high[known] >= D)) > 0.7


def test_errors_of_measurement_are_not_inherited():
    terms = estimate(density("fisher", noise=0.05), InferenceSettings(boundary="closed"))
    assert terms.noise.gain == pytest.approx(0.0, abs=0.1)
