"""How much of what a frame deviates from the law by is real, and so inherited by the next frame."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..pde.solver import SolverError
from ..progress import Tick
from . import gauss_newton
from .families import SplineFamily
from .hyper import first_frame_prior, make_prior, smooth
from .settle import State

Array = NDArray[np.float64]
#: Kalman gains that are tried before interpolating between them.
GAINS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class _Tried:
    """A gain, minus twice the log-likelihood of its prediction errors, and its fit."""

    gain: float
    score: float
    parameters: Array
    initial: Array


def choose_gain(state: State, family: SplineFamily, tick: Tick) -> State:
    """Return the state with the gain under which the frames are predicted best.

    The score is the log-likelihood of the prediction errors, their level being free. It has one
    minimum, so that the gains are tried upwards from 0 while it falls; between the gains that were
    tried the best is that of a parabola.
    """
    tried: list[_Tried] = []
    for gain in GAINS:
        try:
            tried.append(_try(state, family, gain, tick))
        except SolverError:
            continue
        if len(tried) > 1 and tried[-1].score > tried[-2].score:
            break
        state = replace(state, parameters=tried[-1].parameters, initial=tried[-1].initial)
    if not tried:
        return state
    best = min(range(len(tried)), key=lambda i: tried[i].score)
    gain = _lowest(tried[best - 1 : best + 2]) if 0 < best < len(tried) - 1 else tried[best].gain
    return replace(
        state,
        problem=_with_gain(state, gain).problem,
        parameters=tried[best].parameters,
        initial=tried[best].initial,
    )


def without_gain(state: State) -> State:
    """Return the state with deviations that are errors of measurement alone."""
    return _with_gain(state, 0.0)


def _with_gain(state: State, gain: float) -> State:
    forward = replace(state.problem.forward, gain=gain)
    return replace(state, problem=replace(state.problem, forward=forward))


def _try(state: State, family: SplineFamily, gain: float, tick: Tick) -> _Tried:
    problem = _with_gain(state, gain).problem
    prior = make_prior(problem, family, state.hyper, first_frame_prior(problem))
    variance = state.hyper.variance
    fit = gauss_newton.fit(
        problem, state.parameters, state.initial, prior, variance, 3, 0.1, tick
    )  # fmt: skip
    count = int(problem.mask.sum())
    free = fit.effective_parameters(variance, prior)
    # Every gain is weighed by the same variances, so that only the errors differ.
    weight = gauss_newton.weights(problem, smooth(problem.observed))
    chi2 = gauss_newton.chi_square(problem, fit.predicted, weight)
    score = count * float(np.log(chi2)) - count * float(np.log(max(count - free, 1.0)))
    return _Tried(gain, score, fit.parameters, fit.initial)


def _lowest(three: list[_Tried]) -> float:
    """Return where the parabola through three scores is lowest, between the outer two."""
    (a, low), (b, middle), (c, high) = ((one.gain, one.score) for one in three)
    left, right = (b - a) * (middle - high), (b - c) * (middle - low)
    if left == right:
        return b
    vertex = b - 0.5 * ((b - a) * left - (b - c) * right) / (left - right)
    return float(np.clip(vertex, a, c))
