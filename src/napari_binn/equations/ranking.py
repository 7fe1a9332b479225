"""Rank pairs of formulas by how well they simulate the movie."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..density.model import Density
from ..inference import gauss_newton
from ..inference.averaging import averaged_margin, averaged_noise, first_frame_of
from ..inference.coarse import coarsen
from ..inference.estimate import first_frame_prior, make_problem
from ..inference.families import NODES, FixedLaw, FormulaFamily
from ..inference.first_frame import FieldPrior
from ..inference.gauss_newton import Prior, Problem
from ..inference.noise import noise_model
from ..inference.terms import Z90, Terms
from ..pde.solver import SolverError
from .model import Equation
from .screening import Screened, observed_range

Array = NDArray[np.float64]
RULE = (
    "Each pair's constants are refitted to the movie by simulation; of the pairs whose BIC lies "
    "within 2 of the lowest, the one with the fewest constants, then the fewest symbols, is chosen."
)
INDISTINGUISHABLE = 2.0


@dataclass(frozen=True)
class Judge:
    """What all pairs of formulas of one movie are refitted and compared by.

    Attributes
    ----------
    problem
        The movie, with the weights and the noise of the free curves' fit.
    terms
        The free curves.
    variance
        Noise of an independent observation at unit weight, the solver's own error included.
    field
        Prior of the first frame.
    initial
        First frame of the free curves' fit (Y, X), with the surroundings of an open region.
    by_initial
        d u / d first frame under the free curves, (T, Y, X, n): all pairs that are worth refitting
        lie close to them, so that their fits can share it.
    """

    problem: Problem
    terms: Terms
    variance: float
    field: FieldPrior
    initial: Array
    by_initial: Array

    @classmethod
    def of(cls, density: Density, terms: Terms, refine: int, max_bins: int) -> Judge:
        """Prepare the comparison for a movie whose curves are estimated."""
        working = coarsen(density, max_bins)
        noise = averaged_noise(terms.noise, density, working)
        model = noise_model(working, noise, terms.density_scale)
        law = FixedLaw(terms.D, terms.G, terms.u)
        margin = averaged_margin(density, working, terms.boundary.margin)
        initial = first_frame_of(terms, margin)
        problem = make_problem(
            working, terms.density_scale, model, law, refine, terms.surface, noise.gain, margin
        )
        return cls(
            problem,
            terms,
            noise.variance + solver_variance(problem, terms, initial),
            first_frame_prior(problem),
            initial,
            problem.forward.jacobian(np.zeros(0), initial),
        )

    def refit(self, D: Screened, G: Screened) -> Equation | None:
        """Refit the constants of a pair by simulation; None if it cannot be simulated."""
        start, split = np.concatenate([D.constants, G.constants]), len(D.constants)
        scales = np.maximum(np.abs(start), 1e-3 * max(float(np.abs(start).max(initial=0)), 1e-12))
        family = FormulaFamily(
            self._grid(), D.candidate.function(), G.candidate.function(), split, scales
        )
        problem = replace(self.problem, forward=replace(self.problem.forward, family=family))
        prior = Prior.join(start / scales, 1e-6 * np.eye(len(start)), self.field)
        try:
            fit = gauss_newton.fit(
                problem, start / scales, self.initial, prior, self.variance, 10, 0.02,
                by_initial=self.by_initial,
            )  # fmt: skip
        except (SolverError, ValueError):
            return None
        constants = fit.parameters * scales
        low, high = observed_range(self.terms)
        if family.D(np.linspace(low, high, 501), constants[:split]).min() <= 0:
            return None
        half = _half_widths(fit, self.variance, prior) * scales
        weight = gauss_newton.weights(problem, fit.predicted)
        deviance = gauss_newton.chi_square(problem, fit.predicted, weight) / self.variance
        count = int(problem.mask.sum())
        names = [f"D{k + 1}" for k in range(split)]
        names += [f"G{k + 1}" for k in range(len(constants) - split)]
        return Equation(
            D.candidate.formula(constants[:split]),
            G.candidate.formula(constants[split:]),
            tuple(
                (name, float(value), float(width))
                for name, value, width in zip(names, constants, half, strict=True)
            ),
            {
                "bic": deviance + len(constants) * float(np.log(count)),
                "deviance_per_bin": deviance / count,
                "parameters": float(len(constants)),
                "complexity": float(D.candidate.size + G.candidate.size),
            },
        )

    def _grid(self) -> Array:
        top = 1.5 * max(float(self.problem.observed.max()), float(self.terms.u[-1]))
        return np.linspace(-0.2 * float(self.terms.u[-1]), top, NODES)


def solver_variance(problem: Problem, terms: Terms, initial: Array) -> float:
    """Return the solver's own error as a variance at unit weight.

    Formulas must not be told apart by differences that a finer grid would change: the fitted law
    is solved on the grid of the fit and on one twice as fine.
    """
    u = terms.u
    law = FixedLaw(terms.D, terms.G, u)
    forward = replace(problem.forward, family=law)
    finer = replace(forward, refine=2 * forward.refine)
    none = np.zeros(0)
    difference = forward.predict(none, initial) - finer.predict(none, initial)
    weight = gauss_newton.weights(problem, terms.surface)
    # Second order: the error left on the coarser grid is 4/3 of the difference.
    return float((weight * (4 / 3 * difference) ** 2).sum() / problem.mask.sum())


def choose(equations: list[Equation]) -> tuple[Equation, ...]:
    """Return the equations, the answer first (see :data:`RULE`), the others by their BIC."""
    ranked = sorted(equations, key=lambda e: e.scores["bic"])
    near = [e for e in ranked if e.scores["bic"] <= ranked[0].scores["bic"] + INDISTINGUISHABLE]
    best = min(
        near, key=lambda e: (e.scores["parameters"], e.scores["complexity"], e.scores["bic"])
    )
    return (best, *(e for e in ranked if e is not best))


def _half_widths(fit: gauss_newton.Fit, level: float, prior: Prior) -> Array:
    """Half-widths of the 90 % intervals; NaN where the movie does not determine a constant."""
    count = len(fit.parameters)
    information = fit.parameter_information(level, prior)
    values, vectors = np.linalg.eigh(information)
    if count == 0 or values.min() <= 1e-12 * values.max():
        return np.full(count, np.nan)
    covariance = (vectors / values) @ vectors.T
    return np.asarray(Z90 * np.sqrt(np.diag(covariance)))
