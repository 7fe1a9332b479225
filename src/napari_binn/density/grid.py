"""The bins: which part of the field is analysed, and how finely."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..settings import DensitySettings
from ..units import symbol

Rectangle = tuple[float, float, float, float]

SMALLEST = 4
LARGEST = 250_000

# Defaults: a bin that holds fewer cells is mostly noise, and more bins than this make the later
# stages slow without telling more.
CELLS_PER_BIN = 6.0
SHORT_SIDE = 8
SHORT_SIDE_INTENSITY = 16
MOST_BINS = 400


@dataclass(frozen=True)
class Grid:
    """Equal rectangular bins that fill a region.

    Attributes
    ----------
    region
        Corners x0, y0, x1, y1 [length unit of the movie].
    nx, ny
        Number of bins along x and y.
    """

    region: Rectangle
    nx: int
    ny: int

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of a bin (hx, hy): extent of the region over the number of bins."""
        x0, y0, x1, y1 = self.region
        return (x1 - x0) / self.nx, (y1 - y0) / self.ny

    @property
    def x(self) -> NDArray[np.float64]:
        """Centres along x, shape (nx,)."""
        return self.region[0] + (np.arange(self.nx, dtype=np.float64) + 0.5) * self.size[0]

    @property
    def y(self) -> NDArray[np.float64]:
        """Centres along y, shape (ny,)."""
        return self.region[1] + (np.arange(self.ny, dtype=np.float64) + 0.5) * self.size[1]

    @property
    def edges(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Borders of the bins along x and y, shapes (nx + 1,) and (ny + 1,)."""
        x0, y0, x1, y1 = self.region
        x: NDArray[np.float64] = np.linspace(x0, x1, self.nx + 1, dtype=np.float64)
        y: NDArray[np.float64] = np.linspace(y0, y1, self.ny + 1, dtype=np.float64)
        return x, y

    def count(self, positions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how many positions (x, y) fall into each bin, shape (ny, nx).

        Positions outside the region do not count; those on its upper edges do.
        """
        inside = positions[within(positions, self.region)]
        hx, hy = self.size
        column = np.minimum(((inside[:, 0] - self.region[0]) / hx).astype(np.intp), self.nx - 1)
        row = np.minimum(((inside[:, 1] - self.region[1]) / hy).astype(np.intp), self.ny - 1)
        counts = np.bincount(row * self.nx + column, minlength=self.ny * self.nx)
        return counts.reshape(self.ny, self.nx).astype(np.float64)


def within(positions: NDArray[np.float64], region: Rectangle) -> NDArray[np.bool_]:
    """Return which positions (x, y) lie in the region, shape (N,)."""
    x0, y0, x1, y1 = region
    x, y = positions[:, 0], positions[:, 1]
    inside: NDArray[np.bool_] = (x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)
    return inside


def choose_region(
    asked: Rectangle | None, field: Rectangle, unit: str, name: str, hint: str = ""
) -> Rectangle:
    """Return the region that is analysed: what was asked for, or the whole field.

    ``hint`` ends the sentence that the user gets if the region reaches out of the field.

    Raises
    ------
    UserError
        The corners are in the wrong order, or the region reaches out of the field.
    """
    if asked is None:
        return field
    x0, y0, x1, y1 = asked
    if not (x0 < x1 and y0 < y1):
        raise UserError("The region must have x0 < x1 and y0 < y1.")
    tolerance = 1e-9 * max(field[2] - field[0], field[3] - field[1])
    lower = x0 >= field[0] - tolerance and y0 >= field[1] - tolerance
    upper = x1 <= field[2] + tolerance and y1 <= field[3] + tolerance
    if not (lower and upper):
        raise UserError(
            f"The region {corners(asked)} reaches out of {name}, which covers {corners(field)} "
            f"{symbol(unit)}{hint}."
        )
    return asked


def choose_grid(
    region: Rectangle,
    settings: DensitySettings,
    unit: str,
    *,
    mean_cells: float | None,
    pixel: tuple[float, float] | None = None,
) -> Grid:
    """Divide the region into bins.

    Parameters
    ----------
    region
        Corners x0, y0, x1, y1 [``unit``].
    settings
        ``bins`` is the number of bins; ``bin_size`` a nominal side, of which the smallest number
        that fills the region is taken. Without both, nearly square bins are chosen: with
        ``CELLS_PER_BIN`` cells on average over the movie, at least ``SHORT_SIDE`` along the shorter
        side where possible, and at most ``MOST_BINS`` in total.
    unit
        Length unit.
    mean_cells
        Cells in the region, averaged over the frames; None if they were not counted.
    pixel
        Width and height of a pixel: bins must not be smaller.

    Raises
    ------
    UserError
        Fewer than 4 bins along a side, or bins smaller than a pixel.
    """
    width, height = region[2] - region[0], region[3] - region[1]
    if settings.bins is not None:
        nx, ny = settings.bins
    elif settings.bin_size is not None:
        nx = math.ceil(width / settings.bin_size * (1 - 1e-9))
        ny = math.ceil(height / settings.bin_size * (1 - 1e-9))
    else:
        nx, ny = _default_bins(width, height, mean_cells)
    if min(nx, ny) < SMALLEST:
        raise UserError(
            f"The region of {width:g} × {height:g} {symbol(unit)} holds {nx} × {ny} bins of "
            f"{settings.bin_size:g} {symbol(unit)}: at least 4 × 4 are needed, so make the bins "
            "smaller or the region larger."
        )
    if nx * ny > LARGEST:
        raise UserError(f"{nx} × {ny} bins are too many (at most {LARGEST}): make them larger.")
    grid = Grid(region, nx, ny)
    if pixel is not None and (grid.size[0] < pixel[0] or grid.size[1] < pixel[1]):
        raise UserError(
            f"{nx} × {ny} bins in a region of {width / pixel[0]:.4g} × {height / pixel[1]:.4g} "
            "pixels are smaller than a pixel: use fewer bins or a larger region."
        )
    return grid


def _default_bins(width: float, height: float, mean_cells: float | None) -> tuple[int, int]:
    if mean_cells is None:
        side = min(width, height) / SHORT_SIDE_INTENSITY
    else:
        side = math.sqrt(width * height * CELLS_PER_BIN / max(mean_cells, 1.0))
        side = min(side, min(width, height) / SHORT_SIDE)
    side = max(side, math.sqrt(width * height / MOST_BINS))
    nx, ny = (max(SMALLEST, round(length / side)) for length in (width, height))
    while nx * ny > MOST_BINS and max(nx, ny) > SMALLEST:
        nx, ny = (nx - 1, ny) if nx / width >= ny / height and nx > SMALLEST else (nx, ny - 1)
    return nx, ny


def corners(rectangle: Rectangle) -> str:
    """Return a rectangle as text."""
    return "(" + ", ".join(f"{value:g}" for value in rectangle) + ")"
