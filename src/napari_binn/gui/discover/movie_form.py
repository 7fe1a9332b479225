"""What step ① shows of a movie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..calibration_model import COLOUR, GREY

#: Milliseconds that a number waits for the next digit: each change places all layers anew.
SETTLE = 700


@dataclass(frozen=True)
class MovieForm:
    """The calibration of a movie as it is known so far; None is what is not known.

    Attributes
    ----------
    axes
        Label and number of entries of each axis of the layer; the last two are Y and X,
        unless the samples of a colour ("colour") come behind them.
    time_axis, channel_axis
        Which of them are time and channel; None: there is none.
    channels, channel
        How many channels there are, and which is used, from 0; or GREY, of colour images.
    pixel_size
        Height and width of a pixel (dy, dx) [``length_unit``].
    length_unit, time_unit
        Canonical names of :mod:`napari_binn.units`.
    frame_interval
        Time between frames [``time_unit``], where they are evenly spaced.
    times
        Time of each frame [``time_unit``], where they are not.
    sources
        Where the value of a field comes from ("from the layer"), by the name of the field.
    warnings
        Sentences that the user should read.
    """

    axes: tuple[tuple[str, int], ...] = ()
    time_axis: int | None = None
    channel_axis: int | None = None
    channels: int = 1
    channel: int = 0
    pixel_size: tuple[float, float] | None = None
    length_unit: str | None = None
    frame_interval: float | None = None
    times: tuple[float, ...] | None = None
    time_unit: str | None = None
    sources: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def frames(self) -> int:
        """Number of frames; 0 without a time axis."""
        if self.time_axis is None or not 0 <= self.time_axis < len(self.axes):
            return 0
        return self.axes[self.time_axis][1]

    @property
    def channel_choices(self) -> tuple[tuple[str, int], ...]:
        """The channels by name: of colour images also all of them, as grey."""
        if not self.axes or self.axes[-1][0] != COLOUR:
            return tuple((f"channel {index}", index) for index in range(self.channels))
        names = ("red", "green", "blue", "alpha")[: self.channels]
        return (("grey", GREY), *((name, index) for index, name in enumerate(names)))

    @property
    def possible_times(self) -> tuple[int, ...]:
        """The axes that may be time: all but Y, X and the samples of a colour."""
        colour = bool(self.axes) and self.axes[-1][0] == COLOUR
        return tuple(range(max(len(self.axes) - 2 - colour, 0)))

    def source_of(self, *fields: str) -> str:
        """Return where the values of ``fields`` come from, each origin once."""
        found = (self.sources.get(name, "") for name in fields)
        return ", ".join(dict.fromkeys(text for text in found if text))
