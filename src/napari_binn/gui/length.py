"""How long a training will be, as far as it is known while it runs.

A training ends when its curves, or its misfit of what was left out, stand still, at the latest
after the steps that its settings allow.
The paper's recipe ends when nothing has improved for a while, so that each improvement moves its
end.
"""

from __future__ import annotations

from typing import Literal

from ..settings import BinnSettings

#: What a number of steps is: the end, or a bound of it.
Bound = Literal["exact", "most", "least"]
_OF: dict[Bound, str] = {"exact": "of", "most": "of at most", "least": "of at least"}


def bound_of(settings: BinnSettings | None, total: int) -> Bound:
    """Return what the ``total`` that a training reports is, given its settings."""
    if settings is None:
        return "exact"
    if settings.recipe == "paper":
        return "least"
    return "most" if total >= settings.steps else "exact"


def step_words(step: int, total: int, bound: Bound) -> str:
    """Return "1,100 of at most 2,000"; a total of 0 is not known."""
    return f"{step:,} {_OF[bound]} {total:,}" if total else f"{step:,}"
