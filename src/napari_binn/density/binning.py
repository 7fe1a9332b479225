"""From what a method measures in a frame to what each bin holds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..movie.model import Movie
from .area import Area
from .grid import Grid

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Binned:
    """What the bins of a frame hold.

    Attributes
    ----------
    values
        Counts of cells, or means of the map, shape (ny, nx).
    covered
        Share of each bin that was observed in this frame: inside the area, and valid.
    """

    values: Array
    covered: Array


class Binner:
    """Bins the frames of a movie.

    Parameters
    ----------
    movie, grid, area
        What is analysed.
    counts
        Whether cells are counted; else maps are averaged.
    """

    def __init__(self, movie: Movie, grid: Grid, area: Area, *, counts: bool) -> None:
        self.movie, self.grid, self.area, self.counts = movie, grid, area, counts
        self.coverage = area.coverage(grid)
        self._inside = lru_cache(maxsize=2)(self._shares)
        self._axes = lru_cache(maxsize=2)(self._overlaps)

    def __call__(self, index: int, measured: Array) -> Binned:
        """Bin what was measured in frame ``index``: positions (N, 2) or a map (Y, X)."""
        if self.counts:
            return Binned(self.grid.count(measured), self._observed(index))
        seen = ~np.isnan(measured)
        weights = self._inside(measured.shape)
        if weights is None and seen.all():
            return Binned(self._sums(measured), self.coverage)
        share = seen if weights is None else seen * weights
        observed = self._sums(share)
        total = self._sums(np.where(seen, measured, 0.0) * share)
        values = np.divide(total, observed, out=np.zeros_like(total), where=observed > 1e-12)
        return Binned(values, self.coverage if seen.all() else observed)

    def _observed(self, index: int) -> Array:
        if self.movie.valid is None or self.movie.kind == "points":
            return self.coverage
        valid = np.asarray(self.movie.valid[index], dtype=np.bool_)
        if valid.all():
            return self.coverage
        weights = self._inside(valid.shape)
        return self._sums(valid if weights is None else valid * weights)

    def _shares(self, shape: tuple[int, ...]) -> Array | None:
        corner = self.movie.extent[:2]
        return self.area.pixels((shape[0], shape[1]), self.movie.pixel_size, corner)

    def _overlaps(self, shape: tuple[int, ...]) -> tuple[Array, Array]:
        (dy, dx), (left, top) = self.movie.pixel_size, self.movie.extent[:2]
        x, y = self.grid.edges
        return _overlap((y - top) / dy, shape[0]), _overlap((x - left) / dx, shape[1])

    def _sums(self, image: NDArray[Any]) -> Array:
        """Return the mean over each whole bin, weighted by area, shape (ny, nx)."""
        along_y, along_x = self._axes(image.shape)
        means: Array = along_y @ image @ along_x.T
        return means


def valid_positions(movie: Movie, index: int, positions: Array) -> Array:
    """Return the positions of a frame that lie on valid pixels, shape (N, 2)."""
    if movie.valid is None or movie.kind == "points" or len(positions) == 0:
        return positions
    valid = np.asarray(movie.valid[index], dtype=np.bool_)
    dy, dx = movie.pixel_size
    places = (positions - movie.extent[:2]) / (dx, dy)
    columns, rows = np.clip(places, 0, np.array(valid.shape[::-1]) - 1).astype(np.intp).T
    kept: Array = positions[valid[rows, columns]]
    return kept


def _overlap(edges: Array, count: int) -> Array:
    """Return the share of each bin that each of ``count`` pixels covers, shape (bins, count)."""
    pixel = np.arange(count)
    upper = np.minimum(edges[1:, None], pixel + 1)
    lower = np.maximum(edges[:-1, None], pixel)
    share: Array = np.maximum(upper - lower, 0.0) / np.diff(edges)[:, None]
    return share
