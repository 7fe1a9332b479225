"""Tests of what is left of a movie after its fit.

The residuals, weighed by their scatter, are projected off everything that the fit could have used;
what an effect beyond reaction-diffusion would add is projected in the same way. Their overlap is
the score (Lagrange multiplier) test of that effect, and one Gauss-Newton step to its size
(Davidson & MacKinnon, Estimation and Inference in Econometrics, 1993, ch. 6).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import qr
from scipy.stats import f, norm

Array = NDArray[np.float64]
Pairs = tuple[NDArray[np.int_], NDArray[np.int_]]
#: Groups of neighbouring bins whose contributions are taken as independent.
GROUPS = 36
#: Degrees of freedom, groups and pairs with which nothing can be tested.
FEWEST = 5
#: Share of an effect's square beside the law that is more than rounding.
TRACE = 1e-10
#: Variance of an effect that leaves no trace beside the law.
NOTHING_KNOWN = 1e12


@dataclass(frozen=True)
class Effect:
    """Size of an effect beyond the law.

    Attributes
    ----------
    size, covariance
        Estimate (q,) and its covariance (q, q).
    p
        Probability of an estimate as far from zero where there is no effect.
    """

    size: Array
    covariance: Array
    p: float


@dataclass(frozen=True)
class Correlation:
    """Correlation of residuals beyond what the fit itself causes.

    Attributes
    ----------
    r, sd
        The correlation and its standard deviation where there is none.
    p
        One-sided: only a positive correlation is a pattern that the fit has missed.
    """

    r: float
    sd: float
    p: float


@dataclass(frozen=True)
class Leftover:
    """Weighed residuals, projected off what is known.

    Attributes
    ----------
    residual
        (N,).
    known
        Orthonormal basis of what was projected off, (N, P).
    """

    residual: Array
    known: Array

    @classmethod
    def of(cls, residual: Array, columns: Array) -> Leftover:
        """Project residuals (N,) off columns (N, P), all of them weighed."""
        return cls(residual, np.zeros((len(residual), 0))).without(columns)

    def without(self, columns: Array) -> Leftover:
        """Return what is left when more columns are projected off."""
        new = self.off(columns)
        size = np.linalg.norm(new, axis=0)
        before = np.linalg.norm(columns, axis=0)
        new = new[:, size > 1e-6 * before] / size[size > 1e-6 * before]
        if new.size == 0:
            return self
        basis, triangle, _ = qr(new, mode="economic", pivoting=True)
        diagonal = np.abs(np.diag(triangle))
        basis = basis[:, : int((diagonal > 1e-6 * diagonal.max(initial=1e-300)).sum())]
        known = np.concatenate([self.known, basis], axis=1)
        return Leftover(self.residual - basis @ (basis.T @ self.residual), known)

    def off(self, columns: Array) -> Array:
        """Return columns without their part in what is known."""
        return np.asarray(columns - self.known @ (self.known.T @ columns))

    @property
    def freedom(self) -> int:
        """Residual degrees of freedom."""
        return len(self.residual) - int(self.known.shape[1])


def effect(left: Leftover, columns: Array, groups: NDArray[np.int_]) -> Effect:
    """Estimate and test an effect with q weighed columns (N, q).

    The variance is the larger one of two, and p the larger one of theirs: that of independent
    residuals, and that which the scatter between ``groups`` (N,) of neighbouring bins shows,
    whatever the correlation in time and between neighbours (the sandwich for clusters: Liang &
    Zeger, Biometrika 73, 1986).
    """
    freedom, q = left.freedom - columns.shape[1], columns.shape[1]
    own = left.off(columns)
    information = own.T @ own
    trace = np.diag(information) > TRACE * (columns**2).sum(axis=0)
    count = int(groups.max()) + 1
    if min(freedom, count - q) < FEWEST or not trace.all():
        return Effect(np.zeros(q), np.diag(np.full(q, NOTHING_KNOWN)), 1.0)
    inverse = np.linalg.pinv(information)
    size = inverse @ (own.T @ left.residual)
    rest = left.residual - own @ size
    plain = inverse * float(rest @ rest) / freedom
    scores = np.stack([np.bincount(groups, column * rest, count) for column in own.T])
    spread = scores @ scores.T * count / (count - 1) * len(rest) / freedom
    robust = inverse @ spread @ inverse
    p_plain = float(f.sf(_wald(size, plain) / q, q, freedom))
    share = (count - q) / (q * (count - 1))
    p_robust = float(f.sf(_wald(size, robust) * share, q, count - q))
    wider = robust if np.trace(robust) > np.trace(plain) else plain
    return Effect(size, wider, max(p_plain, p_robust))


def _wald(size: Array, covariance: Array) -> float:
    return float(size @ np.linalg.pinv(covariance) @ size)


def correlation(left: Leftover, pairs: Pairs) -> Correlation:
    """Test whether residuals of pairs of observations are alike (Moran's I).

    Mean and variance are those of independent residuals after the projection (Cliff & Ord, Spatial
    Processes, 1981, ch. 8).
    """
    freedom, count = left.freedom, len(pairs[0])
    if min(freedom, count) < FEWEST:
        return Correlation(0.0, 1.0, 1.0)
    basis, size = left.known, len(left.residual)
    seen = _beside(pairs, basis, size)
    inner = basis.T @ seen
    trace = -float(np.trace(inner))
    # The matrix B of the pairs is symmetric, so that the trace of B² counts each pair twice.
    square = 2 * count - 2 * float((seen**2).sum()) + float((inner**2).sum())
    mean = trace / freedom
    variance = 2 * (freedom * square - trace**2) / (freedom**2 * (freedom + 2))
    moran = float(left.residual @ _beside(pairs, left.residual[:, None], size)[:, 0])
    moran /= max(float(left.residual @ left.residual), 1e-300)
    unit = freedom / (2 * count)
    z = (moran - mean) / np.sqrt(max(variance, 1e-300))
    return Correlation((moran - mean) * unit, float(np.sqrt(variance)) * unit, float(norm.sf(z)))


def _beside(pairs: Pairs, columns: Array, size: int) -> Array:
    """Return for each observation the sum of its partners, (N, P)."""
    first, second = pairs
    out = np.zeros((size, columns.shape[1]))
    np.add.at(out, first, columns[second])
    np.add.at(out, second, columns[first])
    return out


def neighbourhoods(places: NDArray[np.int_]) -> NDArray[np.int_]:
    """Return the group of each bin (n,): squares of bins, about :data:`GROUPS` of them."""
    side = max(2, round(np.sqrt(len(places) / GROUPS)))
    square = places // side
    number = square[:, 0] * (square[:, 1].max() + 1) + square[:, 1]
    return np.unique(number, return_inverse=True)[1].reshape(-1)
