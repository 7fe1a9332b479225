"""What the grid of the solver adds to a simulation, so that formulas are not told apart by it.

Two things are lost between bins: the solver's second-order error, which Richardson's extrapolation
from two grids tells (Roache, Ann. Rev. Fluid Mech. 29, 1997), and how densities vary within the
bins of the first frame, of which the means of neighbouring bins tell more than a parabola holds.
Both are the same for all laws that are close to each other, so that they are computed once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from ..inference.families import Family
from ..inference.gauss_newton import Problem, weights
from ..inference.hyper import inflation
from ..pde.grid import prolong

Array = NDArray[np.float64]
#: Shares of both corrections that count as not known. How densities vary within bins is guessed, so
#: that it may as well be twice or nothing of that; the extrapolation leaves a few percent.
START_UNKNOWN, SOLVER_UNKNOWN = 1.0, 0.1
_NONE = np.zeros(0)


@dataclass(frozen=True)
class Correction:
    """The solver's error for the laws that are compared.

    Attributes
    ----------
    error
        (T, Y, X) what a simulation on the grid of the fit lacks [u].
    variance
        What is not known of it, as the variance at unit weight of independent observations.
    """

    error: Array
    variance: float


def correction(problem: Problem, law: Family, initial: Array) -> Correction:
    """Return the correction around ``law``, which has no parameters, and a first frame (Y, X)."""
    forward = replace(problem.forward, family=law)
    coarse = forward.predict(_NONE, initial)
    if forward.gain > 0:
        # The state follows what was observed; so does most of the error.
        finer = replace(forward, refine=2 * forward.refine).predict(_NONE, initial)
        return Correction(
            np.zeros_like(coarse), _variance(problem, coarse, 4 / 3 * (finer - coarse))
        )
    two, four = (_resolved(problem, law, initial, k * forward.refine) for k in (1, 2))
    start, solver = two - coarse, 4 / 3 * (four - two)
    unknown = _variance(problem, coarse, START_UNKNOWN * start)
    unknown += _variance(problem, coarse, SOLVER_UNKNOWN * solver)
    return Correction(start + solver, unknown)


def _variance(problem: Problem, predicted: Array, error: Array) -> float:
    """Return the variance of independent observations that say as little as an error leaves."""
    size = float((weights(problem, predicted) * error**2).sum()) / int(problem.mask.sum())
    # Errors of neighbours are alike: they are worth fewer observations.
    return size * inflation(replace(problem, observed=predicted + error), predicted)


def _resolved(problem: Problem, law: Family, initial: Array, factor: int) -> Array:
    """Solve from a first frame whose variation within bins is reconstructed, (T, Y, X)."""
    forward, (ny, nx) = problem.forward, initial.shape
    if forward.grid.open_y is None:
        start = within_bins(initial, factor)
    else:  # what lies beyond a wall says nothing about this side of it
        start = prolong(torch.as_tensor(initial), factor).numpy()
    fine = replace(
        forward, family=law, grid=forward.grid.refined(factor), shape=start.shape, refine=1
    )
    frames = fine.predict(_NONE, np.maximum(start, 0.0))
    blocks = frames.reshape(len(frames), ny, factor, nx, factor)
    return np.asarray(blocks.mean(axis=(2, 4)))


def within_bins(means: Array, factor: int) -> Array:
    """Split every bin of (Y, X) into ``factor`` x ``factor`` and keep its mean.

    The profile is the quartic that has the means of five neighbours (walls mirror), so that smooth
    fields are reproduced to fifth order.
    """
    along_x = _within_last(means, factor)
    return np.ascontiguousarray(_within_last(along_x.T, factor).T)


def _within_last(means: Array, factor: int) -> Array:
    edges = np.arange(-2.5, 3.0)
    moments = _averages(edges)  # of each power over each of the five bins
    inner = _averages(np.linspace(-0.5, 0.5, factor + 1))
    shares = inner @ np.linalg.inv(moments)
    padded = np.pad(means, ((0, 0), (2, 2)), mode="symmetric")
    neighbours = np.lib.stride_tricks.sliding_window_view(padded, 5, axis=1)
    return np.asarray((neighbours @ shares.T).reshape(len(means), -1))


def _averages(edges: Array) -> Array:
    """Return the means of x⁰ … x⁴ between neighbouring edges, (len(edges) - 1, 5)."""
    powers = np.arange(1, 6)
    integrals = edges[:, None] ** powers / powers
    return np.asarray(np.diff(integrals, axis=0) / np.diff(edges)[:, None])
