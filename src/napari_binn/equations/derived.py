"""What follows from the constants of a known law: doubling time, carrying density, wave speed.

Wave speeds are those of fronts that invade empty space: Murray, Mathematical Biology I (2002),
ch. 13 (Fisher-KPP, porous Fisher); Hadeler & Rothe, J. Math. Biol. 2 (1975) (weak and strong Allee
effects).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..inference.terms import Z90
from ..quantities import duration, number, quantity
from .library import Form
from .recognise import Recognised

Array = NDArray[np.float64]
Constants = Mapping[str, float]
#: Beyond this half-width relative to the value an interval says nothing.
_USELESS = 1.0


@dataclass(frozen=True)
class LawUnits:
    """Units of an equation; ``density_scale`` is the density of u = 1."""

    length: str = "mm"
    time: str = "day"
    density: str = "cells/mm²"
    density_scale: float = 1.0


@dataclass(frozen=True)
class Quantity:
    """A number that follows from a law.

    Attributes
    ----------
    symbol
        In a formula, such as "r"; empty for what has none.
    meaning
        In words.
    value, low, high
        In ``unit``, and its 90 % interval; NaN where the data give none.
    """

    symbol: str
    meaning: str
    value: float
    low: float
    high: float
    unit: str

    @property
    def text(self) -> str:
        """Such as "r = 1.14 ± 0.05 /day" or "doubling time 14.6 hours (13.9 to 15.3)"."""
        name, unit = self.symbol or self.meaning, self.unit.removeprefix("1")
        if self.unit in ("day", "hour", "week", "min", "s"):
            return f"{name} {duration(self.value, self.unit)}{self._interval(self.value)}"
        middle = " = " if self.symbol else " "
        if math.isfinite(self.low) and math.isfinite(self.high):
            half = (self.high - self.low) / 2
            if abs(self.low + self.high - 2 * self.value) < 0.02 * half:
                value = f"{number(self.value)} ± {number(half, 2)}"
                return f"{name}{middle}{value} {unit}".rstrip()
        return f"{name}{middle}{quantity(self.value, unit)}{self._interval(self.value)}"

    def _interval(self, value: float) -> str:
        if not (math.isfinite(self.low) and math.isfinite(self.high)):
            return ""
        factor = _shown_factor(value, self.unit)
        return f" ({number(self.low * factor)} to {number(self.high * factor)})"


def derived(
    D: Recognised | None, G: Recognised | None, units: LawUnits, between: Array | None
) -> list[Quantity]:
    """Return what follows from the forms of a pair, as far as they are known.

    Parameters
    ----------
    between
        Covariance of D's constants with those of G, (P_D, P_G); None if they are independent.
    """
    if G is None:
        return []
    rows: list[Quantity] = []
    only_growth = _join(None, G, None)
    sparse = _SPARSE.get(G.form.name)
    if sparse is not None:
        rows += _quantity(
            "", "doubling time", units.time, only_growth, lambda c: math.log(2) / sparse(c)
        )
    if G.form.name == "Hill":
        scale = units.density_scale
        rows += _quantity(
            "K", "carrying density", units.density, only_growth,
            lambda c: scale * c["h"] * math.sqrt(c["r"] / c["d"] - 1),
        )  # fmt: skip
    if D is None:
        return rows
    speed = _speed(D.form, G.form)
    if speed is not None:
        factor, unit = _speed_unit(units)
        text, function = speed
        rows += _quantity(
            f"minimal wave speed {text}", "speed at which a front invades empty space", unit,
            _join(D, G, between), lambda c: factor * function(c),
        )  # fmt: skip
    return rows


#: Growth rate of the very sparse, where a form has one.
_SPARSE: dict[str, Callable[[Constants], float]] = {
    "exponential growth": lambda c: c["r"],
    "logistic": lambda c: c["r"],
    "Richards": lambda c: c["r"],
    "weak Allee": lambda c: c["r"],
    "saturating": lambda c: c["r"],
    "Hill": lambda c: c["r"] - c["d"],
    "quadratic": lambda c: c["g0"],
    "cubic": lambda c: c["g0"],
}


def _speed(D: Form, G: Form) -> tuple[str, Callable[[Constants], float]] | None:
    """Return the formula and the function of the minimal wave speed, where it is known."""
    if D.name == "constant" and G.name in (
        "logistic", "exponential growth", "Richards", "saturating", "Hill"
    ):  # fmt: skip
        sparse = _SPARSE[G.name]
        rate = "(r − d)" if G.name == "Hill" else "r"
        return f"2√(D0·{rate})", lambda c: 2 * math.sqrt(c["D0"] * sparse(c))
    if D.name == "constant" and G.name == "strong Allee":
        return (
            "√(D0·r·K/(2A))·(1 − 2A/K)",
            lambda c: (
                math.sqrt(c["D0"] * c["r"] * c["K"] / (2 * c["A"])) * (1 - 2 * c["A"] / c["K"])
            ),
        )
    if D.name == "constant" and G.name == "weak Allee":
        return "(Hadeler & Rothe)", _pushed
    if D.name == "linear through zero" and G.name == "logistic":
        return "√(D1·K·r/2)", lambda c: math.sqrt(c["D1"] * c["K"] * c["r"] / 2)
    return None


def _pushed(c: Constants) -> float:
    """Hadeler & Rothe (1975): pulled fronts up to K = 2A, pushed ones beyond."""
    push = c["K"] / c["A"]
    return math.sqrt(c["D0"] * c["r"]) * (2.0 if push <= 2 else (push + 2) / math.sqrt(2 * push))


@dataclass(frozen=True)
class _Joined:
    names: tuple[str, ...]
    values: Array
    covariance: Array


def _join(D: Recognised | None, G: Recognised, between: Array | None) -> _Joined:
    parts = [one for one in (D, G) if one is not None]
    names = tuple(constant.name for one in parts for constant in one.form.constants)
    values = np.concatenate([one.values for one in parts])
    covariance = np.zeros((len(values), len(values)))
    start = 0
    for one in parts:
        end = start + len(one.values)
        covariance[start:end, start:end] = one.covariance
        start = end
    if D is not None and between is not None:
        split = len(D.values)
        covariance[:split, split:], covariance[split:, :split] = between, between.T
    return _Joined(names, values, covariance)


def _quantity(
    symbol: str, meaning: str, unit: str, joined: _Joined, function: Callable[[Constants], float]
) -> list[Quantity]:
    """Return a positive quantity with its interval by the delta method on the logarithm."""

    def at(values: Array) -> float:
        try:
            return function(dict(zip(joined.names, values.tolist(), strict=True)))
        except (ValueError, ZeroDivisionError):
            return math.nan

    value = at(joined.values)
    if not (math.isfinite(value) and value > 0):
        return []
    gradient = np.zeros(len(joined.values))
    for k, constant in enumerate(joined.values):
        step = np.zeros_like(joined.values)
        step[k] = 1e-5 * max(abs(float(constant)), 1e-9)
        gradient[k] = (at(joined.values + step) - at(joined.values - step)) / (2 * step[k])
    used = gradient != 0
    variance = float(gradient[used] @ joined.covariance[np.ix_(used, used)] @ gradient[used])
    share = Z90 * math.sqrt(variance) / value if variance >= 0 else math.nan
    if not share < _USELESS:
        return [Quantity(symbol, meaning, value, math.nan, math.nan, unit)]
    return [
        Quantity(symbol, meaning, value, value * math.exp(-share), value * math.exp(share), unit)
    ]


def _speed_unit(units: LawUnits) -> tuple[float, str]:
    """Fronts of cells move by micrometres an hour."""
    if (units.length, units.time) == ("mm", "day"):
        return 1000 / 24, "µm/h"
    return 1.0, f"{units.length}/{units.time}"


def _shown_factor(value: float, unit: str) -> float:
    """The factor by which :func:`~napari_binn.quantities.duration` restates a time."""
    factor = 1.0
    for name, (finer, count) in {"week": ("day", 7.0), "day": ("hour", 24.0)}.items():
        if unit == name and abs(value) * factor < 2.0:
            factor, unit = factor * count, finer
    return factor
