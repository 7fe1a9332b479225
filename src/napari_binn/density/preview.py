"""What a frame gives with the settings as they are now, while someone is still choosing them."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from ..events import silent
from ..movie.model import Movie
from ..quantities import length_name
from ..settings import DensitySettings
from .area import Area
from .calibrate import Look, look, threshold_between
from .crop import frames_between
from .frames import pixels, spread
from .grid import Grid
from .intensity import background_sentence, guess_background, measure_intensity
from .measure import LOCATORS, area_of, check_labels, densities, grid_of, scale_of
from .methods import Method, choose_method
from .nuclei import (
    SAMPLE,
    check_contrast,
    find_diameter,
    no_nuclei,
    positions_of,
    spots_of,
    what_was_sought,
)
from .spots import Image, SpotFilter
from .words import describe_bins

Array = NDArray[np.float64]
Sample = tuple[int, ...]

_THREADS = 2
_KEPT = 64
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
    notes
        A sentence for each thing that was estimated.
    words
        What the bins mean, for people.
    estimates
        The numbers found for settings that were left open, by the name of the setting.
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


@dataclass(frozen=True)
class _Estimate:
    """What was found for settings that were left open."""

    notes: tuple[str, ...] = ()
    values: Mapping[str, float] = field(default_factory=dict)


class Previewer:
    """Measures single frames of a movie, and keeps what the next settings are likely to need.

    With the same bins, :meth:`preview` gives exactly what
    :func:`~napari_binn.density.measure.measure_density` gives for that frame. Default bins follow
    from the cells in all frames; of images and labels the preview looks at three, so a few bins
    more or less may be measured in the end.

    Use it from one thread at a time.

    Parameters
    ----------
    movie
        Pixels, labels or positions.
    """

    def __init__(self, movie: Movie) -> None:
        self.movie = movie
        self._pixels = lru_cache(maxsize=2 * SAMPLE)(lambda index: pixels(movie, index))
        self._seen: dict[tuple[int, SpotFilter], Look] = {}
        self._diameter = lru_cache(maxsize=4)(self._find_diameter)
        self._background = lru_cache(maxsize=4)(self._find_background)
        self._located = lru_cache(maxsize=4096)(self._locate)
        self._coverage = lru_cache(maxsize=4)(self._cover)

    def preview(self, settings: DensitySettings, index: int) -> Preview:
        """Return frame ``index`` as these settings measure it.

        Raises
        ------
        UserError
            As :func:`~napari_binn.density.measure.measure_density` does.
        """
        movie = self.movie
        method = choose_method(movie, settings)
        indices = frames_between(movie.times, settings.t_range, movie.time_unit, movie.source)
        area = area_of(movie, settings)
        positions, cells_per_bin = None, None
        if method == "intensity":
            grid = grid_of(movie, settings, area, None)
            binned, estimate = self._brightness(settings, indices, index, grid, area)
        else:
            grid, positions, estimate = self._cells(settings, method, indices, index, area)
            binned = grid.count(positions)
        scale = scale_of(movie, grid, settings, method)
        values, mask = densities(binned, self._coverage(area, grid), scale, movie.source)
        if scale.counted:
            cells_per_bin = float(binned.mean() if mask is None else binned[mask].mean())
        return Preview(
            index=index,
            positions=positions,
            values=values,
            mask=mask,
            y=grid.y,
            x=grid.x,
            unit=scale.unit,
            cells_per_bin=cells_per_bin,
            bins=(grid.nx, grid.ny),
            bin_size=grid.size,
            notes=estimate.notes,
            words=describe_bins(grid, mask, cells_per_bin, length_name(movie.length_unit)),
            estimates=estimate.values,
        )

    def _cells(
        self,
        settings: DensitySettings,
        method: Method,
        indices: NDArray[np.intp],
        index: int,
        area: Area,
    ) -> tuple[Grid, Array, _Estimate]:
        """Return the bins and the cells of the frame inside the area."""
        # Counting given positions costs nothing, so all frames tell the bins, as they will later.
        sample = tuple(spread(indices, len(indices) if method == "points" else SAMPLE))
        if method == "nuclei":
            (*sampled, cells), estimate = self._nuclei(settings, sample, index)
        else:
            *sampled, cells = (self._located(method, which) for which in (*sample, index))
            estimate = _Estimate()
        if method == "labels":
            check_labels(self.movie, max(len(found) for found in (*sampled, cells)))
        mean = 0.0
        if settings.bins is None and settings.bin_size is None:
            mean = float(np.mean([area.contains(found).sum() for found in sampled]))
            if len(sample) < len(indices):
                estimate = replace(estimate, notes=(*estimate.notes, _FROM_SAMPLE))
        return grid_of(self.movie, settings, area, mean), cells[area.contains(cells)], estimate

    def _nuclei(
        self, settings: DensitySettings, sample: Sample, index: int
    ) -> tuple[list[Array], _Estimate]:
        movie = self.movie
        found = None if settings.nucleus_diameter else self._diameter(sample)
        spots = spots_of(movie, settings, found)
        looks = self._looks((*sample, index), spots)
        if settings.nucleus_diameter:
            check_contrast(movie, [self._pixels(which) for which in sample])
        threshold = threshold_between(looks[:-1], spots, settings.threshold)
        if threshold is None:
            raise no_nuclei(movie)
        values = {}
        if not settings.nucleus_diameter:
            values["nucleus_diameter"] = spots.diameter[1] * movie.pixel_size[1]
        if not settings.threshold:
            values["threshold"] = threshold.level / threshold.noise
        # In the precision of the pixels, as the measurement compares them.
        level = np.float32(threshold.level)
        cells = [
            positions_of(movie, spots, seen.centres[seen.heights > level], seen.shape)
            for seen in looks
        ]
        note = what_was_sought(movie, settings, spots, threshold)
        return cells, _Estimate((note,), values)

    def _brightness(
        self,
        settings: DensitySettings,
        indices: NDArray[np.intp],
        index: int,
        grid: Grid,
        area: Area,
    ) -> tuple[Array, _Estimate]:
        estimate = _Estimate()
        if settings.background is None:
            background = self._background(tuple(indices.tolist()))
            settings = settings.model_copy(update={"background": background})
            estimate = _Estimate((background_sentence(background),), {"background": background})
        measure = measure_intensity(self.movie, indices, settings, silent, grid, area)
        return measure(index), estimate

    def _looks(self, frames: Sample, spots: SpotFilter) -> list[Look]:
        """Return what the detector sees in these frames; those not known yet side by side."""
        missing = [which for which in dict.fromkeys(frames) if (which, spots) not in self._seen]
        images = [self._pixels(which) for which in missing]
        with ThreadPoolExecutor(_THREADS) as pool:
            new = list(pool.map(look, images, repeat(spots)))
        self._seen |= {(which, spots): seen for which, seen in zip(missing, new, strict=True)}
        result = [self._seen[which, spots] for which in frames]
        for oldest in list(self._seen)[:-_KEPT]:
            del self._seen[oldest]
        return result

    def _find_diameter(self, sample: Sample) -> float:
        images: list[Image] = [self._pixels(which) for which in sample]
        check_contrast(self.movie, images)
        return find_diameter(self.movie, images)

    def _find_background(self, indices: Sample) -> float:
        return guess_background(self.movie, np.array(indices, dtype=np.intp))

    def _locate(self, method: Method, index: int) -> Array:
        locate = LOCATORS[method](self.movie, np.array([index]), DensitySettings(), silent)
        return locate(index)

    def _cover(self, area: Area, grid: Grid) -> Array:
        return area.coverage(grid)
