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

from .hyper import law_precision

Array = NDArray[np.float64]
#: Roughness weights that are mixed, as even in their logarithms: from free to straight curves.
WEIGHTS = np.geomspace(1e-1, 1e3, 12)
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
    half = len(centre) // 2
    pairs = [(rough_D, rough_G) for rough_D in WEIGHTS for rough_G in WEIGHTS]
    prior = np.stack([law_precision(half, *pair) for pair in pairs])
    precision = likelihood.information + prior
    covariance = np.asarray(np.linalg.inv(precision))
    pull = prior @ centre
    towards = likelihood.slope + pull
    mean = np.einsum("nij,nj->ni", covariance, towards)
    evidence = 0.5 * (
        np.linalg.slogdet(prior)[1]
        - np.linalg.slogdet(precision)[1]
        + np.einsum("ni,ni->n", mean, towards)
        - pull @ centre
    )
    share = np.exp(evidence - evidence.max())
    return _pruned(Mixture(share, mean, covariance, np.array(pairs)))


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
