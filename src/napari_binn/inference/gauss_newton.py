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
from .forward import Forward
from .noise import NoiseModel

Array = NDArray[np.float64]


class LogVolume(Protocol):
    """Twice what is taken off the log posterior of a law for the first frames that it allows."""

    def value(self, parameters: Array, predicted: Array) -> float:
        """Return it for a law and the densities (T, Y, X) that it gives."""
        ...

    def gradient(self, parameters: Array, predicted: Array) -> Array:
        """Return its derivative by the parameters, (K,)."""
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
    chi2: float
    converged: bool
    by_initial: Array

    def parameter_information(self, level: float, prior: Prior) -> Array:
        """Return the data's information (K, K) about the parameters at a noise level.

        The first frame, known as well as data and prior tell, is integrated out.
        """
        k = len(self.parameters)
        block = self.information[k:, k:] / level + prior.precision[k:, k:]
        block[np.diag_indices_from(block)] += 1e-12 * np.trace(block) / max(len(block), 1)
        cross = self.information[:k, k:] / level
        solved = cho_solve(cho_factor(block), cross.T)
        return np.asarray(self.information[:k, :k] / level - cross @ solved)

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

    Sensitivities by the first frame cost most and change least: they are solved once in a call, or
    taken from ``by_initial`` (T, Y, X, n), the result of a fit of a similar law. Steps are accepted
    by what the simulation says, so that this cannot lead astray.

    Raises
    ------
    SolverError
        If even the start cannot be simulated.
    """
    forward, k = problem.forward, len(parameters)
    predicted = forward.predict(parameters, initial)
    damping, converged, moved = 1e-4, False, True
    information = np.zeros((k + initial.size,) * 2)
    for _ in range(iterations):
        tick()
        weight = weights(problem, predicted)
        jacobian = forward.jacobian(parameters, initial, with_initial=by_initial is None)
        if by_initial is None:
            by_initial = jacobian[..., k:]
        jacobian = np.concatenate([jacobian[..., :k], by_initial], axis=-1)
        information, gradient = _normal_equations(problem, jacobian, weight, predicted)
        if volume is not None:
            gradient[:k] -= 0.5 * level * volume.gradient(parameters, predicted)
        moved = False
        for _ in range(8):
            z = np.concatenate([parameters, initial.ravel()])
            step, promise = _step(information, gradient, z, prior, level, damping)
            if promise < tolerance:
                converged = True
                break
            frame = np.maximum(initial + step[k:].reshape(initial.shape), 0.0)
            trial = parameters + step[:k], frame
            better = _try(problem, trial, prior, level, weight, z, predicted, volume)
            if better is not None:
                parameters, initial, (predicted, gained) = *trial, better
                damping, moved = max(damping / 10, 1e-9), True
                # Sensitivities are approximate: a step may promise much and give nothing.
                converged = gained < tolerance
                break
            damping = max(damping * 10, 1e-3)
        if converged or not moved:
            break
    assert by_initial is not None, "a fit has at least one iteration"
    return Fit(
        parameters,
        initial,
        predicted,
        information,
        chi_square(problem, predicted, weights(problem, predicted)),
        converged or not moved,
        by_initial,
    )


def _normal_equations(
    problem: Problem, jacobian: Array, weight: Array, predicted: Array
) -> tuple[Array, Array]:
    seen, root = problem.mask, np.sqrt(weight[problem.mask])
    # A product with its own transpose costs half of one with another matrix.
    rows = jacobian[seen] * root[:, None]
    return rows.T @ rows, rows.T @ (root * (problem.observed - predicted)[seen])


def _step(
    information: Array,
    gradient: Array,
    z: Array,
    prior: Prior,
    level: float,
    damping: float,
) -> tuple[Array, float]:
    """Return the damped Gauss-Newton step and the decrease of the objective it promises."""
    hessian = information / level + prior.precision
    slope = gradient / level - prior.precision @ (z - prior.mean)
    diagonal = np.diag(hessian)
    lift = damping * diagonal + 1e-10 * diagonal.max()
    step = cho_solve(cho_factor(hessian + np.diag(lift)), slope)
    return step, float(slope @ step)


def _try(
    problem: Problem,
    trial: tuple[Array, Array],
    prior: Prior,
    level: float,
    weight: Array,
    z: Array,
    predicted: Array,
    volume: LogVolume | None,
) -> tuple[Array, float] | None:
    """Return the prediction of a trial step and what it gains; None if it gains nothing."""
    try:
        new = problem.forward.predict(*trial)
    except (SolverError, ValueError):
        return None
    before = chi_square(problem, predicted, weight) / level + prior.penalty(z)
    after = chi_square(problem, new, weight) / level
    after += prior.penalty(np.concatenate([trial[0], trial[1].ravel()]))
    if volume is not None:
        k = len(trial[0])
        before += volume.value(z[:k], predicted)
        after += volume.value(trial[0], new)
    return (new, before - after) if after < before else None
