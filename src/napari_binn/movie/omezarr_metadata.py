"""What the attributes of an OME-Zarr say: axes, calibration, resolutions, positions.

OME-NGFF 0.1 to 0.5, https://ngff.openmicroscopy.org (sections "multiscales", "plate", "well" and
"bioformats2raw.layout").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .calibration import Stated

# Letters for axes whose meaning is not known; lay_out asks for more than one.
_UNKNOWN = "QRUVW"
# What programs write where they know of no unit.
_NO_UNIT = {"", "pixel", "pixels", "px", "none", "null", "unitless", "arbitrary"}


@dataclass(frozen=True)
class Axis:
    """An axis of the array: its letter, its unit, and the distance of two places along it."""

    letter: str
    unit: str | None
    scale: float
    origin: float = 0.0


@dataclass(frozen=True)
class Level:
    """One resolution of an image: where its array is, and its axes where they are stated."""

    path: str
    axes: tuple[Axis, ...]


def attributes(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the attributes that OME-Zarr defines, which version 0.5 puts under "ome"."""
    inner = raw.get("ome")
    return inner if isinstance(inner, Mapping) else raw


def levels(attrs: Mapping[str, Any]) -> tuple[Level, ...]:
    """Return the resolutions of the (first) image, the finest first; none if it is no image."""
    images = attrs.get("multiscales")
    if not images:
        return ()
    image = images[0]
    axes = [_axis(axis, place) for place, axis in enumerate(_stated_axes(image))]
    return tuple(
        Level(str(dataset["path"]), _scaled(axes, image, dataset)) for dataset in image["datasets"]
    )


def wells(attrs: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the paths of the wells of a plate."""
    return tuple(str(well["path"]) for well in (attrs.get("plate") or {}).get("wells", ()))


def fields(attrs: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the paths of the fields of view of a well."""
    return tuple(str(image["path"]) for image in (attrs.get("well") or {}).get("images", ()))


def stated(axes: Sequence[Axis], letters: str, frames: int) -> Stated:
    """Return the calibration that the axes state.

    Parameters
    ----------
    axes
        As the file describes them.
    letters
        What each axis is taken for: the user may have renamed it.
    frames
        Number of time points.
    """
    named = dict(zip(letters, axes, strict=True))
    x, y, t = named.get("X"), named.get("Y"), named.get("T")
    size, length_unit = None, None
    if x and y and x.unit and x.unit == y.unit and min(x.scale, y.scale) > 0:
        size, length_unit = (x.scale, y.scale), x.unit
    times, time_unit = None, None
    if t and t.letter == "T" and t.unit and t.scale > 0:
        times = t.origin + np.arange(frames, dtype=np.float64) * t.scale
        time_unit = t.unit
    return Stated(size, length_unit, times, time_unit)


def _stated_axes(image: Mapping[str, Any]) -> Sequence[Any]:
    # Versions 0.1 and 0.2 fixed the axes; 0.3 listed their names.
    return image.get("axes") or [{"name": name} for name in "tczyx"]


def _axis(described: Any, place: int) -> Axis:
    if isinstance(described, str):
        described = {"name": described}
    name, kind = str(described.get("name", "")).lower(), described.get("type")
    known = {"time": "T", "channel": "C"}.get(str(kind).lower())
    letter = known or (name.upper() if name in ("t", "c", "z", "y", "x") else _UNKNOWN[place % 5])
    unit = str(described.get("unit") or "").strip()
    return Axis(letter, None if unit.lower() in _NO_UNIT else unit, 1.0)


def _scaled(
    axes: Sequence[Axis], image: Mapping[str, Any], dataset: Mapping[str, Any]
) -> tuple[Axis, ...]:
    """Apply the transformations of a resolution, then those of the whole image."""
    scale, origin = np.ones(len(axes)), np.zeros(len(axes))
    for source in (dataset, image):
        for transform in source.get("coordinateTransformations") or ():
            if "scale" in transform:
                factor = np.asarray(transform["scale"], dtype=np.float64)
                scale, origin = scale * factor, origin * factor
            elif "translation" in transform:
                origin = origin + np.asarray(transform["translation"], dtype=np.float64)
    if not np.isfinite([scale, origin]).all():
        scale, origin = np.zeros(len(axes)), np.zeros(len(axes))
    return tuple(
        Axis(axis.letter, axis.unit, float(size), float(start))
        for axis, size, start in zip(axes, scale, origin, strict=True)
    )
