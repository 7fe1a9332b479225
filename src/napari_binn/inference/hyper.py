"""What the evidence determines: roughness of both curves, noise level, worth of an observation.

Source: MacKay, "Bayesian interpolation", Neural Computation 4 (1992).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from . import gauss_newton
from .families import SplineFamily
from .first_frame import FieldPrior, field_prior
from .gauss_newton import Fit, Prior, Problem
from .roughness import law_precision

Array = NDArray[np.float64]
#: Roughness weight that the evidence starts from: nearly straight curves, which data may bend.
STRAIGHT = 30.0
#: Changes of the logarithms of roughness weights and of the noise level that count as none.
ROUGHLY, CLOSELY = 0.3, 0.02


@dataclass(frozen=True)
class Hyper:
    """Roughness weights of both curves, noise level, and observations worth one (inflation)."""

    rough_D: float
    rough_G: float
    level: float
    inflation: float = 1.0

    @property
    def variance(self) -> float:
        """Noise level of an observation that is worth an independent one."""
        return self.level * self.inflation

    def close_to(self, other: Hyper) -> bool:
        """Return whether another set is the same for all that a fit could tell."""
        rough = max(
            abs(np.log(self.rough_D / other.rough_D)), abs(np.log(self.rough_G / other.rough_G))
        )
        return bool(rough < ROUGHLY and abs(np.log(self.level / other.level)) < CLOSELY)


def law_mean(problem: Problem, count: int) -> Array:
    """Return the prior's mean of the coefficients (2 count,)."""
    return np.concatenate([np.full(count, typical_log_D(problem)), np.zeros(count)])


def make_prior(problem: Problem, family: SplineFamily, hyper: Hyper, field: FieldPrior) -> Prior:
    """Return the prior of the coefficients of both curves and of the first frame."""
    precision = law_precision(family.count, hyper.rough_D, hyper.rough_G)
    return Prior.join(law_mean(problem, family.count), precision, field)


def typical_log_D(problem: Problem) -> float:
    """Log of the diffusivity that smooths over two bins during the movie."""
    grid, times = problem.forward.grid, problem.forward.times
    return float(np.log(grid.hy * grid.hx / (times[-1] - times[0])))


def smooth(observed: Array) -> Array:
    """Return a mildly smoothed movie, used for starting values and the range of u only."""
    sigma_t = 0.7 if len(observed) > 3 else 0.0
    return np.asarray(gaussian_filter(observed, (sigma_t, 0.8, 0.8), mode="nearest"))


def first_level(problem: Problem) -> float:
    """Return a first guess of the noise level, from how rough the movie is."""
    around = smooth(problem.observed)
    residual = (problem.observed - around) ** 2 / problem.noise.shape(around)
    return max(float(residual[problem.mask].mean()), 1e-8)


def first_frame_prior(problem: Problem) -> FieldPrior:
    """Return the prior of the first frame, from how rough it is beyond its noise."""
    around = smooth(problem.observed)[0]
    noise = frame_noise(problem) * problem.noise.shape(around)
    return field_prior(problem.observed[0], noise, problem.mask[0])


def frame_noise(problem: Problem) -> float:
    """Return the noise level of the first frames that is independent from frame to frame.

    Cells that are counted twice are the same cells: what a movie deviates from its law by is
    mostly inherited from the frame before, and only the rest is error of a single frame. It shows
    in the second differences along time, in which slow changes cancel.
    """
    u, mask = problem.observed[:6], problem.mask[0]
    if len(u) < 3:
        return first_level(problem)
    bend = (u[2:] - 2 * u[1:-1] + u[:-2]) ** 2 / 6
    around = (u[2:] + u[1:-1] + u[:-2]) / 3
    return max(float((bend / problem.noise.shape(around))[:, mask].mean()), 1e-10)


def noise_level(problem: Problem, fit: Fit, hyper: Hyper, prior: Prior) -> float:
    """Return the mean squared residual per degree of freedom that is left."""
    chi2 = gauss_newton.chi_square(
        problem, fit.predicted, gauss_newton.weights(problem, fit.predicted)
    )
    observations = int(problem.mask.sum())
    free = fit.effective_parameters(hyper.variance, prior)
    return max(chi2 / max(observations - free, 0.1 * observations), 1e-12)


def solver_level(problem: Problem, fit: Fit) -> float:
    """Return the solver's own error as a noise level, from a solution on a grid half as fine.

    Of a method of second order: a third of the difference from the solution on twice the spacing.
    """
    forward = problem.forward
    coarse, fine = (forward.refine // 2, forward.refine)
    if forward.refine % 2:
        coarse, fine = forward.refine, 2 * forward.refine
    one, two = (
        replace(forward, refine=refine).predict(fit.parameters, fit.initial)
        for refine in (coarse, fine)
    )
    error = (two - one) / 3 * (1 if fine == forward.refine else 4)
    weight = gauss_newton.weights(problem, fit.predicted)
    return float((weight * error**2).sum()) / max(int(problem.mask.sum()), 1)


def correlations(problem: Problem, predicted: Array) -> tuple[float, float, float]:
    """Return the correlations of neighbouring residuals along t, y and x.

    What chance alone would give (two standard errors) counts as none.
    """
    e = np.sqrt(gauss_newton.weights(problem, predicted)) * (problem.observed - predicted)
    power = float((e**2).sum())
    chance = 2.0 / np.sqrt(problem.mask.sum())
    found = []
    for axis in range(3):
        after, before = np.delete(e, 0, axis=axis), np.delete(e, -1, axis=axis)
        shared = float((after * before).sum()) / max(power, 1e-300)
        found.append(shared if shared > chance else 0.0)
    return found[0], found[1], found[2]


def inflation(problem: Problem, predicted: Array) -> float:
    """Return how many observations are worth one, from the correlation of the residuals.

    Neighbouring frames: (1 + r) / (1 - r) for a correlation that decays geometrically, as for the
    mean of such a series; the four neighbours of a bin: 1 + 4 r.
    """
    along_t, along_y, along_x = correlations(problem, predicted)
    in_time = min(along_t, 0.95)
    return (1 + in_time) / (1 - in_time) * (1 + 2 * (along_y + along_x))


def log_evidence(problem: Problem, fit: Fit, level: float, worth: float, prior: Prior) -> float:
    """Return the log of the probability of the movie under a model, by Laplace's method.

    Coefficients and first frame are integrated out.

    Parameters
    ----------
    level
        The model's own noise level.
    worth
        Observations behind an independent one: the same for all models that are compared.
    """
    z = np.concatenate([fit.parameters, fit.initial.ravel()])
    count = int(problem.mask.sum())
    shape = problem.noise.shape(fit.predicted)[problem.mask]
    before, after = (
        float(np.linalg.slogdet(matrix)[1])
        for matrix in (prior.precision, fit.information / (level * worth) + prior.precision)
    )
    data = (fit.chi2 / level + count * float(np.log(level)) + float(np.log(shape).sum())) / worth
    return -0.5 * (data + prior.penalty(z) - before + after)
