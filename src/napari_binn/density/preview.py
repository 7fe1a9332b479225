"""What a frame gives with the settings as they are now, while someone is still choosing them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..movie.model import Movie
from ..quantities import length_name
from ..settings import DensitySettings
from .area import Area
from .binning import Binner
from .crop import frames_between
from .frames import spread
from .grid import Grid, Rectangle
from .measure import area_of, cells_in, grid_of, grid_of_maps, part_of
from .method import Looked, MethodInfo
from .methods import choose_method
from .scale import densities, scale_of
from .sight import Sight
from .words import BinFacts, describe_bins

Array = NDArray[np.float64]

#: Frames that tell the default bins, as all do when the movie is measured.
SAMPLE = 3
# Frames of pixels, and things found in frames, that are kept in memory.
_FRAMES, _THINGS = 8, 96
_FROM_SAMPLE = (
    "Bins: chosen from three frames here; all frames are used for the measurement, which may "
    "choose a few more or fewer."
)


@dataclass(frozen=True)
class Preview:
    """One frame as it would be measured.

    Attributes
    ----------
    index
        The frame.
    positions
        Cells x, y inside the area, shape (N, 2) [length unit of the movie]; None if the method
        counts none.
    values, mask
        Density in each bin, shape (Y, X) [``unit``], and which bins were observed (None: all).
    y, x
        Centres of the bins, shapes (Y,) and (X,) [length unit of the movie].
    unit
        Unit of the density.
    cells_per_bin
        Cells counted in this frame, averaged over the observed bins; None if none are counted.
    bins, bin_size
        Numbers (nx, ny) and sides (hx, hy) [length unit of the movie] of the bins.
    notes, warnings
        A sentence for each thing that was estimated, and for each that makes the result doubtful.
    words
        What the bins mean, for people.
    estimates
        The numbers found for settings that were left open, by the name of the setting.
    method
        The method that was used: the one of the settings, or what "auto" chose.
    covered_share
        Share of the area that is covered by cells in this frame; None unless that is measured.
    bare_area
        The rest [length unit of the movie, squared], such as the area of a wound; None likewise.
    """

    index: int
    positions: Array | None
    values: Array
    mask: NDArray[np.bool_] | None
    y: Array
    x: Array
    unit: str
    cells_per_bin: float | None
    bins: tuple[int, int]
    bin_size: tuple[float, float]
    notes: tuple[str, ...]
    words: str
    estimates: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    method: str = ""
    covered_share: float | None = None
    bare_area: float | None = None


class Previewer:
    """Measures single frames of a movie, and keeps what the next settings are likely to need.

    With the same bins, :meth:`preview` gives exactly what
    :func:`~napari_binn.density.measure.measure_density` gives for that frame, as both do the same.
    Default bins follow from the cells in all frames; of images and labels the preview looks at
    three, so a few bins more or less may be measured in the end; and bins in which pixels are not
    valid in another frame are masked only then.

    Use it from one thread at a time.

    Parameters
    ----------
    movie
        Pixels, labels or positions.
    """

    def __init__(self, movie: Movie) -> None:
        self.movie = movie
        self._sight = Sight(movie, frames=_FRAMES, things=_THINGS)
        self._binner = lru_cache(maxsize=4)(self._new_binner)
        self._part = self._sight

    def close(self) -> None:
        """Forget everything, and end what was started to look at the movie."""
        self._sight.close()

    def preview(self, settings: DensitySettings, index: int) -> Preview:
        """Return frame ``index`` as these settings measure it.

        Raises
        ------
        UserError
            As :func:`~napari_binn.density.measure.measure_density` does.
        """
        movie = self.movie
        indices = frames_between(movie.times, settings.t_range, movie.time_unit, movie.source)
        area = area_of(movie, settings)
        choice = choose_method(self._sight, indices, settings)
        info = choice.method.info
        part = part_of(movie, area, info)
        looked = choice.method.look(self._seen(part), indices, settings)
        notes = [*choice.notes, *looked.notes]
        if info.counts:
            measured = cells_in(movie, area, index, looked.measure(index))
            grid, sampled = self._grid_of_cells(info, looked, settings, area, indices)
            notes += [_FROM_SAMPLE] if sampled else []
        else:
            measured = looked.measure(index)
            grid = grid_of_maps(movie, settings, area, looked)
        binned = self._binner(area, grid, info.counts, part.extent)(index, measured)
        scale = scale_of(movie, grid, info, looked)
        (values,), mask = densities([binned], scale, movie.source)
        inside = slice(None) if mask is None else mask
        cells = float(binned.values[inside].mean()) if info.counts else None
        share = float(values[inside].mean()) if info.quantity == "fraction" else None
        facts = BinFacts(info.quantity, cells, share, scale.patches)
        hx, hy = grid.size
        return Preview(
            index=index,
            positions=measured if info.counts else None,
            values=values,
            mask=mask,
            y=grid.y,
            x=grid.x,
            unit=scale.unit,
            cells_per_bin=cells,
            bins=(grid.nx, grid.ny),
            bin_size=(hx, hy),
            notes=tuple(notes),
            words=describe_bins(grid, mask, facts, length_name(movie.length_unit)),
            estimates=looked.estimates,
            warnings=(*choice.warnings, *looked.warnings),
            method=info.key,
            covered_share=share,
            bare_area=None if share is None else (1 - share) * values[inside].size * hx * hy,
        )

    def _grid_of_cells(
        self,
        info: MethodInfo,
        looked: Looked,
        settings: DensitySettings,
        area: Area,
        indices: NDArray[np.intp],
    ) -> tuple[Grid, bool]:
        """Return the bins, and whether they were chosen from some of the frames only."""
        if settings.bins is not None or settings.bin_size is not None:
            return grid_of(self.movie, settings, area, 0.0), False
        # Counting given positions costs nothing, so all frames tell the bins, as they will later.
        cheap = self.movie.kind == "points"
        sample: Sequence[int] = spread(indices, len(indices) if cheap else SAMPLE)
        cells = [cells_in(self.movie, area, which, looked.measure(which)) for which in sample]
        grid = grid_of(self.movie, settings, area, float(np.mean([len(xy) for xy in cells])))
        return grid, len(sample) < len(indices)

    def _seen(self, part: Movie) -> Sight:
        """Return the sight of the movie, or of a part of it, of which the last one is kept."""
        if part is self.movie:
            return self._sight
        if self._part.movie.extent != part.extent:
            self._part = Sight(part, frames=_FRAMES, things=_THINGS)
        return self._part

    def _new_binner(self, area: Area, grid: Grid, counts: bool, extent: Rectangle) -> Binner:
        sight = self._sight if extent == self.movie.extent else self._part
        return Binner(sight.movie, grid, area, counts=counts)
