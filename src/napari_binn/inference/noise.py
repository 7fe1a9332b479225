"""How the measurement scatters, and the weights that follow from it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..density.model import Density
from .terms import DISPERSED, Noise, NoiseKind

Array = NDArray[np.float64]

#: Cells in a bin below which the scatter is taken as if there were that many.
FLOOR = 2.0


@dataclass(frozen=True)
class NoiseModel:
    """Variance of an observation as a function of the true density: level x shape(u).

    Attributes
    ----------
    kind
        counts: shape = u / counts; fraction: shape = u (1 - u / full) / counts; proportional:
        shape = u²; additive: shape = 1.
    counts
        Cells in a bin of u = 1, or pieces that tell something of their own (counts and fraction).
    floor
        Smallest u that enters the shape, so that an empty bin does not get infinite weight.
    full
        The u at which all is covered (fraction only).
    """

    kind: NoiseKind
    counts: float
    floor: float
    full: float = math.inf

    @classmethod
    def make(
        cls, kind: NoiseKind, counts: float | None, observed: Array, full: float = math.inf
    ) -> NoiseModel:
        """Set the floor: a few cells in a bin for counts, else 2 % of the mean density.

        Single cells are no density: they stay single while the law spreads its mean thin. Of a
        covered share, half a piece of ground is the least that counts, from nothing or from all.
        """
        if kind in DISPERSED:
            if counts is None:
                raise ValueError(f"noise of the kind {kind} needs what a bin holds")
            if kind == "counts":
                return cls(kind, counts, FLOOR / counts)
            # counts = pieces / full, so this is half a piece of the ground.
            return cls(kind, counts, min(0.5 / counts, 0.25 * full), full)
        return cls(kind, 1.0, 0.02 * float(np.abs(observed).mean()))

    def shape(self, u: Array) -> Array:
        """Return the variance at density ``u`` in units of the level."""
        mean = np.maximum(u, self.floor)
        if self.kind == "counts":
            return mean / self.counts
        if self.kind == "fraction":
            share = np.minimum(mean, self.full - self.floor)
            return share * (1 - share / self.full) / self.counts
        if self.kind == "proportional":
            return mean**2
        return np.ones_like(mean)

    def deviance(self, observed: Array, mean: Array) -> Array:
        """Return the unit deviance of each observation: twice the log-likelihood ratio.

        Poisson for counts, binomial for covered shares, squared relative or plain error otherwise
        (McCullagh & Nelder, Generalized Linear Models, 1989, section 2.3).
        """
        if self.kind == "fraction":
            return self._binomial(observed / self.full, mean / self.full)
        if self.kind != "counts":
            return (observed - mean) ** 2 / self.shape(mean)
        mu = np.maximum(mean, 1e-3 * self.floor) * self.counts
        n = np.maximum(observed, 0.0) * self.counts
        logs = np.where(n > 0, n * np.log(np.where(n > 0, n, 1.0) / mu), 0.0)
        return 2 * (logs - (n - mu))

    def _binomial(self, observed: Array, mean: Array) -> Array:
        least = 1e-3 * self.floor / self.full
        p = np.clip(mean, least, 1 - least)
        y = np.clip(observed, 0.0, 1.0)
        part = np.zeros(np.broadcast_shapes(y.shape, p.shape))
        for share, expected in ((y, p), (1 - y, 1 - p)):
            part += np.where(share > 0, share * np.log(np.where(share > 0, share, 1) / expected), 0)
        return 2 * self.counts * self.full * part


def known_kind(density: Density) -> NoiseKind | None:
    """Return the kind of noise that follows from how a density was obtained; None: it does not."""
    if density.counts_per_unit is not None:
        return "counts"
    return None if density.patches_per_bin is None else "fraction"


def model_of(kind: NoiseKind, density: Density, scale: float) -> NoiseModel:
    """Return the noise model of this kind for a density in units of ``scale``."""
    held = density.patches_per_bin if kind == "fraction" else density.counts_per_unit
    inside = slice(None) if density.mask is None else density.mask
    return NoiseModel.make(
        kind,
        None if held is None else held * scale,
        density.values[:, inside] / scale,
        1 / scale if kind == "fraction" else math.inf,
    )


def noise_model(density: Density, noise: Noise, scale: float) -> NoiseModel:
    """Return the model of an estimated noise for a density in units of ``scale``."""
    return model_of(noise.kind, density, scale)
