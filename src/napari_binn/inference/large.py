"""The fit on grids of any size: first frame by conjugate gradients, law by what is left.

The Gauss-Newton step of :mod:`napari_binn.inference.gauss_newton` for first frames of so many bins
that a matrix of their sensitivities is out of reach. With H = J' W J + R the curvature in the first
frame (R the prior's) and J_p the sensitivities by the law's K parameters, the K + 1 systems
H X = J' W (r, J_p) are solved by conjugate gradients, preconditioned by H for a constant law, which
is diagonal in cosines. Cost and memory grow with bins times frames.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ..pde.solver import SolverError
from ..progress import Tick
from .chain import DTYPE, Chain
from .gauss_newton import LogVolume, Problem, chi_square, weights
from .waves import WavePrior, scaled

Array = NDArray[np.float64]
#: Residual norm at which a system counts as solved, relative to that of its right-hand side.
SOLVED = 1e-2
#: Steps of the conjugate gradients, at most.
MOST = 12


@dataclass(frozen=True)
class LawPrior:
    """Gaussian prior of the law's parameters: mean (K,) and precision (K, K)."""

    mean: Array
    precision: Array

    def penalty(self, parameters: Array) -> float:
        """Return the squared distance from the mean."""
        off = parameters - self.mean
        return float(off @ self.precision @ off)


@dataclass(frozen=True)
class LargeFit:
    """State of a fit.

    Attributes
    ----------
    parameters, initial, predicted
        Parameters (K,), first frame (Y, X) and simulated densities (T, Y, X).
    information, slope
        Of the parameters, the first frame integrated out: the data's log likelihood is about
        -1/2 c' information c + slope' c.
    answer
        (K, Y, X) what the first frame changes by, to first order, when a parameter does.
    chi2
        Weighted sum of squared residuals at unit noise level.
    """

    parameters: Array
    initial: Array
    predicted: Array
    information: Array
    slope: Array
    answer: Array
    chi2: float


def fit_large(
    problem: Problem,
    parameters: Array,
    initial: Array,
    prior: LawPrior,
    field: WavePrior,
    level: float,
    volume: LogVolume,
    answer: Array | None = None,
    tick: Tick = lambda: None,
) -> LargeFit:
    """Do one Gauss-Newton step, halved until it helps.

    Parameters
    ----------
    answer
        Of a fit of a similar law: only the step of the first frame is solved then.

    Raises
    ------
    SolverError
        If even the start cannot be simulated.
    """
    forward = problem.forward
    predicted = forward.predict(parameters, initial)
    tick()
    weight = weights(problem, predicted)
    residual = problem.observed - predicted
    by_law = np.moveaxis(forward.jacobian(parameters, initial, with_initial=False), -1, 0)
    system = System.make(problem, parameters, predicted, weight / level, field)
    weighted = by_law * (weight / level)
    off = initial - field.mean
    pull = system.gather(weight * residual / level) - field.times(off)
    if answer is None:
        columns = system.gather(weighted)
        answer = -system.solve(columns)
        tick()
    # The derivative by the law when the first frame answers, of the solved equation to first order.
    answered = by_law + system.spread(answer)
    information = np.einsum("itxy,jtxy->ij", answered, weighted)
    information = 0.5 * (information + information.T)
    step_first = system.solve(pull[None])[0]
    tick()
    left = residual - system.spread(step_first[None])[0]
    gradient = np.einsum("itxy,txy->i", weighted, left)
    by_law_alone, by_course = volume.gradient(parameters, predicted)
    gradient -= 0.5 * (by_law_alone + np.einsum("itxy,txy->i", answered, by_course))
    slope = information @ parameters + gradient
    gradient = gradient - prior.precision @ (parameters - prior.mean)
    step = np.linalg.solve(information + prior.precision, gradient)

    def objective(law: Array, first: Array, densities: Array) -> float:
        away = first - field.mean
        return (
            chi_square(problem, densities, weight) / level
            + prior.penalty(law)
            + float((away * field.times(away)).sum())
            + volume.value(law, densities)
        )

    before = objective(parameters, initial, predicted)
    for share in (1.0, 0.5, 0.25, 0.1):
        law = parameters + share * step
        first = initial + share * (step_first + np.einsum("k,kyx->yx", step, answer))
        first = np.maximum(first, 0.0)
        try:
            densities = forward.predict(law, first)
        except (SolverError, ValueError):
            continue
        tick()
        if objective(law, first, densities) < before:
            parameters, initial, predicted = law, first, densities
            break
    chi2 = chi_square(problem, predicted, weights(problem, predicted))
    return LargeFit(parameters, initial, predicted, information, slope, answer, chi2)


@dataclass(frozen=True)
class System:
    """The curvature H in the first frame, as products."""

    chain: Chain
    weight: torch.Tensor
    field: WavePrior
    inverse: Array

    @classmethod
    def make(
        cls, problem: Problem, parameters: Array, predicted: Array, weight: Array, field: WavePrior
    ) -> System:
        chain = Chain.make(problem.forward, parameters, predicted)
        inverse = 1 / (field.precision + _constant(chain, weight))
        return cls(chain, torch.as_tensor(weight, dtype=DTYPE), field, inverse)

    def spread(self, firsts: Array) -> Array:
        """Return J times disturbances (B, Y, X), as (B, T, Y, X)."""
        frames = self.chain.forward(torch.as_tensor(firsts, dtype=DTYPE))
        return np.moveaxis(frames.numpy(), 0, 1).astype(np.float64)

    def gather(self, movies: Array) -> Array:
        """Return J' times weighted movies (T, Y, X) or (B, T, Y, X): (Y, X) or (B, Y, X)."""
        several = torch.as_tensor(movies, dtype=DTYPE)
        batch = several[None] if several.ndim == 3 else several
        gathered = self.chain.backward(batch.transpose(0, 1)).numpy().astype(np.float64)
        return gathered[0] if several.ndim == 3 else gathered

    def times(self, firsts: Array) -> Array:
        """Return H times disturbances (B, Y, X)."""
        frames = self.chain.forward(torch.as_tensor(firsts, dtype=DTYPE))
        frames *= self.weight[:, None]
        gathered = self.chain.backward(frames).numpy().astype(np.float64)
        return gathered + self.field.times(firsts)

    def solve(self, right: Array) -> Array:
        """Return H^-1 times right-hand sides (B, Y, X) by conjugate gradients."""

        def dot(a: Array, b: Array) -> Array:
            return np.asarray(np.einsum("byx,byx->b", a, b))[:, None, None]

        solution, rest = np.zeros_like(right), right.copy()
        ahead = scaled(rest, self.inverse)
        along, power = ahead, dot(rest, ahead)
        aim = SOLVED**2 * power
        for _ in range(MOST):
            if bool((power <= aim).all()):
                break
            product = self.times(along)
            share = power / np.maximum(dot(along, product), 1e-300)
            solution += share * along
            rest -= share * product
            ahead = scaled(rest, self.inverse)
            power, last = dot(rest, ahead), power
            along = ahead + power / np.maximum(last, 1e-300) * along
        return solution


def _constant(chain: Chain, weight: Array) -> Array:
    """Return J' W J (Y, X) for each cosine if law and weights were the same everywhere."""
    ny, nx = weight.shape[1:]
    symbols = [
        (2 - 2 * np.cos(np.pi * np.arange(n) / n)) / h**2
        for n, h in ((ny, chain.grid.hy), (nx, chain.grid.hx))
    ]
    wave = symbols[0][:, None] + symbols[1][None]
    decay = chain.diffusivity.mean(dim=(1, 2)).numpy() * chain.durations
    rise = chain.slope.mean(dim=(1, 2)).numpy() * chain.durations
    kept = 2 * np.log(max(float(chain.kept.mean()), 1e-3))
    total = np.full((ny, nx), float(weight[0].mean()))
    passed, grown = 0.0, 0.0
    for index in range(len(decay)):
        passed += 2 * float(decay[index])
        grown += 2 * float(rise[index]) + kept
        total += float(weight[index + 1].mean()) * np.exp(grown - passed * wave)
    return total
