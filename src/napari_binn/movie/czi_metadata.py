"""What a CZI file states: pixel size, names of scenes, times of frames.

Segments and elements are those of Zeiss' "CZI file format" documents, which libCZI
(https://github.com/ZEISS/libczi) implements; it does not hand out the table of times.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError

_SEGMENT = 32  # bytes of a segment's header
_DIRECTORY_AT = _SEGMENT + 72  # where the file's header names the directory of attachments
_ENTRIES_AT = _SEGMENT + 256
_ENTRY = 128
_ATTACHED_AT = _SEGMENT + 256
_MOST_TIMES = 10_000_000


def parse(xml: str, name: str) -> ElementTree.Element:
    """Return the metadata.

    Raises
    ------
    UserError
        They declare a document type, which no program for microscopes writes.
    """
    if re.search(r"<!\s*(DOCTYPE|ENTITY)", xml, re.IGNORECASE):
        raise UserError(
            f"The metadata in {name} declare a document type, which is refused: save the movie "
            "again."
        )
    return ElementTree.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", xml))


def pixel_size(xml: ElementTree.Element) -> tuple[float, float] | None:
    """Return width and height of a pixel [µm], or None."""
    sizes = {
        item.get("Id", ""): _number(item.findtext("Value"))
        for item in xml.iterfind(".//Metadata/Scaling/Items/Distance")
    }
    dx, dy = sizes.get("X"), sizes.get("Y")  # metres
    return (dx * 1e6, dy * 1e6) if dx and dy and min(dx, dy) > 0 else None


def scene_names(xml: ElementTree.Element, scenes: Sequence[int]) -> list[str]:
    """Return what the file calls the scenes of these numbers, "" where it does not."""
    named = {
        item.get("Index", ""): item.get("Name", "")
        for item in xml.iterfind(".//Information/Image/Dimensions/S/Scenes/Scene")
    }
    return [named.get(str(scene), "") for scene in scenes]


def planned_times(xml: ElementTree.Element, frames: int) -> NDArray[np.float64] | None:
    """Return the times of the frames [s] from the planned interval, or None."""
    interval = xml.find(".//Information/Image/Dimensions/T/Positions/Interval")
    step = None if interval is None else _number(interval.findtext("Increment"))
    if interval is None or step is None or step <= 0:
        return None
    return (_number(interval.findtext("Start")) or 0.0) + np.arange(frames) * np.float64(step)


def recorded_times(path: Path, frames: int) -> NDArray[np.float64] | None:
    """Return the times of the frames [s] that the microscope recorded, or None.

    They are in an attachment called TimeStamps, one number for each time point.
    """
    try:
        with path.open("rb") as file:
            times = _time_stamps(file)
    except (OSError, struct.error, ValueError):
        return None
    if times is None or len(times) != frames or not np.isfinite(times).all():
        return None
    return times if (np.diff(times) > 0).all() else None


def _time_stamps(file: BinaryIO) -> NDArray[np.float64] | None:
    (directory,) = _unpack(file, _DIRECTORY_AT, "<q")
    if directory <= 0:
        return None
    file.seek(directory)
    if not file.read(16).startswith(b"ZISRAWATTDIR"):
        return None
    (count,) = _unpack(file, directory + _SEGMENT, "<i")
    for index in range(count):
        entry = directory + _ENTRIES_AT + index * _ENTRY
        schema, place, name = _unpack(file, entry, "<2s10xq28x80s")
        if schema == b"A1" and name.split(b"\0")[0] == b"TimeStamps":
            _, times = _unpack(file, place + _ATTACHED_AT, "<ii")
            if not 0 < times < _MOST_TIMES:
                return None
            file.seek(place + _ATTACHED_AT + 8)
            return np.frombuffer(file.read(8 * times), "<f8").astype(np.float64)
    return None


def _unpack(file: BinaryIO, place: int, form: str) -> tuple[Any, ...]:
    file.seek(place)
    return struct.unpack(form, file.read(struct.calcsize(form)))


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if np.isfinite(value) else None
