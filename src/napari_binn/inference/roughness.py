"""The prior of both curves, and the posterior of their coefficients mixed over how rough they are.

As in :mod:`napari_binn.inference.posterior`, but for many movies of the same information at once,
and without anything that solves the equation: a window can use it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
#: Roughness weights that are mixed, as even in their logarithms: from free to straight curves.
WEIGHTS = np.geomspace(1e-1, 1e3, 12)
#: Standard deviations that are known before: of the level of log D, and of G in typical rates.
LEVEL_D, LEVEL_G = 3.0, 10.0


def law_precision(count: int, rough_D: float, rough_G: float) -> Array:
    """Return the prior's precision (2 count, 2 count) of both curves' coefficients.

    Second differences are penalised by the roughness weights; level and slope are nearly free: the
    weak part (three powers of e for D around diffusion across a bin in the movie's time, ten
    typical rates for G) only matters where the data say nothing at all.
    """
    bend = np.diff(np.eye(count), 2, axis=0)
    rough, even = bend.T @ bend, np.eye(count) / count
    precision = np.zeros((2 * count, 2 * count))
    precision[:count, :count] = rough_D * rough + even / LEVEL_D**2
    precision[count:, count:] = rough_G * rough + even / LEVEL_G**2
    return precision


@dataclass(frozen=True)
class Posteriors:
    """Mixtures over N pairs of roughness weights, of S movies that hold the same information.

    Attributes
    ----------
    roughness
        (N, 2) weights of D and of G.
    share
        (S, N) probability of each pair.
    means, covariances
        (N, S, K) and (N, K, K).
    """

    roughness: Array
    share: Array
    means: Array
    covariances: Array

    @classmethod
    def of(cls, information: Array, slopes: Array, centre: Array) -> Posteriors:
        """Return the posteriors of log likelihoods -1/2 c' information c + slope' c.

        Parameters
        ----------
        slopes
            (S, K), one for each movie.
        centre
            The prior's mean (K,).
        """
        half = len(centre) // 2
        pairs = np.array([(rough_D, rough_G) for rough_D in WEIGHTS for rough_G in WEIGHTS])
        prior = np.stack([law_precision(half, *pair) for pair in pairs])
        precision = information + prior
        covariances = np.asarray(np.linalg.inv(precision), dtype=np.float64)
        pull = prior @ centre
        towards = slopes + pull[:, None]
        means = np.einsum("nij,nsj->nsi", covariances, towards)
        evidence = 0.5 * (
            np.linalg.slogdet(prior)[1]
            - np.linalg.slogdet(precision)[1]
            - pull @ centre
            + np.einsum("nsi,nsi->sn", means, towards)
        )
        share = np.exp(evidence - evidence.max(axis=1, keepdims=True))
        return cls(pairs, share / share.sum(axis=1, keepdims=True), means, covariances)

    def typical_roughness(self) -> Array:
        """Return the geometric means (S, 2) of the roughness weights."""
        return np.asarray(np.exp(self.share @ np.log(self.roughness)))

    def variance(self, basis: Array) -> Array:
        """Return the variances (S, M) of ``basis`` (M, K) times the coefficients."""
        within = np.einsum("mi,nij,mj->nm", basis, self.covariances, basis, optimize=True)
        along = self.means @ basis.T
        off = along - np.einsum("sn,nsm->sm", self.share, along)
        return np.asarray(self.share @ within + np.einsum("sn,nsm->sm", self.share, off**2))

    def draw(self, rng: np.random.Generator, count: int) -> Array:
        """Draw coefficients (count, K) of the first movie."""
        parts = rng.choice(len(self.roughness), count, p=self.share[0])
        return np.array(
            [rng.multivariate_normal(self.means[k, 0], self.covariances[k]) for k in parts]
        )
