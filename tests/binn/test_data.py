"""What training sees: units are gone, masked bins are not data, every member has its own split."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_binn.binn import data
from napari_binn.density.model import Density
from napari_binn.errors import UserError
from tests.synthetic import density

SEEDS = [(0, 0), (0, 1), (0, 2)]


@pytest.fixture(scope="module")
def movie() -> Density:
    return density("allee")


def samples_of(movie: Density, validation: float = 0.2) -> data.Samples:
    return data.sample(movie, data.Scales.of(movie), validation, SEEDS)


def test_scales_carry_the_units_of_the_movie(movie: Density) -> None:
    days = data.Scales.of(movie)
    hours = data.Scales.of(replace(movie, t=24 * movie.t, y=1000 * movie.y, x=1000 * movie.x))
    found = (hours.D, hours.G, hours.physical_D, hours.physical_G)
    expected = (days.D, days.G, days.physical_D * 1e6 / 24, days.physical_G / 24)
    assert found == pytest.approx(expected)


def test_the_movie_runs_from_minus_three_to_three(movie: Density) -> None:
    samples = samples_of(movie)
    assert samples.points[0].min() == pytest.approx(-3)
    assert samples.points[0].max() == pytest.approx(3)
    edge = np.abs(samples.bins).max(axis=1) + samples.half
    assert edge.max() == pytest.approx(3)
    assert samples.values.max() == pytest.approx(1)
    hy, hx = movie.spacing
    assert samples.half[1] / samples.half[0] == pytest.approx(hy / hx)


def test_points_belong_to_their_values(movie: Density) -> None:
    samples, scales = samples_of(movie), data.Scales.of(movie)
    frame, row, column = 3, 2, 5
    ny, nx = movie.shape[1:]
    index = (frame * ny + row) * nx + column
    units = np.array(scales.units) * samples.points[:, index] + np.array(scales.centre)
    assert units == pytest.approx([movie.t[frame], movie.x[column], movie.y[row]])
    assert samples.values[index] * scales.density == pytest.approx(movie.values[frame, row, column])


def test_masked_bins_are_neither_data_nor_collocation(movie: Density) -> None:
    mask = np.zeros(movie.shape[1:], dtype=bool)
    mask[1:4, 2:7] = True
    values = np.where(mask, movie.values, np.nan)
    samples = samples_of(replace(movie, values=values, mask=mask))
    assert len(samples.values) == len(movie.t) * 15
    assert np.isfinite(samples.values).all()
    points, observed = samples.block(0, 30, 40)
    assert np.isfinite(observed).all()
    x, y = points[:, :, 1, 30:], points[:, :, 2, 30:]
    assert np.abs(x - samples.bins[0].mean()).max() <= 5 * samples.half[0]
    assert np.abs(y - samples.bins[1].mean()).max() <= 3 * samples.half[1]


def test_each_member_has_its_own_split_of_all_points(movie: Density) -> None:
    samples = samples_of(movie)
    total = movie.values.size
    assert samples.validation.shape == (3, round(0.2 * total))
    for training, left_out in zip(samples.training, samples.validation, strict=True):
        assert sorted([*training, *left_out]) == list(range(total))
    assert not np.array_equal(samples.validation[0], samples.validation[1])
    assert samples_of(movie, 0.0).validation.shape == (3, 0)


def test_batches_hold_training_points_only_and_fill_the_movie(movie: Density) -> None:
    samples = samples_of(movie)
    points, observed = samples.block(4, 25, 60)
    assert points.shape == (data.BLOCK, 3, 3, 85)
    assert observed.shape == (data.BLOCK, 3, 25)
    for member in range(3):
        allowed = {tuple(p) for p in samples.points[:, samples.training[member]].T}
        seen = {tuple(p) for p in points[:, member, :, :25].swapaxes(0, 1).reshape(3, -1).T}
        assert seen <= allowed
    collocation = points[:, :, :, 60:].swapaxes(0, 2).reshape(3, -1)
    assert np.abs(collocation[:2]).max() <= 3
    assert np.abs(collocation[:2]).max(axis=1) == pytest.approx([3, 3], abs=0.05)


def test_a_block_depends_on_seed_member_and_number_alone(movie: Density) -> None:
    samples = samples_of(movie)
    alone = data.sample(movie, data.Scales.of(movie), 0.2, SEEDS[1:2])
    for mine, company in zip(alone.block(7, 10, 10), samples.block(7, 10, 10), strict=True):
        np.testing.assert_array_equal(mine[:, 0], company[:, 1])
    assert not np.array_equal(samples.block(8, 10, 10)[0], samples.block(7, 10, 10)[0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m.first_frames(1), "one frame"),
        (lambda m: replace(m, values=np.where(m.values > 0.5, np.nan, m.values)), "finite"),
        (lambda m: replace(m, values=0 * m.values), "zero everywhere"),
        (lambda m: replace(m, mask=np.zeros(m.shape[1:], dtype=bool)), "observed bin"),
    ],
)
def test_a_density_without_a_lesson_is_one_sentence(movie: Density, change, message) -> None:
    with pytest.raises(UserError, match=message):
        data.check(change(movie))
