"""Where a fit starts: several laws, so that a false minimum is caught."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..binn.result import BinnResult
from ..errors import UserError
from ..pde.solver import SolverError
from ..progress import Tick
from . import gauss_newton
from .families import SplineFamily
from .gauss_newton import Problem
from .hyper import (
    STRAIGHT,
    Hyper,
    first_frame_prior,
    first_level,
    make_prior,
    smooth,
    typical_log_D,
)
from .settle import State

Array = NDArray[np.float64]
#: Constant D that is started from, as logarithms above diffusion across two bins in the movie.
LEVELS = (0.0, 2.0)


def best_start(
    problem: Problem,
    family: SplineFamily,
    network: BinnResult | None,
    growth: float,
    tick: Tick,
) -> State:
    """Return the most probable of several starts after a few steps each.

    Parameters
    ----------
    network
        The network's curves are tried beside a constant D.
    growth
        Overall growth rate of the movie, the G that is started from.

    Raises
    ------
    UserError
        If no start can be simulated.
    """
    hyper = Hyper(STRAIGHT, STRAIGHT, first_level(problem))
    prior = make_prior(problem, family, hyper, first_frame_prior(problem))
    first = np.maximum(smooth(problem.observed)[0], 0.0)
    best: tuple[float, State] | None = None
    for candidate in _candidates(problem, family, network, growth):
        try:
            fit = gauss_newton.fit(problem, candidate, first, prior, hyper.level, 4, 0.1, tick)
        except (SolverError, ValueError):
            continue
        z = np.concatenate([fit.parameters, fit.initial.ravel()])
        score = fit.chi2 / hyper.level + prior.penalty(z)
        if best is None or score < best[0]:
            best = score, State(problem, fit.parameters, fit.initial, hyper)
    if best is None:
        raise UserError(
            "No diffusion and growth could be found that this density can be simulated with: "
            "check the frame times, the pixel size and the density for outliers."
        )
    return best[1]


def _candidates(
    problem: Problem, family: SplineFamily, network: BinnResult | None, growth: float
) -> list[Array]:
    k, middle = family.count, typical_log_D(problem)
    flat = np.full(k, growth / family.rate)
    levels = LEVELS if network is None else LEVELS[:1]
    starts = [np.concatenate([np.full(k, middle + level), flat]) for level in levels]
    if network is not None:
        D, G = np.median(network.D, axis=0), np.median(network.G, axis=0)
        inside = network.u <= family.high
        starts.insert(0, family.project(network.u[inside], D[inside], G[inside]))
    return starts
