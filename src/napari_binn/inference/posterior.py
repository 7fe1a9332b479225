"""The posterior of both curves, with what is uncertain about their roughness integrated out.

Near the fit the data's log likelihood is a parabola in the coefficients, so that for every pair of
roughness weights the posterior is a normal distribution that is known in closed form, and so is the
evidence of the pair. The posterior is the mixture over a grid of pairs; fixing one pair, however
well chosen, gives bands that are too narrow. Models of the boundary are mixed in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from .roughness import Posteriors

Array = NDArray[np.float64]
#: Parts of a mixture that are dropped, all together.
NEGLIGIBLE = 1e-3


@dataclass(frozen=True)
class Likelihood:
    """The data's log likelihood of the coefficients c, up to a constant: a parabola.

    Attributes
    ----------
    information, slope
        -1/2 c' information c + slope' c; (K, K) and (K,).
    """

    information: Array
    slope: Array


@dataclass(frozen=True)
class Mixture:
    """A mixture of normal distributions of the coefficients.

    Attributes
    ----------
    share
        (N,) probability of each part.
    mean, covariance
        (N, K) and (N, K, K).
    roughness
        (N, 2) roughness weights of D and of G of each part.
    """

    share: Array
    mean: Array
    covariance: Array
    roughness: Array

    def typical_roughness(self) -> tuple[float, float]:
        """Return the roughness weights' geometric mean."""
        log_D, log_G = self.share @ np.log(self.roughness)
        return float(np.exp(log_D)), float(np.exp(log_G))

    def along(self, basis: Array) -> Marginals:
        """Return the distributions of ``basis`` (M, K) times the coefficients."""
        sd = np.sqrt(np.einsum("mi,nij,mj->nm", basis, self.covariance, basis, optimize=True))
        return Marginals(self.share, self.mean @ basis.T, sd)


@dataclass(frozen=True)
class Marginals:
    """Mixtures of normal distributions at M places: shares (N,), means and sds (N, M)."""

    share: Array
    means: Array
    sds: Array

    @property
    def mean(self) -> Array:
        """Means of the mixtures (M,)."""
        return np.asarray(self.share @ self.means, dtype=np.float64)

    @property
    def sd(self) -> Array:
        """Standard deviations of the mixtures (M,)."""
        return np.asarray(np.sqrt(self.share @ (self.sds**2 + (self.means - self.mean) ** 2)))

    def quantile(self, probability: float) -> Array:
        """Return where the mixtures reach a probability, (M,), by bisection."""
        low = (self.means - 8 * self.sds).min(axis=0)
        high = (self.means + 8 * self.sds).max(axis=0)
        for _ in range(40):
            middle = 0.5 * (low + high)
            below = self.share @ ndtr((middle - self.means) / self.sds) < probability
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return np.asarray(0.5 * (low + high))


def over_roughness(likelihood: Likelihood, centre: Array) -> Mixture:
    """Return the posterior mixed over roughness, each weight as likely before as any other.

    ``centre`` (K,) is the prior's mean of the coefficients.
    """
    both = Posteriors.of(likelihood.information, likelihood.slope[None], centre)
    return _pruned(Mixture(both.share[0], both.means[:, 0], both.covariances, both.roughness))


def mixed(parts: list[tuple[float, Mixture]]) -> Mixture:
    """Return the mixture of mixtures with given probabilities."""
    return _pruned(
        Mixture(
            np.concatenate([probability * mixture.share for probability, mixture in parts]),
            np.concatenate([mixture.mean for _, mixture in parts]),
            np.concatenate([mixture.covariance for _, mixture in parts]),
            np.concatenate([mixture.roughness for _, mixture in parts]),
        )
    )


def _pruned(mixture: Mixture) -> Mixture:
    """Drop the least likely parts, which together hold next to nothing."""
    share = mixture.share / mixture.share.sum()
    order = np.argsort(share)
    kept = np.sort(order[np.cumsum(share[order]) > NEGLIGIBLE])
    left = share[kept] / share[kept].sum()
    return Mixture(left, mixture.mean[kept], mixture.covariance[kept], mixture.roughness[kept])
