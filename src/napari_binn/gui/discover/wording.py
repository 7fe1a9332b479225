"""Numbers and units as they are read on the screen."""

from __future__ import annotations

from collections.abc import Sequence

_SYMBOLS = {"um": "µm", "hour": "h", "day": "d", "pixel": "px"}


def unit_symbol(unit: str | None) -> str:
    """Return how a unit of :mod:`napari_binn.units` is written behind a number."""
    return "" if unit is None else _SYMBOLS.get(unit, unit)


def time_span(times: Sequence[float], first: int, last: int, unit: str | None) -> str:
    """Return "0 to 39 h" for the frames ``first`` to ``last``, or "" where no times are known."""
    if unit is None or not 0 <= first <= last < len(times):
        return ""
    if unit == "frame":
        return f"frames {times[first]:g} to {times[last]:g}"
    return f"{times[first]:.6g} to {times[last]:.6g} {unit_symbol(unit)}"
