"""The cells' rules, and that the stated law follows from them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from napari_binn.phantom import Phantom
from napari_binn.phantom.lattice import FAMILIES, Steps, bond_families, simulate_lattice

Array = NDArray[np.float64]


def runs_of(phantom: Phantom, count: int, seed: int = 0) -> NDArray[np.int32]:
    seeds = np.random.SeedSequence(seed).spawn(count)
    return np.stack([simulate_lattice(phantom, np.random.default_rng(s)) for s in seeds])


def law_profile(phantom: Phantom) -> Array:
    """Solve the stated law for the mean over y of the small wound, (T, X)."""
    h = phantom.spacing / 1000

    def rate(_: float, u: Array) -> Array:
        D = phantom.diffusivity + phantom.diffusivity_slope * (u[1:] + u[:-1]) / 2
        flux = np.concatenate([[0.0], D * np.diff(u) / h, [0.0]])
        return np.diff(flux) / h + phantom.division_rate * u * (1 - u)

    days = phantom.times / 24
    start = phantom.initial_occupancy().mean(axis=0)
    return solve_ivp(rate, (0, days[-1]), start, t_eval=days, rtol=1e-6, atol=1e-8).y.T


@pytest.mark.parametrize("sites", [(4, 5), (7, 9), (12, 6)])
def test_the_families_hold_every_bond_once(sites: tuple[int, int]) -> None:
    families = bond_families(sites)
    bonds = [(int(a), int(b)) for f in families for a, b in zip(f.first, f.second, strict=True)]
    index = np.arange(sites[0] * sites[1]).reshape(sites)
    along_x = zip(index[:, :-1].ravel(), index[:, 1:].ravel(), strict=True)
    along_y = zip(index[:-1].ravel(), index[1:].ravel(), strict=True)
    assert len(families) == FAMILIES
    assert sorted(bonds) == sorted((int(a), int(b)) for a, b in [*along_x, *along_y])


@pytest.mark.parametrize("sites", [(4, 5), (7, 9), (12, 6)])
def test_what_a_step_exchanges_is_not_what_decides_about_it(sites: tuple[int, int]) -> None:
    for family in bond_families(sites):
        moved = np.concatenate([family.first, family.second])
        assert len(np.unique(moved)) == len(moved)
        assert not np.isin(np.concatenate([family.before, family.after]), moved).any()


@pytest.mark.parametrize("slope", [0.0, 0.02, -0.009])
def test_without_division_every_cell_stays_in_the_field(small: Phantom, slope: float) -> None:
    phantom = replace(small, division_rate=0.0, diffusivity_slope=slope)
    movie = simulate_lattice(phantom, np.random.default_rng(0))
    for frame in movie:
        np.testing.assert_array_equal(np.sort(frame[frame > 0]), np.arange(1, movie[0].max() + 1))
    assert (movie[0] != movie[1]).any()


def test_a_site_never_holds_two_cells_and_no_cell_dies(small: Phantom) -> None:
    movie = simulate_lattice(small, np.random.default_rng(0))
    known = [set(frame[frame > 0].tolist()) for frame in movie]
    assert [len(cells) for cells in known] == [int((frame > 0).sum()) for frame in movie]
    assert all(before < after for before, after in pairwise(known))


def test_daughters_are_born_beside_a_cell(small: Phantom) -> None:
    still = replace(small, diffusivity=1e-6, division_rate=3000.0, hours=0.002, occupancy=0.3)
    assert Steps.of(still).per_frame == 1
    movie = simulate_lattice(still, np.random.default_rng(1))
    born = 0
    for before, after in pairwise(movie):
        mothers = np.argwhere(before > 0)
        for site in np.argwhere(after > before.max()):
            born += 1
            assert np.abs(mothers - site).max(axis=1).min() == 1
    assert born > 20


def test_crowded_cells_diffuse_as_the_law_says(small: Phantom) -> None:
    # A tagged particle of a stirring process is a free random walker: E |dx|² = 4 D t.
    phantom = replace(small, division_rate=0.0, sites=(60, 60), hours=6.0, frames=2)
    first, last = simulate_lattice(phantom, np.random.default_rng(0))
    squared = []
    for y, x in np.argwhere(first > 0):
        if 15 <= y < 45 and 15 <= x < 45:
            there = np.argwhere(last == first[y, x])[0]
            squared.append(((there - (y, x)) ** 2).sum() * (phantom.spacing / 1000) ** 2)
    expected = 4 * phantom.diffusivity * 0.25
    error = np.std(squared) / np.sqrt(len(squared))
    assert np.mean(squared) == pytest.approx(expected, abs=4 * error)
    assert error < 0.1 * expected


def test_a_cosine_of_the_mean_decays_exactly_as_in_the_heat_equation(small: Phantom) -> None:
    phantom = replace(small, division_rate=0.0, hours=12.0, frames=3)
    runs = runs_of(phantom, 40) > 0
    mode = np.cos(2 * np.pi * (np.arange(45) + 0.5) / 45)
    amplitude = (runs.mean(axis=2) @ mode) * 2 / 45
    step = phantom.spacing / 1000
    eigenvalue = phantom.diffusivity * (2 - 2 * np.cos(2 * np.pi / 45)) / step**2
    start = phantom.initial_occupancy().mean(axis=0) @ mode * 2 / 45
    expected = start * np.exp(-eigenvalue * phantom.times / 24)
    error = amplitude.std(axis=0) / np.sqrt(len(runs))
    np.testing.assert_array_less(np.abs(amplitude.mean(axis=0) - expected), 4 * error)
    assert error.max() < 0.03 * start
    assert expected[-1] < 0.75 * start


@pytest.mark.parametrize("slope", [0.02, -0.009])
def test_density_dependent_motility_leaves_sites_independent(small: Phantom, slope: float) -> None:
    # Product measures are invariant: neighbours of a uniform start stay uncorrelated.
    class Everywhere(type(small.pattern)):  # type: ignore[misc]
        def depth(self, x: Array, y: Array) -> Array:
            return 1.0 + 0.0 * x + 0.0 * y

    phantom = replace(
        small, division_rate=0.0, diffusivity_slope=slope, occupancy=0.5, pattern=Everywhere(0, 0)
    )
    taken = (runs_of(phantom, 20)[:, -1] > 0) - 0.5
    for pairs in (
        taken[:, :, 1:] * taken[:, :, :-1],
        taken[:, 1:] * taken[:, :-1],
        taken[:, :, 2:] * taken[:, :, :-2],
    ):
        assert abs(pairs.mean()) < 4 * 0.25 / np.sqrt(pairs.size)


@pytest.mark.parametrize(
    ("diffusivity", "slope", "rate"),
    [(0.01, 0.0, 1.5), (0.004, 0.02, 1.0), (0.02, -0.015, 1.0), (0.004, 0.02, 0.0)],
)
def test_the_mean_of_many_runs_obeys_the_stated_law(
    small: Phantom, diffusivity: float, slope: float, rate: float
) -> None:
    phantom = replace(small, diffusivity=diffusivity, diffusivity_slope=slope, division_rate=rate)
    profiles = (runs_of(phantom, 20) > 0).mean(axis=2)
    blocks = [
        p.reshape(*p.shape[:-1], 9, 5).mean(axis=-1) for p in (profiles, law_profile(phantom))
    ]
    measured, law = blocks[0].mean(axis=0), blocks[1]
    error = blocks[0].std(axis=0) / np.sqrt(len(profiles))
    assert np.abs(measured - law).max() < 4.5 * error.max()
    assert np.sqrt(np.mean((measured - law)[1:] ** 2) / np.mean(law[1:] ** 2)) < 0.03
    assert measured[-1].mean() == pytest.approx(law[-1].mean(), rel=0.02)


def test_the_same_stream_gives_the_same_cells(small: Phantom) -> None:
    one, same, other = (simulate_lattice(small, np.random.default_rng(s)) for s in (3, 3, 4))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()
