"""Ranges of axes that show the data and are not blown up by a wild curve beside them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Range = tuple[float, float]
Curve = tuple[Array, Array]

_BEYOND = 0.35  # how much of the range may be added for what lies outside the supported part


def curve_limits(curves: Iterable[Curve], supported: Range | None) -> Range:
    """Return limits of y from what ``curves`` (x, y) do in the supported range of x.

    Zero is always in view. Outside the supported range a curve may widen the limits a little.
    """
    inside: list[Array] = [np.zeros(1)]
    outside: list[Array] = []
    for x, y in curves:
        finite = np.isfinite(y)
        within = finite if supported is None else finite & (x >= supported[0]) & (x <= supported[1])
        inside.append(y[within])
        outside.append(y[finite & ~within])
    core, rest = np.concatenate(inside), np.concatenate([np.empty(0), *outside])
    low, high = float(core.min()), float(core.max())
    if high == low and len(rest):
        low, high = min(float(np.quantile(rest, 0.1)), 0.0), max(float(np.quantile(rest, 0.9)), 0.0)
    reach = (high - low) or 1.0
    if len(rest):
        low = min(low, max(float(rest.min()), low - _BEYOND * reach))
        high = max(high, min(float(rest.max()), high + _BEYOND * reach))
    bottom, top = padded(low, high)
    return (0.0 if low == 0 else bottom), top


def settled(before: Range, wanted: Range, least: float = 0.7) -> Range:
    """Return the range before where it still does, so that axes do not tremble while learning."""
    within = before[0] <= wanted[0] and wanted[1] <= before[1]
    filled = (wanted[1] - wanted[0]) >= least * (before[1] - before[0])
    return before if within and filled else wanted


def padded(low: float, high: float, share: float = 0.06) -> Range:
    """Return a range with some air around it, also where both ends are the same."""
    if not (np.isfinite(low) and np.isfinite(high)):
        return 0.0, 1.0
    reach = (high - low) or abs(high) or 1.0
    return low - share * reach, high + share * reach


def finite_range(values: Iterable[Array]) -> Range | None:
    """Return least and greatest finite value, or None where there is none."""
    found = [part[np.isfinite(part)] for part in values]
    flat = np.concatenate([np.empty(0), *found])
    return (float(flat.min()), float(flat.max())) if len(flat) else None


def clipped(values: Array, limits: Range, factor: float = 30.0) -> Array:
    """Return values cut off far outside the limits, where painting them would go wrong."""
    reach = factor * (limits[1] - limits[0])
    cut: Array = np.clip(values, limits[0] - reach, limits[1] + reach)
    return cut
