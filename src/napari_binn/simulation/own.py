"""Formulas that a user wrote, checked before they are simulated."""

from __future__ import annotations

from typing import Literal

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from ..density.model import Density
from ..equations.evaluate import NEARLY_EMPTY, evaluate
from ..equations.grammar import U, complexity, parse
from ..equations.model import Equation, Formula
from ..errors import UserError

Array = NDArray[np.float64]
POINTS = 2001
# A curve that falls below zero by less than this share of its height does so within its errors.
NEGLIGIBLE = 0.01
# Many times what a curve is anywhere else: it has a pole at zero.
EXPLODED = 20.0


def own_equation(D: str, G: str, density: Density, scale: float) -> Equation:
    """Return the equation of two formulas in u = density / ``scale``.

    Raises
    ------
    UserError
        If one of them is no formula or has no finite value between the empty field and half as
        much again as the highest density, or if D is negative at a density of the movie.
    """
    highest = density.scale / scale
    reach = 1.5 * max(highest, 1.0)
    equation = Equation(_formula("D", D, reach), _formula("G", G, reach))
    u = np.linspace(0.0, highest, POINTS)
    values = evaluate(D, u)
    lowest = int(values.argmin())
    if values[lowest] < -NEGLIGIBLE * float(np.abs(values).max()):
        raise UserError(
            f"D = {D} is negative at u = {u[lowest]:.2g}, where cells would gather instead of "
            "spreading: change it so that D stays above zero."
        )
    return equation


def _formula(name: Literal["D", "G"], text: str, reach: float) -> Formula:
    expression = parse(text)
    u = np.linspace(NEARLY_EMPTY, reach, POINTS)
    pole = _pole(expression, u)
    values = evaluate(text, u)
    # Growth like log(1/u) is finite wherever there is anything, 1/u is not to be simulated.
    if pole is None and abs(values[0]) > EXPLODED * float(np.abs(values[1:]).max()):
        pole = 0.0
    if pole is not None:
        raise UserError(
            f"{name} = {text} has a pole at u = {pole:.2g}: it must be finite from u = 0 to "
            f"u = {reach:.2g}."
        )
    if not np.isfinite(values).all():
        first = int((~np.isfinite(values)).argmax())
        where = u[first] if first else 0.0
        raise UserError(
            f"{name} = {text} has no value at u = {where:.2g}: it must be finite from u = 0 to "
            f"u = {reach:.2g}."
        )
    return Formula(text, complexity(expression), source="user")


def _pole(expression: sp.Expr, u: Array) -> float | None:
    """Return where something that is divided by passes through zero, if it does."""
    for power in expression.atoms(sp.Pow):
        if not (power.exp.is_number and power.exp.is_negative):
            continue
        with np.errstate(all="ignore"):
            base = np.asarray(sp.lambdify([U], power.base, "numpy")(u), np.float64) + 0.0 * u
        crossed = (base[:-1] * base[1:] <= 0).nonzero()[0]
        if len(crossed):
            left = int(crossed[0])
            return float(u[left] if base[left] == 0 else u[left + 1])
    return None
