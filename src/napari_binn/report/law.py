"""The law of a run as two functions, and what it says about the cells."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_binn.equations.evaluate import evaluate
from napari_binn.equations.grammar import parse
from napari_binn.errors import UserError

from .contents import Contents

Array = NDArray[np.float64]
Curve = Callable[[Array], Array]

_FARTHEST = 3.0  # how far beyond the supported range a carrying density is looked for


@dataclass(frozen=True)
class Law:
    """D(u) and G(u), and the range of u that the data support.

    Attributes
    ----------
    is_formula
        Whether the curves are the chosen formulas; else they are the estimate before them.
    """

    D: Curve
    G: Curve
    supported: tuple[float, float]
    is_formula: bool


@dataclass(frozen=True)
class Reading:
    """What a law says in the terms of a cell biologist.

    Attributes
    ----------
    growth_sparse
        G at density zero for a formula, else at the lowest supported density [1/time].
    sparse_at
        The u where that was read.
    carrying
        Lowest u above which the population shrinks (G passes from + to -), or None.
    threshold
        u below which the population declines although it grows above it (Allee), or None.
    D_low, D_high
        Diffusivity at the ends of the supported range [length²/time].
    """

    growth_sparse: float
    sparse_at: float
    carrying: float | None
    threshold: float | None
    D_low: float
    D_high: float

    @property
    def doubling_time(self) -> float | None:
        """Time in which sparse cells double, ln 2 / G; None where they do not grow."""
        return math.log(2) / self.growth_sparse if self.growth_sparse > 0 else None


def formula_curve(text: str) -> Curve:
    """Return a formula of the grammar as a function on arrays; NaN where it has no value.

    Raises
    ------
    UserError
        The text is not a formula.
    """
    parse(text)

    def curve(u: Array) -> Array:
        values = evaluate(text, u)
        return np.where(np.isfinite(values), values, np.nan)

    return curve


def law_of(contents: Contents) -> Law | None:
    """Return the chosen formulas, else the estimated curves, else nothing."""
    terms, equations = contents.terms, contents.equations
    if terms is not None and terms.supported.any():
        supported = terms.u[terms.supported]
        limits = (float(supported.min()), float(supported.max()))
    elif equations is not None:
        limits = equations.u_range
    else:
        return None
    if equations is not None:
        best = equations.best
        return Law(formula_curve(best.D.text), formula_curve(best.G.text), limits, True)
    assert terms is not None
    u, D, G = terms.u, terms.D, terms.G
    return Law(lambda v: np.interp(v, u, D), lambda v: np.interp(v, u, G), limits, False)


def true_law(truth: Mapping[str, Any] | None, density_scale: float) -> tuple[Curve, Curve] | None:
    """Return a phantom's D and G as functions of this run's u.

    The phantom states them in u of its own density scale.
    """
    if truth is None:
        return None
    try:
        D, G = formula_curve(str(truth["D"])), formula_curve(str(truth["G"]))
        ratio = density_scale / float(truth["density_scale"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError, UserError):
        return None
    return (lambda u: D(u * ratio)), (lambda u: G(u * ratio))


def read_law(law: Law) -> Reading:
    """Read doubling time, carrying density and spread off a law."""
    low, high = law.supported
    start = 0.0 if law.is_formula else low
    top = high * _FARTHEST if law.is_formula else high
    u = np.linspace(start, top, 2001)
    G = law.G(u)
    ends = law.D(np.array([low, high]))
    carrying = _first_crossing(u, G, downwards=True)
    threshold = _first_crossing(u, G, downwards=False)
    if threshold is not None and carrying is not None and threshold > carrying:
        threshold = None
    return Reading(float(G[0]), start, carrying, threshold, float(ends[0]), float(ends[1]))


def _first_crossing(u: Array, G: Array, *, downwards: bool) -> float | None:
    """Return the first u where G changes sign in this direction, by linear interpolation."""
    signed = G if downwards else -G
    crossings = np.flatnonzero((signed[:-1] > 0) & (signed[1:] <= 0))
    if not len(crossings):
        return None
    k = crossings[0]
    share = G[k] / (G[k] - G[k + 1])
    return float(u[k] + share * (u[k + 1] - u[k]))
