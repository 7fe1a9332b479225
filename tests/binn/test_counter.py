"""Random numbers by address: the same wherever one starts, and random where it matters."""

from __future__ import annotations

import numpy as np
import pytest

from napari_binn.binn import counter


def bits(*shape: int, seed: int = 0) -> counter.Bits:
    random = np.random.default_rng(seed)
    return random.integers(0, 2**64 - 1, shape, dtype=np.uint64, endpoint=True)


@pytest.mark.parametrize("size", [1, 2, 3, 10, 16, 17, 1485, 65_537])
def test_a_permutation_sends_every_number_to_another(size: int) -> None:
    everything = np.broadcast_to(np.arange(size), (3, size))
    found = counter.permuted(size, bits(3, counter.ROUNDS), everything)
    np.testing.assert_array_equal(np.sort(found, axis=1), everything)


def test_a_part_of_a_permutation_is_that_of_the_whole() -> None:
    keys, size = bits(2, counter.ROUNDS), 1000
    whole = counter.permuted(size, keys, np.broadcast_to(np.arange(size), (2, size)))
    some = np.array([[7, 999, 3], [500, 0, 7]])
    np.testing.assert_array_equal(
        counter.permuted(size, keys, some), np.take_along_axis(whole, some, axis=1)
    )
    np.testing.assert_array_equal(counter.permuted(size, keys[1:], some[1:])[0], whole[1, some[1]])


def test_permutations_of_many_keys_favour_nothing() -> None:
    size, keys = 20, bits(20_000, counter.ROUNDS)
    found = counter.permuted(size, keys, np.broadcast_to(np.arange(size), (len(keys), size)))
    counts = np.stack([np.bincount(column, minlength=size) for column in found.T])
    # The scatter of counts with a mean of 1000, a little more since not all orders can come.
    assert counts.std() < 1.3 * np.sqrt(1000)


def test_numbers_of_a_huge_range_cover_it() -> None:
    size = 512 * 512 * 200
    found = counter.permuted(size, bits(counter.ROUNDS), np.arange(20_000))
    assert len(np.unique(found)) == len(found)
    counts, _ = np.histogram(found, bins=20, range=(0, size))
    assert counts.std() < 3 * np.sqrt(1000)


def test_points_fill_the_cube_more_evenly_than_random_ones() -> None:
    points = counter.spread(3, 512, bits(40, 3))
    assert points.shape == (40, 3, 512)
    assert (points > 0).all()
    assert (points < 1).all()
    for one in points:
        counts, _ = np.histogramdd(one.T, bins=4, range=[(0, 1)] * 3)
        np.testing.assert_array_equal(counts, 8)
    # Another shift, other points; on average no place is left out.
    means = np.prod(points, axis=1).mean(axis=1)
    assert means.std() < 0.1 * 0.14 / np.sqrt(512) ** 0.5
    assert means.mean() == pytest.approx(1 / 8, abs=2e-3)
    assert counter.spread(3, 0, bits(40, 3)).shape == (40, 3, 0)
