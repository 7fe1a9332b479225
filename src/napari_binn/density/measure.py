"""From a movie to the density u(x, y, t) on bins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..events import Notice, Progress, Report, silent
from ..movie.model import Movie
from ..settings import DensitySettings
from ..units import PIXEL, symbol, to_analysis_length, to_analysis_time
from .area import OBSERVED, Area, choose_area, observed_bins
from .crop import crop_density, frames_between
from .grid import Grid, choose_grid
from .intensity import measure_intensity
from .labels import locate_labels
from .methods import Method, choose_method
from .model import Density
from .nuclei import locate_nuclei
from .points import locate_points

__all__ = ["crop_density", "measure_density"]

# A locator looks at the movie once and returns what finds the cells of frame i: their positions
# x, y, shape (N, 2) [length unit of the movie].
Locator = Callable[
    [Movie, NDArray[np.intp], DensitySettings, Report], Callable[[int], NDArray[np.float64]]
]
LOCATORS: dict[Method, Locator] = {
    "points": locate_points,
    "labels": locate_labels,
    "nuclei": locate_nuclei,
}


def measure_density(movie: Movie, settings: DensitySettings, report: Report = silent) -> Density:
    """Measure the density of cells in each bin and frame.

    Calibrated movies give cells/mm², mm and days, others cells/pixel² and frames. Where cells are
    counted, density = count / true area of the bin, and ``counts_per_unit`` is that area. A bin
    that a polygon cuts is measured on the part inside: its density is right on average, but noisier
    than ``counts_per_unit`` says. Bins with less than half of their area inside are masked.

    Parameters
    ----------
    movie
        Pixels, labels or positions.
    settings
        Method, area and bins; see :func:`~napari_binn.density.grid.choose_grid` for the default
        bins.
    report
        Receives the progress, and a notice for each thing that was assumed or estimated.

    Raises
    ------
    UserError
        The method does not fit the movie, the region or the times leave too little, frames cannot
        be read or hold values that are not numbers, or there is nothing to see.
    """
    method = choose_method(movie, settings)
    notes = list(movie.assumptions)
    if movie.extent_assumption and not settings.include:
        notes.append(movie.extent_assumption)
    for note in notes:
        report(Notice(note))

    def tell(event: object) -> None:
        if isinstance(event, Notice):
            notes.append(event.text)
            report(event)

    indices = frames_between(movie.times, settings.t_range, movie.time_unit, movie.source)
    area = area_of(movie, settings)
    if method == "intensity":
        grid = grid_of(movie, settings, area, None)
        binned = _intensities(movie, indices, settings, tell, report, grid, area)
    else:
        cells = _locate(movie, method, indices, area, settings, tell, report)
        grid = grid_of(movie, settings, area, float(np.mean([len(frame) for frame in cells])))
        binned = np.stack([grid.count(frame) for frame in cells])
    if settings.bins is None and settings.bin_size is None:
        hx, hy = grid.size
        tell(
            Notice(
                f"Bins: {grid.nx} × {grid.ny}, each {hx:.4g} × {hy:.4g} "
                f"{symbol(movie.length_unit)} (chosen; 'density.bins' sets them)."
            )
        )
    scale = scale_of(movie, grid, settings, method)
    values, mask = densities(binned, area.coverage(grid), scale, movie.source)
    if values.max() == 0:
        raise UserError(f"The bins inside the polygons are empty in every frame of {movie.source}.")
    length, length_unit = to_analysis_length(movie.length_unit)
    time, time_unit = to_analysis_time(movie.time_unit)
    return Density(
        values=values,
        t=movie.times[indices] * time,
        y=grid.y * length,
        x=grid.x * length,
        length_unit=length_unit,
        time_unit=time_unit,
        density_unit=scale.unit,
        counts_per_unit=scale.divisor if scale.counted else None,
        mask=mask,
        source=movie.source,
        assumptions=tuple(notes),
    )


def check_choices(movie: Movie, settings: DensitySettings) -> None:
    """Raise a UserError for what cannot be measured, as far as that shows without measuring.

    That is a method that does not fit the movie, or a region, polygons or times beyond it.
    """
    choose_method(movie, settings)
    frames_between(movie.times, settings.t_range, movie.time_unit, movie.source)
    area_of(movie, settings)


def area_of(movie: Movie, settings: DensitySettings) -> Area:
    """Return the part of the movie that is analysed; see :func:`.area.choose_area`."""
    points = movie.kind == "points"
    hint = " (the setting 'movie.field' states a larger one)" if points else ""
    return choose_area(
        settings, movie.extent, movie.length_unit, movie.source, hint=hint, open_field=points
    )


def grid_of(movie: Movie, settings: DensitySettings, area: Area, mean_cells: float | None) -> Grid:
    """Return the bins for so many cells in the area, averaged over the frames (None: unknown)."""
    pixel = None if movie.kind == "points" else (movie.pixel_size[1], movie.pixel_size[0])
    if mean_cells is not None and not area.whole:
        mean_cells /= max(area.share, 1e-9)
    return choose_grid(area.region, settings, movie.length_unit, mean_cells=mean_cells, pixel=pixel)


def _locate(
    movie: Movie,
    method: Method,
    indices: NDArray[np.intp],
    area: Area,
    settings: DensitySettings,
    tell: Report,
    report: Report,
) -> list[NDArray[np.float64]]:
    """Return the positions of the cells in the area, for each frame."""
    locate = LOCATORS[method](movie, indices, settings, tell)
    cells = []
    most = 0
    for done, index in enumerate(indices, 1):
        positions = locate(int(index))
        most = max(most, len(positions))
        cells.append(positions[area.contains(positions)])
        report(Progress("density", done, len(indices), f"{len(cells[-1])} cells"))
    if not any(len(frame) for frame in cells):
        chosen = settings.region is not None or not area.whole
        where = " in the region" if chosen else ""
        raise UserError(f"There is no cell{where} in any frame of {movie.source}.")
    if method == "labels":
        check_labels(movie, most)
    return cells


def check_labels(movie: Movie, most: int) -> None:
    """Raise a UserError if no frame has more than one label: that is a mask."""
    if most == 1:
        raise UserError(
            f"{movie.source} has one label only, so it looks like a mask: give each cell its own "
            "number."
        )


def _intensities(
    movie: Movie,
    indices: NDArray[np.intp],
    settings: DensitySettings,
    tell: Report,
    report: Report,
    grid: Grid,
    area: Area,
) -> NDArray[np.float64]:
    measure = measure_intensity(movie, indices, settings, tell, grid, area)
    values = np.empty((len(indices), grid.ny, grid.nx))
    for done, index in enumerate(indices):
        values[done] = measure(int(index))
        report(Progress("density", done + 1, len(indices)))
    if values.max() == 0:
        raise UserError(
            f"No bin of {movie.source} is brighter than the background: lower "
            "the setting 'density.background'."
        )
    return values


@dataclass(frozen=True)
class Scale:
    """How counts or intensities become densities.

    Attributes
    ----------
    divisor
        What a whole bin of density 1 holds.
    unit
        Unit of the density.
    counted
        Whether cells were counted, so that ``divisor`` is the area of a bin.
    """

    divisor: float
    unit: str
    counted: bool


def scale_of(movie: Movie, grid: Grid, settings: DensitySettings, method: Method) -> Scale:
    """Return the scale of what ``method`` measures."""
    length, length_unit = to_analysis_length(movie.length_unit)
    unit = "cells/pixel²" if length_unit == PIXEL else "cells/mm²"
    if method != "intensity":
        hx, hy = (size * length for size in grid.size)
        return Scale(hx * hy, unit, counted=True)
    if settings.intensity_per_cell is None:
        return Scale(1.0, "a.u.", counted=False)
    return Scale(length**2, unit, counted=False)


def densities(
    binned: NDArray[np.float64], coverage: NDArray[np.float64], scale: Scale, name: str
) -> tuple[NDArray[np.float64], NDArray[np.bool_] | None]:
    """Return the density in each bin, zero where it was not observed, and the mask of those seen.

    Parameters
    ----------
    binned
        Counts, or mean intensities of the part inside, shape (..., ny, nx).
    coverage
        Share of each bin that is inside the area, shape (ny, nx).
    scale
        What they become.
    name
        What the movie is called in messages.

    Raises
    ------
    UserError
        The polygons leave too few bins.
    """
    mask = observed_bins(coverage >= OBSERVED, name)
    part = np.maximum(coverage, OBSERVED) if scale.counted else 1.0
    values = binned / (scale.divisor * part)
    return values if mask is None else np.where(mask, values, 0.0), mask
