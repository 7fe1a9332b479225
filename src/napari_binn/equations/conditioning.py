"""Whether a searched formula means something, or only happens to be near the curve.

A search that is after error alone finds 1.4e11*(exp(0.00316*u) - 1.0005)^4: a power of a small
difference of nearly equal terms. Such a formula changes beyond recognition when the last digits of
a constant do; no constant of it can be measured.
"""

from __future__ import annotations

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from .candidates import Candidate
from .grammar import U

Array = NDArray[np.float64]
#: A relative change of one constant may change the curve by at most so many times as much.
WORST = 100.0
#: Share of a curve's height below which a term of it cannot be seen.
UNSEEN = 1e-6
_STEP = 1e-6


def condition(candidate: Candidate, u: Array) -> float:
    """Return by how much relative changes of the constants are magnified in the values.

    The largest of ``|c df/dc|`` over densities and constants c, relative to the largest ``|f|``;
    infinite for a formula that has no finite value somewhere.

    Parameters
    ----------
    u
        Densities that the formula is used at, (M,).
    """
    function = candidate.function()
    constants = np.asarray(candidate.start, dtype=np.float64)
    with np.errstate(all="ignore"):
        values = function(u, constants)
        size = float(np.abs(values).max())
        worst = 0.0
        for k, constant in enumerate(constants):
            step = np.zeros_like(constants)
            step[k] = _STEP * constant
            change = function(u, constants + step) - function(u, constants - step)
            worst = max(worst, float(np.abs(change).max()) / (2 * _STEP))
    if not (np.isfinite(values).all() and np.isfinite(worst)) or size == 0:
        return float("inf")
    return worst / size


def meaningful(candidate: Candidate, u: Array) -> bool:
    """Whether the constants of a formula can be told from its values."""
    return condition(candidate, u) <= WORST


def without_negligible(expression: sp.Expr, u: Array) -> sp.Expr:
    """Return a sum without the terms that nobody could see in its values.

    A search that fits a line finds 0.02*u + 1.4e-11.
    """
    terms = sp.Add.make_args(expression)
    if len(terms) < 2:
        return expression
    with np.errstate(all="ignore"):
        sizes = [
            float(np.abs(np.asarray(sp.lambdify([U], term, "numpy")(u)) + 0 * u).max())
            for term in terms
        ]
        whole = float(np.abs(np.asarray(sp.lambdify([U], expression, "numpy")(u)) + 0 * u).max())
    kept = [term for term, size in zip(terms, sizes, strict=True) if not size < UNSEEN * whole]
    return sp.Add(*kept)
