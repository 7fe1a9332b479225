"""Numbers and units as the plots write them."""

from __future__ import annotations

import math

_LENGTH_NAMES = {"um": "µm"}
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
SMALL, LARGE = -4, 7


def number(value: float, digits: int = 3) -> str:
    """Return a number with so many significant digits: 1,890 · 0.0143 · 1.2×10⁻⁵."""
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    value = float(f"{value:.{digits - 1}e}")
    exponent = math.floor(math.log10(abs(value)))
    if not SMALL <= exponent < LARGE:
        mantissa = f"{value / 10**exponent:.{digits - 1}f}".rstrip("0").rstrip(".")
        text = f"{mantissa}×10{str(exponent).translate(_SUPERSCRIPT)}"
    else:
        text = f"{value:,.{max(digits - 1 - exponent, 0)}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("-", "−")


def length_name(unit: str) -> str:
    """Return how a unit of length is printed: µm for "um"."""
    return _LENGTH_NAMES.get(unit, unit)


def diffusivity_unit(length: str, time: str) -> str:
    """Return the unit of D, such as mm²/day."""
    return f"{length_name(length)}²/{time}"


def with_unit(name: str, unit: str) -> str:
    """Return the label of an axis, such as "time [day]"."""
    return f"{name} [{unit}]" if unit else name
