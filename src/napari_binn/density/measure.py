"""From a movie to the density u(x, y, t) on bins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..events import Notice, Progress, Report, silent
from ..movie.model import Movie
from ..settings import DensitySettings
from ..units import PIXEL, to_analysis_length, to_analysis_time
from .crop import crop_density, frames_between
from .grid import Grid, Rectangle, choose_grid, choose_region, within
from .intensity import measure_intensity
from .labels import locate_labels
from .model import Density
from .nuclei import locate_nuclei
from .points import locate_points

__all__ = ["crop_density", "measure_density"]

Method = Literal["points", "labels", "nuclei", "intensity"]

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
_NEEDS = {"points": "points", "labels": "labels", "nuclei": "image", "intensity": "image"}
_DEFAULT: dict[str, Method] = {"points": "points", "labels": "labels", "image": "nuclei"}


def measure_density(movie: Movie, settings: DensitySettings, report: Report = silent) -> Density:
    """Measure the density of cells in each bin and frame.

    Calibrated movies give cells/mm², mm and days, others cells/pixel² and frames. Where cells are
    counted, density = count / true area of the bin, and ``counts_per_unit`` is that area.

    Parameters
    ----------
    movie
        Pixels, labels or positions.
    settings
        Method, region and bins; see :func:`~napari_binn.density.grid.choose_grid` for the default
        bins.
    report
        Receives the progress, and a notice for each thing that was assumed or estimated.

    Raises
    ------
    UserError
        The method does not fit the movie, the region or the times leave too little, frames cannot
        be read or hold values that are not numbers, or there is nothing to see.
    """
    method = _method(movie, settings)
    notes = list(movie.assumptions)
    for note in notes:
        report(Notice(note))

    def tell(event: object) -> None:
        if isinstance(event, Notice):
            notes.append(event.text)
            report(event)

    indices = frames_between(movie.times, settings.t_range, movie.time_unit, movie.source)
    hint = " (--field states a larger one)" if movie.kind == "points" else ""
    region = choose_region(settings.region, movie.extent, movie.length_unit, movie.source, hint)
    pixel = None if movie.kind == "points" else (movie.pixel_size[1], movie.pixel_size[0])
    counted = method != "intensity"
    if counted:
        cells = _locate(movie, method, indices, region, settings, tell, report)
        mean = float(np.mean([len(frame) for frame in cells]))
        grid = choose_grid(region, settings, movie.length_unit, mean_cells=mean, pixel=pixel)
        values = np.stack([grid.count(frame) for frame in cells])
    else:
        grid = choose_grid(region, settings, movie.length_unit, mean_cells=None, pixel=pixel)
        values = _intensities(movie, indices, settings, tell, report, grid)
    if settings.bins is None and settings.bin_size is None:
        hx, hy = grid.size
        tell(
            Notice(
                f"Bins: {grid.nx} × {grid.ny}, each {hx:.4g} × {hy:.4g} {movie.length_unit} "
                "(chosen; --bins sets them)."
            )
        )
    return _density(movie, indices, values, grid, settings, method, tuple(notes))


def _method(movie: Movie, settings: DensitySettings) -> Method:
    if settings.method == "auto":
        return _DEFAULT[movie.kind]
    method = settings.method
    if _NEEDS[method] != movie.kind:
        hint = (
            "open it with --set movie.kind=labels"
            if method == "labels" and movie.kind == "image"
            else f"choose {_DEFAULT[movie.kind]} or auto"
        )
        held = {"points": "cell positions", "labels": "labels", "image": "intensities"}[movie.kind]
        raise UserError(
            f"The setting 'density.method' is {method}, but {movie.source} holds {held}: {hint}."
        )
    return method


def _locate(
    movie: Movie,
    method: Method,
    indices: NDArray[np.intp],
    region: Rectangle,
    settings: DensitySettings,
    tell: Report,
    report: Report,
) -> list[NDArray[np.float64]]:
    """Return the positions of the cells in the region, for each frame."""
    locate = LOCATORS[method](movie, indices, settings, tell)
    cells = []
    most = 0
    for done, index in enumerate(indices, 1):
        positions = locate(int(index))
        most = max(most, len(positions))
        cells.append(positions[within(positions, region)])
        report(Progress("density", done, len(indices), f"{len(cells[-1])} cells"))
    if not any(len(frame) for frame in cells):
        where = "" if settings.region is None else " in the region"
        raise UserError(f"There is no cell{where} in any frame of {movie.source}.")
    if method == "labels" and most == 1:
        raise UserError(
            f"{movie.source} has one label only, so it looks like a mask: give each cell its own "
            "number."
        )
    return cells


def _intensities(
    movie: Movie,
    indices: NDArray[np.intp],
    settings: DensitySettings,
    tell: Report,
    report: Report,
    grid: Grid,
) -> NDArray[np.float64]:
    measure = measure_intensity(movie, indices, settings, tell, grid)
    values = np.empty((len(indices), grid.ny, grid.nx))
    for done, index in enumerate(indices):
        values[done] = measure(int(index))
        report(Progress("density", done + 1, len(indices)))
    if values.max() == 0:
        raise UserError(
            f"No bin of {movie.source} is brighter than the background: lower "
            "--set density.background."
        )
    return values


def _density(
    movie: Movie,
    indices: NDArray[np.intp],
    values: NDArray[np.float64],
    grid: Grid,
    settings: DensitySettings,
    method: Method,
    notes: tuple[str, ...],
) -> Density:
    length, length_unit = to_analysis_length(movie.length_unit)
    time, time_unit = to_analysis_time(movie.time_unit)
    hx, hy = (size * length for size in grid.size)
    unit = "cells/pixel²" if length_unit == PIXEL else "cells/mm²"
    counts_per_unit = None
    if method != "intensity":
        counts_per_unit = hx * hy
        values = values / counts_per_unit
    elif settings.intensity_per_cell is None:
        unit = "a.u."
    else:
        values = values / length**2
    return Density(
        values=values,
        t=movie.times[indices] * time,
        y=grid.y * length,
        x=grid.x * length,
        length_unit=length_unit,
        time_unit=time_unit,
        density_unit=unit,
        counts_per_unit=counts_per_unit,
        source=movie.source,
        assumptions=notes,
    )
