"""Formulas that a user wrote, checked before they are simulated."""

from __future__ import annotations

from ..density.model import Density
from ..equations.checks import severe_in_law
from ..equations.grammar import complexity, parse
from ..equations.model import Equation, Formula
from ..errors import UserError


def own_equation(D: str, G: str, density: Density, scale: float) -> Equation:
    """Return the equation of two formulas in u = density / ``scale``.

    Raises
    ------
    UserError
        If one of them is no formula or has no finite value between the empty field and half as
        much again as the highest density, or if D is negative at a density of the movie.
    """
    low, highest = density.low / scale, density.scale / scale
    flaw = severe_in_law(D, G, low, highest)
    if flaw is not None:
        raise UserError(flaw.sentence)
    D_formula, G_formula = (Formula(t, complexity(parse(t)), source="user") for t in (D, G))
    return Equation(D_formula, G_formula)
