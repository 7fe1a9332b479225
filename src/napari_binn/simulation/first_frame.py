"""The first frame from which a law simulates a movie best.

A single noisy frame is a poor start; every later frame says something about it, given the law.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates

from ..density.model import Density
from ..equations.first_frames import ChainedFrames
from ..inference import gauss_newton
from ..inference.averaging import averaged_margin, averaged_noise
from ..inference.boundary import widen
from ..inference.coarse import coarsen
from ..inference.estimate import first_frame_prior, make_problem
from ..inference.families import FixedLaw
from ..inference.gauss_newton import Prior, Problem, chi_square, weights
from ..inference.hyper import smooth
from ..inference.noise import noise_model
from ..inference.terms import Noise

Array = NDArray[np.float64]
#: Bins of the first frame, at most; on finer fields it is interpolated.
LARGEST = 4096
#: Fits of the first frame, at most, and what one has to gain (twice the log posterior) for another.
ROUNDS, GAINED = 6, 1.0


def first_frame(
    density: Density,
    law: FixedLaw,
    noise: Noise,
    scale: float,
    refine: int,
    max_bins: int,
    margin: int = 0,
    begin: Array | None = None,
) -> Array:
    """Return the first frame (Y, X) [u] whose simulation fits the whole movie best.

    The search goes on from ``begin``, the first frame of a similar law, if there is one, and solves
    for the sensitivities anew until it gains nothing any more. Up to ``max_bins`` bins they are a
    matrix, beyond that products along the movie. With ``margin`` the frame includes that many bins
    of surroundings on every side.

    Raises
    ------
    SolverError
        If the law makes the density explode.
    """
    working = coarsen(density, max(LARGEST, max_bins))
    around = averaged_margin(density, working, margin)
    noise = averaged_noise(noise, density, working)
    model = noise_model(working, noise, scale)
    refine = needed(refine, working, max_bins)
    problem = make_problem(working, scale, model, law, refine, margin=around)
    small = working.shape[1] * working.shape[2] <= max_bins
    find = _by_matrix if small else _by_products
    initial = find(problem, noise, begin)
    return initial if working is density else _interpolated(initial, density, working, margin)


def needed(refine: int, density: Density, max_bins: int) -> int:
    """Return how many solver cells across a bin give those of ``max_bins`` refined bins, or more.

    What a law is estimated and compared on has no more than ``max_bins`` bins of ``refine`` cells:
    bins that are finer themselves need fewer.
    """
    finer = np.sqrt(density.shape[1] * density.shape[2] / max_bins)
    return max(1, int(np.ceil(refine / max(finer, 1.0) - 1e-9)))


def _by_matrix(problem: Problem, noise: Noise, begin: Array | None) -> Array:
    start = gaussian_filter(problem.observed[:2].mean(axis=0), 0.8, mode="nearest")
    if begin is not None and begin.shape == start.shape:
        start = begin
    prior = Prior.join(np.zeros(0), np.zeros((0, 0)), first_frame_prior(problem))
    initial: Array = np.maximum(start, 0.0)
    before = np.inf
    for _ in range(ROUNDS):
        fit = gauss_newton.fit(problem, np.zeros(0), initial, prior, noise.variance, 4, 1e-2)
        initial = np.maximum(fit.initial, 0.0)
        after = fit.chi2 / noise.variance + prior.penalty(initial.ravel())
        if not before - after > GAINED:
            break
        before = after
    return initial


def _by_products(problem: Problem, noise: Noise, begin: Array | None) -> Array:
    """Do Gauss-Newton steps whose systems are solved by conjugate gradients."""
    margin, none = problem.margin, np.zeros(0)
    inner = problem.observed[:, margin:-margin, margin:-margin] if margin else problem.observed
    initial = widen(np.maximum(smooth(inner)[0], 0.0), margin)
    if begin is not None and begin.shape == initial.shape:
        initial = np.maximum(begin, 0.0)
    predicted = problem.forward.predict(none, initial)
    frames: ChainedFrames | None = None
    for _ in range(ROUNDS):
        weight = weights(problem, predicted) / noise.variance
        if frames is None:  # they hardly change with the first frame
            frames = ChainedFrames.make(problem, predicted, weight)
        pull, penalty = frames.off(initial)
        residual = weight * (problem.observed - predicted)
        step = frames.solve((frames.gather(residual[None])[0] - pull)[None])[0]
        before = chi_square(problem, predicted, weight) + penalty
        trial = np.maximum(initial + step, 0.0)
        simulated = problem.forward.predict(none, trial)
        gained = before - chi_square(problem, simulated, weight) - frames.off(trial)[1]
        if gained > 0:
            initial, predicted = trial, simulated
        if not gained > GAINED:
            break
    return initial


def _interpolated(initial: Array, density: Density, working: Density, margin: int) -> Array:
    around = averaged_margin(density, working, margin)
    places = [
        (np.arange(-margin, fine + margin) + 0.5) * coarse / fine - 0.5 + around
        for fine, coarse in zip(density.shape[1:], working.shape[1:], strict=True)
    ]
    points = np.stack(np.meshgrid(*places, indexing="ij"))
    return np.asarray(np.maximum(map_coordinates(initial, points, order=1, mode="nearest"), 0.0))
