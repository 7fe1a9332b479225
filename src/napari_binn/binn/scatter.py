"""How the observations scatter, as far as the network's training needs to know it.

What scatters more says less, so each observation is weighted by the inverse of its variance. Counts
are known to scatter like counts. For another density the movie itself tells whether its scatter
grows with the density or not: from the second differences along time, in which slow changes cancel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ..density.model import Density
from ..inference.noise import NoiseModel
from ..inference.terms import NoiseKind
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
        counts: the variance grows like u; proportional: like u²; additive: it is the same.
    typical
        The mean of u, for counts, or of u².
    least
        Smallest u that enters, so that an empty bin does not get infinite weight.
    """

    kind: NoiseKind
    typical: float
    least: float

    def weight(self, u: Tensor) -> Tensor | None:
        """Return the weights at the *fitted* u, or None for equal ones.

        Weights from the observed density would favour observations that happen to be low.
        """
        if self.kind == "additive":
            return None
        at = u.detach().clamp_min(self.least)
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
    counts = density.counts_per_unit
    kind: NoiseKind
    if wanted != "auto" and (wanted != "counts" or counts is not None):
        kind = wanted
    else:
        kind = _likelier(density) if counts is None else "counts"
    per_u = None if counts is None else counts * density.scale
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
