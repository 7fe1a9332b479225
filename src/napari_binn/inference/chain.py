"""How a disturbance of the first frame travels, and its transpose, for grids of any size.

The sensitivities by the first frame are as many as there are bins. What a fit needs of them are
only products: with one disturbance (forward), and of residuals with all of them (backward). Between
two frames the linearised equation v_t = laplacian(D v) + f' v is taken with the coefficients in the
middle, so that a step is a polynomial of one operator and its transpose is the same polynomial of
the transposed operator.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ..pde import rkl
from ..pde.grid import Grid
from .forward import Forward

Array = NDArray[np.float64]
DTYPE = torch.float32


@dataclass(frozen=True)
class Chain:
    """The linearised equation along a solution of T frames.

    Attributes
    ----------
    grid
        The bins.
    diffusivity, slope
        D and d(G u)/du between frames, (T - 1, Y, X).
    durations
        (T - 1,) times between frames.
    kept
        (Y, X) share of a disturbance that is left after a frame was seen.
    """

    grid: Grid
    diffusivity: torch.Tensor
    slope: torch.Tensor
    durations: Array
    kept: torch.Tensor

    @classmethod
    def make(cls, forward: Forward, parameters: Array, predicted: Array) -> Chain:
        """Linearise the law of ``parameters`` along ``predicted`` (T, Y, X)."""
        curves, u = forward.family.curves(parameters), forward.family.u
        middle = 0.5 * (predicted[1:] + predicted[:-1])
        D = np.clip(curves.D, 0.0, forward.most_diffusivity)
        seen = np.ones(forward.shape) if forward.seen is None else forward.seen.astype(float)
        return cls(
            forward.grid,
            torch.as_tensor(np.interp(middle, u, D), dtype=DTYPE),
            torch.as_tensor(np.interp(middle, u, np.gradient(curves.G * u, u)), dtype=DTYPE),
            np.diff(forward.times),
            torch.as_tensor(1 - forward.gain * seen, dtype=DTYPE),
        )

    def forward(self, v: torch.Tensor) -> torch.Tensor:
        """Return disturbances (B, Y, X) of the first frame at all frames, (T, B, Y, X)."""
        out = torch.empty((len(self.durations) + 1, *v.shape), dtype=v.dtype)
        out[0] = v
        for index in range(len(self.durations)):
            v = self._step(v * self.kept, index, transposed=False)
            out[index + 1] = v
        return out

    def backward(self, w: torch.Tensor) -> torch.Tensor:
        """Return the transpose of :meth:`forward` times ``w`` (T, B, Y, X): (B, Y, X)."""
        v = w[-1]
        for index in reversed(range(len(self.durations))):
            v = w[index] + self.kept * self._step(v, index, transposed=True)
        return v

    def _step(self, v: torch.Tensor, index: int, transposed: bool) -> torch.Tensor:
        D, slope = self.diffusivity[index], self.slope[index]

        def rate(y: torch.Tensor) -> torch.Tensor:
            out = D * self.grid.laplacian(y) if transposed else self.grid.laplacian(D * y)
            return out.addcmul_(y, slope)

        duration = float(self.durations[index])
        radius = float(D.max()) * self.grid.stiffness + float(slope.abs().max())
        # A step of the frames' distance at most, and no more stages than are accurate.
        count = int(np.ceil(duration * radius / rkl.stable_limit(rkl.MOST_STAGES)))
        h = duration / max(count, 1)
        stages = rkl.stages_for(1.1 * h * radius)
        for _ in range(max(count, 1)):
            v = rkl.step(rate, v, rate(v), h, stages)
        return v
