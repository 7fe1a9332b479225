"""How well a simulated movie agrees with the observed one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..density.model import Density
from ..inference.noise import noise_model
from ..inference.terms import DISPERSED, Noise

Array = NDArray[np.float64]


def count_error_percent(density: Density, simulated: Array) -> float:
    """Return the mean over frames of |simulated / observed total - 1| [%].

    Frames without any cell are left out.
    """
    seen, made = density.observed().sum(axis=1), density.observed(simulated).sum(axis=1)
    some = seen > 0
    return float(100 * np.mean(np.abs(made[some] / seen[some] - 1))) if some.any() else float("nan")


def relative_l2(density: Density, simulated: Array) -> float:
    """Return |simulated - observed| / |observed| over all bins and frames."""
    seen, made = density.observed(), density.observed(simulated)
    return float(np.linalg.norm(made - seen)) / max(float(np.linalg.norm(seen)), 1e-300)


def deviance_per_bin(density: Density, simulated: Array, noise: Noise, scale: float) -> float:
    """Return the mean unit deviance of the bins: Poisson for counts, else squared scaled error.

    For counts, independent cells around the true density would give about 1. For the other
    noises the deviance is divided by the estimated level, so that about 1 is the noise itself.
    """
    model = noise_model(density, noise, scale)
    deviance = model.deviance(density.observed() / scale, density.observed(simulated) / scale)
    level = 1.0 if noise.kind in DISPERSED else max(noise.level**2, 1e-300)
    return float(deviance.mean() / level)
