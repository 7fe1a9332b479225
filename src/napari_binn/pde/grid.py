"""Finite-volume grids: the no-flux Laplacian, refinement and averaging of cell means."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch.nn.functional import pad

#: Cells along a side up to which one field's Laplacian is two small products of matrices: for so
#: few cells the number of operations costs, not their size.
SMALL = 64


@dataclass(frozen=True)
class Grid:
    """Spacing of the cells and, for regions that are no rectangle, which faces are open.

    Attributes
    ----------
    hy, hx
        Height and width of a cell [length].
    open_y, open_x
        (Y - 1, X) and (Y, X - 1), 1 where matter can cross the face between two neighbours, 0
        where one of them lies outside the region; None means that all faces are open.
    """

    hy: float
    hx: float
    open_y: torch.Tensor | None = None
    open_x: torch.Tensor | None = None

    @classmethod
    def masked(cls, hy: float, hx: float, mask: torch.Tensor | None) -> Grid:
        """Return the grid of the region where ``mask`` (Y, X) is True; its border is closed."""
        if mask is None or bool(mask.all()):
            return cls(hy, hx)
        inside = mask.to(torch.float64)
        return cls(hy, hx, inside[1:] * inside[:-1], inside[:, 1:] * inside[:, :-1])

    def laplacian(self, w: torch.Tensor) -> torch.Tensor:
        """Return the no-flux Laplacian of cell means ``w`` (..., Y, X).

        Every face's flux enters its two cells with opposite sign, so the sum over the region is
        zero to rounding: mass is conserved whatever the law.
        """
        ny, nx = w.shape[-2:]
        if self.open_y is None and w.numel() == ny * nx and max(ny, nx) <= SMALL:
            along_y = _second_difference(ny, self.hy, w.dtype, w.device)
            along_x = _second_difference(nx, self.hx, w.dtype, w.device)
            return torch.matmul(along_y, w) + torch.matmul(w, along_x)
        flux_y = (w[..., 1:, :] - w[..., :-1, :]) / self.hy**2
        flux_x = (w[..., 1:] - w[..., :-1]) / self.hx**2
        if self.open_y is not None and self.open_x is not None:
            flux_y, flux_x = flux_y * self.open_y, flux_x * self.open_x
        out = torch.zeros_like(w)
        out[..., :-1, :] += flux_y
        out[..., 1:, :] -= flux_y
        out[..., :-1] += flux_x
        out[..., 1:] -= flux_x
        return out

    @property
    def stiffness(self) -> float:
        """Bound of the Laplacian's largest eigenvalue in magnitude [1/length²]."""
        return 4 / self.hy**2 + 4 / self.hx**2

    def refined(self, factor: int) -> Grid:
        """Return the grid with ``factor`` x ``factor`` cells for each cell of this one."""
        if self.open_y is None or self.open_x is None:
            return Grid(self.hy / factor, self.hx / factor)
        return Grid(
            self.hy / factor,
            self.hx / factor,
            _refine_faces(self.open_y, self.open_x, factor, along=0),
            _refine_faces(self.open_x, self.open_y, factor, along=1),
        )


@lru_cache(maxsize=32)
def _second_difference(
    count: int, spacing: float, dtype: torch.dtype, device: torch.device
) -> torch.Tensor:
    """Return the no-flux Laplacian of a row of cells as a symmetric matrix."""
    difference = torch.diff(torch.eye(count, dtype=dtype, device=device), dim=0)
    return -(difference.T @ difference) / spacing**2


def _refine_faces(
    faces: torch.Tensor, other: torch.Tensor, factor: int, along: int
) -> torch.Tensor:
    """Open faces of the refined grid: those inside an old cell are open, the rest as before."""
    across = 1 - along
    count = other.shape[along]
    fine = faces.repeat_interleave(factor, dim=across)
    shape = list(fine.shape)
    shape[along] = count * factor - 1
    out = torch.ones(shape, dtype=faces.dtype, device=faces.device)
    index = [slice(None), slice(None)]
    index[along] = slice(factor - 1, None, factor)
    out[tuple(index)] = fine
    return out


def restrict(w: torch.Tensor, factor: int) -> torch.Tensor:
    """Average blocks of ``factor`` x ``factor`` cells: (..., fY, fX) to (..., Y, X)."""
    if factor == 1:
        return w
    *lead, ny, nx = w.shape
    return w.reshape(*lead, ny // factor, factor, nx // factor, factor).mean(dim=(-3, -1))


def prolong(w: torch.Tensor, factor: int) -> torch.Tensor:
    """Split every cell into ``factor`` x ``factor`` and keep its mean: (..., fY, fX).

    The profile within a cell is the parabola that has the cell's and its neighbours' means (walls
    mirror), so smooth fields are reproduced to third order. Where the parabola of a non-negative
    cell dips below zero it is flattened towards the mean.
    """
    if factor == 1:
        return w
    fine = _prolong_last(_prolong_last(w, factor).transpose(-1, -2), factor).transpose(-1, -2)
    mean = w.repeat_interleave(factor, dim=-1).repeat_interleave(factor, dim=-2)
    *lead, ny, nx = w.shape
    blocks = fine.reshape(*lead, ny, factor, nx, factor)
    lowest = blocks.amin(dim=(-3, -1))
    room = torch.where(
        (lowest < 0) & (w >= 0), w / (w - lowest).clamp(min=1e-300), torch.ones_like(w)
    )
    room = room.repeat_interleave(factor, dim=-1).repeat_interleave(factor, dim=-2)
    return mean + room * (fine - mean)


def _prolong_last(w: torch.Tensor, factor: int) -> torch.Tensor:
    flat = w.reshape(-1, 1, w.shape[-1])
    padded = pad(flat, (1, 1), mode="replicate").reshape(*w.shape[:-1], -1)
    left, right = padded[..., :-2], padded[..., 2:]
    slope, bend = (right - left) / 2, right - 2 * w + left
    centres = (torch.arange(factor, dtype=w.dtype, device=w.device) + 0.5) / factor - 0.5
    curve = (centres**2 + 1 / (12 * factor**2) - 1 / 12) / 2
    fine = w[..., None] + slope[..., None] * centres + bend[..., None] * curve
    return fine.reshape(*w.shape[:-1], -1)
