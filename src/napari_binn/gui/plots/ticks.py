"""Axes with few, round ticks: as many as there is room for, never more."""

from __future__ import annotations

import math

import pyqtgraph as pg
from qtpy.QtGui import QFont, QFontMetrics

from ...quantities import number

#: Places of ticks and what is written there.
Ticks = list[tuple[float, str]]

_STEPS = (1.0, 2.0, 5.0, 10.0)
#: Ticks within a decade, from many to few.
_WITHIN = ((1, 2, 5), (1, 3), (1,))
_FEWEST = 2
_HIGH, _WIDE = 1.5, 3.2  # room that a tick takes, in heights of its text
_MOST_DECIMALS = 5
_ROUNDING = 1e-9


class Axis(pg.AxisItem):  # type: ignore[misc]
    """An axis at the "left" or "bottom" of a plot.

    Attributes
    ----------
    log
        Whether the places on it are decimal logarithms of what is written there.
    """

    def __init__(self, side: str, font: QFont) -> None:
        super().__init__(side)
        self.log = False
        room = _HIGH if side == "left" else _WIDE
        self._room = room * QFontMetrics(font).height()
        self._texts: dict[float, str] = {}
        self.enableAutoSIPrefix(False)
        self.setStyle(
            tickFont=font,
            tickLength=4,
            tickTextOffset=2,
            maxTickLevel=0,
            autoReduceTextSpace=False,
        )

    def tickValues(
        self, minVal: float, maxVal: float, size: float
    ) -> list[tuple[float, list[float]]]:
        """Return the places of the ticks on an axis that is ``size`` pixels long."""
        most = max(_FEWEST, int(size / self._room))
        low, high = sorted((minVal, maxVal))
        self._texts = dict((log_ticks if self.log else linear_ticks)(low, high, most))
        return [(1.0, list(self._texts))]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Return what is written at the ticks."""
        return [self._texts[value] for value in values]


def linear_ticks(low: float, high: float, most: int) -> Ticks:
    """Return ticks at multiples of 1, 2 or 5 times a power of ten, about ``most`` at most."""
    reach = high - low
    if not (math.isfinite(reach) and reach > 0):
        return []
    magnitude = 10.0 ** math.floor(math.log10(reach / most))
    steps = [s * magnitude for s in _STEPS]
    coarse = next(k for k, step in enumerate(steps) if step * most >= reach * (1 - _ROUNDING))
    step = steps[coarse]
    finer = steps[coarse - 1] if coarse else magnitude / 2
    # A single tick tells no scale: rather one more than there is room for.
    if len(_multiples(low, high, step)) < _FEWEST and len(_multiples(low, high, finer)) <= most + 1:
        step = finer
    decimals = max(0, -math.floor(math.log10(step) + _ROUNDING))
    return [(k * step, _text(k * step, decimals)) for k in _multiples(low, high, step)]


def _multiples(low: float, high: float, step: float) -> range:
    """Return which multiples of ``step`` lie between ``low`` and ``high``."""
    first, last = math.ceil(low / step - _ROUNDING), math.floor(high / step + _ROUNDING)
    return range(first, last + 1)


def log_ticks(low: float, high: float, most: int) -> Ticks:
    """Return ticks between 10**low and 10**high, placed at their logarithms."""
    if not (math.isfinite(high - low) and high > low):
        return []
    decades = range(math.floor(low), math.ceil(high) + 1)
    for within in _WITHIN:
        values = [m * 10.0**k for k in decades for m in within]
        seen = [value for value in values if low <= math.log10(value) <= high]
        if len(seen) <= most:
            break
    seen = seen[:: math.ceil(len(seen) / most)] if seen else []
    return [(math.log10(value), number(value, 1).removeprefix("1 × ")) for value in seen]


def _text(value: float, decimals: int) -> str:
    """Return a tick with as many decimals as its neighbours."""
    if value == 0:
        return "0"
    if decimals > _MOST_DECIMALS or abs(value) >= 1e7:
        return number(value)
    return f"{value:,.{decimals}f}".replace("-", "−")
