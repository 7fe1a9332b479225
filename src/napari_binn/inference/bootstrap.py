"""Are the bands as wide as they should be? Movies simulated from the estimate, estimated again.

The parametric bootstrap (Efron & Tibshirani, An Introduction to the Bootstrap, 1993, section 6.5):
the estimated law, first frame and noise give new movies of which the truth is known, and how far
the estimates from those lie from it is how far the estimate itself may lie from the truth.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from ..density.model import Density
from ..errors import UserError
from ..events import Report, silent
from ..pde.grid import prolong, restrict
from ..pde.law import LawTable
from ..pde.solver import SolverError, solve
from ..progress import steps
from ..settings import InferenceSettings
from .averaging import averaged_margin, averaged_noise, first_frame_of
from .bootstrap_model import Bootstrap
from .coarse import coarsen
from .estimate import family_of, make_problem
from .families import SplineFamily
from .gauss_newton import Problem
from .hyper import STRAIGHT, Hyper
from .noise import NoiseModel, noise_model
from .settle import State, settle
from .terms import Z90, Noise, Terms

Array = NDArray[np.float64]
#: Rounds of each refit, which starts from the law that its movie was simulated with.
ROUNDS = 5
#: Fewest refits that a scatter is computed from.
FEWEST = 4


def bootstrap(
    density: Density,
    terms: Terms,
    settings: InferenceSettings,
    replicates: int = 20,
    seed: int = 0,
    report: Report = silent,
    refine: int = 2,
) -> Bootstrap:
    """Check the bands of an estimate by simulating and estimating again.

    Parameters
    ----------
    density, terms, settings, refine
        The movie, its estimate and what that was made with.
    replicates
        Movies to simulate; 20 tell the width of the bands to about 16 %.
    seed
        Seed of their noise.

    Raises
    ------
    UserError
        If fewer than four of the simulated movies can be estimated.
    """
    working = coarsen(density, settings.max_bins)
    family = family_of(working, terms.density_scale, settings.knots)
    terms = replace(terms, noise=averaged_noise(terms.noise, density, working))
    noise = noise_model(working, terms.noise, terms.density_scale)
    margin = averaged_margin(density, working, terms.boundary.margin)
    problem = make_problem(
        working, terms.density_scale, noise, family, refine, gain=terms.noise.gain, margin=margin
    )
    tick = steps(report, "learn", "checking the bands on simulated movies", 0.0, 1.0, replicates)
    log_D, G = [], []
    for stream in np.random.SeedSequence(seed).spawn(replicates):
        try:
            found = _refit(problem, family, terms, np.random.default_rng(stream))
        except SolverError:
            continue
        finally:
            tick()
        log_D.append(found[0])
        G.append(found[1])
    if len(G) < FEWEST:
        raise UserError("The movies that the estimate predicts cannot be estimated themselves.")
    return _summary(terms, np.array(log_D), np.array(G))


def _refit(
    problem: Problem, family: SplineFamily, terms: Terms, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Return log D and G on the grid of ``terms``, estimated from one simulated movie."""
    observed = _simulated(problem, terms, rng)
    simulated = replace(
        problem, observed=observed, forward=replace(problem.forward, observed=observed)
    )
    start = family.project(terms.u, terms.D, terms.G)
    hyper = Hyper(STRAIGHT, STRAIGHT, _level(terms.noise), terms.noise.inflation)
    state = State(simulated, start, first_frame_of(terms, problem.margin), hyper)
    result = settle(state, family, (problem.noise.kind,), ROUNDS)
    mean = result.posterior.share @ result.posterior.mean
    curves = family.curves_at(terms.u, mean)
    return np.log(curves.D), curves.G


def _simulated(problem: Problem, terms: Terms, rng: np.random.Generator) -> Array:
    """Return a movie (T, Y, X) that the estimate could have been made from."""
    forward, level = problem.forward, _level(terms.noise)
    law = LawTable.from_values(terms.u, terms.D, terms.G)
    gain = torch.as_tensor(forward.gain * problem.mask[0])
    noise = np.zeros_like(problem.observed)

    def deviate(index: int, y: torch.Tensor) -> torch.Tensor:
        mean = restrict(y, forward.refine)[0].numpy()
        noise[index] = _noise(problem.noise, mean, level, rng)
        if not forward.gain:
            return y
        return y + prolong(gain * torch.as_tensor(noise[index]), forward.refine)

    initial = torch.as_tensor(first_frame_of(terms, problem.margin))
    means = solve(
        law, initial, forward.times, forward.grid, forward.refine, forward.tolerance, deviate
    ).numpy()
    noise[-1] = _noise(problem.noise, means[-1], level, rng)
    return np.asarray(means + noise)


def _noise(model: NoiseModel, mean: Array, level: float, rng: np.random.Generator) -> Array:
    """Draw deviations from a mean density; counts stay positive, with a tail to the right.

    Covered shares stay between nothing and all.
    """
    variance = level * model.shape(mean)
    if model.kind == "fraction":
        share, spread = np.clip(mean / model.full, 1e-6, 1 - 1e-6), variance / model.full**2
        pieces = np.maximum(share * (1 - share) / spread - 1, 0.1)
        drawn = rng.beta(share * pieces, (1 - share) * pieces)
        return np.asarray((drawn - share) * model.full)
    if model.kind != "counts":
        return np.sqrt(variance) * rng.standard_normal(mean.shape)
    mean = np.maximum(mean, 1e-3 * model.floor)
    return np.asarray(rng.gamma(mean**2 / variance, variance / mean) - mean)


def _level(noise: Noise) -> float:
    """Return the variance at unit shape of a single observation."""
    return noise.variance / noise.inflation


def _summary(terms: Terms, log_D: Array, G: Array) -> Bootstrap:
    off_D = np.sqrt(((log_D - np.log(terms.D)) ** 2).mean(axis=0))
    off_G = np.sqrt(((G - terms.G) ** 2).mean(axis=0))
    ratio_D = off_D / (np.log(terms.D_high / terms.D_low) / (2 * Z90))
    ratio_G = off_G / ((terms.G_high - terms.G_low) / (2 * Z90))
    found = Bootstrap(
        u=terms.u,
        D_low=terms.D * np.exp(-Z90 * off_D),
        D_high=terms.D * np.exp(Z90 * off_D),
        G_low=terms.G - Z90 * off_G,
        G_high=terms.G + Z90 * off_G,
        ratio_D=ratio_D,
        ratio_G=ratio_G,
        replicates=len(G),
        sentence="",
    )
    return replace(found, sentence=_in_words(found, terms.supported))


def _in_words(found: Bootstrap, known: NDArray[np.bool_]) -> str:
    if not known.any():
        return "There are no bands to check: the movie does not determine the curves."
    D, G = found.off(known)
    verdict = "the bands are as wide as they should be, or wider"
    if found.too_narrow(known):
        verdict = "the bands are too narrow: trust those of the simulated movies"
    return (
        f"Estimates from {found.replicates} simulated movies are off by {D:.2f} (D) and {G:.2f} (G)"
        f" times what the bands say: {verdict}."
    )
