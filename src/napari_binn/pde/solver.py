"""Solve u_t = div(D(u) grad u) + G(u) u with no flux through the border.

Method of lines: conservative finite volumes in space (second order), adaptive Runge-Kutta-Legendre
in time. Laws and initial fields may be batched; all members share the time steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from . import rkl
from .grid import Grid, prolong, restrict
from .law import LawTable

Array = NDArray[np.float64]


#: Densities this many times beyond the table of a law are an explosion.
BEYOND = 10.0


@dataclass(frozen=True)
class Step:
    """A step in time: its width, and the states (B, Y, X) at which the equation was evaluated."""

    dt: float
    passed: list[torch.Tensor]


#: The steps from each frame to the next.
Course = list[list[Step]]


class SolverError(RuntimeError):
    """The solution left every bound: the law makes the density explode on this movie."""


def integrate(
    rhs: rkl.RightHandSide,
    y: torch.Tensor,
    times: Sequence[float],
    stiffness: Callable[[torch.Tensor], float],
    state: Callable[[torch.Tensor], torch.Tensor] = lambda y: y,
    at_frame: Callable[[int, torch.Tensor], torch.Tensor] | None = None,
    tolerance: float = 1e-5,
    largest: float = np.inf,
    most_steps: int = 20_000,
    course: Course | None = None,
) -> list[torch.Tensor]:
    """Return the solution of y' = rhs(y) at ``times``; the first is the start.

    Parameters
    ----------
    stiffness
        Bound of the spectral radius of the Jacobian at y [1/time]; it sets the stages.
    state
        Part of y whose error steers the step (tangents ride along).
    at_frame
        What happens to y after the frame of an index was recorded; nothing if not given.
    largest
        State that no sane solution exceeds; the solution is given up beyond it.
    tolerance
        Largest local error per step, relative to the largest state, in the root-mean-square norm.
    course
        Takes the steps that were done, if given.

    Raises
    ------
    SolverError
        If the solution is no longer finite or needs more than ``most_steps`` steps.
    """
    solution = [y]
    t, dt = float(times[0]), float(times[1] - times[0])
    steps = 0
    for index, end in enumerate(times[1:]):
        if index == 0 or at_frame is not None:
            y = y if at_frame is None else at_frame(index, y)
            slope = rhs(y)
        if course is not None:
            course.append([])
        while t < end:
            steps += 1
            radius = stiffness(y)
            dt = min(dt, 0.8 * rkl.stable_limit(rkl.MOST_STAGES) / max(radius, 1e-300))
            remaining = float(end) - t
            # Equal steps to the next frame, not a tiny one at its end.
            h = remaining / np.ceil(remaining / dt - 1e-9)
            passed: list[torch.Tensor] | None = None if course is None else []
            new = rkl.step(rhs, y, slope, h, rkl.stages_for(1.25 * h * radius), passed)
            new_slope = rhs(new)
            error = _norm(
                state(rkl.error_estimate(y, slope, new, new_slope, h)), state(y), state(new)
            )
            accepted = error <= tolerance
            sane = not accepted or float(state(new).abs().max()) <= largest
            stuck = steps > most_steps or h < 1e-12 * (times[-1] - times[0])
            if not np.isfinite(error) or not sane or stuck:
                raise SolverError("the density grows without bound or oscillates under this law")
            factor = 0.8 * (tolerance / max(error, 1e-300)) ** (1 / 3)
            dt = h * min(5.0, max(0.2, factor))
            if accepted:
                t = t + h if remaining - h > 1e-9 * remaining else float(end)
                y, slope = new, new_slope
                if course is not None and passed is not None:
                    course[-1].append(Step(h, passed))
        solution.append(y)
    return solution


def _norm(error: torch.Tensor, before: torch.Tensor, after: torch.Tensor) -> float:
    """Root-mean-square error relative to the largest density, the worst of the batch."""
    size = torch.maximum(before.abs().amax(dim=(-1, -2)), after.abs().amax(dim=(-1, -2)))
    rms = error.square().mean(dim=(-1, -2)).sqrt()
    return float((rms / size.clamp(min=1e-300)).max())


def solve(
    law: LawTable,
    initial: torch.Tensor,
    times: Sequence[float] | Array,
    grid: Grid,
    refine: int = 1,
    tolerance: float = 1e-5,
    at_frame: Callable[[int, torch.Tensor], torch.Tensor] | None = None,
    most_steps: int = 20_000,
    course: Course | None = None,
) -> torch.Tensor:
    """Solve forward from an initial density.

    Parameters
    ----------
    law
        One law, or a batch of B.
    initial
        Bin means at the first time, (Y, X) or (B, Y, X) [u].
    times
        Increasing times (T,) in the unit of the law.
    grid
        Spacing of the bins, in the length unit of the law.
    refine
        Solver cells across a bin; the result is averaged back to bins.
    tolerance
        Relative local error of a time step.
    at_frame
        As in :func:`integrate`, on the refined cells (B, fY, fX).
    most_steps
        Time steps after which the solution is given up.
    course
        Takes the steps that were done, on the refined cells, if given.

    Returns
    -------
    torch.Tensor
        Bin means, (B, T, Y, X), or (T, Y, X) if neither law nor initial field is a batch.

    Raises
    ------
    SolverError
        If the density explodes or takes more than ``most_steps`` steps.
    """
    single = initial.ndim == 2 and law.batch == 1
    y = initial if initial.ndim == 3 else initial[None]
    y = prolong(y.expand(max(law.batch, y.shape[0]), *y.shape[1:]), refine)
    fine = grid.refined(refine)

    def rhs(u: torch.Tensor) -> torch.Tensor:
        phi, f = law(u)
        return fine.laplacian(phi) + f

    def stiffness(u: torch.Tensor) -> float:
        _, D, _, df = law.evaluate(u)
        return float(D.max()) * fine.stiffness + float(df.abs().max())

    frames = integrate(
        rhs,
        y,
        [float(t) for t in times],
        stiffness,
        at_frame=at_frame,
        tolerance=tolerance,
        largest=BEYOND * law.high,
        most_steps=most_steps,
        course=course,
    )
    result = torch.stack([restrict(frame, refine) for frame in frames], dim=1)
    return result[0] if single else result
