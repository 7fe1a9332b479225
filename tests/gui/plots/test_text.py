"""Numbers and units read as people write them."""

from __future__ import annotations

import pytest

from napari_binn.gui.plots.text import diffusivity_unit, number, with_unit


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1840.0, "1,840"), (0.01434, "0.0143"), (1.2e-5, "1.2×10⁻⁵"), (-0.5, "−0.5"),
        (0.0, "0"), (float("nan"), "–"), (3.1e9, "3.1×10⁹"), (0.99999, "1"),
    ],
)  # fmt: skip
def test_numbers(value: float, text: str) -> None:
    assert number(value) == text


def test_units() -> None:
    assert diffusivity_unit("um", "hour") == "µm²/hour"
    assert with_unit("time", "day") == "time [day]"
    assert with_unit("time", "") == "time"
