"""Frames with what was found in them, small enough to be kept."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..density.crop import frames_between
from ..density.frames import spread
from ..density.measure import area_of, cells_in
from ..density.method import Looked, MethodInfo
from ..density.methods import choose_method
from ..density.sight import Sight
from ..events import Progress, Report, silent
from ..movie.model import Movie
from ..movie.window import crop_movie
from ..prepare.drift import averaged
from ..prepare.model import Prepared
from ..settings import DensitySettings
from ..units import to_analysis_length, to_analysis_time
from .model import Quality, Remark, Shot

Image = NDArray[np.float32]

#: Frames that are shown, the pixels along the longer side of each, and most cells marked in one.
SHOTS, SIDE, MOST_CELLS = 3, 480, 20_000
#: Shares of the pixels that may be darker than black or brighter than white.
_BLACK, _WHITE = 0.5, 99.7


def collect(
    prepared: Prepared,
    settings: DensitySettings,
    recorded: Movie,
    remarks: Sequence[Remark],
    known: Mapping[int, NDArray[np.float64]],
    report: Report = silent,
) -> Quality:
    """Return what is kept of a measurement.

    Parameters
    ----------
    prepared, recorded
        The movie as it was measured, and as it was recorded.
    settings
        How it was measured.
    remarks
        What was said meanwhile.
    known
        What frames gave, by their index; positions that are in it are not sought again.
    report
        Hears of each frame that was looked at.

    Raises
    ------
    UserError
        As :func:`~napari_binn.density.measure.measure_density` does.
    """
    length, _ = to_analysis_length(recorded.length_unit)
    time, _ = to_analysis_time(recorded.time_unit)
    drift = prepared.drift
    scale = length * np.array(recorded.pixel_size)
    return Quality(
        times=recorded.times * time,
        remarks=tuple(remarks),
        flags=prepared.flags,
        left_out=prepared.left_out,
        kept=None if drift is None else prepared.kept,
        drift=None if drift is None else drift.path * scale,
        drift_error=None if drift is None else drift.error * float(scale.max()),
        moved=drift is not None and drift.seen,
        shots=_shots(prepared, settings, known, length, time, report),
    )


def _shots(
    prepared: Prepared,
    settings: DensitySettings,
    known: Mapping[int, NDArray[np.float64]],
    length: float,
    time: float,
    report: Report,
) -> tuple[Shot, ...]:
    movie = prepared.movie
    frames = frames_between(movie.times, settings.t_range, movie.time_unit, movie.source)
    region = area_of(movie, settings).region
    with Sight(movie) as sight:
        choice = choose_method(sight, frames, settings)
        info, looked = choice.method.info, None
        chosen = spread(frames, SHOTS)
        if not (info.counts and all(index in known for index in chosen)):
            looked = choice.method.look(sight, frames, settings)
        shown = crop_movie(movie, region)
        shots = []
        for index in chosen:
            report(Progress("density", 1, 1, "keeping pictures of what was found"))
            found = _found(movie, settings, info, looked, index, known)
            seen = _seen(shown, index, found if info.quantity == "fraction" else None)
            cells = found if info.counts else None
            extent = shown.extent if movie.kind != "points" else region
            x0, y0, x1, y1 = (value * length for value in extent)
            shots.append(
                Shot(
                    frame=int(prepared.kept[index]),
                    time=float(movie.times[index]) * time,
                    box=(x0, y0, x1, y1),
                    positions=None if cells is None else _some(cells * length),
                    count=0 if cells is None else len(cells),
                    **seen,
                )
            )
    return tuple(shots)


def _found(
    movie: Movie,
    settings: DensitySettings,
    info: MethodInfo,
    looked: Looked | None,
    index: int,
    known: Mapping[int, NDArray[np.float64]],
) -> NDArray[np.float64]:
    """Return the cells of a frame, (N, 2) [length unit of the movie], or its map (Y, X)."""
    if looked is None:
        return known[index]
    found = np.asarray(looked.measure(index), dtype=np.float64)
    return cells_in(movie, area_of(movie, settings), index, found) if info.counts else found


def _seen(shown: Movie, index: int, cover: NDArray[np.float64] | None) -> dict[str, Any]:
    """Return the pictures of a frame: the image, what is covered, and what was not measured."""
    if shown.kind == "points":
        return {}
    image = np.asarray(shown.frames[index])
    valid = None if shown.valid is None else np.asarray(shown.valid[index], dtype=np.bool_)
    block = math.ceil(max(image.shape) / SIDE)
    if shown.kind == "labels":
        # The outlines of the cells: their numbers mean nothing as a brightness.
        small = averaged((image > 0).astype(np.float32), block)
        picture = np.round(255 * small).astype(np.uint8)
    else:
        picture = _grey(averaged(image.astype(np.float32), block), valid, block)
    hidden = None
    if valid is not None and not valid.all():
        hidden = averaged(valid.astype(np.float32), block) < 0.5
    covered = None
    if cover is not None:
        covered = averaged(np.nan_to_num(cover).astype(np.float32), block) >= 0.5
    return {"image": picture, "hidden": hidden, "covered": covered}


def _grey(image: Image, valid: NDArray[np.bool_] | None, block: int) -> NDArray[np.uint8]:
    """Return an image from black to white."""
    counted = image
    if valid is not None and valid.any():
        counted = image[averaged(valid.astype(np.float32), block) > 0.5]
    counted = counted if counted.size else image
    black, white = np.percentile(counted, (_BLACK, _WHITE))
    shade = (image - black) / max(float(white - black), 1e-30)
    return np.asarray(np.round(255 * np.clip(shade, 0, 1)), dtype=np.uint8)


def _some(cells: NDArray[np.float64]) -> NDArray[np.float32]:
    step = max(1, math.ceil(len(cells) / MOST_CELLS))
    return np.asarray(cells[::step], dtype=np.float32)
