"""How far a formula is from an estimated curve, in units of what the data can tell.

The estimate comes with the data's information about its spline coefficients, so the distance of a
formula f from the curve is the loss in log-likelihood (times minus two) that the movie would show:
(c_f - c)' I (c_f - c), c_f being the spline closest to f. Where the movie says nothing about the
curve, nothing is lost by deviating from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from ..inference.families import spline_basis
from ..inference.terms import Terms
from .candidates import Candidate

Array = NDArray[np.float64]


@dataclass(frozen=True)
class CurveTarget:
    """One estimated curve, D or G, as a target for formulas.

    Attributes
    ----------
    u, curve
        Samples of the curve over the range of observed densities, (M,).
    basis, project
        (M, K): splines at u; (K, M): takes the (logarithm of the) samples of a formula to spline
        coefficients.
    coefficients, root
        The estimate (K,) and a square root R of the information, I = R' R.
    logarithmic
        Whether the coefficients describe the logarithm (they do for D).
    """

    u: Array
    curve: Array
    basis: Array
    project: Array
    coefficients: Array
    root: Array
    logarithmic: bool

    @classmethod
    def of(cls, terms: Terms, which: str, points: int = 121) -> CurveTarget:
        """Make the target of ``which`` = "D" or "G"."""
        k = len(terms.coefficients) // 2
        low, high = observed_range(terms)
        u = np.linspace(max(low, 1e-3 * high), high, points)
        own, other = (
            (slice(0, k), slice(k, None)) if which == "D" else (slice(k, None), slice(0, k))
        )
        information = _profile(terms.precision, own, other)
        basis = spline_basis(u, float(terms.u[-1]), k)
        bend = 1e-3 * np.diff(np.eye(k), 2, axis=0)
        stacked = np.vstack([basis / np.sqrt(points), bend])
        project = np.linalg.pinv(stacked)[:, :points] / np.sqrt(points)
        values, vectors = np.linalg.eigh(information)
        root = np.sqrt(np.maximum(values, 0))[:, None] * vectors.T
        curve = np.interp(u, terms.u, terms.D if which == "D" else terms.G)
        return cls(u, curve, basis, project, terms.coefficients[own], root, which == "D")

    def coefficients_of(self, values: Array) -> Array:
        """Return the spline coefficients (K,) of a formula's samples (M,)."""
        if self.logarithmic:
            # A formula that is not positive is far away, but how far must stay comparable.
            values = np.log(np.maximum(values, 1e-4 * float(self.curve.max())))
        return np.asarray(self.project @ values)

    def residual(self, values: Array) -> Array:
        """Return the whitened distance (K,) of a formula's samples from the estimate."""
        return np.asarray(self.root @ (self.coefficients_of(values) - self.coefficients))

    def search_points(self, count: int = 100) -> tuple[Array, Array]:
        """Return samples of the curve that lie denser where it is better known."""
        covariance = np.linalg.pinv(self.root.T @ self.root, rcond=1e-8, hermitian=True)
        variance = np.einsum("mi,ij,mj->m", self.basis, covariance, self.basis)
        sharpness = 1.0 / np.sqrt(variance + 1e-3 * variance.max() + 1e-300)
        if self.logarithmic:
            sharpness = sharpness / self.curve
        share = sharpness**2 / np.sum(sharpness**2) + 0.3 / len(self.u)
        cumulative = np.concatenate([[0.0], np.cumsum(0.5 * (share[1:] + share[:-1]))])
        wanted = np.linspace(0, cumulative[-1], count)
        u = np.interp(wanted, cumulative, self.u)
        return u, np.interp(u, self.u, self.curve)


def observed_range(terms: Terms) -> tuple[float, float]:
    """Return the 1st and 99th percentile of the fitted densities [u]."""
    cumulative = np.cumsum(terms.weight)
    low = terms.u[int(np.searchsorted(cumulative, 0.01))]
    high = terms.u[min(int(np.searchsorted(cumulative, 0.99)), len(terms.u) - 1)]
    return float(low), float(max(high, low + 1e-3))


def _profile(precision: Array, own: slice, other: slice) -> Array:
    """Information about one curve when the other is free to adapt (Schur complement)."""
    cross = precision[own, other]
    rest = np.linalg.pinv(precision[other, other], rcond=1e-10, hermitian=True)
    information = precision[own, own] - cross @ rest @ cross.T
    return np.asarray(0.5 * (information + information.T))


@dataclass(frozen=True)
class Screened:
    """A candidate with constants fitted to a curve, and its misfit (minus twice log-likelihood)."""

    candidate: Candidate
    constants: Array
    misfit: float
    values: Array

    def score(self, observations: float) -> float:
        """Return misfit plus the price of the constants (BIC)."""
        return self.misfit + len(self.constants) * float(np.log(observations))


def _runs_away(
    function: Callable[[Array, Array], Array], constants: Array, target: CurveTarget
) -> bool:
    """Whether growth per cell beyond the highest density exceeds all that was ever observed.

    No crowd grows faster the denser it gets; a formula that says so makes a simulation explode
    as soon as it leaves the observed range.
    """
    high = float(target.u[-1])
    with np.errstate(all="ignore"):
        beyond = function(np.linspace(high, 2 * high, 501), constants)
    known = function(target.u, constants)
    most = float(known.max()) + 0.1 * float(np.abs(target.curve).max())
    return not np.isfinite(beyond).all() or float(beyond.max()) > most


def _fitted(residual: Callable[[Array], Array], start: Array, bounds: Array) -> Array:
    if not np.isfinite(bounds).any():
        return np.asarray(least_squares(residual, start, "2-point", method="lm").x)
    low, high = bounds
    # A search that begins on a bound would not leave it.
    inside = 1e-6 * np.maximum(np.abs(start), 1e-3)
    start = np.clip(start, low + inside, high - inside)
    return np.asarray(least_squares(residual, start, bounds=(low, high), x_scale="jac").x)


def screen(candidate: Candidate, target: CurveTarget) -> Screened | None:
    """Fit the constants of a candidate to a curve; None if it is no sane formula there.

    Formulas with a pole anywhere between empty and the highest density, or that leave the size of
    the curve by far where cells were seen, are rejected on a dense grid.
    """
    function = candidate.function()
    bounds = np.array(candidate.bounds).reshape(2, -1)
    start = np.clip(np.asarray(candidate.start, dtype=np.float64), *bounds)
    scale = np.maximum(np.abs(start), 1e-3 * max(float(np.abs(start).max(initial=0.0)), 1e-12))

    def residual(parameters: Array) -> Array:
        with np.errstate(all="ignore"):
            values = function(target.u, parameters * scale)
        if not np.isfinite(values).all():
            return np.full(len(target.coefficients), 1e6)
        return target.residual(values)

    constants = start
    if len(start):
        constants = _fitted(residual, start / scale, bounds / scale) * scale
    with np.errstate(all="ignore"):
        values = function(target.u, constants)
        grid = np.linspace(0.0, 1.1 * target.u[-1], 2001)
        dense = function(grid, constants)
    size = float(np.abs(target.curve).max())
    # Where hardly a cell was seen a diffusivity may be large: it has next to nothing to move.
    seen = dense[grid >= 0.5 * target.u[0]]
    if not np.isfinite(dense).all() or np.abs(seen).max() > 30 * size:
        return None
    if target.logarithmic:
        if values.min() <= 0:
            return None
    elif _runs_away(function, constants, target):
        return None
    misfit = float(np.sum(target.residual(values) ** 2))
    return Screened(candidate, constants, misfit, values)
