"""Densities laid on the movie they were measured on: same world, same pixels, same time slider."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..density.model import Density
from ..units import FRAME, PIXEL, to_analysis_length, to_analysis_time
from .calibration_model import Calibration, frame_times
from .geometry import Array, corner_offset, pixel_size, placed_on

if TYPE_CHECKING:
    from napari.layers import Layer


@dataclass(frozen=True)
class Ground:
    """The movie that other layers are laid on."""

    layer: Layer
    calibration: Calibration

    def place(
        self, first: Array, per_bin: Array, frame: float = 0.0, step: float = 1.0
    ) -> dict[str, Any]:
        """Return the placement of a grid of bins with the leading axes of the movie.

        Parameters
        ----------
        first
            Centre y, x of the first bin, counted in pixels from the outer corner of the movie.
        per_bin
            Pixels along y and x in a bin.
        frame, step
            Frame of the movie that the grid begins with, and frames between two of it.
        """
        lead = self.layer.ndim - 2
        origin, ratio = [0.0] * lead, [1.0] * lead
        time = self.calibration.time_axis
        if time is not None:
            origin[time], ratio[time] = frame, step
        centre = first - corner_offset(self.layer)
        placed = placed_on(self.layer, (*origin, *centre), (*ratio, *per_bin))
        return {**placed, "metadata": {"length_unit": self.calibration.length_unit}}

    def place_density(self, density: Density) -> dict[str, Any]:
        """Return the placement that puts a density on the pixels it was measured on."""
        factor = to_analysis_length(self.calibration.length_unit or PIXEL)[0]
        pixel = np.array(pixel_size(self.calibration)) * factor
        first = np.array([density.y[0], density.x[0]]) / pixel
        per_bin = np.array(density.spacing) / pixel
        return self.place(first, per_bin, *self.frames_of(density))

    def frames_of(self, density: Density) -> tuple[float, float]:
        """Return the frame that a density begins with, and the frames between two of it.

        They are whole numbers where the density was measured on this movie.
        """
        frames = self._frames(density)
        if self._gaps(frames):
            return float(frames[0]), 1.0
        step = (frames[-1] - frames[0]) / (len(frames) - 1) if len(frames) > 1 else 1.0
        return float(frames[0]), float(np.round(step, 6)) or 1.0

    def fill(self, density: Density, data: NDArray[Any]) -> NDArray[Any]:
        """Repeat the frame before each one of the movie that was left out of the density.

        So every frame of ``data`` (T, Y, X) lies on its own frame of the movie.
        """
        frames = self._frames(density)
        if not self._gaps(frames):
            return data
        wanted = np.arange(frames[0], frames[-1] + 1)
        filled: NDArray[Any] = data[np.searchsorted(frames, wanted, side="right") - 1]
        return filled

    def _frames(self, density: Density) -> Array:
        factor = to_analysis_time(self.calibration.time_unit or FRAME)[0]
        times = frame_times(self.calibration) * factor
        frames: Array = np.round(np.interp(density.t, times, np.arange(len(times))), 6)
        return frames

    @staticmethod
    def _gaps(frames: Array) -> bool:
        """Whether frames of the movie were left out in between."""
        steps = np.diff(frames)
        return bool(len(steps) and np.ptp(steps) > 0 and (frames == np.round(frames)).all())

    def spread(self, data: NDArray[Any]) -> NDArray[Any]:
        """Show frames (T, Y, X) at every channel of the movie, without copying them."""
        lead = self.layer.ndim - 2
        time = self.calibration.time_axis
        if lead <= 1 or time is None:
            return data
        shape = [1] * lead
        shape[time] = len(data)
        sizes = [axis.size for axis in self.calibration.axes[:lead]]
        sizes[time] = len(data)
        frame = data.shape[1:]
        return np.broadcast_to(data.reshape(*shape, *frame), (*sizes, *frame))

    def points(self, pixels: Array, frame: int) -> Array:
        """Return points y, x (N, 2) as data coordinates in a frame, at every channel."""
        lead = self.layer.ndim - 2
        sizes = [axis.size for axis in self.calibration.axes[:lead]]
        if self.calibration.time_axis is not None:
            sizes[self.calibration.time_axis] = 1
        copies = []
        for index in np.ndindex(*sizes):
            where = np.array(index, dtype=np.float64)
            if self.calibration.time_axis is not None:
                where[self.calibration.time_axis] = frame
            copies.append(np.hstack([np.tile(where, (len(pixels), 1)), pixels]))
        return np.concatenate(copies)
