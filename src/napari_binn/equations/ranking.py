"""Rank pairs of formulas by how well they simulate the movie."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..density.model import Density
from ..inference import gauss_newton
from ..inference.coarse import coarsen
from ..inference.estimate import Z90, first_frame_prior, make_problem
from ..inference.families import NODES, FixedLaw, FormulaFamily
from ..inference.gauss_newton import Prior, Problem
from ..inference.noise import NoiseModel
from ..inference.terms import Terms
from ..pde.solver import SolverError
from .model import Equation
from .screening import Screened, observed_range

Array = NDArray[np.float64]
RULE = (
    "Each pair's constants are refitted to the movie by simulation; of the pairs whose BIC lies "
    "within 2 of the lowest, the one with the fewest constants, then the fewest symbols, is chosen."
)
INDISTINGUISHABLE = 2.0


def sensitivities(density: Density, terms: Terms, refine: int, max_bins: int) -> Array:
    """Return d u / d first frame, (T, Y, X, n), of the estimated curves.

    All pairs of formulas that are worth refitting lie close to these curves, so that their fits
    can share it.
    """
    law = FixedLaw(terms.D, terms.G, terms.u)
    noise = NoiseModel.make("additive", None, np.ones(1))  # no noise enters a sensitivity
    working = coarsen(density, max_bins)
    problem = make_problem(working, terms.density_scale, noise, law, refine)
    return problem.forward.jacobian(np.zeros(0), terms.initial)


def refit(
    density: Density,
    terms: Terms,
    D: Screened,
    G: Screened,
    refine: int,
    max_bins: int,
    by_initial: Array | None = None,
) -> Equation | None:
    """Refit the constants of a pair to the movie by simulation; None if it cannot be simulated.

    The weights are those of the free curves' fit, so that all pairs are compared by one measure.
    """
    working = coarsen(density, max_bins)
    start = np.concatenate([D.constants, G.constants])
    scales = np.maximum(np.abs(start), 1e-3 * max(float(np.abs(start).max(initial=0)), 1e-12))
    family = FormulaFamily(
        _grid(working, terms), D.candidate.function(), G.candidate.function(),
        len(D.constants), scales,
    )  # fmt: skip
    problem = make_problem(
        working, terms.density_scale, _noise(working, terms), family, refine, terms.surface
    )
    level = terms.noise.variance + solver_variance(problem, terms)
    prior = Prior.join(start / scales, 1e-6 * np.eye(len(start)), first_frame_prior(problem))
    try:
        fit = gauss_newton.fit(
            problem,
            start / scales,
            terms.initial,
            prior,
            level,
            12,
            0.02,
            by_initial=by_initial,
        )
    except (SolverError, ValueError):
        return None
    constants = fit.parameters * scales
    if not _positive(family, constants, len(D.constants), terms):
        return None
    half = _half_widths(fit, level, prior) * scales
    weight = gauss_newton.weights(problem, fit.predicted)
    deviance = gauss_newton.chi_square(problem, fit.predicted, weight) / level
    count = int(problem.mask.sum())
    names = [f"D{k + 1}" for k in range(len(D.constants))]
    names += [f"G{k + 1}" for k in range(len(G.constants))]
    return Equation(
        D.candidate.formula(constants[: len(D.constants)]),
        G.candidate.formula(constants[len(D.constants) :]),
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


def solver_variance(problem: Problem, terms: Terms) -> float:
    """Return the solver's own error as a variance at unit weight.

    Formulas must not be told apart by differences that a finer grid would change: the fitted law
    is solved on the grid of the fit and on one twice as fine.
    """
    u = terms.u
    law = FixedLaw(terms.D, terms.G, u)
    forward = replace(problem.forward, family=law)
    finer = replace(forward, refine=2 * forward.refine)
    none = np.zeros(0)
    difference = forward.predict(none, terms.initial) - finer.predict(none, terms.initial)
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


def _grid(density: Density, terms: Terms) -> Array:
    top = 1.5 * max(float(density.values.max()) / terms.density_scale, float(terms.u[-1]))
    return np.linspace(-0.2 * float(terms.u[-1]), top, NODES)


def _noise(density: Density, terms: Terms) -> NoiseModel:
    counts = density.counts_per_unit
    inside = slice(None) if density.mask is None else density.mask
    return NoiseModel.make(
        terms.noise.kind,
        None if counts is None else counts * terms.density_scale,
        density.values[:, inside] / terms.density_scale,
    )


def _positive(family: FormulaFamily, constants: Array, split: int, terms: Terms) -> bool:
    """Whether D stays positive on the densities that the movie holds."""
    low, high = observed_range(terms)
    return bool(family.D(np.linspace(low, high, 501), constants[:split]).min() > 0)


def _half_widths(fit: gauss_newton.Fit, level: float, prior: Prior) -> Array:
    """Half-widths of the 90 % intervals; NaN where the movie does not determine a constant."""
    count = len(fit.parameters)
    information = fit.parameter_information(level, prior)
    values, vectors = np.linalg.eigh(information)
    if count == 0 or values.min() <= 1e-12 * values.max():
        return np.full(count, np.nan)
    covariance = (vectors / values) @ vectors.T
    return np.asarray(Z90 * np.sqrt(np.diag(covariance)))
