"""What a pair of formulas says, and what is wrong with it, in sentences. No Qt here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from .formula_constants import ConstantRow
from .formulas import Units

#: The highest density of a movie, in u: where formulas are used.
HIGHEST = 1.0


def law_sentence(D: str, G: str, constants: Sequence[ConstantRow], units: Units) -> str:
    """Return the name of a law, its constants and what follows from them; "" if it has no name.

    Parameters
    ----------
    constants
        The fitted constants of both formulas; without them nothing has an interval.
    """
    fitted = tuple(
        (constant.which, constant.value, constant.half_width)
        for constant in constants
        if math.isfinite(constant.half_width)
    )
    return _sentence(D, G, fitted, units)


@lru_cache(maxsize=256)  # recognising a formula takes a moment, and rows are shown again and again
def _sentence(D: str, G: str, fitted: tuple[tuple[str, float, float], ...], units: Units) -> str:
    from ..equations.model import Equation, Formula
    from ..equations.naming import LawUnits, name_law
    from ..errors import UserError

    constants = tuple((f"{which}{k}", value, half) for k, (which, value, half) in enumerate(fitted))
    D_formula, G_formula = (Formula(text, 0, source="user") for text in (D, G))
    law_units = LawUnits(units.length, units.time, units.density, units.density_scale)
    try:
        return name_law(Equation(D_formula, G_formula, constants), law_units, HIGHEST).sentence
    except UserError:
        return ""


@lru_cache(maxsize=256)
def flaws(which: Literal["D", "G"], text: str) -> tuple[tuple[str, bool], ...]:
    """Return what is wrong with a formula: sentences, and whether it cannot be simulated so.

    What is no formula is one sentence, too.
    """
    from ..equations.checks import check
    from ..errors import UserError

    try:
        return tuple((flaw.sentence, flaw.severe) for flaw in check(which, text, 0.0, HIGHEST))
    except UserError as error:
        return ((str(error), True),)
