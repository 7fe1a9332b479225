"""The exact derivative of a simulation."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_binn.pde.adjoint import pull_back
from napari_binn.pde.grid import Grid
from napari_binn.pde.law import LawTable, cumulative
from napari_binn.pde.solver import solve

TIMES = [0.0, 0.3, 0.7, 1.0]
U = np.linspace(-0.2, 1.6, 1025)
D, G = 0.002 + 0.02 * U**2, 1 - U


def setting(mask=None, gain=0.0):
    rng = np.random.default_rng(0)
    start = torch.as_tensor(0.2 + 0.3 * rng.random((6, 8)))
    inside = None if mask is None else torch.as_tensor(mask)
    grid = Grid.masked(0.1, 0.12, inside)
    seen = torch.as_tensor(0.5 + 0.1 * rng.random((4, 12, 16)))
    at_frame = None if gain == 0 else (lambda index, y: torch.lerp(y, seen[index], gain))
    toward = torch.as_tensor(rng.normal(size=(4, 6, 8)))

    def value(start, D=D, G=G, course=None):
        law = LawTable.from_values(U, D, G)
        frames = solve(law, start, TIMES, grid, 2, 1e-8, at_frame, course=course)
        return float((frames * toward).sum())

    course = []
    value(start, course=course)
    kept = None if gain == 0 else torch.full((12, 16), 1 - gain, dtype=torch.float64)
    law = LawTable.from_values(U, D, G)
    return value, start, pull_back(law, grid, 2, start, course, toward, kept)


@pytest.mark.parametrize("gain", [0.0, 0.6])
@pytest.mark.parametrize("corner", [False, True])
def test_it_is_what_finite_differences_of_the_simulation_give(gain, corner):
    mask = None
    if corner:
        mask = np.ones((6, 8), bool)
        mask[:2, :3] = False
    value, start, pull = setting(mask, gain)
    rng = np.random.default_rng(1)
    by = torch.as_tensor(rng.normal(size=(6, 8)))
    found = (value(start + 1e-5 * by) - value(start - 1e-5 * by)) / 2e-5
    assert float((pull.by_initial * by.numpy()).sum()) == pytest.approx(found, rel=1e-4)
    bump = np.exp(-(((U - 0.4) / 0.15) ** 2))
    found = (value(start, D=D + 1e-6 * bump) - value(start, D=D - 1e-6 * bump)) / 2e-6
    by_D = float(cumulative(bump, float(U[1] - U[0])) @ pull.by_phi)
    assert by_D == pytest.approx(found, rel=2e-3)
    found = (value(start, G=G + 1e-5 * bump) - value(start, G=G - 1e-5 * bump)) / 2e-5
    assert float((bump * U) @ pull.by_f) == pytest.approx(found, rel=2e-3)


def test_a_function_of_the_first_frame_alone_knows_nothing_of_the_law():
    law = LawTable.from_values(U, D, G)
    start = torch.full((6, 8), 0.4, dtype=torch.float64)
    course = []
    solve(law, start, TIMES, Grid(0.1, 0.12), 2, course=course)
    only_first = torch.zeros(4, 6, 8, dtype=torch.float64)
    only_first[0] = 1.0
    pull = pull_back(law, Grid(0.1, 0.12), 2, start, course, only_first)
    assert np.allclose(pull.by_initial, 1.0)
    assert not pull.by_phi.any()
    assert not pull.by_f.any()
