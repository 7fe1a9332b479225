"""What the settings have against a value, said to a biologist."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from ...settings import Section

_BOUNDS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}
_KINDS = {
    "int_from_float": "It must be a whole number.",
    "int_type": "It must be a whole number.",
    "float_type": "A number is needed.",
    "finite_number": "The number must be finite.",
}


def find_problems(section: type[Section], values: Mapping[str, Any]) -> dict[str, str]:
    """Return a sentence for each of ``values`` that ``section`` refuses.

    A problem of several fields together is said at the last of those that were given.
    """
    try:
        section.model_validate(dict(values))
    except ValidationError as error:
        problems: dict[str, str] = {}
        for detail in error.errors():
            place = str(detail["loc"][0]) if detail["loc"] else next(reversed(list(values)), "")
            problems.setdefault(place, _sentence(detail))
        return problems
    return {}


def help_text(info: FieldInfo) -> str:
    """Return the tooltip of a field: what it does and what it is unless it is given."""
    default = info.get_default(call_default_factory=True)
    if default is None:
        return f"{info.description}\nEmpty: automatic."
    shown = f"{default:.6g}" if isinstance(default, float) else f"{default}"
    return f"{info.description}\nDefault: {'automatic' if default == 'auto' else shown}."


def _sentence(detail: ErrorDetails) -> str:
    kind = detail["type"]
    if kind in _BOUNDS:
        key, words = _BOUNDS[kind]
        return f"It must be {words} {detail['ctx'][key]:g}."
    if kind in _KINDS:
        return _KINDS[kind]
    message = detail["msg"].removeprefix("Value error, ")
    return f"{message[:1].upper()}{message[1:]}."
