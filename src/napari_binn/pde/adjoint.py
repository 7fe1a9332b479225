"""The exact derivative of a simulation: backwards through every stage of every time step.

A function of the solution is differentiated by all that the solution depends on, the first frame in
every cell and the law at every density, at the cost of about one more solution. The steps in time
are those that the solution took; how they were chosen is not differentiated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from . import rkl
from .grid import Grid, prolong
from .law import LawTable
from .solver import Course, Step

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Pull:
    """Derivative of a function of the solution.

    Attributes
    ----------
    by_initial
        By the first frame, (Y, X).
    by_phi, by_f
        By Phi and by f = G u at the nodes of the law's table, (M,), taken as straight in between.
    """

    by_initial: Array
    by_phi: Array
    by_f: Array


def pull_back(
    law: LawTable,
    grid: Grid,
    refine: int,
    initial: torch.Tensor,
    course: Course,
    by_frames: torch.Tensor,
    kept: torch.Tensor | None = None,
) -> Pull:
    """Return the derivative of a function whose derivative by the bin means is ``by_frames``.

    Parameters
    ----------
    law, grid, refine, initial, course
        What :func:`napari_binn.pde.solver.solve` was given, for one law and one first frame (Y, X).
    by_frames
        (T, Y, X).
    kept
        (fY, fX) share of a disturbance that is left after a frame was seen.
    """
    fine = grid.refined(refine)
    spread = by_frames.repeat_interleave(refine, dim=-1).repeat_interleave(refine, dim=-2)
    spread = spread / refine**2
    nodes = _Nodes(law)
    back = spread[-1]
    for index in reversed(range(len(course))):
        for step in reversed(course[index]):
            back = _step_back(law, fine, step, back, nodes)
        if kept is not None:
            back = back * kept
        back = back + spread[index]
    start = initial.detach().requires_grad_(True)
    (by_initial,) = torch.autograd.grad(prolong(start, refine), start, back)
    return Pull(by_initial.numpy(), nodes.by_phi, nodes.by_f)


def _step_back(
    law: LawTable, grid: Grid, step: Step, back: torch.Tensor, nodes: _Nodes
) -> torch.Tensor:
    """Return the derivative by the state before a step from that by the state after it."""
    first, rows = rkl.coefficients(len(step.passed))
    states = torch.stack([state[0] for state in step.passed])
    _, D, _, df = law.evaluate(states)
    pushes = torch.empty_like(states)
    turned = torch.empty_like(states)
    by_before, by_start, by_slope = torch.zeros_like(back), torch.zeros_like(back), 0.0 * back
    for j in range(len(rows) - 1, -1, -1):
        mu, nu, mu_dt, gamma_dt = rows[j]
        push = torch.mul(back, mu_dt * step.dt, out=pushes[j + 1])
        turned[j + 1] = grid.laplacian(push)
        by_start.add_(back, alpha=1 - mu - nu)
        by_slope.add_(back, alpha=gamma_dt * step.dt)
        following = by_before.add_(back, alpha=mu)
        following.addcmul_(D[j + 1], turned[j + 1]).addcmul_(df[j + 1], push)
        by_before, back = back * nu, following
    pushes[0] = by_slope.add_(back, alpha=first * step.dt)
    turned[0] = grid.laplacian(pushes[0])
    nodes.add(states, turned, pushes)
    by_start.add_(back).add_(by_before)
    return by_start.addcmul_(D[0], turned[0]).addcmul_(df[0], pushes[0])


class _Nodes:
    """Derivatives by the values of Phi and f at the nodes of a table, summed up."""

    def __init__(self, law: LawTable) -> None:
        self._low, self._step = law.low, law.step
        self._count = int(law.pieces.shape[1]) + 1
        self.by_phi, self.by_f = np.zeros(self._count), np.zeros(self._count)

    def add(self, states: torch.Tensor, turned: torch.Tensor, pushes: torch.Tensor) -> None:
        """Add those of evaluations at ``states``, weighted for Phi and for f."""
        position = ((states - self._low) / self._step).numpy().ravel()
        position = np.clip(position, 0, self._count - 1.001)
        left = position.astype(np.intp)
        share = position - left
        for total, weight in ((self.by_phi, turned), (self.by_f, pushes)):
            values = weight.numpy().ravel()
            right = values * share
            total += np.bincount(left, values - right, self._count)
            total += np.bincount(left + 1, right, self._count)
