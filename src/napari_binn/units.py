"""Units of length and time: reading what users write, converting to what results are stated in.

Calibrated movies are analysed in mm and days, the units of the field (D in mm²/day, G in 1/day).
A movie that is not calibrated is analysed in pixels and frames, and says so.
"""

from __future__ import annotations

from .errors import UserError

LENGTHS_MM = {"nm": 1e-6, "um": 1e-3, "mm": 1.0, "cm": 10.0, "m": 1000.0}
TIMES_DAY = {
    "ms": 1 / 86_400_000,
    "s": 1 / 86_400,
    "min": 1 / 1440,
    "hour": 1 / 24,
    "day": 1.0,
    "week": 7.0,
}
PIXEL, FRAME = "pixel", "frame"
_SYMBOLS = {"um": "µm", "hour": "h", "day": "d", PIXEL: "px"}

_LENGTH_NAMES = {
    "µm": "um", "μm": "um", "micron": "um", "microns": "um", "micrometer": "um",
    "micrometre": "um", "micrometers": "um", "micrometres": "um",
    "nanometer": "nm", "millimeter": "mm", "millimetre": "mm", "centimeter": "cm",
    "px": PIXEL, "pixels": PIXEL,
}  # fmt: skip
_TIME_NAMES = {
    "millisecond": "ms", "milliseconds": "ms", "sec": "s", "second": "s", "seconds": "s",
    "minute": "min", "minutes": "min", "mins": "min", "h": "hour", "hr": "hour", "hrs": "hour",
    "hours": "hour", "d": "day", "days": "day", "weeks": "week", "frames": FRAME, "tick": FRAME,
    "ticks": FRAME,
}  # fmt: skip


def parse_length_unit(text: str) -> str:
    """Return the canonical name ("um", "mm", "pixel", …) of a length unit as users write it."""
    name, time = _canonical(text)
    if name in LENGTHS_MM or name == PIXEL:
        return name
    wrong = "is a unit of time, not of length" if time in (*TIMES_DAY, FRAME) else "is not known"
    raise UserError(
        f"The length unit {text!r} {wrong}: use one of "
        f"{', '.join(map(symbol, LENGTHS_MM))} or {PIXEL}."
    )


def parse_time_unit(text: str) -> str:
    """Return the canonical name ("hour", "day", "frame", …) of a time unit as users write it."""
    length, name = _canonical(text)
    if name in TIMES_DAY or name == FRAME:
        return name
    wrong = "is a unit of length, not of time" if length in (*LENGTHS_MM, PIXEL) else "is not known"
    raise UserError(
        f"The time unit {text!r} {wrong}: use one of {', '.join(TIMES_DAY)} or {FRAME}."
    )


def _canonical(text: str) -> tuple[str, str]:
    """Return what a name is called here as a unit of length, and as one of time."""
    name = text.strip().lower()
    return _LENGTH_NAMES.get(name, name), _TIME_NAMES.get(name, name)


def symbol(unit: str | None) -> str:
    """Return how a unit is written behind a number: µm for "um", h for "hour", "" for None."""
    return "" if unit is None else _SYMBOLS.get(unit, unit)


def to_analysis_length(unit: str) -> tuple[float, str]:
    """Return (factor, unit): multiply lengths in ``unit`` by the factor to get mm (or pixels)."""
    unit = parse_length_unit(unit)
    return (1.0, PIXEL) if unit == PIXEL else (LENGTHS_MM[unit], "mm")


def to_analysis_time(unit: str) -> tuple[float, str]:
    """Return (factor, unit): multiply times in ``unit`` by the factor to get days (or frames)."""
    unit = parse_time_unit(unit)
    return (1.0, FRAME) if unit == FRAME else (TIMES_DAY[unit], "day")
