"""Rounds of fitting and of updating what the evidence determines, until neither changes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..progress import Tick
from . import gauss_newton
from .families import SplineFamily
from .first_frame import FieldPrior
from .gauss_newton import Fit, Prior, Problem
from .hyper import (
    Hyper,
    first_frame_prior,
    inflation,
    law_mean,
    make_prior,
    noise_level,
)
from .noise import NoiseModel
from .posterior import Likelihood, Mixture, over_roughness
from .terms import NoiseKind
from .volume import Volume, cosine_diagonal

Array = NDArray[np.float64]
#: Steps of the coefficients [standard deviations] up to which sensitivities by the first frame are
#: taken as unchanged, and up to which a fit is at rest though its sensitivities, which are
#: approximate, promise more.
STILL, AT_REST = 0.5, 0.2
#: Most that the logarithm of a roughness weight is moved by towards what the evidence says.
FASTEST = 2.0
#: Rounds between two solutions of the sensitivities by the first frame, once the law is near.
REUSED = 3


@dataclass(frozen=True)
class State:
    """Where an estimate stands: the law, the first frame and what the evidence determines."""

    problem: Problem
    parameters: Array
    initial: Array
    hyper: Hyper


@dataclass(frozen=True)
class Settled:
    """An estimate whose rounds are done.

    Attributes
    ----------
    state
        Where it stands.
    fit, prior
        The last fit and the prior it was made with.
    posterior
        Both curves' coefficients.
    """

    state: State
    fit: Fit
    prior: Prior
    posterior: Mixture


def settle(
    state: State,
    family: SplineFamily,
    kinds: tuple[NoiseKind, ...],
    rounds: int,
    tick: Tick = lambda: None,
) -> Settled:
    """Alternate fits with updates of the roughness weights, the noise and its kind.

    Parameters
    ----------
    kinds
        Kinds of noise to choose from.
    rounds
        Most rounds; a fit to the end follows.
    """
    fit: Fit | None = None
    field = first_frame_prior(state.problem)
    still = False
    for number in range(rounds):
        reused = fit.by_initial if fit is not None and still and number % REUSED else None
        fit, prior = _round(state, family, field, 2, tick, reused)
        moved_by = _distance(fit, prior, state)
        still = moved_by < STILL
        moved = replace(state, parameters=fit.parameters, initial=fit.initial)
        problem = _with_noise(moved.problem, fit, kinds) if number in (1, 4) else moved.problem
        hyper = _updated(replace(moved, problem=problem), family, fit, prior, number)
        settled = still and hyper.close_to(state.hyper)
        changed = problem is not state.problem
        state = replace(moved, problem=problem, hyper=hyper)
        if changed or number in (2, 5):  # the first frame's noise depends on its kind
            field = first_frame_prior(problem)
        done = fit.converged or moved_by < AT_REST
        if settled and done and number > 2 and not changed:
            break
    fit, prior = _round(state, family, field, 8, tick, None)
    state = replace(state, parameters=fit.parameters, initial=fit.initial)
    return Settled(state, fit, prior, posterior(state, family, fit, prior))


def posterior(state: State, family: SplineFamily, fit: Fit, prior: Prior) -> Mixture:
    """Return the posterior of the coefficients around a fit."""
    k = 2 * family.count
    information, slope = fit.parameter_likelihood(state.hyper.variance, prior)
    centre = law_mean(state.problem, family.count)
    return over_roughness(Likelihood(information, slope), centre[:k])


def _distance(fit: Fit, prior: Prior, state: State) -> float:
    """Return how far a fit moved the coefficients, in their standard deviations."""
    k, step = len(fit.parameters), fit.parameters - state.parameters
    held = fit.parameter_information(state.hyper.variance, prior) + prior.precision[:k, :k]
    return float(np.sqrt(step @ held @ step / k))


def _round(
    state: State,
    family: SplineFamily,
    field: FieldPrior,
    iterations: int,
    tick: Tick,
    by_initial: Array | None,
) -> tuple[Fit, Prior]:
    prior = make_prior(state.problem, family, state.hyper, field)
    predicted = state.problem.forward.predict(state.parameters, state.initial)
    fit = gauss_newton.fit(
        state.problem, state.parameters, state.initial, prior, state.hyper.variance, iterations,
        1e-2, tick, by_initial, _volume(state, predicted, prior),
    )  # fmt: skip
    return fit, prior


def _volume(state: State, predicted: Array, prior: Prior) -> Volume:
    k = len(state.parameters)
    _, ny, nx = predicted.shape
    field = cosine_diagonal(prior.precision[k:, k:], (ny, nx))
    return Volume.make(state.problem, predicted, state.hyper.variance, field)


def _updated(state: State, family: SplineFamily, fit: Fit, prior: Prior, number: int) -> Hyper:
    level = noise_level(state.problem, fit, state.hyper, prior)
    rough = np.array([state.hyper.rough_D, state.hyper.rough_G])
    most_probable = np.array(posterior(state, family, fit, prior).typical_roughness())
    # Far from the best fit the parabola promises what no curve keeps, in turn on either side.
    change = np.clip(np.log(most_probable / rough), -FASTEST, FASTEST)
    rough_D, rough_G = rough * np.exp(0.5 * change if number > 1 else change)
    return Hyper(float(rough_D), float(rough_G), level, inflation(state.problem, fit.predicted))


def _with_noise(problem: Problem, fit: Fit, kinds: tuple[NoiseKind, ...]) -> Problem:
    """Return the problem with the kind of noise under which the residuals are most probable."""
    if len(kinds) == 1:
        return problem
    square = ((problem.observed - fit.predicted) ** 2)[problem.mask]
    best: tuple[float, NoiseModel] | None = None
    for kind in kinds:
        noise = NoiseModel.make(kind, None, problem.observed[problem.mask])
        shape = noise.shape(fit.predicted)[problem.mask]
        score = float(np.log(shape).sum() + len(square) * np.log((square / shape).mean()))
        if best is None or score < best[0]:
            best = score, noise
    assert best is not None
    return problem if best[1] == problem.noise else replace(problem, noise=best[1])
