"""Numbers and units as they are read on the screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...settings import Settings
from ...units import symbol


def time_span(times: Sequence[float], first: int, last: int, unit: str | None) -> str:
    """Return "0 to 39 h" for the frames ``first`` to ``last``, or "" where no times are known."""
    if unit is None or not 0 <= first <= last < len(times):
        return ""
    if unit == "frame":
        return f"frames {times[first]:g} to {times[last]:g}"
    return f"{times[first]:.6g} to {times[last]:.6g} {symbol(unit)}"


def first_problem(problems: Mapping[str, str], section: str = "") -> str:
    """Return the first problem of a form as a sentence that names its field, "" without one.

    Parameters
    ----------
    problems
        {field: sentence}, each field with its section where ``section`` is not given.
    """
    for name, sentence in problems.items():
        return f"{_title(f'{section}.{name}' if section else name)}: {sentence}"
    return ""


def _title(name: str) -> str:
    fields: Any = Settings.model_fields
    *sections, field = name.split(".")
    for part in sections:
        fields = fields[part].annotation.model_fields
    return str(fields[field].title or field)
