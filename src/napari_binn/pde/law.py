"""D(u) and G(u) as tables, the form in which the solver uses every law.

With the Kirchhoff transform Phi(u) = integral of D from 0 to u, the equation reads

    u_t = laplacian(Phi(u)) + f(u),    f(u) = G(u) u,

so the solver needs two scalar functions and nothing else. Tabulating them makes the cost of a step
independent of where the law came from: splines, networks and formulas run alike, in batches, on
CPU and GPU.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Curve = Callable[[Array], ArrayLike]
NODES = 2049


def cumulative(values: Array, step: float) -> Array:
    """Integrate samples along the last axis by the trapezoidal rule with end correction.

    The derivative term of Euler-Maclaurin makes the rule fourth-order for smooth integrands, so
    that Phi stays consistent with D to the accuracy of the table.
    """
    slope = np.gradient(values, step, axis=-1, edge_order=2)
    pieces = 0.5 * step * (values[..., 1:] + values[..., :-1])
    pieces -= step**2 / 12 * (slope[..., 1:] - slope[..., :-1])
    integral = np.zeros_like(values)
    np.cumsum(pieces, axis=-1, out=integral[..., 1:])
    return integral


@dataclass(frozen=True)
class LawTable:
    """A batch of B laws on M evenly spaced densities.

    Attributes
    ----------
    low, step
        First density of the table and spacing of its nodes [u].
    columns
        (B, M, 4): Phi, D, f and f' at the nodes. Between nodes Phi and f are cubic Hermite
        interpolants; beyond the ends they continue as straight lines.
    """

    low: float
    step: float
    columns: torch.Tensor

    @classmethod
    def from_values(
        cls, u: Array, D: Array, G: Array, device: str = "cpu", dtype: torch.dtype = torch.float64
    ) -> LawTable:
        """Tabulate curves given on an even grid ``u`` (M,); D and G are (M,) or (B, M)."""
        step = float(u[1] - u[0])
        D, G = np.broadcast_arrays(np.atleast_2d(D), np.atleast_2d(G))
        if not (np.isfinite(D).all() and np.isfinite(G).all()):
            raise ValueError("D(u) or G(u) is not finite on the range of the table")
        phi = cumulative(D, step)
        # The constant of integration is free: only differences of Phi enter.
        f = G * u
        slope = np.gradient(f, step, axis=-1, edge_order=2)
        columns = np.stack([phi, D, f, slope], axis=-1)
        return cls(float(u[0]), step, torch.as_tensor(columns, dtype=dtype, device=device))

    @classmethod
    def from_functions(
        cls,
        D: Curve,
        G: Curve,
        low: float,
        high: float,
        device: str = "cpu",
        dtype: torch.dtype = torch.float64,
    ) -> LawTable:
        """Tabulate two functions of u, which may return (M,) or (B, M) arrays or scalars."""
        u = np.linspace(low, high, NODES)
        shape = np.zeros_like(u)
        return cls.from_values(
            u, np.asarray(D(u)) + shape, np.asarray(G(u)) + shape, device=device, dtype=dtype
        )

    @property
    def batch(self) -> int:
        """Number of laws B."""
        return int(self.columns.shape[0])

    def __call__(self, u: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return Phi and f for densities ``u`` of shape (B, ...)."""
        phi, _, f, _ = self.evaluate(u)
        return phi, f

    def evaluate(
        self, u: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return Phi, dPhi/du = D, f and df/du for densities ``u`` of shape (B, ...)."""
        position = (u - self.low) / self.step
        # An exploding solution must reach the solver's own check, not a bad index.
        left = position.floor().nan_to_num(0.0).clamp(0, self.columns.shape[1] - 2)
        offset = position - left
        s = offset.clamp(0, 1)
        below, above = self._rows(left.long())
        phi, D = _hermite(below[..., 0], above[..., 0], below[..., 1], above[..., 1], s, self.step)
        f, df = _hermite(below[..., 2], above[..., 2], below[..., 3], above[..., 3], s, self.step)
        beyond = (offset - s) * self.step  # zero inside the table
        return phi + beyond * D, D, f + beyond * df, df

    def _rows(self, left: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        if self.batch == 1:
            table = self.columns[0]
            return table[left], table[left + 1]
        flat = left.reshape(self.batch, -1)
        member = torch.arange(self.batch, device=flat.device)[:, None]
        shape = (*left.shape, self.columns.shape[2])
        below, above = self.columns[member, flat], self.columns[member, flat + 1]
        return below.reshape(shape), above.reshape(shape)


def _hermite(
    y0: torch.Tensor,
    y1: torch.Tensor,
    d0: torch.Tensor,
    d1: torch.Tensor,
    s: torch.Tensor,
    step: float,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Cubic Hermite interpolant at ``s`` in [0, 1] between two nodes, and its derivative."""
    rise = (y1 - y0) / step
    second = 3 * rise - 2 * d0 - d1
    third = d0 + d1 - 2 * rise
    value = y0 + step * s * (d0 + s * (second + s * third))
    return value, d0 + s * (2 * second + 3 * s * third)
