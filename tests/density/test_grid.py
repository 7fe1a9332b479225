"""Bins fill the region exactly, hold enough cells by default, and count each cell once."""

from __future__ import annotations

import numpy as np
import pytest

from napari_binn.density.grid import MOST_BINS, Grid, choose_grid, choose_region
from napari_binn.errors import UserError
from napari_binn.settings import DensitySettings

FIELD = (0.0, 0.0, 1410.0, 1050.0)


def test_bins_fill_the_region() -> None:
    grid = Grid((10.0, 20.0, 1420.0, 1070.0), 15, 11)
    assert grid.size == pytest.approx((94, 1050 / 11))
    assert grid.x[0] == 10 + 47
    assert grid.x[-1] == 1420 - 47
    assert grid.y[0] == pytest.approx(20 + 1050 / 22)


def test_each_cell_counts_once_and_those_on_the_edge_too() -> None:
    grid = Grid((0.0, 0.0, 6.0, 4.0), 6, 4)
    positions = np.array(
        [[0, 0], [6, 4], [6, 0], [1, 1], [0.999, 1], [5.5, 3.5], [6.1, 1], [3, -1]]
    )
    counts = grid.count(positions)
    assert counts.shape == (4, 6)
    assert counts.sum() == 6
    assert counts[0, 0] == 1
    assert counts[3, 5] == 2
    assert counts[0, 5] == 1
    assert counts[1, 1] == 1
    assert counts[1, 0] == 1


def test_counts_agree_with_a_histogram() -> None:
    rng = np.random.default_rng(0)
    positions = rng.uniform((-100, -100), (1500, 1200), (5000, 2))
    expected, _, _ = np.histogram2d(
        positions[:, 1], positions[:, 0], (11, 15), range=((0, 1050), (0, 1410))
    )
    np.testing.assert_array_equal(Grid(FIELD, 15, 11).count(positions), expected)


def test_a_nominal_size_becomes_the_next_smaller_one_that_fits() -> None:
    """As the paper bins its 1410 × 1050 µm into nominal bins of 100 µm."""
    grid = choose_grid(FIELD, DensitySettings(bin_size=100), "um", mean_cells=1000)
    assert (grid.nx, grid.ny) == (15, 11)
    assert grid.size == pytest.approx((94, 95.4545), rel=1e-4)


def test_a_size_that_divides_evenly_is_kept() -> None:
    grid = choose_grid((0.1, 0.1, 0.8, 0.8), DensitySettings(bin_size=0.1), "mm", mean_cells=9)
    assert (grid.nx, grid.ny) == (7, 7)


@pytest.mark.parametrize(
    ("mean_cells", "field"),
    [(1000, FIELD), (600, FIELD), (2000, (0, 0, 1000, 1000)), (1200, (0, 0, 500, 1500))],
)
def test_default_bins_hold_about_six_cells(
    mean_cells: float, field: tuple[float, float, float, float]
) -> None:
    grid = choose_grid(field, DensitySettings(), "um", mean_cells=mean_cells)
    hx, hy = grid.size
    assert 5 < mean_cells / (grid.nx * grid.ny) < 7
    assert 0.8 < hx / hy < 1.25


@pytest.mark.parametrize("mean_cells", [1, 50, 1e5])
@pytest.mark.parametrize("width", [100.0, 1000.0, 5000.0])
def test_default_bins_are_never_too_few_or_too_many(mean_cells: float, width: float) -> None:
    grid = choose_grid((0, 0, width, 1000), DensitySettings(), "um", mean_cells=mean_cells)
    assert min(grid.nx, grid.ny) >= 4
    assert grid.nx * grid.ny <= MOST_BINS
    if width == 1000 and mean_cells <= 50:
        assert (grid.nx, grid.ny) == (8, 8)


def test_default_bins_for_intensity() -> None:
    grid = choose_grid((0, 0, 1200, 1000), DensitySettings(), "um", mean_cells=None)
    assert (grid.nx, grid.ny) == (19, 16)


def test_too_few_bins_are_told() -> None:
    with pytest.raises(UserError, match=r"holds 15 × 3 bins of 100 µm: at least 4 × 4"):
        choose_grid((0, 0, 1410, 250), DensitySettings(bin_size=100), "um", mean_cells=9)


def test_too_many_bins_are_told() -> None:
    with pytest.raises(UserError, match="are too many"):
        choose_grid(FIELD, DensitySettings(bin_size=1), "um", mean_cells=9)


def test_bins_smaller_than_a_pixel_are_told() -> None:
    with pytest.raises(UserError, match=r"region of 20 × 10 pixels are smaller than a pixel"):
        choose_grid(
            (0, 0, 10, 5), DensitySettings(bins=(15, 11)), "um", mean_cells=9, pixel=(0.5, 0.5)
        )


def test_the_region_lies_in_the_field() -> None:
    assert choose_region(None, FIELD, "um", "a.tif") == FIELD
    assert choose_region((0, 0, 1410, 500), FIELD, "um", "a.tif") == (0, 0, 1410, 500)
    with pytest.raises(UserError, match=r"\(0, 0, 1500, 500\) reaches out of a\.tif, which covers"):
        choose_region((0, 0, 1500, 500), FIELD, "um", "a.tif")
    with pytest.raises(UserError, match="x0 < x1 and y0 < y1"):
        choose_region((0, 500, 1410, 500), FIELD, "um", "a.tif")
