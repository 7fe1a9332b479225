"""What an estimate says about the bins on which its law is fitted or solved again.

Those may be averages of several bins of the estimate: their noise is smaller, and fewer of them
make up the surroundings of an open region.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..density.model import Density
from .boundary import widen
from .terms import DISPERSED, Noise, Terms

Array = NDArray[np.float64]


def averaged_noise(noise: Noise, density: Density, working: Density) -> Noise:
    """Return the noise of ``working``, ``density`` averaged onto fewer bins or as it is.

    Bins scatter independently, so that the variance of an average falls with their number. Counts
    and covered shares need no change: theirs is stated by what the larger bin holds.
    """
    if noise.kind in DISPERSED:
        return noise
    share = math.prod(working.shape[1:]) / math.prod(density.shape[1:])
    return replace(noise, level=noise.level * math.sqrt(share))


def averaged_margin(density: Density, working: Density, margin: int) -> int:
    """Return how many bins of ``working`` reach as far as ``margin`` bins of ``density``."""
    sides = zip(density.spacing, working.spacing, strict=True)
    return max(math.ceil(margin * fine / coarse - 1e-9) for fine, coarse in sides)


def first_frame_of(terms: Terms, margin: int) -> Array:
    """Return the fitted first frame with ``margin`` bins of surroundings (Y + 2 m, X + 2 m) [u].

    Surroundings that were not fitted on these bins mirror the region, which is a start for a fit.
    """
    shape = tuple(side + 2 * margin for side in terms.initial.shape)
    if terms.surroundings is not None and terms.surroundings.shape == shape:
        return terms.surroundings
    return widen(terms.initial, margin)
