"""Which pairs of formulas are worth simulating: those that the estimated curves allow together.

D and G compensate for each other's errors, so that a pair is judged by both curves' joint
information: the misfit of a pair is what the movie would lose in likelihood (times minus two) if
its curves were replaced by the pair, the constants of both adjusted to that at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..inference.terms import Terms
from .ranking import EXCLUDED
from .refit import Pair
from .screening import CurveTarget, Screened

Array = NDArray[np.float64]
#: Formulas of each curve that are paired.
PAIRED = 40
#: Pairs of each number of constants that are simulated in any case.
OF_EACH = 2


@dataclass(frozen=True)
class Promise:
    """A pair with constants that suit both curves, and its score (BIC) by the curves alone."""

    pair: Pair
    score: float


def promising(
    D: list[Screened],
    G: list[Screened],
    targets: dict[str, CurveTarget],
    terms: Terms,
    observations: float,
) -> list[Promise]:
    """Return pairs of the better formulas of each curve, the most promising first.

    The curves are those of the estimate, whose information ``terms`` holds.
    """
    price = float(np.log(observations))
    leaves = {
        which: [_Leaf.of(one, targets[which]) for one in sorted(
            screened, key=lambda s: s.score(observations))[:PAIRED]]
        for which, screened in (("D", D), ("G", G))
    }  # fmt: skip
    root = _root(terms.precision)
    half = len(terms.coefficients) // 2
    promises: list[Promise] = []
    for one in leaves["D"]:
        for other in leaves["G"]:
            off = root @ np.concatenate([one.off, other.off])
            slopes = np.hstack([root[:, :half] @ one.slopes, root[:, half:] @ other.slopes])
            step = _small_step(slopes, off)
            misfit = float(np.sum((off + slopes @ step) ** 2))
            start = np.concatenate([one.screened.constants, other.screened.constants])
            scale = np.concatenate([one.scale, other.scale])
            pair = Pair(one.screened.candidate, other.screened.candidate, start + step * scale)
            if not pair.within_bounds(pair.constants):
                pair = Pair(pair.D, pair.G, start)
                misfit = float(np.sum(off**2))
            promises.append(Promise(pair, misfit + len(start) * price))
    return sorted(promises, key=lambda promise: promise.score)


def shortlist(promises: list[Promise], count: int) -> list[Promise]:
    """Return the ``count`` most promising pairs, the simple among them.

    The curves, which the solver's grid bends a little, may seem to need more constants than the
    movie does: of each number of constants some pairs are taken. Where the curves cannot tell more
    pairs apart than there is time for, those of mechanistic forms come first: searches find many
    formulas that are as good as they are and mean nothing.
    """
    if promises:
        near = promises[0].score + EXCLUDED
        promises = sorted(promises, key=lambda one: (one.score > near, _unnamed(one), one.score))
    taken = dict.fromkeys(range(count), False)
    seen: dict[int, int] = {}
    for place, promise in enumerate(promises):
        constants = len(promise.pair.constants)
        seen[constants] = seen.get(constants, 0) + 1
        if seen[constants] <= OF_EACH:
            taken[place] = True
    certain = [place for place, kept in taken.items() if kept]
    others = [place for place in range(len(promises)) if not taken.get(place)]
    chosen = sorted([*certain[:count], *others[: max(count - len(certain), 0)]])
    return [promises[place] for place in chosen]


def _unnamed(promise: Promise) -> int:
    return sum(not one.name for one in (promise.pair.D, promise.pair.G))


@dataclass(frozen=True)
class _Leaf:
    """A formula in the space of spline coefficients: its distance and how constants move it."""

    screened: Screened
    off: Array
    slopes: Array
    scale: Array

    @classmethod
    def of(cls, screened: Screened, target: CurveTarget) -> _Leaf:
        constants = screened.constants
        function = screened.candidate.function()
        size = float(np.abs(constants).max(initial=1e-12))
        scale = np.maximum(np.abs(constants), 1e-3 * size)
        here = target.coefficients_of(screened.values)
        slopes = np.zeros((len(here), len(constants)))
        for k, width in enumerate(1e-4 * scale):
            shifted = constants.copy()
            shifted[k] += width
            with np.errstate(all="ignore"):
                moved = target.coefficients_of(function(target.u, shifted))
            slopes[:, k] = (moved - here) / 1e-4
        return cls(
            screened,
            here - target.coefficients,
            np.nan_to_num(slopes, posinf=0.0, neginf=0.0),
            scale,
        )


def _small_step(slopes: Array, off: Array) -> Array:
    """Return the step of relative constants that brings a pair closest, of at most a half each.

    Beyond that the formulas are not linear in their constants.
    """
    if not slopes.shape[1]:
        return np.zeros(0)
    # Constants that do not matter, or only together, stay where they are.
    step = np.linalg.lstsq(slopes, -off, rcond=1e-6)[0]
    return np.asarray(step / max(1.0, 2 * float(np.abs(step).max())))


def _root(precision: Array) -> Array:
    values, vectors = np.linalg.eigh(precision)
    return np.asarray(np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T)
