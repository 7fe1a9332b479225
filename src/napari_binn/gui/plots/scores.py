"""The scores of formulas that were not scored by the search."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from ...equations.model import Equation
from ..formulas import EquationRow

_NEEDED = ("bic", "deviance_per_bin", "parameters")


def scored(rows: Sequence[EquationRow], found: Sequence[Equation]) -> list[EquationRow]:
    """Give each row a difference in BIC; the user's own get it from their misfit.

    Those of which nothing is known stay without.

    Parameters
    ----------
    found
        What the search found and scored.
    """
    complete = (e for e in found if all(math.isfinite(e.scores.get(n, math.nan)) for n in _NEEDED))
    best = min(complete, key=lambda e: e.scores["bic"], default=None)
    if best is None:
        return list(rows)
    count = observations(best)
    deviance, parameters = best.scores["deviance_per_bin"], best.scores["parameters"]

    def score(row: EquationRow) -> float:
        more = len(row.constants) - parameters
        return count * (row.deviance - deviance) + more * math.log(count)

    return [
        replace(row, delta_bic=score(row)) if math.isnan(row.delta_bic) else row for row in rows
    ]


def observations(equation: Equation) -> float:
    """Return from how many observations a score was computed: BIC = n·deviance + k·log n."""
    scores = equation.scores
    count = scores["bic"] / scores["deviance_per_bin"]
    for _ in range(20):
        count = (scores["bic"] - scores["parameters"] * math.log(count)) / scores[
            "deviance_per_bin"
        ]
    return count
