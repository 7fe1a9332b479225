"""The forward model of a fit: parameters and first frame in, densities and sensitivities out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ..pde.adjoint import pull_back
from ..pde.grid import Grid, prolong
from ..pde.law import LawTable, cumulative
from ..pde.solver import BEYOND, Course, integrate, solve
from .families import Curves, Family

Array = NDArray[np.float64]
#: Time steps between two frames, on average, that no law worth trying needs at a relative error of
#: 1e-4 a step, and the frames of a movie that are counted at least.
STEPS, FEWEST_FRAMES = 60, 9


@dataclass(frozen=True)
class Forward:
    """Solve the equation for one family on the grid of the observation.

    Attributes
    ----------
    family
        Family of laws.
    times
        Frame times (T,).
    grid
        The bins.
    shape
        (Y, X).
    refine
        Solver cells across a bin for predictions. Sensitivities are solved on the bins
        themselves: a Gauss-Newton step needs no more, while the prediction that is compared with
        the data does.
    tolerance
        Relative local error of a time step.
    most_diffusivity
        D that mixes the whole field between two frames: more of it changes nothing that can be
        seen, but costs time.
    gain, observed
        After each frame the state moves by this share towards the densities observed (T, Y, X).
        A density is made of single cells: where there happen to be more of them than the law's
        mean, there are more in the next frame too. With gain 0 the movie is one trajectory from
        its first frame, all deviations being errors of measurement; with gain 1 every frame is
        predicted from the one before, all deviations being real. In between it is the
        innovations form of a state-space model with a scalar Kalman gain (Ljung, System
        Identification, 1999, section 4.3).
    seen
        (Y, X) where there are observations for the state to move to; everywhere if not given.
    tangent_dtype
        Precision of the sensitivities; single suffices for the steps of a fit.
    """

    family: Family
    times: Array
    grid: Grid
    shape: tuple[int, int]
    refine: int = 2
    tolerance: float = 1e-4
    most_diffusivity: float = np.inf
    gain: float = 0.0
    observed: Array | None = None
    seen: NDArray[np.bool_] | None = None
    tangent_dtype: torch.dtype = torch.float32

    def predict(self, parameters: Array, initial: Array) -> Array:
        """Return bin means at all frames, (T, Y, X)."""
        return self._solved(parameters, initial, None)

    def trace(self, parameters: Array, initial: Array) -> Trace:
        """Predict, and keep what the exact derivative of the prediction needs."""
        course: Course = []
        return Trace(self, parameters, initial, self._solved(parameters, initial, course), course)

    def _solved(self, parameters: Array, initial: Array, course: Course | None) -> Array:
        start = torch.as_tensor(initial)
        result = solve(
            self.law(parameters), start, self.times, self.grid, self.refine, self.tolerance,
            self._refined_frame(), self._most_steps, course,
        )  # fmt: skip
        return np.asarray(result.numpy())

    def law(self, parameters: Array) -> LawTable:
        """Return the table of a law."""
        curves = self.family.curves(parameters)
        D = np.clip(curves.D, 0.0, self.most_diffusivity)
        return LawTable.from_values(self.family.u, D, curves.G)

    @property
    def _most_steps(self) -> int:
        """Return after how many steps a law is given up; the error falls like the step cubed."""
        share = max(1.0, float(np.cbrt(1e-4 / self.tolerance)))
        return round(STEPS * share * max(len(self.times), FEWEST_FRAMES))

    def _refined_frame(self) -> Callable[[int, torch.Tensor], torch.Tensor] | None:
        """Return the correction of the refined state by the observation."""
        if self.gain == 0 or self.observed is None:
            return None
        observed = prolong(torch.as_tensor(self.observed), self.refine)
        gain = self.refined_gains(observed.dtype)
        return lambda index, y: torch.lerp(y, observed[index], gain)

    def refined_gains(self, dtype: torch.dtype) -> torch.Tensor:
        """Return the gain of each refined cell."""
        gain = self._gains(dtype)
        for axis in (0, 1):
            gain = gain.repeat_interleave(self.refine, dim=axis)
        return gain

    def _tangent_frame(self) -> Callable[[int, torch.Tensor], torch.Tensor] | None:
        """Return the same correction for a state and its tangents: those shrink."""
        if self.gain == 0 or self.observed is None:
            return None
        gain = self._gains(self.tangent_dtype)
        moved = gain * torch.as_tensor(self.observed).to(self.tangent_dtype)

        def correct(index: int, y: torch.Tensor) -> torch.Tensor:
            y = y * (1 - gain)
            y[0] += moved[index]
            return y

        return correct

    def _gains(self, dtype: torch.dtype) -> torch.Tensor:
        """Return the gain of each bin, (Y, X)."""
        gains = torch.full(self.shape, self.gain, dtype=dtype)
        if self.seen is not None:
            gains *= torch.tensor(self.seen)
        return gains

    def jacobian(self, parameters: Array, initial: Array, with_initial: bool = True) -> Array:
        """Return d prediction / d (parameters, initial), shape (T, Y, X, K + Y X), on the bins.

        The tangent equation u'_t = laplacian(D u' + Phi_p) + f' u' + f_p is solved for all
        directions at once, with the time steps of the solution. Without ``with_initial`` only the
        K parameters are varied, which costs little.
        """
        curves = self.family.curves(parameters)
        tangents = _TangentSystem.make(
            self.family.u,
            limited(curves, self.most_diffusivity),
            self.grid,
            self.tangent_dtype,
        )
        cells = initial.size if with_initial else 0
        dtype = self.tangent_dtype
        start = torch.zeros((1 + tangents.count + cells, *self.shape), dtype=dtype)
        start[0] = torch.as_tensor(initial)
        if with_initial:
            start[1 + tangents.count :] = torch.eye(cells, dtype=dtype).reshape(cells, *self.shape)
        frames = integrate(
            tangents.rhs,
            start,
            [float(t) for t in self.times],
            tangents.stiffness,
            state=lambda y: y[:1],
            at_frame=self._tangent_frame(),
            tolerance=self.tolerance,
            largest=BEYOND * tangents.law.high,
            most_steps=self._most_steps,
        )
        stacked = np.empty((len(frames), *self.shape, tangents.count + cells))
        for result, frame in zip(stacked, frames, strict=True):
            result[:] = np.moveaxis(frame[1:].numpy(), 0, -1)
        return stacked


@dataclass(frozen=True)
class Trace:
    """A prediction of which the exact derivative can be taken.

    Attributes
    ----------
    predicted
        Bin means at all frames, (T, Y, X).
    """

    forward: Forward
    parameters: Array
    initial: Array
    predicted: Array
    course: Course

    def pull(self, by_predicted: Array) -> Array:
        """Return the derivative by parameters and first frame, (K + Y X,).

        Parameters
        ----------
        by_predicted
            Derivative of any function by the prediction, (T, Y, X).
        """
        forward = self.forward
        kept = None if forward.gain == 0 else 1 - forward.refined_gains(torch.float64)
        pull = pull_back(
            forward.law(self.parameters), forward.grid, forward.refine,
            torch.as_tensor(self.initial), self.course, torch.as_tensor(by_predicted), kept,
        )  # fmt: skip
        u = forward.family.u
        curves = limited(forward.family.curves(self.parameters), forward.most_diffusivity)
        phi = cumulative(curves.dD, float(u[1] - u[0]))
        by_law = phi @ pull.by_phi + (curves.dG * u) @ pull.by_f
        return np.concatenate([by_law, pull.by_initial.ravel()])


def limited(curves: Curves, most: float) -> Curves:
    """Clip D to [0, most]; where it is clipped no parameter moves it."""
    free = (curves.D > 0) & (most > curves.D)
    return Curves(np.clip(curves.D, 0.0, most), curves.G, curves.dD * free, curves.dG)


@dataclass(frozen=True)
class _TangentSystem:
    """Right-hand side of the solution (row 0) and of its tangents by parameters and start."""

    law: LawTable
    by_parameter: torch.Tensor  # (M, 2 K): Phi_p and f_p at the nodes
    count: int
    grid: Grid

    @classmethod
    def make(cls, u: Array, curves: Curves, grid: Grid, dtype: torch.dtype) -> _TangentSystem:
        law = LawTable.from_values(u, curves.D, curves.G, dtype=dtype)
        phi = cumulative(curves.dD, float(u[1] - u[0]))
        columns = np.concatenate([phi, curves.dG * u]).T.copy()
        return cls(law, torch.as_tensor(columns, dtype=dtype), len(curves.dD), grid)

    def rhs(self, y: torch.Tensor) -> torch.Tensor:
        u = y[:1]
        phi, D, f, df = self.law.evaluate(u)
        phi_p, f_p = self._by_parameter(u[0])
        inner = y * D
        inner[0] = phi[0]
        inner[1 : 1 + self.count] += phi_p
        out = self.grid.laplacian(inner)
        out.addcmul_(y, df)
        out[0] += f[0] - u[0] * df[0]
        out[1 : 1 + self.count] += f_p
        return out

    def stiffness(self, y: torch.Tensor) -> float:
        _, D, _, df = self.law.evaluate(y[:1])
        return float(D.max()) * self.grid.stiffness + float(df.abs().max())

    def _by_parameter(self, u: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        position = ((u - self.law.low) / self.law.step).clamp(0, len(self.by_parameter) - 1.001)
        left = position.long()
        share = (position - left)[..., None]
        rows = torch.lerp(self.by_parameter[left], self.by_parameter[left + 1], share)
        rows = rows.permute(2, 0, 1)
        return rows[: self.count], rows[self.count :]
