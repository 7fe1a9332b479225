"""Nuclei in fluorescence frames: each bright spot of the size of a nucleus is one cell."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..events import Notice, Report
from ..movie.model import Movie
from ..settings import DensitySettings
from .calibrate import guess_diameter, guess_threshold
from .frames import pixels, spread
from .spots import SpotFilter, without_background

_SAMPLE = 3


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
    images = [pixels(movie, index) for index in spread(indices, _SAMPLE)]
    if all(image.min() == image.max() for image in images):
        raise UserError(
            f"The frames of {movie.source} are uniform (all pixels are {images[0].flat[0]:g}): "
            "there are no nuclei to find."
        )
    dy, dx = movie.pixel_size
    given = settings.nucleus_diameter
    diameter = given / dx if given else guess_diameter(images, aspect=dy / dx)
    if diameter is None:
        raise _no_nuclei(movie)
    spots = SpotFilter((diameter * dx / dy, diameter), settings.detector)
    threshold = guess_threshold(images, spots, settings.threshold)
    if threshold is None:
        raise _no_nuclei(movie)
    report(
        Notice(
            f"Nuclei: diameter {diameter * dx:.3g} {movie.length_unit}"
            f"{'' if given else ' (estimated)'}, threshold {threshold.level / threshold.noise:.3g} "
            f"times the noise{'' if settings.threshold else ' (estimated)'}."
        )
    )

    def locate(index: int) -> NDArray[np.float64]:
        image = without_background(pixels(movie, index), spots.diameter)
        centres, _ = spots.maxima(spots(image), threshold.level)
        return (spots.inside(centres, image.shape)[:, ::-1] + 0.5) * (dx, dy)

    return locate


def _no_nuclei(movie: Movie) -> UserError:
    return UserError(
        f"No bright spots stand out from the noise in {movie.source}: for other kinds of images "
        "choose another --set density.method."
    )
