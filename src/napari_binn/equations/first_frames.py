"""The first frame of a movie, solved for beside the constants of many similar laws.

How the first frame acts on later ones is the same for all laws that are worth comparing. It is
prepared once, around the estimated curves: as a matrix where that fits, as products elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from ..inference.field import large_frame_prior
from ..inference.first_frame import FieldPrior
from ..inference.gauss_newton import Problem
from ..inference.hyper import first_frame_prior
from ..inference.large import System
from ..inference.volume import cosine_diagonal
from ..inference.waves import WavePrior
from .unseen import Unseen

Array = NDArray[np.float64]


class FirstFrames(Protocol):
    """Products with the sensitivities J by the first frame, and its curvature H = J' W J + R."""

    @property
    def spectrum(self) -> Array:
        """Precision (Y, X) of the amplitude of each cosine beforehand."""
        ...

    def off(self, frame: Array) -> tuple[Array, float]:
        """Return R (frame - mean), (Y, X), and the penalty (frame - mean)' R (frame - mean)."""
        ...

    def gather(self, movies: Array) -> Array:
        """Return J' times movies that are weighted already, (B, T, Y, X) to (B, Y, X)."""
        ...

    def spread(self, frames: Array) -> Array:
        """Return J times disturbances, (B, Y, X) to (B, T, Y, X)."""
        ...

    def solve(self, right: Array) -> Array:
        """Return H^-1 times right-hand sides, (B, Y, X)."""
        ...


@dataclass(frozen=True)
class DenseFrames:
    """Sensitivities as a matrix (T Y X, n), for small fields."""

    by_initial: Array
    factor: tuple[Array, bool]
    prior: FieldPrior
    shape: tuple[int, int]

    @classmethod
    def make(cls, problem: Problem, initial: Array, weight: Array) -> DenseFrames:
        """Prepare them around the law of ``problem``, which has no parameters.

        ``weight`` (T, Y, X) is 1 / variance.
        """
        by_initial = problem.forward.jacobian(np.zeros(0), initial).reshape(-1, initial.size)
        prior = first_frame_prior(problem)
        rows = by_initial * np.sqrt(weight).reshape(-1, 1)
        curvature = rows.T @ rows + prior.precision
        curvature[np.diag_indices_from(curvature)] += 1e-12 * np.trace(curvature) / initial.size
        return cls(by_initial, cho_factor(curvature), prior, (initial.shape[0], initial.shape[1]))

    @property
    def spectrum(self) -> Array:
        """Precision (Y, X) of the amplitude of each cosine beforehand."""
        return cosine_diagonal(self.prior.precision, self.shape)

    def off(self, frame: Array) -> tuple[Array, float]:
        """Return the prior's pull on a frame and its penalty."""
        away = frame.ravel() - self.prior.mean
        pull = self.prior.precision @ away
        return pull.reshape(self.shape), float(away @ pull)

    def gather(self, movies: Array) -> Array:
        """Return J' times weighted movies."""
        rows = movies.reshape(len(movies), len(self.by_initial))
        return np.asarray((rows @ self.by_initial).reshape(len(movies), *self.shape))

    def spread(self, frames: Array) -> Array:
        """Return J times disturbances."""
        count = len(self.by_initial) // (self.shape[0] * self.shape[1])
        movies = frames.reshape(len(frames), self.by_initial.shape[1]) @ self.by_initial.T
        return np.asarray(movies.reshape(len(frames), count, *self.shape))

    def solve(self, right: Array) -> Array:
        """Return H^-1 times right-hand sides."""
        solved = cho_solve(self.factor, right.reshape(len(right), -1).T)
        return np.asarray(solved.T.reshape(right.shape))


@dataclass(frozen=True)
class ChainedFrames:
    """Sensitivities as products along the movie, for fields of any size."""

    system: System
    prior: WavePrior
    unseen: Unseen | None = None

    @classmethod
    def make(cls, problem: Problem, predicted: Array, weight: Array) -> ChainedFrames:
        """Prepare them along ``predicted``, a solution for the law of ``problem``."""
        prior = large_frame_prior(problem)
        system = System.make(problem, np.zeros(0), predicted, weight, prior)
        seen = np.asarray(problem.mask.any(axis=0))
        return cls(system, prior, None if seen.all() else Unseen.make(system, seen))

    @property
    def spectrum(self) -> Array:
        """Precision (Y, X) of the amplitude of each cosine beforehand."""
        return self.prior.precision

    def off(self, frame: Array) -> tuple[Array, float]:
        """Return the prior's pull on a frame and its penalty."""
        away = frame - self.prior.mean
        pull = self.prior.times(away)
        return pull, float((away * pull).sum())

    def gather(self, movies: Array) -> Array:
        """Return J' times weighted movies."""
        return self.system.gather(movies)

    def spread(self, frames: Array) -> Array:
        """Return J times disturbances."""
        return self.system.spread(frames)

    def solve(self, right: Array) -> Array:
        """Return H^-1 times right-hand sides."""
        return self.system.solve(right) if self.unseen is None else self.unseen.solve(right)
