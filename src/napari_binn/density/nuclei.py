"""Nuclei in fluorescence frames: each bright spot of the size of a nucleus is one cell."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..events import Notice, Report
from ..movie.model import Movie
from ..settings import DensitySettings
from ..units import symbol
from .calibrate import Threshold, guess_diameter, guess_threshold
from .frames import pixels, spread
from .spots import Image, SpotFilter, without_background

SAMPLE = 3


def locate_nuclei(
    movie: Movie, indices: NDArray[np.intp], settings: DensitySettings, report: Report
) -> Callable[[int], NDArray[np.float64]]:
    """Return a function that gives the positions (N, 2) of the nuclei of a frame.

    The background is removed, a Laplacian (or difference) of Gaussians responds to spots of the
    nucleus' size, and each local maximum above the threshold is a nucleus. Size and threshold are
    those of the settings, or found in the first, the middle and the last frame; they are the same
    for all frames, so that counts can be compared over time.

    Raises
    ------
    UserError
        The movie shows no bright spots.
    """
    images = [pixels(movie, index) for index in spread(indices, SAMPLE)]
    check_contrast(movie, images)
    found = None if settings.nucleus_diameter else find_diameter(movie, images)
    spots = spots_of(movie, settings, found)
    threshold = guess_threshold(images, spots, settings.threshold)
    if threshold is None:
        raise no_nuclei(movie)
    report(Notice(what_was_sought(movie, settings, spots, threshold)))

    def locate(index: int) -> NDArray[np.float64]:
        image = without_background(pixels(movie, index), spots.diameter)
        centres, _ = spots.maxima(spots(image), threshold.level)
        return positions_of(movie, spots, centres, image.shape)

    return locate


def find_diameter(movie: Movie, images: Sequence[Image]) -> float:
    """Return the diameter along x of the nuclei in a few frames [pixels].

    Raises
    ------
    UserError
        They show no bright spots.
    """
    dy, dx = movie.pixel_size
    diameter = guess_diameter(images, aspect=dy / dx)
    if diameter is None:
        raise no_nuclei(movie)
    return diameter


def spots_of(movie: Movie, settings: DensitySettings, found: float | None) -> SpotFilter:
    """Return the detector for the diameter of the settings, else the one found [pixels]."""
    dy, dx = movie.pixel_size
    diameter = settings.nucleus_diameter / dx if settings.nucleus_diameter else found
    if diameter is None:
        raise no_nuclei(movie)
    return SpotFilter((diameter * dx / dy, diameter), settings.detector)


def positions_of(
    movie: Movie, spots: SpotFilter, centres: NDArray[np.float64], shape: tuple[int, ...]
) -> NDArray[np.float64]:
    """Return the positions x, y of the maxima of a frame that are nuclei inside it, shape (N, 2).

    ``centres`` are rows and columns [pixels], the result is in the length unit of the movie.
    """
    dy, dx = movie.pixel_size
    placed: NDArray[np.float64] = (spots.inside(centres, shape)[:, ::-1] + 0.5) * (dx, dy)
    return placed


def what_was_sought(
    movie: Movie, settings: DensitySettings, spots: SpotFilter, threshold: Threshold
) -> str:
    """Return the sentence on diameter and threshold."""
    return (
        f"Nuclei: diameter {spots.diameter[1] * movie.pixel_size[1]:.3g} "
        f"{symbol(movie.length_unit)}"
        f"{'' if settings.nucleus_diameter else ' (estimated)'}, threshold "
        f"{threshold.level / threshold.noise:.3g} times the noise"
        f"{'' if settings.threshold else ' (estimated)'}."
    )


def check_contrast(movie: Movie, images: Sequence[Image]) -> None:
    """Raise a UserError if the frames are uniform."""
    if all(image.min() == image.max() for image in images):
        raise UserError(
            f"The frames of {movie.source} are uniform (all pixels are {images[0].flat[0]:g}): "
            "there are no nuclei to find."
        )


def no_nuclei(movie: Movie) -> UserError:
    """Return the error of a movie without bright spots."""
    return UserError(
        f"No bright spots stand out from the noise in {movie.source}: for other kinds of images "
        "choose another 'density.method'."
    )
