"""Nuclei in fluorescence frames as a method: what is found once, and what each frame gives."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..movie.model import Movie
from ..settings import DensitySettings
from .area import choose_area
from .background import BLOCK
from .calibrate import Look, look
from .frame_loop import side_by_side
from .frames import spread
from .method import Looked, MethodInfo
from .nuclei import (
    SAMPLE,
    Calibration,
    calibrate,
    check_contrast,
    find_diameter,
    no_nuclei,
    nuclei_among,
    positions_of,
    spots_of,
    too_faint,
    what_was_sought,
)
from .sight import Sight
from .spots import Image, SpotFilter
from .tiles import Tile, tiles_of

__all__ = ["SAMPLE", "Nuclei"]

Piece = tuple[int, Tile]


class Nuclei:
    """Each bright spot of the size of a nucleus is a cell; see :mod:`.nuclei`.

    Frames of more than about 4,000 × 4,000 pixels are measured in tiles, of which only those that
    reach into the region are read.
    """

    info = MethodInfo(
        "nuclei",
        "Count bright nuclei",
        "Each bright spot of the size of a nucleus is one cell.",
        ("image",),
        "cells",
        ("nucleus_diameter", "detector", "threshold"),
        finds=True,
        parallel=True,
    )

    def look(self, sight: Sight, indices: NDArray[np.intp], settings: DensitySettings) -> Looked:
        """Find the diameter of a nucleus and the least response to one.

        Raises
        ------
        UserError
            The movie is uniform or shows no bright spots.
        """
        movie = sight.movie
        sample = _sample(movie, tuple(spread(indices, SAMPLE)), settings)
        given = bool(settings.nucleus_diameter)
        diameter = sight.keep(("diameter", sample, given), partial(_diameter, sight, sample, given))
        spots = spots_of(movie, settings, diameter)

        def looks(spots: SpotFilter) -> list[Look]:
            return side_by_side(lambda piece: _seen(sight, piece, spots, noise=True), sample)

        found = calibrate(looks, spots, settings.threshold)
        if found is None:
            raise no_nuclei(movie)
        estimates = {}
        if not given:
            estimates["nucleus_diameter"] = spots.diameter[1] * movie.pixel_size[1]
        if not settings.threshold:
            estimates["threshold"] = found.threshold.level / found.threshold.noise
        warning = too_faint(looks(found.spots), found)
        return Looked(
            partial(_positions, sight, found, settings, frozenset(sample)),
            notes=(what_was_sought(movie, settings, found),),
            warnings=(warning,) if warning else (),
            estimates=estimates,
        )


def _positions(
    sight: Sight,
    found: Calibration,
    settings: DensitySettings,
    sample: frozenset[Piece],
    index: int,
) -> NDArray[np.float64]:
    """Return the positions x, y of the nuclei of a frame, shape (N, 2) [length unit]."""
    movie, spots = sight.movie, found.spots
    shape = _shape(movie)
    height, width = (round(BLOCK * diameter) for diameter in spots.diameter)
    centres = []
    for tile in _tiles(movie, settings, (height, width)):
        piece = (index, tile)
        # What was looked at to calibrate is not looked at again.
        seen = _seen(sight, piece, spots, noise=piece in sample)
        corner = np.array([tile.window[0], tile.window[2]])
        at = seen.centres + corner
        nuclei = nuclei_among(spots, at, seen.heights, found.threshold, shape)
        centres.append(nuclei[tile.holds(nuclei)])
    return positions_of(movie, np.concatenate(centres))


def _sample(movie: Movie, indices: tuple[int, ...], settings: DensitySettings) -> tuple[Piece, ...]:
    """Return what is looked at: whole frames, or a few tiles of each."""
    tiles = _tiles(movie, settings, (0, 0))
    some = spread(np.arange(len(tiles)), SAMPLE)
    return tuple((index, tiles[tile]) for index in indices for tile in some)


def _tiles(movie: Movie, settings: DensitySettings, margin: tuple[int, int]) -> list[Tile]:
    area = choose_area(settings, movie.extent, movie.length_unit, movie.source)
    (x0, y0, x1, y1), (dy, dx) = area.region, movie.pixel_size
    left, top = movie.extent[:2]
    rows, columns = ((low / size, high / size) for low, high, size in (
        (y0 - top, y1 - top, dy), (x0 - left, x1 - left, dx)
    ))  # fmt: skip
    part = (int(rows[0]), int(np.ceil(rows[1])), int(columns[0]), int(np.ceil(columns[1])))
    return tiles_of(_shape(movie), margin, part)


def _shape(movie: Movie) -> tuple[int, int]:
    x0, y0, x1, y1 = movie.extent
    dy, dx = movie.pixel_size
    return round((y1 - y0) / dy), round((x1 - x0) / dx)


def _image(sight: Sight, piece: Piece) -> tuple[Image, NDArray[np.bool_] | None]:
    index, tile = piece
    if tile.window == (0, _shape(sight.movie)[0], 0, _shape(sight.movie)[1]):
        return sight.pixels(index), sight.valid(index)
    return sight.window(index, tile.window)


def _seen(sight: Sight, piece: Piece, spots: SpotFilter, *, noise: bool) -> Look:
    def make() -> Look:
        image, valid = _image(sight, piece)
        return look(image, spots, valid, noise=noise)

    return sight.keep(("spots", piece, spots, noise), make)


def _diameter(sight: Sight, sample: tuple[Piece, ...], given: bool) -> float | None:
    """Return the diameter along x [pixels], None if it is given; see that there is a picture."""
    images = []
    for piece in sample:
        image, valid = _image(sight, piece)
        if valid is None:
            images.append(image)
        elif valid.any():
            # What is burned into the picture must not pass for nuclei.
            images.append(np.where(valid, image, np.median(image[valid])))
    if not images:
        raise no_nuclei(sight.movie)
    check_contrast(sight.movie, images)
    return None if given else find_diameter(sight.movie, images)
