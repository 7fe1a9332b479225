"""Calibrated intensity: brightness above background is in proportion to density."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..events import Notice, Report
from ..movie.model import Movie
from ..settings import DensitySettings
from .area import Area
from .frames import pixels, spread
from .grid import Grid

_SAMPLE = 20
_SAMPLE_PIXELS = 50_000


def measure_intensity(
    movie: Movie,
    indices: NDArray[np.intp],
    settings: DensitySettings,
    report: Report,
    grid: Grid,
    area: Area,
) -> Callable[[int], NDArray[np.float64]]:
    """Return a function that gives the density of a frame in each bin, shape (ny, nx).

    density = (mean intensity of the bin - background) / (intensity of a cell × area of a pixel),
    in cells per area [length unit of the movie]; without the intensity of a cell just the mean
    intensity above background. Pixels on the border of a bin or of the area count with the share
    of their area that lies in it; bins darker than the background are set to zero.

    Raises
    ------
    UserError
        The movie is uniform.
    """
    dy, dx = movie.pixel_size
    background = settings.background
    if background is None:
        background = guess_background(movie, indices)
        report(Notice(background_sentence(background)))
    per_density = (settings.intensity_per_cell or 1.0) * (
        dx * dy if settings.intensity_per_cell else 1.0
    )

    @cache
    def weights(height: int, width: int) -> NDArray[np.float64] | None:
        return area.pixels((height, width), movie.pixel_size)

    def measure(index: int) -> NDArray[np.float64]:
        image = pixels(movie, index)
        mean = bin_means(image, grid, movie.pixel_size, weights(*image.shape))
        return np.maximum(mean - background, 0.0) / per_density

    return measure


def background_sentence(background: float) -> str:
    """Return the sentence on the background that was found."""
    return f"Background: intensity {background:.5g} (1st percentile of the movie)."


def guess_background(movie: Movie, indices: NDArray[np.intp]) -> float:
    """Return the 1st percentile of the pixels of up to 20 frames, evenly spread."""
    values = []
    for index in spread(indices, _SAMPLE):
        image = pixels(movie, index).ravel()
        values.append(image[:: max(1, image.size // _SAMPLE_PIXELS)])
    everything = np.concatenate(values)
    if everything.min() == everything.max():
        raise UserError(
            f"The frames of {movie.source} are uniform (all pixels are {everything[0]:g}): there "
            "is no density to measure."
        )
    return float(np.percentile(everything, 1))


def bin_means(
    image: NDArray[np.float32],
    grid: Grid,
    pixel_size: tuple[float, float],
    weights: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Return the mean of the image over each bin, weighted by area, shape (ny, nx).

    ``weights``, shape (Y, X), is the share of each pixel that counts; a bin without any is zero.
    """
    x0, y0, x1, y1 = grid.region
    dy, dx = pixel_size
    along_y = _overlap(np.linspace(y0, y1, grid.ny + 1) / dy, image.shape[0])
    along_x = _overlap(np.linspace(x0, x1, grid.nx + 1) / dx, image.shape[1])
    if weights is None:
        means: NDArray[np.float64] = along_y @ image @ along_x.T
        return means
    inside = along_y @ weights @ along_x.T
    total = along_y @ (image * weights) @ along_x.T
    return np.divide(total, inside, out=np.zeros_like(total), where=inside > 0)


def _overlap(edges: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Return the share of each bin that each of ``count`` pixels covers, shape (bins, count)."""
    pixel = np.arange(count)
    upper = np.minimum(edges[1:, None], pixel + 1)
    lower = np.maximum(edges[:-1, None], pixel)
    share: NDArray[np.float64] = np.maximum(upper - lower, 0.0) / np.diff(edges)[:, None]
    return share
