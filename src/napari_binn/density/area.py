"""The part of the field that is analysed: a rectangle, and polygons in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..settings import DensitySettings
from ..units import symbol
from .grid import SMALLEST, Grid, Rectangle, choose_region, corners, within
from .polygons import Polygons, bounding, covered, inside

# A bin counts as observed if at least this share of it is inside.
OBSERVED = 0.5
FEWEST_BINS = 16
_FINE = 64


@dataclass(frozen=True)
class Area:
    """What is inside the region, inside one of ``include`` and in none of ``exclude``.

    Attributes
    ----------
    region
        Corners x0, y0, x1, y1 of the rectangle that the bins fill [length unit of the movie].
    include, exclude
        Polygons of corners (x, y); without any to include, the whole region is.
    """

    region: Rectangle
    include: Polygons = ()
    exclude: Polygons = ()

    @property
    def whole(self) -> bool:
        """Whether the area is the region, without any polygon."""
        return not (self.include or self.exclude)

    @property
    def share(self) -> float:
        """Share of the region that is inside."""
        return float(self.coverage(Grid(self.region, _FINE, _FINE)).mean())

    def contains(self, positions: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which positions (x, y) are inside, shape (N,)."""
        result = within(positions, self.region)
        if self.include:
            result &= inside(positions, self.include)
        if self.exclude:
            result &= ~inside(positions, self.exclude)
        return result

    def coverage(self, grid: Grid) -> NDArray[np.float64]:
        """Return the share of each bin that is inside, shape (ny, nx)."""
        if self.whole:
            return np.ones((grid.ny, grid.nx))
        return covered(*grid.edges, self.include, self.exclude)

    def pixels(
        self,
        shape: tuple[int, int],
        pixel_size: tuple[float, float],
        corner: tuple[float, float] = (0.0, 0.0),
    ) -> NDArray[np.float64] | None:
        """Return the share of each pixel inside the polygons, shape (Y, X); None without any.

        ``corner`` is where the outer corner of the first pixel lies, (x0, y0).
        """
        if self.whole:
            return None
        (height, width), (dy, dx) = shape, pixel_size
        x = corner[0] + np.arange(width + 1, dtype=np.float64) * np.float64(dx)
        y = corner[1] + np.arange(height + 1, dtype=np.float64) * np.float64(dy)
        return covered(x, y, self.include, self.exclude, lines=1)


def choose_area(
    settings: DensitySettings,
    field: Rectangle,
    unit: str,
    name: str,
    *,
    hint: str = "",
    open_field: bool = False,
) -> Area:
    """Return the area that is analysed.

    ``region`` bounds it; without, the polygons of ``include`` do, as far as they are in the field.

    Parameters
    ----------
    settings
        ``region``, ``include`` and ``exclude``.
    field
        What was observed, corners x0, y0, x1, y1 [``unit``].
    unit, name
        Length unit, and what the movie is called in messages.
    hint
        Ends the sentence that the user gets if the region reaches out of the field.
    open_field
        Whether polygons may reach out of the field and tell how large it was: there are no cells
        at the border of given positions, but it was observed.

    Raises
    ------
    UserError
        A part of the area is not in the field, or the region is no rectangle.
    """
    if settings.include:
        for polygon in settings.include:
            if _common(bounding((polygon,)), field) is None:
                raise UserError(
                    f"A polygon of 'density.include' within {corners(bounding((polygon,)))} lies "
                    f"outside of {name}, which covers {corners(field)} {symbol(unit)}."
                )
        around = bounding(settings.include)
        if open_field:
            field = _around(field, around)
        asked = settings.region or _common(around, field)
    else:
        asked = settings.region
    region = choose_region(asked, field, unit, name, hint)
    return Area(region, settings.include, settings.exclude)


def observed_bins(inside: NDArray[np.bool_], name: str) -> NDArray[np.bool_] | None:
    """Return which bins were observed, shape (Y, X); None if all were.

    Raises
    ------
    UserError
        So few are left that nothing can be learned from them.
    """
    if inside.all():
        return None
    count = int(inside.sum())
    rows, columns = (int(np.ptp(axis)) + 1 if count else 0 for axis in np.nonzero(inside))
    if count < FEWEST_BINS or min(rows, columns) < SMALLEST:
        raise UserError(
            f"The polygons leave {count} bins of {name}, {columns} × {rows} at most: at least "
            f"{FEWEST_BINS} are needed, and 4 × 4, so make the bins smaller or the area larger."
        )
    return inside


def _common(first: Rectangle, second: Rectangle) -> Rectangle | None:
    """Return where two rectangles overlap, or None."""
    x0, y0 = max(first[0], second[0]), max(first[1], second[1])
    x1, y1 = min(first[2], second[2]), min(first[3], second[3])
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


def _around(first: Rectangle, second: Rectangle) -> Rectangle:
    """Return the smallest rectangle that holds two."""
    x0, y0 = min(first[0], second[0]), min(first[1], second[1])
    return x0, y0, max(first[2], second[2]), max(first[3], second[3])
