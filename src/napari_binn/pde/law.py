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
    pieces
        (B, M - 1, 8): on each interval the coefficients of 1, s, s², s³ of Phi and of f, s in
        [0, 1]. Both are the cubics that have the values and slopes of the nodes; beyond the ends
        they continue as straight lines.
    """

    low: float
    step: float
    pieces: torch.Tensor

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
        pieces = np.concatenate(
            [_cubics(np.asarray(phi), D, step), _cubics(f, slope, step)], axis=-1
        )
        return cls(float(u[0]), step, torch.as_tensor(pieces, dtype=dtype, device=device))

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
    def high(self) -> float:
        """Largest density of the table [u]."""
        return self.low + self.step * int(self.pieces.shape[1])

    @property
    def batch(self) -> int:
        """Number of laws B."""
        return int(self.pieces.shape[0])

    def __call__(self, u: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return Phi and f for densities ``u`` of shape (B, ...)."""
        s, beyond, piece = self._locate(u)
        phi, f = _value(piece[..., :4], s), _value(piece[..., 4:], s)
        if beyond is not None:
            phi = phi + beyond * _slope(piece[..., :4], s)
            f = f + beyond * _slope(piece[..., 4:], s)
        return phi, f

    def evaluate(
        self, u: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return Phi, dPhi/du = D, f and df/du for densities ``u`` of shape (B, ...)."""
        s, beyond, piece = self._locate(u)
        phi, f = _value(piece[..., :4], s), _value(piece[..., 4:], s)
        D, df = _slope(piece[..., :4], s), _slope(piece[..., 4:], s)
        if beyond is not None:
            phi, f = phi + beyond * D, f + beyond * df
        return phi, D / self.step, f, df / self.step

    def _locate(self, u: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None, torch.Tensor]:
        """Return the place in its interval, what lies beyond the table, and the coefficients."""
        position = (u - self.low) / self.step
        # An exploding solution must reach the solver's own check, not a bad index.
        left = position.nan_to_num(0.0).clamp_(0, self.pieces.shape[1] - 1e-3).long()
        left.clamp_(max=self.pieces.shape[1] - 1)
        offset = position - left
        s = offset.clamp(0, 1)
        beyond = offset - s
        piece = self._pieces_at(left)
        return s, beyond if bool(beyond.any()) else None, piece

    def _pieces_at(self, left: torch.Tensor) -> torch.Tensor:
        if self.batch == 1:
            return self.pieces[0][left]
        flat = left.reshape(self.batch, -1)
        member = torch.arange(self.batch, device=flat.device)[:, None]
        return self.pieces[member, flat].reshape(*left.shape, 8)


def _cubics(value: Array, slope: Array, step: float) -> Array:
    """Return the coefficients (..., M - 1, 4) of the cubics with given node values and slopes."""
    y0, rise = value[..., :-1], np.diff(value, axis=-1)
    d0, d1 = step * slope[..., :-1], step * slope[..., 1:]
    return np.stack([y0, d0, 3 * rise - 2 * d0 - d1, d0 + d1 - 2 * rise], axis=-1)


def _value(piece: torch.Tensor, s: torch.Tensor) -> torch.Tensor:
    c0, c1, c2, c3 = piece.unbind(-1)
    return torch.addcmul(c0, s, torch.addcmul(c1, s, torch.addcmul(c2, s, c3)))


def _slope(piece: torch.Tensor, s: torch.Tensor) -> torch.Tensor:
    """Return the derivative by s."""
    _, c1, c2, c3 = piece.unbind(-1)
    return c1 + s * (2 * c2 + 3 * s * c3)
