"""From a movie to the density u(x, y, t) on bins."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..events import Notice, Progress, Report, silent
from ..movie.model import Movie
from ..movie.window import crop_movie
from ..settings import DensitySettings
from ..units import symbol, to_analysis_length, to_analysis_time
from .area import OBSERVED, Area, choose_area
from .binning import Binned, Binner, valid_positions
from .crop import crop_density, frames_between
from .frame_loop import Store, awaited, measured_frames
from .grid import Grid, choose_grid
from .method import Looked, MethodInfo
from .methods import check_method, choose_method
from .model import Density
from .scale import Scale, densities, scale_of
from .sight import Sight

__all__ = ["check_choices", "crop_density", "measure_density"]

Array = NDArray[np.float64]
# Frames of more pixels are not read beyond the region and this margin around it [pixels].
_LARGE, _MARGIN = 1 << 24, 256


def measure_density(
    movie: Movie,
    settings: DensitySettings,
    report: Report = silent,
    store: Store | None = None,
) -> Density:
    """Measure the density of cells in each bin and frame.

    Calibrated movies give cells/mm², mm and days, others cells/pixel² and frames; methods that do
    not count give the covered share of the area, or brightness. Where cells are counted,
    density = count / true area of the bin, and ``counts_per_unit`` is that area. A bin that a
    polygon cuts, or in which pixels are not valid, is measured on the part that was observed: its
    density is right on average, but noisier than ``counts_per_unit`` says. Bins of which less than
    half was observed in any of the frames are masked.

    Parameters
    ----------
    movie
        Pixels, labels or positions.
    settings
        Method, area and bins; see :func:`~napari_binn.density.grid.choose_grid` for the default
        bins.
    report
        Receives the progress, and a notice for each thing that was assumed or estimated.
    store
        What each frame gave goes there, and what is in it already is not measured again: the
        positions of its cells, or values and observed shares of its bins (2, ny, nx).

    Raises
    ------
    UserError
        The method does not fit the movie, the region or the times leave too little, frames cannot
        be read or hold values that are not numbers, or there is nothing to see.
    """
    teller = _Teller(report)
    check_method(movie, settings)
    for note in _assumed(movie, settings):
        teller.tell(note)
    indices = frames_between(movie.times, settings.t_range, movie.time_unit, movie.source)
    area = area_of(movie, settings)
    with ExitStack() as stack:
        sight = stack.enter_context(Sight(movie))

        def beat() -> None:
            report(Progress("density", 0, len(indices), "looking at the movie"))

        choice = awaited(partial(choose_method, sight, indices, settings), beat)
        info = choice.method.info
        part = part_of(movie, area, info)
        if part is not movie:
            sight = stack.enter_context(Sight(part))
        looked = awaited(partial(choice.method.look, sight, indices, settings), beat)
        for note in (*choice.notes, *looked.notes):
            teller.tell(note)
        for warning in (*choice.warnings, *looked.warnings):
            teller.tell(warning, "warning")
        frames = [int(index) for index in indices]
        kept = {} if store is None else store
        stage = _Stage(part, settings, area, frames, info, looked, kept)
        grid, binned = stage.counted(report) if info.counts else stage.mapped(report)
    if settings.bins is None and settings.bin_size is None:
        teller.tell(_chosen_bins(grid, movie.length_unit))
    scale = scale_of(movie, grid, info, looked)
    values, mask = densities(binned, scale, movie.source)
    if values.max() == 0:
        raise _nothing(movie, info, area, found=True)
    hidden = _hidden(mask, area.coverage(grid))
    if hidden:
        teller.tell(hidden)
    density = _density(movie, indices, grid, values, mask, scale)
    bare = _bare(density)
    if bare:
        teller.tell(bare)
    return replace(density, assumptions=tuple(teller.notes))


def check_choices(movie: Movie, settings: DensitySettings) -> None:
    """Raise a UserError for what cannot be measured, as far as that shows without measuring.

    That is a method that does not fit the movie, or a region, polygons or times beyond it.
    """
    check_method(movie, settings)
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


def grid_of_maps(movie: Movie, settings: DensitySettings, area: Area, looked: Looked) -> Grid:
    """Return the bins of a method that does not count: a bin holds a few patches, if it has any."""
    if looked.patch is None:
        return grid_of(movie, settings, area, None)
    x0, y0, x1, y1 = area.region
    whole = Area(area.region)
    return grid_of(movie, settings, whole, (x1 - x0) * (y1 - y0) / looked.patch)


def part_of(movie: Movie, area: Area, info: MethodInfo) -> Movie:
    """Return the part of a movie of very large frames that a map is made of: around the region.

    Methods that count see the movie itself.
    """
    (x0, y0, x1, y1), (dy, dx) = movie.extent, movie.pixel_size
    if info.counts or (x1 - x0) * (y1 - y0) <= _LARGE * dx * dy:
        return movie
    return crop_movie(movie, area.region, _MARGIN * max(dy, dx))


def cells_in(movie: Movie, area: Area, index: int, found: Array) -> Array:
    """Return the cells of a frame that lie in the area, on valid pixels, shape (N, 2)."""
    return valid_positions(movie, index, found[area.contains(found)])


@dataclass(frozen=True)
class _Stage:
    """The frames of a movie, measured by a method."""

    movie: Movie
    settings: DensitySettings
    area: Area
    frames: Sequence[int]
    info: MethodInfo
    looked: Looked
    store: Store

    def counted(self, report: Report) -> tuple[Grid, list[Binned]]:
        """Return the bins that suit the cells, and how many each holds in each frame."""
        movie, frames = self.movie, self.frames
        cells: list[int] = []

        def work(index: int) -> Array:
            return cells_in(movie, self.area, index, self.looked.measure(index))

        for positions in self._measured(work, report):
            cells.append(len(positions))
            report(Progress("density", len(cells), len(frames), f"{len(positions)} cells"))
        if not any(cells):
            raise _nothing(movie, self.info, self.area)
        grid = grid_of(movie, self.settings, self.area, float(np.mean(cells)))
        binner = Binner(movie, grid, self.area, counts=True)
        return grid, [binner(index, self.store[index]) for index in frames]

    def mapped(self, report: Report) -> tuple[Grid, list[Binned]]:
        """Return the bins, and the mean of the map over each in each frame."""
        grid = grid_of_maps(self.movie, self.settings, self.area, self.looked)
        binner = Binner(self.movie, grid, self.area, counts=False)
        binned: list[Binned] = []

        def work(index: int) -> Array:
            found = binner(index, self.looked.measure(index))
            return np.stack([found.values, found.covered])

        for values, covered in self._measured(work, report):
            binned.append(Binned(values, covered))
            text = ""
            if self.info.quantity == "fraction" and covered.sum() > 0:
                text = f"{100 * float(np.average(values, weights=covered)):.1f} % covered"
            report(Progress("density", len(binned), len(self.frames), text))
        return grid, binned

    def _measured(self, work: Callable[[int], Array], report: Report) -> Iterator[Array]:
        def beat(done: int) -> None:
            report(Progress("density", done, len(self.frames)))

        return measured_frames(
            self.frames, work, self.store, parallel=self.info.parallel, beat=beat
        )


class _Teller:
    """Passes notices on and remembers them."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self.notes: list[str] = []

    def tell(self, text: str, level: Literal["info", "warning"] = "info") -> None:
        self.notes.append(text)
        self._report(Notice(text, level))


def _assumed(movie: Movie, settings: DensitySettings) -> list[str]:
    extent = movie.extent_assumption if not settings.include else ""
    return [*movie.assumptions, *([extent] if extent else [])]


def _chosen_bins(grid: Grid, unit: str) -> str:
    hx, hy = grid.size
    return (
        f"Bins: {grid.nx} × {grid.ny}, each {hx:.4g} × {hy:.4g} {symbol(unit)} (chosen; "
        "'density.bins' sets them)."
    )


def _hidden(mask: NDArray[np.bool_] | None, coverage: Array) -> str:
    """Return a sentence on bins that are masked for pixels that are not valid, or nothing."""
    inside = int((coverage >= OBSERVED * (1 - 1e-9)).sum())
    count = inside - (mask.size if mask is None else int(mask.sum())) if mask is not None else 0
    if count <= 0:
        return ""
    bins = "1 bin is" if count == 1 else f"{count} bins are"
    return (
        f"{bins} left out, because at some time less than half of the pixels there show the "
        "specimen."
    )


def _bare(density: Density) -> str:
    """Return a sentence on the bare area of a movie of the covered share, or nothing."""
    areas = density.bare_areas()
    if areas is None:
        return ""
    hy, hx = density.spacing
    count = density.values[0].size if density.mask is None else int(density.mask.sum())
    first, last = (f"{areas[i]:.4g}" for i in (0, -1))
    shares = [100 * areas[i] / (count * hy * hx) for i in (0, -1)]
    return (
        f"Bare area (of a scratch assay: the wound): {first} {symbol(density.length_unit)}² "
        f"({shares[0]:.3g} % of the field) in the first frame, {last} "
        f"({shares[1]:.3g} %) in the last."
    )


def _nothing(movie: Movie, info: MethodInfo, area: Area, found: bool = False) -> UserError:
    """Return the error of a movie in which nothing is found."""
    where = "" if area.whole and area.region == movie.extent else " in the region"
    if info.counts and found:
        return UserError(
            f"The bins inside the polygons are empty in every frame of {movie.source}."
        )
    if info.counts:
        return UserError(f"There is no cell{where} in any frame of {movie.source}.")
    if info.quantity == "fraction":
        return UserError(
            f"No place{where} is covered by cells in any frame of {movie.source}: raise the "
            "setting 'density.sensitivity', or choose another 'density.method'."
        )
    return UserError(
        f"No bin of {movie.source} is brighter than the background: lower the setting "
        "'density.background'."
    )


def _density(
    movie: Movie,
    indices: NDArray[np.intp],
    grid: Grid,
    values: Array,
    mask: NDArray[np.bool_] | None,
    scale: Scale,
) -> Density:
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
        patches_per_bin=scale.patches,
    )
