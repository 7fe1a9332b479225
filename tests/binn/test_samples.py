"""Masked bins are not data, every member has its own split, and a huge movie stays in its file."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from napari_binn.binn import samples as module
from napari_binn.binn.data import Scales, check
from napari_binn.binn.samples import Batches, Samples, sample
from napari_binn.density.model import Density
from tests.synthetic import density

Array = NDArray[np.float64]
SEEDS = [(0, 0), (0, 1), (0, 2)]


@pytest.fixture(scope="module")
def movie() -> Density:
    return density("allee")


def samples_of(movie: Density, validation: float = 0.2) -> Samples:
    return sample(movie, Scales.of(movie), validation, SEEDS)


def everything(samples: Samples) -> tuple[Array, Array]:
    return samples.at(np.arange(samples.size))


def points_of(points: Array) -> set[tuple[float, ...]]:
    """Return points (3, ...) as a set."""
    return {tuple(point) for point in points.reshape(3, -1).T}


def test_the_movie_runs_from_minus_three_to_three(movie: Density) -> None:
    samples = samples_of(movie)
    points, values = everything(samples)
    assert points[0].min() == pytest.approx(-3)
    assert points[0].max() == pytest.approx(3)
    edge = np.abs(samples.bins).max(axis=1) + samples.half
    assert edge.max() == pytest.approx(3)
    assert values.max() == pytest.approx(1)
    hy, hx = movie.spacing
    assert samples.half[1] / samples.half[0] == pytest.approx(hy / hx)


def test_points_belong_to_their_values(movie: Density) -> None:
    scales = Scales.of(movie)
    frame, row, column = 3, 2, 5
    ny, nx = movie.shape[1:]
    point, value = samples_of(movie).at(np.array((frame * ny + row) * nx + column))
    physical = np.array(scales.units) * point + np.array(scales.centre)
    assert physical == pytest.approx([movie.t[frame], movie.x[column], movie.y[row]])
    assert value * scales.density == pytest.approx(movie.values[frame, row, column])


def test_mean_and_variance_are_those_of_all_observations(movie: Density) -> None:
    mask = np.arange(movie.values[0].size).reshape(movie.shape[1:]) % 3 > 0
    samples = samples_of(replace(movie, mask=mask))
    values = everything(samples)[1]
    assert (samples.mean, samples.variance) == pytest.approx((values.mean(), values.var()))


def test_masked_bins_are_neither_data_nor_collocation(movie: Density) -> None:
    mask = np.zeros(movie.shape[1:], dtype=bool)
    mask[1:4, 2:7] = True
    values = np.where(mask, movie.values, np.nan)
    samples = samples_of(replace(movie, values=values, mask=mask))
    assert samples.size == len(movie.t) * 15
    assert np.isfinite(everything(samples)[1]).all()
    points, observed = samples.block(0, 30, 40)
    assert np.isfinite(observed).all()
    x, y = points[:, :, 1, 30:], points[:, :, 2, 30:]
    assert np.abs(x - samples.bins[0].mean()).max() <= 5 * samples.half[0]
    assert np.abs(y - samples.bins[1].mean()).max() <= 3 * samples.half[1]


def test_each_member_has_its_own_split_of_all_points(movie: Density) -> None:
    samples = samples_of(movie)
    left_out, _ = samples.validation()
    training = samples.draw(0, samples.size, 0)[0]
    all_points = points_of(everything(samples)[0])
    assert left_out.shape == (3, 3, round(0.2 * movie.values.size))
    for member in range(3):
        mine, others = points_of(training[member]), points_of(left_out[member])
        assert len(mine) + len(others) == movie.values.size
        assert mine | others == all_points
    assert points_of(left_out[0]) != points_of(left_out[1])
    assert samples_of(movie, 0.0).validation()[0].shape == (3, 3, 0)


def test_the_validation_of_many_observations_takes_some(movie: Density) -> None:
    points, values = samples_of(movie).validation(50)
    assert points.shape == (3, 3, 50)
    np.testing.assert_array_equal(points, samples_of(movie).validation()[0][:, :, :50])
    assert values.shape == (3, 50)


def test_batches_hold_training_points_only_and_fill_the_movie(movie: Density) -> None:
    samples = samples_of(movie)
    points, observed = samples.block(4, 25, 60)
    assert points.shape == (module.BLOCK, 3, 3, 85)
    assert observed.shape == (module.BLOCK, 3, 25)
    left_out, _ = samples.validation()
    for member in range(3):
        seen = points_of(points[:, member, :, :25].swapaxes(0, 1))
        assert seen <= points_of(everything(samples)[0])
        assert not seen & points_of(left_out[member])
        assert len(seen) > 0.6 * samples.training
    collocation = points[:, :, :, 25:].swapaxes(0, 2).reshape(3, -1)
    assert np.abs(collocation[:2]).max() <= 3
    assert np.abs(collocation[:2]).max(axis=1) == pytest.approx([3, 3], abs=0.05)


def test_steps_go_through_all_of_the_training_share_in_turns(movie: Density) -> None:
    samples = samples_of(movie)
    turns = -(-samples.training // 3)
    points, _ = samples.block(2, turns, 0, steps=3)
    everyone = samples.draw(0, samples.size, 0)[0]
    for member in range(3):
        steps = [points_of(points[step, member]) for step in range(3)]
        assert set.union(*steps) == points_of(everyone[member])
        assert all(len(step) == turns for step in steps)
    whole = samples.block(0, samples.size, 0, steps=2)[1]
    np.testing.assert_array_equal(whole[0], whole[1])


def test_a_step_is_the_same_in_any_block(movie: Density) -> None:
    samples = samples_of(movie)
    for many, few in zip(samples.block(1, 9, 8, 6), samples.block(3, 9, 8, 2), strict=True):
        np.testing.assert_array_equal(many[:2], few)


def test_a_large_batch_has_no_observation_twice(movie: Density) -> None:
    samples = samples_of(movie)
    points, values = samples.draw(5, 400, 30)
    assert points.shape == (3, 3, 430)
    assert values.shape == (3, 400)
    left_out, _ = samples.validation()
    for member in range(3):
        seen = points_of(points[member, :, :400])
        assert len(seen) == 400
        assert not seen & points_of(left_out[member])
    again = samples.draw(6, 400, 30)[0]
    assert points_of(again[0, :, :400]) != points_of(points[0, :, :400])
    assert points_of(again[0, :, 400:]).isdisjoint(points_of(points[0, :, 400:]))


def test_collocation_points_fill_every_part_of_the_movie_alike(movie: Density) -> None:
    samples = samples_of(movie)
    points, _ = samples.draw(0, 1, 4096)
    for inside in points[:, :, 1:]:
        edges = [np.linspace(-3, 3, 9)]
        for centres, half in zip(samples.bins, samples.half, strict=True):
            edges.append(np.linspace(centres.min() - half, centres.max() + half, 4))
        counts, _ = np.histogramdd(inside.T, bins=edges)
        assert counts.sum() == 4096
        # Random points would scatter by 7.5 around the mean of 57.
        assert counts.std() < 4


def test_a_batch_depends_on_seed_member_and_number_alone(movie: Density) -> None:
    samples = samples_of(movie)
    alone = sample(movie, Scales.of(movie), 0.2, SEEDS[1:2])
    for mine, company in zip(alone.block(7, 10, 10), samples.block(7, 10, 10), strict=True):
        np.testing.assert_array_equal(mine[:, 0], company[:, 1])
    for mine, company in zip(alone.draw(7, 99, 10), samples.draw(7, 99, 10), strict=True):
        np.testing.assert_array_equal(mine[0], company[1])
    assert not np.array_equal(samples.block(8, 10, 10)[0], samples.block(7, 10, 10)[0])


def test_orders_that_are_not_kept_are_the_same(
    movie: Density, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = samples_of(movie)
    batches = (kept.block(2, 20, 5), kept.draw(2, 300, 5), kept.validation())
    monkeypatch.setattr(module, "KEPT", 0)
    fresh = samples_of(movie)
    for one, other in zip(
        batches, (fresh.block(2, 20, 5), fresh.draw(2, 300, 5), fresh.validation()), strict=True
    ):
        np.testing.assert_array_equal(one[0], other[0])
        np.testing.assert_array_equal(one[1], other[1])


def test_a_huge_movie_stays_in_its_file(tmp_path: Path) -> None:
    frames, side = 200, 512
    shape = (frames, side, side)
    values = np.memmap(tmp_path / "density", np.float32, "w+", shape=shape)
    values[:, ::64] = 1 + np.arange(side) / side
    values[7, 0, 1] = 4
    axis = np.arange(side) + 0.5
    huge = Density(values, np.arange(frames) / 10, axis, axis, "um", "hour", "cells/bin")
    tracemalloc.start()
    check(huge)
    scales = Scales.of(huge)
    samples = sample(huge, scales, 0.2, SEEDS)
    points, observed = samples.draw(3, 2000, 2000)
    samples.block(5, 100, 100, steps=5)
    left_out, _ = samples.validation()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < values.nbytes / 4
    assert scales.density == 4
    assert left_out.shape == (3, 3, module.VALIDATION)
    where = np.array(scales.units)[:, None] * points[0, :, :2000] + np.reshape(
        scales.centre, (3, 1)
    )
    frame, column, row = np.floor(where * [[10], [1], [1]] + [[0.5], [0], [0]]).astype(int)
    np.testing.assert_array_equal(observed[0], values[frame, row, column] / 4)


def test_batches_give_the_blocks_step_by_step(movie: Density) -> None:
    samples, sizes = samples_of(movie), (12, 7)
    batches = Batches(samples, *sizes, torch.device("cpu"), torch.float32)
    points, observed = samples.block(0, *sizes, steps=60)
    for step in (0, 49, 50, 51, 3):
        found = batches.at(step)
        np.testing.assert_array_equal(found[0], points[step].astype(np.float32))
        np.testing.assert_array_equal(found[1], observed[step].astype(np.float32))


def test_batches_of_many_points_are_made_in_smaller_blocks(
    movie: Density, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = samples_of(movie).block(0, 12, 7)
    monkeypatch.setattr(module, "LARGEST_BLOCK", 1000)
    batches = Batches(samples_of(movie), 12, 7, torch.device("cpu"), torch.float64)
    for step in (0, 30, 49):
        for found, wanted in zip(batches.at(step), expected, strict=True):
            np.testing.assert_array_equal(found, wanted[step])
