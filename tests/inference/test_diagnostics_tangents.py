"""The linearised movie changes as the movie itself does, solved anew."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from benchmarks import systems

from napari_binn.inference.diagnostics_tangents import Law, Region, tangents
from napari_binn.inference.terms import Noise, Terms
from napari_binn.pde.grid import Grid
from napari_binn.pde.law import LawTable
from napari_binn.pde.solver import solve

SHAPE, SIZE = (8, 10), (0.094, 0.08)
STEP = 0.02


def movie(violation=None, window=False):
    return systems.make(
        "a", shape=SHAPE, bin_size=SIZE, frames=6, violation=violation, window=window
    )


def terms(seen):
    u = np.linspace(0, 1, 201)
    D, G = 0.01 + 0 * u, 1 - u
    return Terms(
        u, D, D, D, G, G, G, u > 0, u, np.zeros(14), np.eye(14), seen.values[0], seen.values,
        Noise("proportional", 0.05), 1.0,
    )  # fmt: skip


def linearised(seen, gain=0.0):
    region, values = Region.of(seen), seen.observed()
    return tangents(Law.of(terms(seen), 7, 1.0), region, seen.t, values, values, gain)


def agree(column, difference, tolerance=0.06):
    column = column.reshape(difference.shape)
    return np.linalg.norm(column - difference) < tolerance * np.linalg.norm(difference)


@pytest.mark.parametrize(
    ("name", "violation"),
    [
        ("growth", systems.Violation(growth_change=STEP / 2)),
        ("spreading", systems.Violation(diffusion_change=STEP / 2)),
        ("direction", systems.Violation(anisotropy=float(np.exp(STEP)))),
    ],
)
def test_what_reaction_diffusion_does_not_have(name, violation):
    seen = movie()
    difference = (movie(violation).observed() - seen.observed()) / STEP
    assert agree(linearised(seen).beyond[name][:, 0], difference)


def test_a_drift_moves_the_pattern_away_from_the_border():
    seen = movie(window=True)
    speed = 0.01
    for axis in (0, 1):
        velocity = (speed, 0.0) if axis == 0 else (0.0, speed)
        moved = movie(systems.Violation(velocity=velocity), window=True)
        difference = ((moved.values - seen.values) / speed)[:3, 2:-2, 2:-2]
        column = linearised(seen).beyond["drift"][:, axis].reshape(seen.shape)
        assert agree(column[:3, 2:-2, 2:-2], difference, 0.25)


def test_the_law_and_the_first_frame():
    seen = movie()
    columns = linearised(seen)
    u = np.linspace(-0.2, 1.5, 2049)
    grid, start = Grid(*SIZE), seen.values[0].copy()

    def solved(D=1.0, G=0.0, first=0.0):
        law = LawTable.from_values(u, 0.01 * D + 0 * u, 1 - u + G)
        return solve(law, torch.as_tensor(start + first), seen.t, grid).numpy()

    # All coefficients of log D, or of G, together move the whole curve.
    assert agree(columns.law[:, :7].sum(axis=1), (solved(D=1.01) - solved()) / 0.01)
    assert agree(columns.law[:, 7:].sum(axis=1), (solved(G=0.01) - solved()) / 0.01)
    bump = np.zeros(SHAPE)
    bump[3, 4] = 1e-3
    number = 3 * SHAPE[1] + 4
    assert agree(columns.first[:, number], (solved(first=bump) - solved()) / 1e-3)


def test_frames_that_are_corrected_by_the_observation_forget_the_first():
    seen = movie()
    free, corrected = linearised(seen).first, linearised(seen, gain=0.5).first
    later = slice(-seen.values[0].size, None)
    ratio = np.linalg.norm(corrected[later]) / np.linalg.norm(free[later])
    assert ratio == pytest.approx(0.5 ** (len(seen.t) - 1), rel=0.05)


def test_bins_outside_the_region_exchange_nothing():
    mask = np.ones(SHAPE, bool)
    mask[:, 5] = False
    region = Region(mask, SIZE)
    for axis in (0, 1):
        laplacian = region.laplacian(axis).toarray()
        assert np.allclose(laplacian.sum(axis=0), 0)
        assert np.allclose(laplacian, laplacian.T)
    numbers = region.numbers
    both = region.laplacian(1).toarray()
    assert both[numbers[0, 4], numbers[0, 6]] == 0
    sources = region.border()
    assert not sources[numbers[3, 2]].any()
    assert sources[numbers[3, 4]].any()
