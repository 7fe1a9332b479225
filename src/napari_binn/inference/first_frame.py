"""What is known about the first frame before the movie is fitted: how rough such a frame is.

The first frame is as unknown as the law: one unknown a bin. Left free, it takes up the noise of the
frame it is compared with, and a noisy start looks as if it held a lot of information about D.
A Gaussian field whose amplitude and length are those of the observed frame (maximal evidence under
the measurement's noise; Rasmussen & Williams, Gaussian Processes, 2006, ch. 5) takes out what is
noise and nothing else: without noise it has no effect.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

Array = NDArray[np.float64]
LENGTHS = (0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.5, 7.0, 11.0, 17.0)
AMPLITUDES = (0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8)


@dataclass(frozen=True)
class FieldPrior:
    """Gaussian prior of a first frame of n bins: mean (n,) and precision (n, n) [u]."""

    mean: Array
    precision: Array

    @classmethod
    def flat(cls, count: int) -> FieldPrior:
        """Nothing is known."""
        return cls(np.zeros(count), np.zeros((count, count)))


def field_prior(frame: Array, variance: Array, observed: NDArray[np.bool_]) -> FieldPrior:
    """Estimate the prior from the first observed frame.

    Parameters
    ----------
    frame
        Observed densities (Y, X) [u].
    variance
        Their noise variance (Y, X).
    observed
        Where there is an observation (Y, X).
    """
    ny, nx = frame.shape
    rows, columns = np.meshgrid(np.arange(ny), np.arange(nx), indexing="ij")
    points = np.stack([rows.ravel(), columns.ravel()], axis=1).astype(np.float64)
    distance = np.sqrt(((points[:, None] - points[None]) ** 2).sum(-1))
    inside = observed.ravel()
    y, noise = frame.ravel()[inside], variance.ravel()[inside]
    spread = max(float(np.var(y) - noise.mean()), 0.05 * float(np.var(y)), 1e-12)
    best: tuple[float, Array, float] | None = None
    for length in LENGTHS:
        for kernel in KERNELS:
            unit = kernel(distance / length)
            for amplitude in AMPLITUDES:
                covariance = spread * amplitude**2 * unit
                score, mean = _evidence(y, noise, covariance[np.ix_(inside, inside)])
                if best is None or score > best[0]:
                    best = score, covariance, mean
    assert best is not None
    _, covariance, mean = best
    # The jitter is far below the noise, and lets the precision exist.
    jitter = 1e-6 * spread + 1e-3 * float(noise.min())
    precision = np.linalg.inv(covariance + jitter * np.eye(len(covariance)))
    return FieldPrior(np.full(ny * nx, mean), 0.5 * (precision + precision.T))


def _matern12(r: Array) -> Array:
    return np.asarray(np.exp(-r))


def _matern32(r: Array) -> Array:
    scaled = np.sqrt(3) * r
    return np.asarray((1 + scaled) * np.exp(-scaled))


def _evidence(y: Array, noise: Array, covariance: Array) -> tuple[float, float]:
    """Return the log marginal likelihood (up to a constant) and the best common mean."""
    total = covariance + np.diag(noise + 1e-9 * covariance[0, 0])
    factor = cho_factor(total, lower=True)
    ones = np.ones_like(y)
    solved = cho_solve(factor, np.stack([y, ones], axis=1))
    mean = float(ones @ solved[:, 0]) / float(ones @ solved[:, 1])
    off = y - mean
    log_det = 2 * float(np.log(np.diag(factor[0])).sum())
    return -0.5 * float(off @ cho_solve(factor, off)) - 0.5 * log_det, mean


#: Correlations of the field at a distance, in units of its length.
KERNELS = (_matern12, _matern32)
