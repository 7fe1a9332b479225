"""How the observations scatter, as far as the network's training needs to know it.

What scatters more says less, so each observation is weighted by the inverse of its variance. Counts
are known to scatter like counts. For another density the movie itself tells whether its scatter
grows with the density or not: from the second differences along time, in which slow changes cancel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ..density.model import Density
from ..inference.noise import NoiseModel, known_kind, model_of
from ..inference.terms import DISPERSED, NoiseKind
from ..settings import NoiseChoice
from .data import observed_bins

Array = NDArray[np.float64]
#: Frames and bins that the kind of the noise is read from, at most.
FRAMES, BINS = 64, 4096


@dataclass(frozen=True)
class Scatter:
    """Weights of the observations, about 1 on average.

    Attributes
    ----------
    kind
        counts: the variance grows like u; fraction: like u (1 - u / full); proportional: like u²;
        additive: it is the same.
    typical
        The mean of that over the observations.
    least
        Smallest u that enters, so that an empty bin does not get infinite weight.
    full
        The u at which all is covered (fraction only).
    """

    kind: NoiseKind
    typical: float
    least: float
    full: float = math.inf

    def weight(self, u: Tensor) -> Tensor | None:
        """Return the weights at the *fitted* u, or None for equal ones.

        Weights from the observed density would favour observations that happen to be low.
        """
        if self.kind == "additive":
            return None
        at = u.detach().clamp_min(self.least)
        if self.kind == "fraction":
            at = at.clamp_max(self.full - self.least)
            return self.typical / (at * (1 - at / self.full))
        return self.typical / (at if self.kind == "counts" else at.square())


def scatter_of(density: Density, wanted: NoiseChoice, mean: float, variance: float) -> Scatter:
    """Return the scatter of a density movie.

    Parameters
    ----------
    wanted
        Kind of the noise; "auto" takes counts where cells were counted, and else what explains the
        movie's changes from frame to frame better.
    mean, variance
        Of u over all observations.
    """
    known = known_kind(density)
    kind: NoiseKind
    if wanted != "auto" and (wanted not in DISPERSED or wanted == known):
        kind = wanted
    else:
        kind = known or _likelier(density)
    if kind == "fraction":
        model = model_of(kind, density, density.scale)
        typical = mean - (variance + mean**2) / model.full
        return Scatter(kind, max(typical, model.floor / 2), model.floor, model.full)
    per_u = None if density.counts_per_unit is None else density.counts_per_unit * density.scale
    model = NoiseModel.make(kind, per_u, np.array([mean]))
    typical = mean if kind == "counts" else variance + mean**2
    return Scatter(kind, typical, model.floor)


def _likelier(density: Density) -> NoiseKind:
    """Return which scatter makes the second differences along time more probable."""
    frames, seen = len(density.t), np.flatnonzero(observed_bins(density))
    if frames < 3:
        return "additive"
    some = seen[:: -(-len(seen) // BINS)]
    middle = np.unique(np.linspace(1, frames - 2, min(frames - 2, FRAMES)).round().astype(int))
    before, here, after = (
        np.stack([np.asarray(density.values[f]).reshape(-1)[some] for f in middle + shift])
        for shift in (-1, 0, 1)
    )
    mean = (before + here + after) / (3 * density.scale)
    bend = np.square((before - 2 * here + after) / density.scale)
    scores: dict[NoiseKind, float] = {}
    for kind in ("additive", "proportional"):
        shape = NoiseModel.make(kind, None, mean).shape(mean)
        level = max(float((bend / shape).mean()), 1e-300)
        scores[kind] = float(np.log(shape).mean()) + float(np.log(level))
    return min(scores, key=lambda kind: scores[kind])
