"""The peer of bench_recovery.py that never simulates: formulas ranked by the curves alone.

It is given the candidates of this package, the posterior covariance of both curves and the rule of
choice of this package, so that all it lacks is the simulation of the movie. (Plain least squares on
points of the curves, which knows nothing of their covariance, finds hardly a law of these.)
"""

from __future__ import annotations

import numpy as np

from napari_binn.density.model import Density
from napari_binn.equations.candidates import Candidate
from napari_binn.equations.pairing import Promise, promising
from napari_binn.equations.ranking import EXCLUDED, INDISTINGUISHABLE
from napari_binn.equations.screening import CurveTarget
from napari_binn.equations.search import best_of_each_form
from napari_binn.inference.terms import Terms
from napari_binn.settings import EquationSettings


def ranked(
    density: Density, terms: Terms, made: dict[str, list[Candidate]], settings: EquationSettings
) -> list[tuple[str, str]]:
    """Return the pairs (D, G) that the curves cannot tell from the best, the answer first.

    Pairs are ranked by their misfit to both curves in the metric of the posterior's covariance, the
    constants of D and G adjusted at once, plus the log of the number of independent observations
    for each constant (BIC).
    """
    targets = {which: CurveTarget.of(terms, which) for which in "DG"}
    screened = {
        which: best_of_each_form(made[which], target, settings.max_length)
        for which, target in targets.items()
    }
    observations = density.values.size / terms.noise.inflation
    promises = promising(screened["D"], screened["G"], targets, terms, observations)
    if not promises:
        return []
    least = promises[0].score
    near = [one for one in promises if one.score <= least + INDISTINGUISHABLE]
    best = min(near, key=_simplicity)
    cheaper = np.log(observations) - 2
    fits = [one.score - cheaper * len(one.pair.constants) for one in promises]
    kept = [
        one
        for one, fit in zip(promises, fits, strict=True)
        if one is not best and (one.score <= least + EXCLUDED or fit <= min(fits) + EXCLUDED)
    ]
    return [_texts(one) for one in (best, *kept)]


def _simplicity(promise: Promise) -> tuple[int, int, float]:
    pair = promise.pair
    unnamed = sum(not one.name for one in (pair.D, pair.G))
    return len(pair.constants), unnamed, promise.score


def _texts(promise: Promise) -> tuple[str, str]:
    pair = promise.pair
    D, G = np.split(pair.constants, [pair.split])
    return pair.D.formula(D).text, pair.G.formula(G).text
