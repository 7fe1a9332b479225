"""Families of laws with unknown parameters: what a fit by simulation can adjust.

A family turns a parameter vector into D(u) and G(u) on an even grid of u, with their derivatives
by each parameter. Splines and formulas are both families, so one fit serves both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import BSpline

Array = NDArray[np.float64]
NODES = 1025


@dataclass(frozen=True)
class Curves:
    """D and G on M densities, (M,), and their derivatives by K parameters, (K, M)."""

    D: Array
    G: Array
    dD: Array
    dG: Array


class Family(Protocol):
    """A law with parameters."""

    @property
    def u(self) -> Array:
        """Even grid of u, (M,), on which the curves are given."""
        ...

    def curves(self, parameters: Array) -> Curves:
        """Return D, G and their derivatives; may raise ValueError outside the valid domain."""
        ...


def spline_basis(u: Array, high: float, count: int) -> Array:
    """Return ``count`` cubic B-splines on [0, high] at ``u``, shape (len(u), count).

    Outside the interval every spline keeps its value at the nearer end.
    """
    inner = np.linspace(0.0, high, count - 2)
    knots = np.concatenate([np.zeros(3), inner, np.full(3, high)])
    clamped = np.clip(u, 0.0, high)
    return np.asarray(BSpline.design_matrix(clamped, knots, 3).toarray(), dtype=np.float64)


@dataclass(frozen=True)
class SplineFamily:
    """Free smooth curves: log D(u) and G(u) as cubic B-splines on [0, high].

    The logarithm keeps D positive by construction. Parameters: ``count`` coefficients of log D,
    then ``count`` of G / ``rate``.

    Attributes
    ----------
    high
        End of the splines [u]; beyond it both curves are constant.
    count
        Coefficients of each curve.
    rate
        Scale of G [1/time], so that all parameters are of order one.
    u
        Grid of the curves.
    """

    high: float
    count: int
    rate: float
    u: Array

    @classmethod
    def make(cls, high: float, count: int, rate: float, low: float, top: float) -> SplineFamily:
        """Make the family with its curves tabulated from ``low`` to ``top``."""
        return cls(high, count, rate, np.linspace(low, top, NODES))

    def basis(self, u: Array) -> Array:
        """Return the splines at ``u``, (len(u), count)."""
        return spline_basis(u, self.high, self.count)

    def curves(self, parameters: Array) -> Curves:
        """Return the curves of coefficient vector ``parameters`` (2 x count)."""
        return self.curves_at(self.u, parameters)

    def curves_at(self, u: Array, parameters: Array) -> Curves:
        """Return the curves on any densities ``u`` (M,)."""
        basis = self.basis(u)
        D = np.exp(np.clip(basis @ parameters[: self.count], -60, 30))
        G = self.rate * (basis @ parameters[self.count :])
        none = np.zeros_like(basis.T)
        return Curves(D, G, np.vstack([basis.T * D, none]), np.vstack([none, self.rate * basis.T]))

    def project(self, u: Array, D: Array, G: Array, weight: Array | None = None) -> Array:
        """Return the coefficients closest to curves given on ``u``, with a touch of smoothness."""
        root = np.sqrt(np.ones_like(u) if weight is None else weight / weight.max() + 1e-4)
        bend = 1e-2 * np.diff(np.eye(self.count), 2, axis=0)
        system = np.vstack([self.basis(u) * root[:, None], bend])
        target = np.zeros((len(system), 2))
        target[: len(u), 0] = np.log(np.maximum(D, 1e-9 * max(D.max(), 1e-300))) * root
        target[: len(u), 1] = G / self.rate * root
        return np.asarray(np.linalg.lstsq(system, target, rcond=None)[0].T.reshape(-1))


@dataclass(frozen=True)
class FormulaFamily:
    """Formulas with adjustable constants: D(u; p), G(u; q).

    Attributes
    ----------
    u
        Grid of the curves.
    D, G
        Functions of (u, constants) returning (M,).
    split
        Number of constants that belong to D.
    scales
        Typical size of each constant: parameters are constants / scales.
    """

    u: Array
    D: Callable[[Array, Array], Array]
    G: Callable[[Array, Array], Array]
    split: int
    scales: Array

    def curves(self, parameters: Array) -> Curves:
        """Return the curves; derivatives by central differences, exact to about 1e-9."""
        values = parameters * self.scales
        D, G = self._values(values)
        dD, dG = [], []
        for k, scale in enumerate(self.scales):
            shift = np.zeros_like(values)
            shift[k] = 1e-5 * max(abs(parameters[k]), 1e-3) * scale
            D_up, G_up = self._values(values + shift)
            D_down, G_down = self._values(values - shift)
            width = 2 * shift[k] / scale
            dD.append((D_up - D_down) / width)
            dG.append((G_up - G_down) / width)
        return Curves(D, G, np.reshape(dD, (-1, len(self.u))), np.reshape(dG, (-1, len(self.u))))

    def _values(self, constants: Array) -> tuple[Array, Array]:
        with np.errstate(all="ignore"):
            D = self.D(self.u, constants[: self.split])
            G = self.G(self.u, constants[self.split :])
        if not (np.isfinite(D).all() and np.isfinite(G).all()):
            raise ValueError("the formula is not finite on the range of the density")
        return D, G


class FixedLaw:
    """A law without parameters on an even grid of u, so that first frames can be fitted to it."""

    def __init__(self, D: Array, G: Array, u: Array) -> None:
        self.u = u
        none = np.zeros((0, len(u)))
        self._curves = Curves(np.maximum(D, 0.0), G, none, none)

    def curves(self, parameters: Array) -> Curves:
        """Return the curves; there are no parameters."""
        return self._curves
