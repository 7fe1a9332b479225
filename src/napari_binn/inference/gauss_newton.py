"""Fit a family of laws and the first frame to a movie by simulation.

Levenberg-Marquardt on the penalised, reweighted least-squares problem

    sum over bins and frames of (y - p)² / (level shape(p)) + (z - z0)' R (z - z0)

where p is the simulated density, z holds the parameters of the law and the first frame, and R is
their precision beforehand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import block_diag, cho_factor, cho_solve

from ..pde.solver import SolverError
from .first_frame import FieldPrior
from .forward import Forward, Trace
from .noise import NoiseModel

Array = NDArray[np.float64]


class LogVolume(Protocol):
    """Twice what is taken off the log posterior of a law for the first frames that it allows."""

    def value(self, parameters: Array, predicted: Array) -> float:
        """Return it for a law and the densities (T, Y, X) that it gives."""
        ...

    def gradient(self, parameters: Array, predicted: Array) -> tuple[Array, Array]:
        """Return its derivatives by the parameters, (K,), and by the densities, (T, Y, X)."""
        ...


@dataclass(frozen=True)
class Problem:
    """What is fitted.

    Attributes
    ----------
    observed, mask
        Densities u (T, Y, X), and where they exist.
    noise
        Their scatter.
    forward
        The model.
    reference
        Densities (T, Y, X) whose noise sets the weights, so that several models are compared by
        the same measure; None takes the model's own prediction.
    margin
        Bins of unobserved surroundings on every side, which all fields here include.
    """

    observed: Array
    mask: NDArray[np.bool_]
    noise: NoiseModel
    forward: Forward
    reference: Array | None = None
    margin: int = 0


@dataclass(frozen=True)
class Prior:
    """Gaussian prior of z, the K parameters and the first frame of n bins.

    Attributes
    ----------
    mean, precision
        (K + n,) and (K + n, K + n).
    """

    mean: Array
    precision: Array

    @classmethod
    def join(cls, mean: Array, precision: Array, field: FieldPrior) -> Prior:
        """Combine independent priors of parameters and first frame."""
        return cls(np.concatenate([mean, field.mean]), block_diag(precision, field.precision))

    def penalty(self, z: Array) -> float:
        """Return the squared distance from the mean."""
        off = z - self.mean
        return float(off @ self.precision @ off)


@dataclass(frozen=True)
class Fit:
    """State of a fit.

    Attributes
    ----------
    parameters, initial
        Parameters of the law (K,) and first frame (Y, X).
    predicted
        Simulated densities (T, Y, X).
    information
        The data's information (K + n, K + n) about parameters and first frame at unit noise
        level, without the prior.
    place, gradient
        Parameters and first frame (K + n,) at which the information was taken, and half the
        derivative of what is minimised there, the priors left out, with its sign turned.
    chi2
        Weighted sum of squared residuals at unit noise level.
    converged
        False if the iterations ran out.
    by_initial
        Sensitivities (T, Y, X, n) by the first frame, for fits of similar laws.
    """

    parameters: Array
    initial: Array
    predicted: Array
    information: Array
    place: Array
    gradient: Array
    chi2: float
    converged: bool
    by_initial: Array

    def parameter_information(self, level: float, prior: Prior) -> Array:
        """Return the data's information (K, K) about the parameters at a noise level.

        The first frame, known as well as data and prior tell, is integrated out.
        """
        return self._without_first_frame(level, prior)[0]

    def parameter_likelihood(self, level: float, prior: Prior) -> tuple[Array, Array]:
        """Return the data's information (K, K) and slope (K,), the first frame integrated out.

        The log likelihood of the parameters c is -1/2 c' information c + slope' c.
        """
        k = len(self.parameters)
        information, answer = self._without_first_frame(level, prior)
        left = self.gradient - prior.precision @ (self.place - prior.mean)
        left = np.where(_held(self.place, left, k), 0.0, left)[k:]
        pulled = self.gradient[:k] - answer @ left
        return information, np.asarray(information @ self.place[:k] + pulled)

    def _without_first_frame(self, level: float, prior: Prior) -> tuple[Array, Array]:
        """Return the information, and (K, n) that carries a pull on the first frame to them."""
        k = len(self.parameters)
        block = self.information[k:, k:] / level + prior.precision[k:, k:]
        block[np.diag_indices_from(block)] += 1e-12 * np.trace(block) / max(len(block), 1)
        cross = self.information[:k, k:] / level
        answer = cho_solve(cho_factor(block), cross.T).T
        return np.asarray(self.information[:k, :k] / level - answer @ cross.T), answer

    def effective_parameters(self, level: float, prior: Prior) -> float:
        """Return how many of the unknowns the data determine (MacKay's gamma)."""
        data = self.information / level
        return float(np.trace(np.linalg.solve(data + prior.precision, data)))


def weights(problem: Problem, predicted: Array) -> Array:
    """Return 1 / variance at unit level, (T, Y, X); zero where nothing was observed."""
    mean = predicted if problem.reference is None else problem.reference
    return np.where(problem.mask, 1.0 / problem.noise.shape(mean), 0.0)


def chi_square(problem: Problem, predicted: Array, weight: Array) -> float:
    """Return the weighted sum of squared residuals."""
    return float((weight * (problem.observed - predicted) ** 2).sum())


def fit(
    problem: Problem,
    parameters: Array,
    initial: Array,
    prior: Prior,
    level: float,
    iterations: int = 12,
    tolerance: float = 1e-3,
    tick: Callable[[], None] = lambda: None,
    by_initial: Array | None = None,
    volume: LogVolume | None = None,
) -> Fit:
    """Iterate to the most probable parameters and first frame.

    With ``volume``, log |H| as in :mod:`napari_binn.inference.volume`, these are the parameters
    that are most probable when the first frame is integrated out.

    Stops when a step promises to lower the objective by less than ``tolerance`` (in units of
    twice the log posterior), which moves no parameter by more than a few percent of its standard
    deviation.

    The gradient is exact; the information comes from sensitivities on the bins. Those by the first
    frame cost most and change least: they are solved once in a call, or taken from ``by_initial``
    (T, Y, X, n), the result of a fit of a similar law. Steps are accepted by what the simulation
    says, so that this cannot lead astray.

    Raises
    ------
    SolverError
        If even the start cannot be simulated.
    """
    forward, k = problem.forward, len(parameters)
    trace = forward.trace(parameters, initial)
    damping, converged, moved = 1e-4, False, True
    information, gradient = np.zeros((k + initial.size,) * 2), np.zeros(k + initial.size)
    z = np.concatenate([parameters, initial.ravel()])
    for _ in range(iterations):
        tick()
        weight = weights(problem, trace.predicted)
        jacobian = forward.jacobian(*_split(z, initial), with_initial=by_initial is None)
        if by_initial is None:
            by_initial = jacobian[..., k:]
        information = _information(problem, jacobian[..., :k], by_initial, weight)
        gradient = _gradient(problem, trace, weight, level, volume)
        place = z
        moved = False
        for _ in range(8):
            step, promise = _step(information, gradient, z, prior, level, damping, k)
            if promise < tolerance:
                converged = True
                break
            trial = z + step
            trial[k:] = np.maximum(trial[k:], 0.0)
            better = _try(problem, trial, prior, level, weight, z, trace, volume)
            if better is not None:
                z, (trace, gained) = trial, better
                damping, moved = max(damping / 10, 1e-9), True
                # The information is approximate: a step may promise much and give nothing.
                converged = gained < tolerance
                break
            damping = max(damping * 10, 1e-3)
        if converged or not moved:
            break
    assert by_initial is not None, "a fit has at least one iteration"
    return Fit(
        *_split(z, initial),
        trace.predicted,
        information,
        place,
        gradient,
        chi_square(problem, trace.predicted, weights(problem, trace.predicted)),
        converged or not moved,
        by_initial,
    )


def _split(z: Array, initial: Array) -> tuple[Array, Array]:
    k = len(z) - initial.size
    return z[:k], z[k:].reshape(initial.shape)


def _information(problem: Problem, by_law: Array, by_initial: Array, weight: Array) -> Array:
    """Return J' W J, summed frame by frame: copies of all sensitivities would not fit in memory."""
    count = by_law.shape[-1] + by_initial.shape[-1]
    total = np.zeros((count, count))
    for seen, *sensitivities, weights_of_frame in zip(
        problem.mask, by_law, by_initial, weight, strict=True
    ):
        rows = np.concatenate([part[seen] for part in sensitivities], axis=-1)
        rows *= np.sqrt(weights_of_frame[seen])[:, None]
        # A product with its own transpose costs half of one with another matrix.
        total += rows.T @ rows
    return total


def _gradient(
    problem: Problem, trace: Trace, weight: Array, level: float, volume: LogVolume | None
) -> Array:
    """Return minus half the derivative of what is minimised, without the priors."""
    pull = weight * (problem.observed - trace.predicted) / level
    if volume is None:
        return trace.pull(pull)
    by_law, by_course = volume.gradient(trace.parameters, trace.predicted)
    gradient = trace.pull(pull - 0.5 * by_course)
    gradient[: len(by_law)] -= 0.5 * by_law
    return gradient


def _held(z: Array, slope: Array, k: int) -> NDArray[np.bool_]:
    """Return which unknowns stay: empty bins of the first frame that would become negative."""
    held = (z <= 0) & (slope < 0)
    held[:k] = False
    return held


def _step(
    information: Array,
    gradient: Array,
    z: Array,
    prior: Prior,
    level: float,
    damping: float,
    k: int,
) -> tuple[Array, float]:
    """Return the damped Gauss-Newton step and the decrease of the objective it promises."""
    hessian = information / level + prior.precision
    slope = gradient - prior.precision @ (z - prior.mean)
    held = _held(z, slope, k)
    hessian[held], hessian[:, held], slope[held] = 0.0, 0.0, 0.0
    hessian[held, held] = 1.0
    diagonal = np.diag(hessian)
    lift = damping * diagonal + 1e-10 * diagonal.max()
    step = cho_solve(cho_factor(hessian + np.diag(lift)), slope)
    return step, float(slope @ step)


def _try(
    problem: Problem,
    trial: Array,
    prior: Prior,
    level: float,
    weight: Array,
    z: Array,
    trace: Trace,
    volume: LogVolume | None,
) -> tuple[Trace, float] | None:
    """Return the prediction of a trial step and what it gains; None if it gains nothing."""
    try:
        new = problem.forward.trace(*_split(trial, trace.initial))
    except (SolverError, ValueError):
        return None

    def objective(at: Array, trace: Trace) -> float:
        value = chi_square(problem, trace.predicted, weight) / level + prior.penalty(at)
        if volume is not None:
            value += volume.value(trace.parameters, trace.predicted)
        return value

    gained = objective(z, trace) - objective(trial, new)
    return (new, gained) if gained > 0 else None
