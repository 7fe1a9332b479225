"""What an equation is called, what it says, and what is wrong with it, for files and screens."""

from __future__ import annotations

from typing import Any

from ..equations.checks import check
from ..equations.model import Equation
from ..equations.naming import LawUnits, Quantity, name_law


def law_summary(
    equation: Equation, units: LawUnits, u_range: tuple[float, float]
) -> dict[str, Any]:
    """Return an equation as a named law.

    Parameters
    ----------
    u_range
        Densities that the formulas were found on [u].

    Returns
    -------
    dict
        "name" (empty if there is none), "text" (one line), "forms" and "references" of D and G,
        "quantities" (constants in physical units, then what follows from them, with 90 % intervals)
        and "flaws" (sentences about a D below zero, poles and growth that runs away).
    """
    low, high = u_range
    law = name_law(equation, units, high)
    flaws = (*check("D", equation.D.text, low, high), *check("G", equation.G.text, low, high))
    return {
        "name": law.name,
        "text": law.sentence,
        "forms": {"D": law.forms[0], "G": law.forms[1]},
        "references": list(law.references),
        "quantities": [_quantity(one) for one in law.quantities],
        "flaws": [flaw.sentence for flaw in flaws],
    }


def _quantity(one: Quantity) -> dict[str, Any]:
    return {
        "symbol": one.symbol,
        "meaning": one.meaning,
        "value": one.value,
        "low": one.low,
        "high": one.high,
        "unit": one.unit,
    }
