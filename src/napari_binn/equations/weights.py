"""How well each part of a curve is known, for search engines that take weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .screening import CurveTarget

Array = NDArray[np.float64]
#: Share of the largest variance that is added to all: no single point decides a search.
_FLOOR = 1e-3


def weighted_samples(target: CurveTarget, count: int = 100) -> tuple[Array, Array, Array]:
    """Return evenly spaced densities, the curve there, and one over its posterior variance."""
    u = np.linspace(float(target.u[0]), float(target.u[-1]), count)
    curve = np.interp(u, target.u, target.curve)
    covariance = np.linalg.pinv(target.root.T @ target.root, rcond=1e-8, hermitian=True)
    variance = np.einsum("mi,ij,mj->m", target.basis, covariance, target.basis)
    if target.logarithmic:
        variance = variance * target.curve**2
    variance = np.interp(u, target.u, variance)
    return u, curve, 1.0 / (variance + _FLOOR * float(variance.max()) + 1e-300)
