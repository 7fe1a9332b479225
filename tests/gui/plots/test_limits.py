"""Axes show the data, whatever a curve does where there are none."""

from __future__ import annotations

import numpy as np
import pytest

from napari_binn.gui.plots.ground import column_heights, intervals
from napari_binn.gui.plots.limits import clipped, curve_limits, finite_range, padded, settled

U = np.linspace(0, 1, 101)


def test_a_wild_extrapolation_does_not_blow_up_the_axis() -> None:
    wild = np.where(U > 0.8, 1e6, 0.01)
    low, high = curve_limits([(U, wild)], (0.1, 0.8))
    assert low == 0
    assert 0.01 < high < 0.02


def test_zero_and_negative_values_are_in_view() -> None:
    low, high = curve_limits([(U, 1 - 3 * U)], (0.0, 1.0))
    assert low < -2
    assert high > 1


@pytest.mark.parametrize("values", [np.full(101, np.nan), np.zeros(101), np.full(101, np.inf)])
def test_curves_without_values_give_a_usable_axis(values: np.ndarray) -> None:
    low, high = curve_limits([(U, values)], None)
    assert np.isfinite([low, high]).all()
    assert high > low


def test_limits_of_nothing() -> None:
    assert finite_range([np.array([np.nan])]) is None
    low, high = padded(2.0, 2.0)
    assert low < 2 < high
    assert padded(float("nan"), 1.0) == (0.0, 1.0)


def test_axes_do_not_tremble() -> None:
    assert settled((0, 1), (0, 0.9)) == (0, 1)
    assert settled((0, 1), (0, 1.1)) == (0, 1.1)
    assert settled((0, 1), (0, 0.2)) == (0, 0.2)


def test_values_far_outside_are_cut_off() -> None:
    assert np.abs(clipped(np.array([1e12, -1e12, 0.5]), (0.0, 1.0))).max() <= 31


def test_one_column_of_empty_bins_does_not_flatten_the_others() -> None:
    heights = column_heights(np.array([1000.0, *range(10, 30)]))
    assert heights[0] == 1
    assert heights[-1] > 0.5
    np.testing.assert_array_equal(column_heights(np.zeros(3)), 0)


def test_intervals_reach_half_way_to_the_next_point() -> None:
    where = np.array([True, False, False, True, True])
    assert intervals(np.arange(5.0), where) == [(0.0, 0.5), (2.5, 4.0)]
    assert intervals(np.arange(3.0), np.zeros(3, dtype=bool)) == []
