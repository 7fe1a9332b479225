"""Numbers and units read as a person would write them."""

from __future__ import annotations

import math

import pytest

from napari_binn.quantities import (
    diffusivity_unit,
    duration,
    length,
    moment,
    number,
    plural,
    quantity,
    span,
)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.0, 3, "0"),
        (1889.6, 3, "1,890"),
        (1889.6, 4, "1,890"),
        (3453.27, 4, "3,453"),
        (0.014285, 3, "0.0143"),
        (0.00099996, 3, "0.001"),
        (-2.5, 3, "−2.5"),
        (1.0, 3, "1"),
        (100.0, 2, "100"),
        (1.2e-5, 3, "1.2 × 10⁻⁵"),
        (-1e9, 3, "−1 × 10⁹"),
        (999.9, 2, "1,000"),
        (math.nan, 3, "–"),
        (-math.inf, 3, "–"),
        (None, 3, "–"),
    ],
)
def test_numbers(value: float | None, digits: int, text: str) -> None:
    assert number(value, digits) == text


def test_no_unit_follows_a_missing_number() -> None:
    assert quantity(math.nan, "mm") == "–"
    assert quantity(2.0, "mm") == "2 mm"
    assert span(0.5, 2, "days") == "0.5 to 2 days"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.6291, "day", "15.1 hours"),
        (3.0, "day", "3 days"),
        (1 / 24, "day", "60 min"),
        (0.5, "hour", "30 min"),
        (4.0, "frame", "4 frames"),
        (1.0, "frame", "1 frame"),
        (0.3, "frame", "0.3 frames"),
        (12.0, "s", "12 s"),
        (0.0, "day", "0 days"),
    ],
)
def test_durations(value: float, unit: str, text: str) -> None:
    assert duration(value, unit) == text


def test_moments_keep_their_unit() -> None:
    assert [moment(t, "day") for t in (0, 1, 2.5)] == ["0 days", "1 day", "2.5 days"]


def test_lengths() -> None:
    assert length(0.094, "mm") == "94 µm"
    assert length(1.41, "mm") == "1.41 mm"
    assert length(94, "um") == "94 µm"
    assert length(0.25, "pixel") == "0.25 pixels"


def test_units_of_diffusivity() -> None:
    assert diffusivity_unit("mm", "day") == "mm²/day"
    assert diffusivity_unit("um", "hour") == "µm²/hour"
    assert diffusivity_unit("pixel", "frame") == "pixel²/frame"


def test_plural() -> None:
    assert [plural(n, "frame") for n in (1, 9, 1200)] == ["1 frame", "9 frames", "1,200 frames"]
