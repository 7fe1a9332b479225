"""Labels as the plots write them."""

from __future__ import annotations


def with_unit(name: str, unit: str) -> str:
    """Return the label of an axis, such as "time [day]"."""
    return f"{name} [{unit}]" if unit else name
