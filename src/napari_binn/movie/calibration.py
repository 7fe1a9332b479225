"""Pixel size and frame times: what the file states, overridden by what the user states.

Nothing is guessed. A diffusivity has a meaning only with a length and a time, so a movie without
calibration needs either the numbers or the user's word that pixels and frames will do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..settings import MovieSettings
from ..units import (
    FRAME,
    PIXEL,
    parse_length_unit,
    parse_time_unit,
    symbol,
    to_analysis_length,
    to_analysis_time,
)


@dataclass(frozen=True)
class Stated:
    """What a file says about itself; None where it is silent.

    Attributes
    ----------
    pixel_size
        Width and height of a pixel (dx, dy) [``length_unit``].
    times
        Time of each frame, shape (T,) [``time_unit``].
    length_unit, time_unit
        Units as the file writes them.
    """

    pixel_size: tuple[float, float] | None = None
    length_unit: str | None = None
    times: NDArray[np.float64] | None = None
    time_unit: str | None = None


def resolve_pixel_size(
    stated: Stated, settings: MovieSettings, name: str
) -> tuple[tuple[float, float], str]:
    """Return the pixel size (dx, dy) and its unit.

    A unit alone converts what the file states; ``pixel`` sets it aside.

    Raises
    ------
    UserError
        Neither the file nor the settings state it, or a unit is not known.
    """
    asked = None if settings.length_unit is None else parse_length_unit(settings.length_unit)
    if settings.pixel_size is not None:
        unit = asked or _known_length(stated, name)
        if unit is None:
            raise UserError(
                f"The pixel size of {name} is given without its unit: state "
                "'movie.length_unit' too, such as µm."
            )
        return settings.pixel_size, unit
    if asked == PIXEL:
        return (1.0, 1.0), PIXEL
    unit = _known_length(stated, name)
    if stated.pixel_size is None or unit is None:
        raise UserError(
            f"{name} does not state its pixel size: give 'movie.pixel_size' and "
            f"'movie.length_unit', such as 0.65 and {symbol(asked or 'um')}, or the length unit "
            "pixel to work in pixels."
        )
    factor = length_factor(unit, asked or unit)
    dx, dy = stated.pixel_size
    return (dx * factor, dy * factor), asked or unit


def resolve_times(
    stated: Stated, settings: MovieSettings, count: int, name: str
) -> tuple[NDArray[np.float64], str]:
    """Return the times of the ``count`` frames, shape (count,), and their unit.

    Given times win over a given interval, and both over what the file states; a unit alone
    converts what the file states, and ``frame`` sets it aside for 0, 1, 2, ….

    Raises
    ------
    UserError
        Fewer than two frames, no times, or times that are not finite and strictly increasing.
    """
    if count < 2:
        held = "one frame only" if count else "no frame"
        raise UserError(f"{name} holds {held}: a law of change needs at least two.")
    asked = None if settings.time_unit is None else parse_time_unit(settings.time_unit)
    times, unit = _times(stated, settings, asked, count, name)
    if len(times) != count:
        raise UserError(f"{name} has {count} frames, but {len(times)} times are given.")
    if not np.isfinite(times).all():
        raise UserError(f"The times of {name} hold a value that is not a number.")
    wrong = np.flatnonzero(np.diff(times) <= 0)
    if wrong.size:
        first = int(wrong[0])
        before, after = times[first], times[first + 1]
        if before == after:
            raise UserError(
                f"Frames {first + 1} and {first + 2} of {name} have the same time, "
                f"{before:g} {symbol(unit)}: each frame needs its own."
            )
        raise UserError(
            f"The times of {name} do not increase: {before:g} is followed by {after:g} "
            f"{symbol(unit)}."
        )
    return times, unit


def length_factor(unit: str, wanted: str) -> float:
    """Return what turns lengths in ``unit`` into ``wanted``; neither may be pixels alone."""
    return 1.0 if unit == wanted else to_analysis_length(unit)[0] / to_analysis_length(wanted)[0]


def _times(
    stated: Stated, settings: MovieSettings, asked: str | None, count: int, name: str
) -> tuple[NDArray[np.float64], str]:
    if settings.times is not None or settings.frame_interval is not None:
        unit = asked or _known_time(stated, name)
        if unit is None:
            raise UserError(
                f"The frame times of {name} are given without their unit: state "
                "'movie.time_unit' too, such as hour or frame."
            )
        if settings.times is not None:
            return np.array(settings.times, dtype=np.float64), unit
        return np.arange(count) * np.float64(settings.frame_interval or 1.0), unit
    unit = _known_time(stated, name)
    if asked == FRAME and unit != FRAME:
        return np.arange(count, dtype=np.float64), FRAME
    if stated.times is None or unit is None:
        raise UserError(
            f"{name} does not state when its frames were taken: give 'movie.frame_interval' and "
            f"'movie.time_unit', such as 10 and {asked or 'min'}, or the time unit frame to count "
            "in frames."
        )
    wanted = asked or unit
    if wanted != unit and FRAME in (wanted, unit):
        raise UserError(
            f"{name} counts its times in frames: give 'movie.frame_interval' for times in {wanted}."
        )
    factor = 1.0 if wanted == unit else to_analysis_time(unit)[0] / to_analysis_time(wanted)[0]
    return stated.times * factor, wanted


def _known_length(stated: Stated, name: str) -> str | None:
    if stated.length_unit is None:
        return None
    try:
        return parse_length_unit(stated.length_unit)
    except UserError:
        raise UserError(
            f"{name} states its lengths in {stated.length_unit!r}, which is not known: give "
            "'movie.pixel_size' and 'movie.length_unit'."
        ) from None


def _known_time(stated: Stated, name: str) -> str | None:
    if stated.time_unit is None:
        return None
    try:
        return parse_time_unit(stated.time_unit)
    except UserError:
        raise UserError(
            f"{name} states its times in {stated.time_unit!r}, which is not known: give "
            "'movie.frame_interval' and 'movie.time_unit'."
        ) from None
