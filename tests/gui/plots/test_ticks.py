"""Ticks are round, few, and never on top of each other."""

from __future__ import annotations

import numpy as np
import pytest

from napari_binn.gui.plots.ticks import linear_ticks, log_ticks


def texts(ticks: list[tuple[float, str]]) -> list[str]:
    return [text for _, text in ticks]


def test_ticks_are_round_and_equally_long() -> None:
    assert texts(linear_ticks(0, 0.0213, 5)) == ["0", "0.005", "0.010", "0.015", "0.020"]
    assert texts(linear_ticks(-0.4, 1.7, 3)) == ["0", "1"]
    assert texts(linear_ticks(0, 2300, 5)) == ["0", "500", "1,000", "1,500", "2,000"]
    assert texts(linear_ticks(-1e-7, 1.2e-7, 3)) == ["−1 × 10⁻⁷", "0", "1 × 10⁻⁷"]


@pytest.mark.parametrize("most", [2, 3, 5, 9])
@pytest.mark.parametrize("reach", [1e-6, 0.0213, 1.0, 777.0, 1e9])
def test_there_are_never_many_more_than_fit(most: int, reach: float) -> None:
    for low in (0.0, -0.3 * reach, 0.123 * reach):
        places = [place for place, _ in linear_ticks(low, low + reach, most)]
        assert 1 <= len(places) <= most + 1
        assert all(low - 1e-6 * reach <= place <= low + 1.000001 * reach for place in places)


def test_one_tick_alone_would_tell_no_scale() -> None:
    assert texts(linear_ticks(-17, 19, 2)) == ["−10", "0", "10"]


def test_losses_have_decades_and_steps_between_where_there_is_room() -> None:
    assert texts(log_ticks(-4, -1, 4)) == ["0.0001", "0.001", "0.01", "0.1"]
    assert texts(log_ticks(-4, -1, 7)) == [
        "0.0001", "0.0003", "0.001", "0.003", "0.01", "0.03", "0.1",
    ]  # fmt: skip
    assert texts(log_ticks(-2.4, -1.6, 4)) == ["0.005", "0.01", "0.02"]
    assert texts(log_ticks(-9, 3, 3)) == ["10⁻⁹", "0.0001", "10"]
    np.testing.assert_allclose([place for place, _ in log_ticks(-2, 0, 3)], [-2, -1, 0])


def test_an_axis_without_length_has_no_ticks() -> None:
    assert linear_ticks(1, 1, 5) == []
    assert linear_ticks(0, float("nan"), 5) == []
    assert log_ticks(2, 2, 5) == []
