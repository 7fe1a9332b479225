"""Whether a formula makes sense on the densities that it is used on, told in sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import sympy as sp
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from .evaluate import NEARLY_EMPTY, evaluate
from .grammar import U, parse

Array = NDArray[np.float64]
POINTS = 2001
#: A curve that falls below zero by less than this share of its height does so within its errors.
NEGLIGIBLE = 0.01
#: Many times what a curve is anywhere else: it has a pole there.
EXPLODED = 20.0
#: Simulated densities may pass the highest observed one: so far a formula has to have a value.
REACH = 1.5
#: Growth that rises by more than this share of itself up to twice the highest density runs away.
RUNAWAY = 0.5
_NEAR = 1e-7


@dataclass(frozen=True)
class Flaw:
    """One thing that is wrong with a formula on a range of densities.

    Attributes
    ----------
    kind
        "negative" (of D), "pole", "undefined" or "runaway" (of G).
    u
        Where: the first and the last density.
    severe
        Whether the formula cannot be simulated.
    sentence
        For the user.
    """

    kind: Literal["negative", "pole", "undefined", "runaway"]
    u: tuple[float, float]
    severe: bool
    sentence: str


def check(which: Literal["D", "G"], text: str, low: float, high: float) -> tuple[Flaw, ...]:
    """Return what is wrong with a formula between two densities, the worst first.

    Parameters
    ----------
    which
        The curve that the formula is for: D has to be positive, G must not run away.
    text
        In the grammar of :mod:`napari_binn.equations.grammar`.
    low, high
        Range of the densities that the formula is used on [u]. It has to have a value up to
        ``REACH`` times the highest, because simulated densities may pass the observed ones.

    Raises
    ------
    UserError
        If the text is not a formula.
    """
    expression = parse(text)
    reach = REACH * high
    u = np.linspace(max(low, NEARLY_EMPTY), reach, POINTS)
    values = evaluate(text, u)
    name = f"{which} = {text}"
    broken = _pole(name, expression, text, low, u, values) or _undefined(name, u, values)
    if broken is not None:
        return (broken,)
    flaw = _negative(name, low, high, text) if which == "D" else _runaway(name, high, text)
    return () if flaw is None else (flaw,)


def severe(which: Literal["D", "G"], text: str, low: float, highest: float) -> Flaw | None:
    """Return what keeps a formula from being simulated on a movie, or None.

    Below the densities of the movie nobody saw how cells spread: D may cross zero there, as a
    straight line does, or grow beyond all bounds, as that of fast diffusion does.

    Parameters
    ----------
    low, highest
        Densities of the movie: hardly any is below the first, none above the second [u].

    Raises
    ------
    UserError
        If the text is not a formula.
    """
    for flaw in check(which, text, 0.0, highest):
        unseen = which == "D" and flaw.kind in ("negative", "pole") and flaw.u[1] < low
        if flaw.severe and not unseen:
            return flaw
    return None


def severe_in_law(D: str, G: str, low: float, highest: float) -> Flaw | None:
    """Return what keeps a pair of formulas from being simulated; see :func:`severe`."""
    return severe("D", D, low, highest) or severe("G", G, low, highest)


def _pole(
    name: str, expression: sp.Expr, text: str, low: float, u: Array, values: Array
) -> Flaw | None:
    """Find where something that is divided by is zero, and the formula explodes there."""
    finite = np.abs(values[np.isfinite(values)])
    if not len(finite):
        return None
    # Near a pole single values are large, too: the curve elsewhere is what most of them are.
    size = float(np.quantile(finite, 0.9))
    for power in sorted(expression.atoms(sp.Pow), key=str):
        if not (power.exp.is_number and power.exp.is_negative):
            continue
        zero = _zero(power.base, np.concatenate([[low], u[1:]]))
        if zero is None:
            continue
        beside = evaluate(text, zero + _NEAR * u[-1] * np.array([-1.0, 0.0, 1.0]))
        if not np.isfinite(beside).all() or np.abs(beside).max() > EXPLODED * size:
            at = 0.0 if zero <= NEARLY_EMPTY else zero
            return Flaw(
                "pole",
                (at, at),
                True,
                f"{name} has a pole at u = {at:.2g}: it must be finite from u = 0 to "
                f"u = {u[-1]:.2g}.",
            )
    return None


def _zero(base: sp.Expr, u: Array) -> float | None:
    """Return where a denominator is zero, whether it changes its sign there or not."""
    function = sp.lambdify([U], base, "numpy")
    with np.errstate(all="ignore"):
        values = np.asarray(function(u), np.float64) + 0.0 * u
        crossed = (values[:-1] * values[1:] <= 0).nonzero()[0]
        if len(crossed):
            k = int(crossed[0])
            share = values[k] / (values[k] - values[k + 1]) if values[k] != values[k + 1] else 0.0
            return float(u[k] + share * (u[k + 1] - u[k]))
        size = np.abs(values)
        if not np.isfinite(size).all():
            return None
        k = int(size.argmin())
        ends = (float(u[max(k - 1, 0)]), float(u[min(k + 1, len(u) - 1)]))
        found = minimize_scalar(lambda v: abs(float(function(v))), bounds=ends, method="bounded",
                                options={"xatol": 1e-12})  # fmt: skip
    touches = min(float(found.fun), size[k]) <= 1e-6 * float(np.median(size))
    return (float(u[k]) if size[k] <= found.fun else float(found.x)) if touches else None


def _undefined(name: str, u: Array, values: Array) -> Flaw | None:
    missing = (~np.isfinite(values)).nonzero()[0]
    if not len(missing):
        return None
    first, last = float(u[missing[0]]), float(u[missing[-1]])
    at = 0.0 if missing[0] == 0 else first
    return Flaw(
        "undefined",
        (at, last),
        True,
        f"{name} has no value at u = {at:.2g}: it must be finite from u = 0 to u = {u[-1]:.2g}.",
    )


def _negative(name: str, low: float, high: float, text: str) -> Flaw | None:
    u = np.linspace(low, high, POINTS)
    values = evaluate(text, u)
    below = (values < 0).nonzero()[0]
    if not len(below):
        return None
    severe = bool(values.min() < -NEGLIGIBLE * float(np.abs(values).max()))
    first, last = float(u[below[0]]), float(u[below[-1]])
    where = f"at u = {first:.2g}" if last - first < 1e-9 else f"at u = {first:.2g} to {last:.2g}"
    return Flaw(
        "negative",
        (first, last),
        severe,
        f"{name} is negative {where}, where cells would gather instead of spreading: change it so "
        "that D stays above zero.",
    )


def _runaway(name: str, high: float, text: str) -> Flaw | None:
    known = evaluate(text, np.linspace(NEARLY_EMPTY, high, POINTS))
    beyond = np.linspace(high, 2 * high, POINTS)
    values = evaluate(text, beyond)
    most = float(known.max()) + RUNAWAY * float(np.abs(known).max())
    faster = (values > max(most, 0.0)).nonzero()[0]
    if np.isfinite(values).all() and not len(faster):
        return None
    return Flaw(
        "runaway",
        (high, 2 * high),
        False,
        f"{name} keeps rising beyond u = {high:.2g}, the highest density observed: a crowd would "
        "grow the faster the denser it gets, and a simulation that goes there runs away.",
    )
