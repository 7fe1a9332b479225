"""The movies with a known law: what tests and benchmarks measure everything against."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from benchmarks.systems import SYSTEMS, Violation, make
from scipy.ndimage import shift

from napari_binn.pde.grid import Grid
from napari_binn.pde.law import LawTable
from napari_binn.pde.solver import solve


def closed(movie, system):
    """Solve the law by the package's own solver, without flux through the border."""
    law = LawTable.from_functions(SYSTEMS[system].D, SYSTEMS[system].G, 1e-3, 1.6)
    start, grid = torch.as_tensor(movie.values[0].copy()), Grid(*movie.spacing)
    return solve(law, start, movie.t, grid, 4).numpy()


def off(made, movie):
    return np.linalg.norm(made - movie.values) / np.linalg.norm(movie.values)


@pytest.mark.parametrize("system", list(SYSTEMS))
def test_two_solvers_agree_on_every_system(system):
    movie = make(system, shape=(9, 12), bin_size=(0.1, 0.08), frames=5)
    assert off(closed(movie, system), movie) < 0.004


@pytest.mark.parametrize("system", list(SYSTEMS))
def test_cells_cross_the_border_of_a_window(system):
    movie = make(system, shape=(9, 12), frames=5, window=True)
    assert movie.shape == (5, 9, 12)
    assert off(closed(movie, system), movie) > 0.008


def test_noise_changes_with_the_seed_and_nothing_else_does():
    one, again, other = make("a", 0.05, 1), make("a", 0.05, 1), make("a", 0.05, 2)
    assert np.array_equal(one.values, again.values)
    scatter = (other.values - one.values) / make("a").values
    assert np.std(scatter) == pytest.approx(0.05 * np.sqrt(2), rel=0.1)
    counted = make("a", counts=20.0)
    assert np.allclose(counted.values * 20, np.round(counted.values * 20))


@pytest.mark.parametrize("velocity", [(0.0, 0.2), (-0.2, 0.0)])
def test_a_drift_carries_the_pattern(velocity):
    still = make("a", window=True)
    moved = make("a", window=True, violation=Violation(velocity=velocity))
    bins = np.array(velocity) * still.t[1] / 0.094

    def misfit(share):
        carried = shift(still.values[1], share * bins, order=3, mode="nearest")
        return np.linalg.norm((carried - moved.values[1])[3:-3, 3:-3])

    assert min((0.0, 0.5, 1.0, 1.5), key=misfit) == 1.0


def test_a_growth_rate_that_changes_keeps_its_mean():
    usual, changed = make("a"), make("a", violation=Violation(growth_change=0.5))
    slower = changed.totals()[4] / usual.totals()[4]
    assert slower < 0.95
    assert changed.totals()[-1] / usual.totals()[-1] == pytest.approx(1.0, abs=0.06)
