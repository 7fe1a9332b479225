"""Positions: inside the field, apart from each other, without a trace of the lattice."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from napari_binn.phantom import Phantom, simulate_cells
from napari_binn.phantom.cells import CLOSEST, place


def test_every_frame_has_its_cells_inside_the_field(small: Phantom) -> None:
    tracks = simulate_cells(small, seed=0)
    np.testing.assert_allclose(tracks.times, [0, 8, 16, 24])
    for positions, cells in zip(tracks.positions, tracks.cells, strict=True):
        assert positions.shape == (len(cells), 2)
        assert (positions >= 0).all()
        assert (positions <= small.extent).all()
    assert len(tracks.cells[-1]) > 1.3 * len(tracks.cells[0])


def test_no_two_nuclei_overlap(small: Phantom) -> None:
    for positions in simulate_cells(small, seed=0).positions:
        nearest = cKDTree(positions).query(positions, k=2)[0][:, 1]
        assert nearest.min() >= CLOSEST * small.spacing
    assert CLOSEST * small.spacing > small.nucleus_diameter


def test_a_full_lattice_still_comes_apart(small: Phantom) -> None:
    full = np.arange(1, 30 * 45 + 1, dtype=np.int32).reshape(30, 45)
    positions = place(full, small, np.random.default_rng(0))
    assert len(positions) == 30 * 45
    assert cKDTree(positions).query(positions, k=2)[0][:, 1].min() >= CLOSEST * small.spacing


def test_cells_stay_near_their_site(small: Phantom) -> None:
    lattice = np.zeros((30, 45), np.int32)
    lattice[3, 40], lattice[20, 2] = 1, 2
    positions = place(lattice, small, np.random.default_rng(0))
    assert (np.abs(positions / small.spacing - [[40.5, 3.5], [2.5, 20.5]]) <= 0.5).all()


def test_bins_that_cut_through_sites_are_counted_without_bias(small: Phantom) -> None:
    # 6.4 sites a bin: were cells at the middle of their sites, bins would be off by 6 to 9 %.
    rng, full = np.random.default_rng(0), np.ones((30, 45), np.int32)
    x = np.concatenate([place(full, small, rng)[:, 0] for _ in range(10)])
    counts = np.histogram(x, bins=7, range=(0, small.extent[0]))[0]
    np.testing.assert_allclose(counts / counts.mean(), 1, atol=0.02)


def test_a_seed_gives_the_same_positions_again(small: Phantom) -> None:
    one, same, other = (simulate_cells(small, seed).positions[-1] for seed in (5, 5, 6))
    np.testing.assert_array_equal(one, same)
    assert one.shape != other.shape or (one != other).any()


def test_an_empty_field_has_no_positions(small: Phantom) -> None:
    empty = place(np.zeros((30, 45), np.int32), small, np.random.default_rng(0))
    assert empty.shape == (0, 2)
