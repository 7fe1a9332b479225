"""Nuclei in fluorescence frames: each bright spot of the size of a nucleus is one cell.

The background is removed, a Laplacian (or difference) of Gaussians responds to spots of the
nucleus' size, and each local maximum above the threshold is a nucleus. Size and threshold are those
of the settings, or found in the first, the middle and the last frame; they are the same for all
frames, so that counts can be compared over time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..movie.model import Movie
from ..settings import DensitySettings
from ..units import symbol
from .calibrate import Look, Threshold, guess_diameter, threshold_between
from .spots import Image, SpotFilter

SAMPLE = 3
# A narrow filter is used where a typical nucleus is so much above the noise, in units of what noise
# alone hardly ever reaches.
_BRIGHT = 3.0
# A threshold that is as low as the noise allows, with so many nuclei just above it, misses others.
_LOW, _JUST_ABOVE, _MANY = 1.02, 1.25, 0.1


@dataclass(frozen=True)
class Calibration:
    """What a nucleus is in a movie.

    Attributes
    ----------
    spots
        The detector.
    threshold
        Smallest response of a nucleus.
    """

    spots: SpotFilter
    threshold: Threshold


def calibrate(
    looks: Callable[[SpotFilter], Sequence[Look]], spots: SpotFilter, multiple: float | None
) -> Calibration | None:
    """Choose the detector and the threshold; None without nuclei.

    Parameters
    ----------
    looks
        Returns what a detector sees in a few frames.
    spots
        A detector of the right size.
    multiple
        The user's threshold, as a multiple of the noise.
    """
    for narrow in (True, False):
        spots = replace(spots, narrow=narrow)
        threshold = threshold_between(looks(spots), spots, multiple)
        if threshold is not None and threshold.typical > _BRIGHT * threshold.lowest:
            break
    return None if threshold is None else Calibration(spots, threshold)


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


def nuclei_among(
    spots: SpotFilter,
    centres: NDArray[np.float64],
    heights: NDArray[np.floating],
    threshold: Threshold,
    shape: tuple[int, ...],
) -> NDArray[np.float64]:
    """Return the centres (row, column) of the maxima that are nuclei inside the frame, (N, 2)."""
    # In the precision of the pixels.
    high = heights > np.float32(threshold.level)
    centres, heights = centres[high], heights[high]
    return centres[spots.apart(centres, heights) & spots.inside(centres, shape)]


def positions_of(movie: Movie, centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the positions x, y of centres (row, column) [pixels], shape (N, 2) [length unit]."""
    dy, dx = movie.pixel_size
    x0, y0 = movie.extent[:2]
    placed: NDArray[np.float64] = (centres[:, ::-1] + 0.5) * (dx, dy) + (x0, y0)
    return placed


def what_was_sought(movie: Movie, settings: DensitySettings, found: Calibration) -> str:
    """Return the sentence on diameter and threshold."""
    return (
        f"Nuclei: diameter {found.spots.diameter[1] * movie.pixel_size[1]:.3g} "
        f"{symbol(movie.length_unit)}"
        f"{'' if settings.nucleus_diameter else ' (estimated)'}, threshold "
        f"{found.threshold.level / found.threshold.noise:.3g} times the noise"
        f"{'' if settings.threshold else ' (estimated)'}."
    )


def too_faint(looks: Sequence[Look], found: Calibration) -> str:
    """Return a sentence if nuclei are lost in the noise, else ""."""
    if found.threshold.level > _LOW * found.threshold.lowest:
        return ""
    ratios = np.concatenate([seen.heights for seen in looks]) / found.threshold.level
    above = ratios[ratios > 1]
    if len(above) == 0 or np.mean(above < _JUST_ABOVE) < _MANY:
        return ""
    return (
        "Many nuclei are hardly brighter than the noise, so others are missed and the density is "
        "too low: longer exposures, or averaging neighbouring pixels or frames before, would help."
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
