"""Calibration that TIFF files state: OME-XML and ImageJ's description."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..units import TIMES_DAY, parse_time_unit
from .calibration import Stated

# What programs write when they know of no physical length; inches are those of the printer.
_NO_LENGTH = {"", "pixel", "pixels", "px", "inch", "inches", "reference frame"}


def from_ome(
    xml: str, frames: int, channel: int, name: str, *, image: int = 0, need_times: bool = True
) -> Stated:
    """Return what an image of an OME-XML document states.

    Parameters
    ----------
    xml
        The document; see the OME model for ``Pixels`` and ``Plane``.
    frames
        Number of time points.
    channel
        The channel whose planes count, where each plane states its own time.
    name
        What the user calls the file.
    image
        Which of the document's images, from 0.
    need_times
        Whether the times matter; if not, they are not read.

    Raises
    ------
    UserError
        The document declares entities or a document type, is not well formed, or its frame
        interval and the times of its planes contradict each other.
    """
    # Entities can blow up to gigabytes or read other files; OME-XML never needs them.
    if re.search(r"<!\s*(DOCTYPE|ENTITY)", xml, re.IGNORECASE):
        raise UserError(
            f"The OME-XML in {name} declares a document type, which is refused: save it again."
        )
    try:
        # A declared encoding is that of the file, not of this text.
        root = ElementTree.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", xml))
    except ElementTree.ParseError as error:
        raise UserError(f"The OME-XML in {name} cannot be read: {error}.") from None
    images = root.findall(".//{*}Pixels")
    if image >= len(images):
        return Stated()
    pixels = images[image]
    size, length_unit = _ome_pixel_size(pixels)
    if not need_times:
        return Stated(size, length_unit)
    times, time_unit = _ome_times(pixels, frames, channel, name)
    return Stated(size, length_unit, times, time_unit)


def from_imagej(
    metadata: Mapping[str, Any], resolution: tuple[float, float], frames: int
) -> Stated:
    """Return what ImageJ's description and the resolution tags state.

    Parameters
    ----------
    metadata
        The key-value pairs of the description.
    resolution
        Pixels per unit along x and y, 0 if not stated.
    frames
        Number of time points.
    """
    unit = _unescape(str(metadata.get("unit", "")))
    size = None
    if unit.lower() not in _NO_LENGTH and min(resolution) > 0:
        size = (1 / resolution[0], 1 / resolution[1])
    interval = _number(metadata.get("finterval"))
    times = None if interval is None else np.arange(frames, dtype=np.float64) * interval
    return Stated(
        size,
        unit if size else None,
        times,
        None if times is None else _unescape(str(metadata.get("tunit", "s"))),
    )


def _ome_pixel_size(pixels: ElementTree.Element) -> tuple[tuple[float, float] | None, str | None]:
    dx, dy = _number(pixels.get("PhysicalSizeX")), _number(pixels.get("PhysicalSizeY"))
    unit = pixels.get("PhysicalSizeXUnit", "µm")
    if dx is None or dy is None or unit.strip().lower() in _NO_LENGTH:
        return None, None
    if pixels.get("PhysicalSizeYUnit", "µm") != unit:
        return None, None
    return (dx, dy), unit


def _ome_times(
    pixels: ElementTree.Element, frames: int, channel: int, name: str
) -> tuple[NDArray[np.float64] | None, str | None]:
    """Prefer the times of the planes, which may be irregular, to the nominal interval."""
    interval = _number(pixels.get("TimeIncrement"))
    interval_unit = pixels.get("TimeIncrementUnit", "s")
    measured, plane_unit = _plane_times(pixels, frames, channel)
    if measured is None:
        if interval is None:
            return None, None
        return np.arange(frames, dtype=np.float64) * interval, interval_unit
    step = float(np.median(np.diff(measured)))
    if (
        interval is not None
        and not 0.9 < _days(step, plane_unit) / _days(interval, interval_unit) < 1.1
    ):
        raise UserError(
            f"{name} states a frame interval of {interval:g} {interval_unit}, but its planes "
            f"are {step:g} {plane_unit} apart: give 'movie.frame_interval' and "
            "'movie.time_unit'."
        )
    return measured, plane_unit


def _plane_times(
    pixels: ElementTree.Element, frames: int, channel: int
) -> tuple[NDArray[np.float64] | None, str]:
    times = np.full(frames, np.nan)
    units = set()
    for plane in pixels.iterfind("{*}Plane"):
        index, moment = plane.get("TheT", ""), plane.get("DeltaT")
        here = plane.get("TheC", "0") == str(channel) and plane.get("TheZ", "0") == "0"
        if here and moment is not None and index.isdecimal() and int(index) < frames:
            try:
                times[int(index)] = float(moment)
            except ValueError:
                return None, ""
            units.add(plane.get("DeltaTUnit", "s"))
    if frames < 2 or len(units) != 1 or not (np.diff(times) > 0).all():
        return None, ""
    return times, units.pop()


def _days(time: float, unit: str) -> float:
    return time * TIMES_DAY.get(parse_time_unit(unit), 1.0)


def _number(text: Any) -> float | None:
    """Return a positive number, or None where there is none."""
    try:
        value = float(text)
    except (TypeError, ValueError):
        return None
    return value if np.isfinite(value) and value > 0 else None


def _unescape(unit: str) -> str:
    """ImageJ writes the micro sign as an escape sequence, or in an encoding of its time."""
    unit = re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), unit.strip())
    return unit.replace("Âµ", "µ")
