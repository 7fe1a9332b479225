"""A part of a ready density: cells stay where they are and none is lost."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from napari_binn.density.measure import crop_density
from napari_binn.density.model import Density
from napari_binn.errors import UserError
from napari_binn.settings import DensitySettings

FULL = Density(
    values=np.random.default_rng(0).uniform(0, 2, (6, 8, 12)),
    t=np.arange(6) * 0.5,
    y=np.arange(8) * 2.0 + 1,
    x=np.arange(12) * 3.0 + 1.5,
    length_unit="mm",
    time_unit="day",
    density_unit="cells/mm²",
    counts_per_unit=6.0,
    source="density.npz",
)


def cropped(density: Density = FULL, **settings: Any) -> Density:
    return crop_density(density, DensitySettings(**settings))


def test_without_wishes_nothing_changes() -> None:
    same = cropped()
    for field in dataclasses.fields(Density):
        np.testing.assert_array_equal(getattr(same, field.name), getattr(FULL, field.name))


def test_frames_of_a_time_range() -> None:
    part = cropped(t_range=(0.5, 1.5))
    np.testing.assert_array_equal(part.t, [0.5, 1, 1.5])
    np.testing.assert_array_equal(part.values, FULL.values[1:4])


def test_bins_whose_centre_is_in_the_region() -> None:
    part = cropped(region=(3, 2, 20, 16))
    np.testing.assert_array_equal(part.x, [4.5, 7.5, 10.5, 13.5, 16.5, 19.5])
    np.testing.assert_array_equal(part.y, [3, 5, 7, 9, 11, 13, 15])
    np.testing.assert_array_equal(part.values, FULL.values[:, 1:, 1:7])


def test_coarser_bins_keep_the_cells() -> None:
    coarse = cropped(bins=(6, 4))
    assert coarse.shape == (6, 4, 6)
    np.testing.assert_allclose(coarse.totals(), FULL.totals())
    assert coarse.spacing == (4, 6)
    assert coarse.counts_per_unit == 24
    assert coarse.values[2, 1, 3] == pytest.approx(FULL.values[2, 2:4, 6:8].mean())
    shares = replace(FULL, counts_per_unit=None, patches_per_bin=3.0)
    assert cropped(shares, bins=(6, 4)).patches_per_bin == 12
    counts = coarse.values * (coarse.counts_per_unit or 0)
    np.testing.assert_allclose(counts.sum(), FULL.values.sum() * 6)
    square = dataclasses.replace(FULL, x=np.arange(12) * 2.0 + 1)
    assert cropped(square, bin_size=4.0).shape == (6, 4, 6)


def test_a_block_is_observed_if_all_of_it_was() -> None:
    mask = np.ones((8, 12), dtype=bool)
    mask[0, 0] = False
    coarse = cropped(dataclasses.replace(FULL, mask=mask), bins=(6, 4), region=(0, 0, 36, 16))
    assert coarse.mask is not None
    assert coarse.mask.sum() == 23
    assert coarse.values[0, 0, 0] == 0


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"bins": (5, 4)}, r"has 12 × 8 bins, which cannot be averaged"),
        ({"bins": (24, 8)}, "cannot be averaged"),
        ({"bin_size": 5.0}, "cannot be averaged"),
        ({"bin_size": 6.0}, "cannot be averaged"),
        ({"region": (0, 0, 10, 16)}, r"holds 3 × 8 bins of density\.npz: at least 4 × 4"),
        ({"region": (0, 0, 40, 16)}, r"reaches out of density\.npz"),
        ({"t_range": (0.6, 0.9)}, "leaves 0 of 6 frames"),
        ({"t_range": (0.6, 1.2)}, "leaves 1 of 6 frames"),
    ],
)
def test_parts_that_cannot_be_are_told(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        cropped(**settings)


def test_an_empty_part_is_told() -> None:
    values = FULL.values.copy()
    values[:, :, :6] = 0
    with pytest.raises(UserError, match="zero everywhere"):
        cropped(dataclasses.replace(FULL, values=values), region=(0, 0, 15, 16))
