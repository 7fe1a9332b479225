"""What lies around the region: a wall, or more cells of the same kind.

A region that was cut from a larger field exchanges cells with what lies around it. That is modelled
by a strip of bins around it, the surroundings, in which the same law holds but nothing was
observed: their first frame is as unknown as that of the region and known beforehand to be as rough.
The flux through the border follows from both. A strip about as wide as cells move during the movie
suffices, since what lies further hardly reaches the region.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation

from ..density.model import Density
from ..pde.grid import Grid

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Kind = TypeVar("Kind", bound=np.generic)
#: Narrowest and widest surroundings [bins]; wider ones cost more than they tell.
NARROWEST, WIDEST = 3, 5


def surround(density: Density, margin: int) -> Density:
    """Return the density with ``margin`` unobserved bins on every side.

    They hold the densities at the border, which are a start and no observation.
    """
    if margin == 0:
        return density
    hy, hx = density.spacing
    ny, nx = density.shape[1:]
    mask = np.ones((ny, nx), bool) if density.mask is None else density.mask
    return replace(
        density,
        values=widen(density.values, margin),
        mask=np.pad(mask, margin),
        y=density.y[0] + hy * (np.arange(ny + 2 * margin) - margin),
        x=density.x[0] + hx * (np.arange(nx + 2 * margin) - margin),
    )


def widen(fields: Array, margin: int) -> Array:
    """Return fields (..., Y, X) continued by ``margin`` bins as if the border were a mirror."""
    if margin == 0:
        return fields
    lead = ((0, 0),) * (fields.ndim - 2)
    sides = (*lead, (margin, margin), (margin, margin))
    return np.pad(fields, sides, mode="symmetric")


def narrow(fields: NDArray[Kind], margin: int) -> NDArray[Kind]:
    """Return the region's part of fields (..., Y, X) that have surroundings."""
    if margin == 0:
        return fields
    return fields[..., margin:-margin, margin:-margin]


def region_grid(hy: float, hx: float, mask: Mask | None, margin: int) -> Grid:
    """Return the grid on which a region is solved.

    Without surroundings the border of the region is closed; with them cells move freely within
    ``margin`` bins of it, whether those lie in the field (next to a masked part) or around it.
    """
    if mask is None:
        return Grid(hy, hx)
    reached = binary_dilation(mask, np.ones((3, 3), bool), margin) if margin else mask
    return Grid.masked(hy, hx, torch.tensor(reached))


def margin_for(diffusivity: float, duration: float, spacing: float, bins: tuple[int, int]) -> int:
    """Return how many bins of surroundings matter.

    Twice the distance sqrt(2 D t) that cells with a diffusivity move along an axis in the movie.
    """
    reach = 2 * np.sqrt(2 * diffusivity * duration) / spacing
    widest = min(WIDEST, *bins)
    return int(np.clip(np.ceil(reach), min(NARROWEST, widest), widest))
