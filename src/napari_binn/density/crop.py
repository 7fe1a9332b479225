"""A part of a density that came ready: region, times, coarser bins."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..settings import DensitySettings
from ..units import symbol
from .area import Area, choose_area, observed_bins
from .grid import SMALLEST
from .model import Density


def frames_between(
    times: NDArray[np.float64], t_range: tuple[float, float] | None, unit: str, name: str
) -> NDArray[np.intp]:
    """Return the indices of the frames between two times, both included.

    Raises
    ------
    UserError
        The times are in the wrong order or leave fewer than two frames.
    """
    if t_range is None:
        return np.arange(len(times))
    first, last = t_range
    if not first < last:
        raise UserError("The time range must have its first time before its last.")
    tolerance = 1e-9 * float(np.abs(times).max())
    kept = np.flatnonzero((times >= first - tolerance) & (times <= last + tolerance))
    if len(kept) < 2:
        raise UserError(
            f"The time range {first:g} to {last:g} leaves {len(kept)} of {len(times)} frames of "
            f"{name} (times {times[0]:g} to {times[-1]:g} {symbol(unit)}): at least two are needed."
        )
    return kept


def crop_density(density: Density, settings: DensitySettings) -> Density:
    """Return the part of a ready density that the settings ask for.

    Bins whose centre lies in ``region`` are kept, frames in ``t_range``; bins whose centre lies
    outside of ``include`` or inside ``exclude`` are masked; ``bins`` or ``bin_size`` average blocks
    of bins, where the numbers divide evenly. A block counts as observed if all of it was.

    Raises
    ------
    UserError
        The area reaches out of the density or leaves fewer than 4 × 4 bins, the times leave
        fewer than two frames, or the bins do not divide evenly.
    """
    kept = frames_between(density.t, settings.t_range, density.time_unit, density.source)
    span = slice(kept[0], kept[-1] + 1)
    density = replace(density, values=density.values[span], t=density.t[span])
    area = _area(density, settings)
    chosen = settings.region is not None or not area.whole
    if chosen:
        density = _within_area(density, area)
    by, bx = _blocks(density, settings)
    if (by, bx) != (1, 1):
        density = _averaged(density, by, bx)
    if chosen or settings.t_range is not None:
        observed = density.observed()
        if observed.size == 0 or observed.max() == 0:
            raise UserError(f"The part of {density.source} that was chosen is zero everywhere.")
    return density


def _area(density: Density, settings: DensitySettings) -> Area:
    hy, hx = density.spacing
    field = (
        float(density.x[0] - hx / 2),
        float(density.y[0] - hy / 2),
        float(density.x[-1] + hx / 2),
        float(density.y[-1] + hy / 2),
    )
    return choose_area(settings, field, density.length_unit, density.source)


def _within_area(density: Density, area: Area) -> Density:
    x0, y0, x1, y1 = area.region
    rows = np.flatnonzero((density.y >= y0) & (density.y <= y1))
    columns = np.flatnonzero((density.x >= x0) & (density.x <= x1))
    if min(len(rows), len(columns)) < SMALLEST:
        raise UserError(
            f"The region holds {len(columns)} × {len(rows)} bins of {density.source}: at least "
            "4 × 4 are needed."
        )
    part = np.ix_(rows, columns)
    values, x, y = density.values[:, part[0], part[1]], density.x[columns], density.y[rows]
    mask = None if density.mask is None else density.mask[part]
    if not area.whole:
        centres = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        inside = area.contains(centres).reshape(len(y), len(x))
        mask = observed_bins(inside if mask is None else inside & mask, density.source)
        values = values if mask is None else np.where(mask, values, 0.0)
    return replace(density, values=values, y=y, x=x, mask=mask)


def _blocks(density: Density, settings: DensitySettings) -> tuple[int, int]:
    """Return how many bins are averaged along y and x."""
    ny, nx = density.values.shape[1:]
    if settings.bins is not None:
        wanted = settings.bins
    elif settings.bin_size is not None:
        hy, hx = density.spacing
        wanted = (round(nx * hx / settings.bin_size), round(ny * hy / settings.bin_size))
        exact = np.isclose((nx * hx, ny * hy), np.multiply(wanted, settings.bin_size), rtol=1e-3)
        if not exact.all():
            wanted = (0, 0)
    else:
        return 1, 1
    if min(wanted) < SMALLEST or nx % wanted[0] or ny % wanted[1]:
        raise UserError(
            f"{density.source} has {nx} × {ny} bins, which cannot be averaged to what was asked "
            "for: choose numbers of bins (at least 4) that divide these evenly."
        )
    return ny // wanted[1], nx // wanted[0]


def _averaged(density: Density, by: int, bx: int) -> Density:
    frames, ny, nx = density.values.shape
    shape = (ny // by, by, nx // bx, bx)
    values = density.values.reshape(frames, *shape).mean(axis=(2, 4))
    mask = density.mask
    if mask is not None:
        mask = np.asarray(mask.reshape(shape).all(axis=(1, 3)), dtype=np.bool_)
        values = np.where(mask, values, 0.0)
    counts, patches = density.counts_per_unit, density.patches_per_bin
    return replace(
        density,
        values=values,
        y=density.y.reshape(-1, by).mean(axis=1),
        x=density.x.reshape(-1, bx).mean(axis=1),
        counts_per_unit=None if counts is None else counts * by * bx,
        patches_per_bin=None if patches is None else patches * by * bx,
        mask=mask,
    )
