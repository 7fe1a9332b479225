"""How a layer is read as a movie, and what keeps it from being analysed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..units import FRAME, LENGTHS_MM, PIXEL, TIMES_DAY

Meaning = Literal["time", "channel", "z", "y", "x", ""]
COLOUR = "colour"
#: The channel of colour images that show grey: all of them, without coloured annotations.
GREY = -1


@dataclass(frozen=True)
class AxisInfo:
    """An axis of a layer: its name, how many entries it has, and what it seems to be."""

    label: str
    size: int
    guess: Meaning


@dataclass(frozen=True)
class Calibration:
    """How a layer is read as a movie.

    Attributes
    ----------
    axes
        All axes of the layer's data; of a colour image the samples come last, as a channel.
    time_axis, channel_axis
        Which of them are time and channel; None where there is none or it is not known.
    channel
        The channel that is analysed, or ``GREY``.
    pixel_size
        Height and width of a pixel (dy, dx) [``length_unit``]; of positions, the length of one
        unit of their coordinates.
    length_unit, time_unit
        Names of :mod:`napari_binn.units`; "pixel" and "frame" are the user's word that the movie
        is not calibrated, None that the unit is not known.
    frame_interval
        Time between two frames [``time_unit``].
    times
        Time of each frame [``time_unit``], where they are known one by one; they win.
    sources
        For each value where it comes from, in words: "from the layer", "from cells.tif".
    warnings
        Sentences on what the user should look at.
    """

    axes: tuple[AxisInfo, ...]
    time_axis: int | None = None
    channel_axis: int | None = None
    channel: int = 0
    pixel_size: tuple[float, float] | None = None
    length_unit: str | None = None
    frame_interval: float | None = None
    time_unit: str | None = None
    times: tuple[float, ...] | None = None
    sources: dict[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def frames(self) -> int:
        """Number of frames; 0 where the time axis is not known."""
        return 0 if self.time_axis is None else self.axes[self.time_axis].size

    @property
    def key(self) -> tuple[Any, ...]:
        """What decides how the movie is read; the words about it do not."""
        timing = self.times or (None if self.time_unit == FRAME else self.frame_interval)
        size = None if self.length_unit == PIXEL else self.pixel_size
        channel = None if self.channel_axis is None else self.channel
        axes = (self.time_axis, self.channel_axis, channel)
        return (*axes, size, self.length_unit, timing, self.time_unit)

    def typed(self, **values: Any) -> Calibration:
        """Return a copy with values that the user typed."""
        return replace(self, **values, sources={**self.sources, **dict.fromkeys(values, "typed")})


def problems(calibration: Calibration) -> dict[str, str]:
    """Return a sentence for each field that keeps the movie from being analysed.

    The fields are "layer", "time_axis", "channel", "pixel_size", "length_unit", "frame_interval",
    "times" and "time_unit".
    """
    return {
        **_axis_problems(calibration),
        **_length_problems(calibration),
        **_time_problems(calibration),
    }


def mean_interval(calibration: Calibration) -> float:
    """Return the mean time between frames [``time_unit``], which napari's slider counts in."""
    if calibration.times is not None and len(calibration.times) > 1:
        return (calibration.times[-1] - calibration.times[0]) / (len(calibration.times) - 1)
    if calibration.time_unit == FRAME or calibration.frame_interval is None:
        return 1.0
    return calibration.frame_interval


def frame_times(calibration: Calibration) -> NDArray[np.float64]:
    """Return the time of each frame, shape (T,) [``time_unit``, or frames]."""
    if calibration.times is not None:
        return np.array(calibration.times, dtype=np.float64)
    interval = calibration.frame_interval
    if calibration.time_unit == FRAME or interval is None:
        interval = 1.0
    return np.arange(calibration.frames) * np.float64(interval)


def _axis_problems(calibration: Calibration) -> dict[str, str]:
    found: dict[str, str] = {}
    last = len(calibration.axes) - (calibration.axes[-1].label == COLOUR)
    others = [
        axis
        for i, axis in enumerate(calibration.axes[: last - 2])
        if axis.size > 1 and i not in (calibration.time_axis, calibration.channel_axis)
    ]
    if calibration.time_axis is None:
        found["time_axis"] = (
            "Choose the axis that is time."
            if others
            else "This layer has a single frame: a law of change needs at least two."
        )
    elif calibration.time_axis >= last - 2:
        found["time_axis"] = "The last two axes are y and x: choose another one as time."
    elif calibration.frames < 2:
        found["time_axis"] = "This axis has a single entry: a law of change needs two frames."
    if "time_axis" not in found and others:
        found["layer"] = _too_many(others[0])
    if calibration.channel_axis is not None:
        count = calibration.axes[calibration.channel_axis].size
        colour = calibration.axes[calibration.channel_axis].label == COLOUR
        if calibration.channel_axis == calibration.time_axis:
            found["channel"] = "One axis cannot be both time and channel."
        elif not (0 <= calibration.channel < count or (colour and calibration.channel == GREY)):
            found["channel"] = f"Choose a channel from 0 to {count - 1}."
    return found


def _too_many(axis: AxisInfo) -> str:
    if axis.guess == "z":
        return (
            f"This layer is a z-stack of {axis.size} planes: make a projection along z first "
            "(Image ▸ Stacks ▸ Z Project in Fiji)."
        )
    return (
        f"The axis {axis.label} of {axis.size} entries is neither time nor channel: say which it "
        "is, or open one entry of it alone."
    )


def _length_problems(calibration: Calibration) -> dict[str, str]:
    if calibration.length_unit == PIXEL:
        return {}
    found = {}
    size = calibration.pixel_size
    if size is None:
        found["pixel_size"] = (
            "Type the size of a pixel: D means nothing without it. Or choose “pixel” as unit."
        )
    elif not all(np.isfinite(side) and side > 0 for side in size):
        found["pixel_size"] = "The size of a pixel must be a number above 0."
    if calibration.length_unit not in LENGTHS_MM:
        found["length_unit"] = "Choose the unit of the pixel size."
    return found


def _time_problems(calibration: Calibration) -> dict[str, str]:
    found: dict[str, str] = {}
    times, unit = calibration.times, calibration.time_unit
    if times is not None:
        found |= _wrong_times(times, calibration.frames)
    elif unit != FRAME:
        interval = calibration.frame_interval
        if interval is None:
            found["frame_interval"] = (
                "Type the time between two frames: D and G mean nothing without it. Or choose "
                "“frame” as unit."
            )
        elif not (np.isfinite(interval) and interval > 0):
            found["frame_interval"] = "The time between two frames must be a number above 0."
    if unit not in TIMES_DAY and unit != FRAME:
        found["time_unit"] = "Choose the unit of time."
    return found


def _wrong_times(times: tuple[float, ...], frames: int) -> dict[str, str]:
    if frames and len(times) != frames:
        return {"times": f"The movie has {frames} frames, but {len(times)} times are given."}
    if not np.isfinite(times).all():
        return {"times": "One of the times is not a number."}
    wrong = np.flatnonzero(np.diff(times) <= 0)
    if wrong.size:
        before, after = times[wrong[0]], times[wrong[0] + 1]
        return {"times": f"The times must increase: {before:g} is followed by {after:g}."}
    return {}
