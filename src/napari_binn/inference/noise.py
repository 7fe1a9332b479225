"""How the measurement scatters, and the weights that follow from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..density.model import Density
from .terms import Noise, NoiseKind

Array = NDArray[np.float64]

#: Cells in a bin below which the scatter is taken as if there were that many.
FLOOR = 2.0


@dataclass(frozen=True)
class NoiseModel:
    """Variance of an observation as a function of the true density: level x shape(u).

    Attributes
    ----------
    kind
        counts: shape = u / counts; proportional: shape = u²; additive: shape = 1.
    counts
        Cells in a bin of u = 1 (counts only).
    floor
        Smallest u that enters the shape, so that an empty bin does not get infinite weight.
    """

    kind: NoiseKind
    counts: float
    floor: float

    @classmethod
    def make(cls, kind: NoiseKind, counts: float | None, observed: Array) -> NoiseModel:
        """Set the floor: a few cells in a bin for counts, else 2 % of the mean density.

        Single cells are no density: they stay single while the law spreads its mean thin.
        """
        if kind == "counts":
            if counts is None:
                raise ValueError("count noise needs the counts of a bin")
            return cls(kind, counts, FLOOR / counts)
        return cls(kind, 1.0, 0.02 * float(np.abs(observed).mean()))

    def shape(self, u: Array) -> Array:
        """Return the variance at density ``u`` in units of the level."""
        mean = np.maximum(u, self.floor)
        if self.kind == "counts":
            return mean / self.counts
        if self.kind == "proportional":
            return mean**2
        return np.ones_like(mean)

    def deviance(self, observed: Array, mean: Array) -> Array:
        """Return the unit deviance of each observation: twice the log-likelihood ratio.

        Poisson for counts, squared relative or plain error otherwise (McCullagh & Nelder,
        Generalized Linear Models, 1989, section 2.3).
        """
        if self.kind != "counts":
            return (observed - mean) ** 2 / self.shape(mean)
        mu = np.maximum(mean, 1e-3 * self.floor) * self.counts
        n = np.maximum(observed, 0.0) * self.counts
        logs = np.where(n > 0, n * np.log(np.where(n > 0, n, 1.0) / mu), 0.0)
        return 2 * (logs - (n - mu))


def noise_model(density: Density, noise: Noise, scale: float) -> NoiseModel:
    """Return the model of an estimated noise for a density in units of ``scale``."""
    counts = density.counts_per_unit
    inside = slice(None) if density.mask is None else density.mask
    return NoiseModel.make(
        noise.kind,
        None if counts is None else counts * scale,
        density.values[:, inside] / scale,
    )
