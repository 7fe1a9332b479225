"""Numbers and units as people write them."""

from __future__ import annotations

import math

UNIT_NAMES = {"um": "µm", "pixel": "pixels"}
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_FINER_TIME = {"day": (24.0, "hour"), "hour": (60.0, "min"), "week": (7.0, "day")}
_FINER_LENGTH = {"mm": (1000.0, "um"), "cm": (10.0, "mm"), "m": (100.0, "cm")}
_ABBREVIATED = ("ms", "s", "min")
MISSING = "–"


def number(value: float | None, digits: int = 3) -> str:
    """Return ``value`` with so many significant digits: 1,890 · 0.0143 · 1.2 × 10⁻⁵.

    What is not a finite number becomes a dash.
    """
    if value is None or not math.isfinite(value):
        return MISSING
    if value == 0:
        return "0"
    rounded = float(f"{value:.{digits - 1}e}")
    exponent = math.floor(math.log10(abs(rounded)))
    if not -4 <= exponent < 7:
        mantissa = f"{rounded / 10**exponent:.{digits - 1}f}".rstrip("0").rstrip(".")
        return _minus(f"{mantissa} × 10{str(exponent).translate(_SUPERSCRIPT)}")
    decimals = max(digits - 1 - exponent, 0)
    text = f"{rounded:,.{decimals}f}"
    return _minus(text.rstrip("0").rstrip(".") if "." in text else text)


def quantity(value: float | None, unit: str, digits: int = 3) -> str:
    """Return a number with its unit."""
    text = number(value, digits)
    return text if text == MISSING or not unit else f"{text} {unit}"


def span(low: float, high: float, unit: str = "", digits: int = 3) -> str:
    """Return "low to high unit"."""
    return f"{number(low, digits)} to {quantity(high, unit, digits)}"


def duration(value: float, unit: str) -> str:
    """Return a time in the unit in which it reads well: 0.63 day is 15.1 hours."""
    value, unit = _readable(value, unit, _FINER_TIME, 2.0)
    return moment(value, unit)


def moment(value: float, unit: str) -> str:
    """Return a time in the unit given: 1 day, 2.5 days."""
    text = number(value)
    return f"{text} {unit if text == '1' else unit_word(unit)}"


def unit_word(unit: str) -> str:
    """Return the plural of a unit of time."""
    return unit if unit in _ABBREVIATED else f"{unit}s"


def length(value: float, unit: str, digits: int = 3) -> str:
    """Return a length in the unit in which it reads well: 0.094 mm is 94 µm."""
    value, unit = _readable(value, unit, _FINER_LENGTH, 0.5)
    return quantity(value, length_name(unit), digits)


def length_name(unit: str) -> str:
    """Return how a length unit is printed."""
    return UNIT_NAMES.get(unit, unit)


def diffusivity_unit(length_unit: str, time_unit: str) -> str:
    """Return the unit of D, such as mm²/day."""
    return f"{UNIT_NAMES.get(length_unit, length_unit).removesuffix('s')}²/{time_unit}"


def plural(count: int, noun: str) -> str:
    """Return "1 frame" or "9 frames"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _readable(
    value: float, unit: str, finer: dict[str, tuple[float, str]], least: float
) -> tuple[float, str]:
    while abs(value) < least and unit in finer and value != 0:
        factor, unit = finer[unit]
        value *= factor
    return value, unit


def _minus(text: str) -> str:
    return text.replace("-", "−")
