"""What the axes of a layer mean: time, channel, the size of a pixel, when frames were taken.

Suggested from the layer and its file, corrected by the user, and never guessed in silence.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import UserError
from ..movie.colour import is_grey
from ..units import FRAME, LENGTHS_MM, PIXEL, TIMES_DAY, parse_length_unit, parse_time_unit
from .calibration_model import (
    COLOUR,
    GREY,
    AxisInfo,
    Calibration,
    Meaning,
    mean_interval,
    problems,
)
from .file_hints import FileHints, read_hints
from .geometry import is_points, pixel_size
from .inputs import LayerFrames

if TYPE_CHECKING:
    from napari.layers import Layer

__all__ = ["AxisInfo", "Calibration", "apply", "mean_interval", "problems", "suggest", "undo"]

FORMER = "napari_binn_former"

_MEANINGS: dict[str, Meaning] = {
    "t": "time", "time": "time", "frame": "time", "frames": "time",
    "c": "channel", "channel": "channel", "channels": "channel", "s": "channel",
    "z": "z", "depth": "z", "plane": "z", "y": "y", "x": "x",
}  # fmt: skip


def suggest(layer: Layer) -> Calibration:
    """Return what the layer says about itself and, where it is silent, its file."""
    hints = read_hints(layer.source.path)
    axes, named_by = _axes(layer, hints)
    sources: dict[str, str] = {}
    time_axis = _first(axes, "time")
    warnings = [
        *_warnings(layer.name, axes, hints if named_by else None),
        *layer.metadata.get("assumptions", ()),
    ]
    if time_axis is not None:
        sources["time_axis"] = named_by or "from the layer"
    else:
        open_axes = [i for i, axis in enumerate(axes) if not axis.guess and axis.size > 1]
        if len(open_axes) == 1:
            time_axis = open_axes[0]
            sources["time_axis"] = "assumed: nothing says what this axis is"
    channel_axis = _first(axes, "channel")
    calibration = Calibration(axes, time_axis, channel_axis, warnings=tuple(warnings))
    if time_axis is not None and _shows_grey(layer, time_axis):
        calibration = replace(calibration, channel=GREY)
        sources["channel"] = "the images are grey; coloured annotations are left out"
    lengths = _lengths_of_layer(layer) or _lengths_of_file(hints)
    times = _times_of_layer(layer, calibration) or _times_of_file(hints, calibration)
    for found in (lengths, times):
        if found is not None:
            where, values = found
            calibration = replace(calibration, **values)
            sources |= dict.fromkeys(values, where)
    return replace(calibration, sources=sources)


def apply(layer: Layer, calibration: Calibration) -> None:
    """Give the layer the scale, units and names of axes of a calibration without problems.

    The layer stays where it was, counted in pixels; what it had before is kept in its metadata,
    for :func:`undo`.
    """
    former = _state(layer)
    scale, labels = np.array(layer.scale, dtype=float), list(layer.axis_labels)
    units = [str(unit) for unit in layer.units]
    y, x = layer.ndim - 2, layer.ndim - 1
    length = calibration.length_unit or PIXEL
    scale[[y, x]] = pixel_size(calibration)
    units[y] = units[x] = length if length in LENGTHS_MM else PIXEL
    labels[y], labels[x] = "y", "x"
    metadata: dict[str, Any] = {"length_unit": length}
    if calibration.time_axis is not None:
        t = calibration.time_axis
        scale[t] = mean_interval(calibration)
        units[t] = calibration.time_unit if calibration.time_unit in TIMES_DAY else PIXEL
        labels[t] = "t"
        metadata |= {"time_unit": calibration.time_unit, "times": calibration.times}
    if calibration.channel_axis is not None and calibration.channel_axis < layer.ndim:
        labels[calibration.channel_axis] = "c"
    translate = np.array(layer.translate) * scale / np.asarray(layer.scale)
    _set(layer, scale, translate, units, labels)
    layer.metadata = {**layer.metadata, **metadata, FORMER: layer.metadata.get(FORMER, former)}


def undo(layer: Layer) -> None:
    """Give the layer back what it had before :func:`apply`."""
    former = layer.metadata.get(FORMER)
    if former is not None:
        _set(layer, *(former[name] for name in ("scale", "translate", "units", "axis_labels")))
        layer.metadata = former["metadata"]


def _state(layer: Layer) -> dict[str, Any]:
    return {
        "scale": np.array(layer.scale),
        "translate": np.array(layer.translate),
        "units": layer.units,
        "axis_labels": layer.axis_labels,
        "metadata": dict(layer.metadata),
    }


def _set(layer: Layer, scale: Any, translate: Any, units: Any, labels: Any) -> None:
    layer.scale = scale
    layer.translate = translate
    layer.units = tuple(units)
    layer.axis_labels = tuple(labels)


def _axes(layer: Layer, hints: FileHints | None) -> tuple[tuple[AxisInfo, ...], str]:
    """Return the axes, and the name of the file where it is what names them."""
    sizes = _sizes(layer)
    labels = [str(label) for label in layer.axis_labels]
    unnamed = all(label.lstrip("-").isdecimal() for label in labels)
    named_by = ""
    if unnamed and hints is not None and len(hints.axes) == layer.ndim:
        labels, named_by = [letter.lower() for letter in hints.axes], hints.words
    guesses = [_MEANINGS.get(label.strip().lower(), "") for label in labels]
    guesses[-2:] = ["y", "x"]
    axes = [AxisInfo(*axis) for axis in zip(labels, sizes, guesses, strict=True)]
    if getattr(layer, "rgb", False):
        axes.append(AxisInfo(COLOUR, layer.data.shape[-1], "channel"))
    return tuple(axes), named_by


def _sizes(layer: Layer) -> list[int]:
    if is_points(layer):
        if len(layer.data) == 0:
            return [0] * layer.ndim
        sizes = [int(size) for size in np.rint(np.max(layer.data, axis=0)) + 1]
        # The last frames may hold no cell.
        sizes[0] = max(sizes[0], len(layer.metadata.get("times") or ()))
        return sizes
    data = layer.data[0] if getattr(layer, "multiscale", False) else layer.data
    return [int(size) for size in data.shape[: layer.ndim]]


def _shows_grey(layer: Layer, time_axis: int) -> bool:
    """Return whether the colour images of a layer are grey, as the first and the last one tell."""
    if not getattr(layer, "rgb", False) or getattr(layer, "multiscale", False):
        return False
    pages = LayerFrames(layer.data, time_axis, None, 0, layer.ndim)
    return all(is_grey(pages[index]) for index in {0, len(pages) - 1})


def _first(axes: tuple[AxisInfo, ...], meaning: Meaning) -> int | None:
    found = [i for i, axis in enumerate(axes) if axis.guess == meaning and axis.size > 1]
    return found[0] if found else None


def _warnings(name: str, axes: tuple[AxisInfo, ...], hints: FileHints | None) -> list[str]:
    deep = [axis for axis in axes if axis.guess == "z" and axis.size > 1]
    if not deep or _first(axes, "time") is not None:
        return []
    who = hints.name if hints is not None else name
    return [
        f"{who} calls its {deep[0].size} images planes in depth (z). If they are time points, "
        "choose this axis as time."
    ]


Found = tuple[str, dict[str, Any]]


def _lengths_of_layer(layer: Layer) -> Found | None:
    stated = layer.metadata.get("length_unit")
    if stated == PIXEL:
        return "from the layer", {"length_unit": PIXEL}
    (dy, unit_y), (dx, unit_x) = (
        in_our_unit(float(layer.scale[i]), layer.units[i], LENGTHS_MM) for i in (-2, -1)
    )
    if unit_y is not None and unit_x is not None:
        factor = LENGTHS_MM[unit_y] / LENGTHS_MM[unit_x]
        return "from the layer", {"pixel_size": (dy * factor, dx), "length_unit": unit_x}
    if (dy, dx) != (1.0, 1.0) and min(dy, dx) > 0:
        return "from the layer", {"pixel_size": (dy, dx)}
    return None


def _lengths_of_file(hints: FileHints | None) -> Found | None:
    if hints is None or hints.pixel_size is None:
        return None
    return hints.words, {"pixel_size": hints.pixel_size, "length_unit": hints.length_unit}


def _times_of_layer(layer: Layer, calibration: Calibration) -> Found | None:
    if calibration.time_axis is None:
        return None
    times, unit = layer.metadata.get("times"), layer.metadata.get("time_unit")
    count = calibration.frames
    enough = times is not None and (
        len(times) >= count if is_points(layer) else len(times) == count
    )
    if enough:
        return "from the layer", {**_timing(times), "time_unit": unit}
    if unit == FRAME:
        return "from the layer", {"time_unit": FRAME}
    axis = calibration.time_axis
    interval, unit = in_our_unit(float(layer.scale[axis]), layer.units[axis], TIMES_DAY)
    if unit is not None and interval > 0:
        return "from the layer", {"frame_interval": interval, "time_unit": unit}
    return None


def _times_of_file(hints: FileHints | None, calibration: Calibration) -> Found | None:
    if hints is None or hints.times is None or len(hints.times) != calibration.frames:
        return None
    return hints.words, {**_timing(hints.times), "time_unit": hints.time_unit}


def _timing(times: Any) -> dict[str, Any]:
    """Return even times that start at 0 as their interval, others as they are."""
    times = tuple(float(time) for time in times)
    if len(times) > 1 and times[0] == 0:
        # The last digit of a sum of intervals says nothing.
        interval = float(f"{times[-1] / (len(times) - 1):.12g}")
        if np.allclose(times, np.arange(len(times)) * interval, rtol=1e-9, atol=0):
            return {"frame_interval": interval}
    return {"times": times}


def in_our_unit(value: float, unit: Any, known: dict[str, float]) -> tuple[float, str | None]:
    """Return a number in a pint unit as a number in one of ours; None where it is no such unit."""
    parse = parse_length_unit if known is LENGTHS_MM else parse_time_unit
    try:
        name = parse(str(unit))
    except UserError:
        base = "um" if known is LENGTHS_MM else "s"
        if not unit.is_compatible_with(base):
            return value, None
        return float((value * unit).to(base).magnitude), base
    return value, name if name in known else None
