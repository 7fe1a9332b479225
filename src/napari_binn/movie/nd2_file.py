"""ND2 files of Nikon's NIS-Elements, through the package nd2."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..settings import MovieSettings
from .axes import Layout, lay_out
from .calibration import Stated
from .extras import library
from .quiet import quiet
from .series import Contents, choose_position

_POSITION = "P"  # the package's letter for stage positions
_IN_FRAME = "CYXS"  # axes that lie within what it reads at once


@dataclass(frozen=True)
class Nd2Frames:
    """The frames of one channel and position of an ND2 file, read when they are asked for.

    Attributes
    ----------
    path
        The file.
    layout
        Where the frames are, of the position chosen.
    file
        The file (an ND2File of nd2), closed between two reads.
    axes
        Letters of the file's axes, the position left out.
    position
        The position chosen.
    """

    path: Path
    layout: Layout
    file: Any
    axes: str
    position: int

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the pixels."""
        kind: np.dtype[Any] = np.dtype(self.file.dtype)
        return kind

    @property
    def files(self) -> tuple[str, ...]:
        """The file."""
        return (str(self.path),)

    def __len__(self) -> int:
        return self.layout.frames

    def __getitem__(self, index: int) -> NDArray[np.generic]:
        frame = range(len(self))[index]
        try:
            with quiet(), self.file:
                # A copy: what the package returns is a view of the mapped file.
                page = np.array(self.file.read_frame(self.sequence(frame)))
                shape = self.layout.shape[len(self.layout.shape) - self.layout.page_ndim :]
                return self.layout.cut(page.reshape(shape), frame)
        except Exception as error:  # as when opening
            raise _unreadable(self.path, error) from None

    def sequence(self, frame: int) -> int:
        """Return the number in the file of what holds a frame."""
        wanted: dict[str, Any] = dict(zip(self.axes, self.layout.select(frame), strict=True))
        wanted[_POSITION] = self.position
        loops = {axis: size for axis, size in self.file.sizes.items() if axis not in _IN_FRAME}
        index = [wanted[axis] for axis in loops]
        return int(np.ravel_multi_index(index, tuple(loops.values()))) if loops else 0


def open_nd2(path: Path, settings: MovieSettings) -> tuple[Nd2Frames, Stated, tuple[str, ...]]:
    """Open an ND2 file without reading its pixels.

    Raises
    ------
    UserError
        The package nd2 is not installed, the file is damaged or incomplete, or needs the user's
        word on something.
    """
    nd2 = library("nd2", path)
    try:
        with quiet(), nd2.ND2File(path) as file:
            return _open(file, path, settings)
    except UserError:
        raise
    except Exception as error:  # damaged metadata make the package raise almost anything
        raise _unreadable(path, error) from None


def nd2_contents(path: Path) -> Contents:
    """Return what an ND2 file holds; errors as of :func:`open_nd2`."""
    nd2 = library("nd2", path)
    try:
        with quiet(), nd2.ND2File(path) as file:
            return _contents(file)
    except Exception as error:
        raise _unreadable(path, error) from None


def _open(
    file: Any, path: Path, settings: MovieSettings
) -> tuple[Nd2Frames, Stated, tuple[str, ...]]:
    _check_complete(file, path)
    held = _contents(file)
    axes = held.axes
    position = choose_position(held.positions, settings.position, path.name)
    layout = lay_out(
        axes,
        held.shape,
        sum(axis in _IN_FRAME for axis in axes),
        path.name,
        channel=settings.channel,
        override=settings.axes,
    )
    frames = Nd2Frames(path, layout, file, axes, position)
    size = _pixel_size(file)
    times, unit = None, None
    if "T" in axes and (settings.axes or axes).upper() == axes:
        times = _times(file, frames)
        unit = None if times is None else "s"
    stated = Stated(size, "µm" if size else None, times, unit)
    return frames, stated, (layout.assumption,) if layout.assumption else ()


def _contents(file: Any) -> Contents:
    sizes = {str(axis): int(size) for axis, size in file.sizes.items()}
    names = _names(file, sizes.pop(_POSITION, 1))
    return Contents(names, "".join(sizes), tuple(sizes.values()))


def _check_complete(file: Any, path: Path) -> None:
    """Refuse an acquisition that ended early: the package reads zeros for what is missing."""
    named = int(np.prod([size for axis, size in file.sizes.items() if axis not in _IN_FRAME]))
    held = int(file.attributes.sequenceCount)
    if held < named:
        raise UserError(
            f"{path} lacks {named - held} of the {named} frames that its metadata names: export "
            "the frames that were taken to a new file."
        )


def _names(file: Any, count: int) -> tuple[str, ...]:
    for loop in file.experiment:
        if loop.type == "XYPosLoop" and len(loop.parameters.points) == count:
            return tuple(str(point.name or "") for point in loop.parameters.points)
    return ("",) * count


def _pixel_size(file: Any) -> tuple[float, float] | None:
    """Return the size of a pixel (dx, dy) [µm], if it was calibrated."""
    channels = file.metadata.channels or ()
    if not channels:
        return None
    volume = channels[0].volume
    dx, dy = (float(size) for size in volume.axesCalibration[:2])
    calibrated = all(volume.axesCalibrated[:2]) and np.isfinite([dx, dy]).all()
    return (dx, dy) if calibrated and min(dx, dy) > 0 else None


def _times(file: Any, frames: Nd2Frames) -> NDArray[np.float64] | None:
    """Return the times [s] that were recorded for the frames, else the planned ones, or None."""
    try:
        recorded = [
            file.frame_metadata(frames.sequence(frame)).channels[0].time.relativeTimeMs
            for frame in range(len(frames))
        ]
    except Exception:  # they are kept apart from the images, in some files nowhere
        recorded = []
    times = np.array(recorded, dtype=np.float64) / 1000
    if len(times) == len(frames) and (np.diff(times) > 0).all():
        return times
    for loop in file.experiment:
        if loop.type == "TimeLoop" and loop.parameters.periodMs > 0:
            return np.arange(len(frames)) * np.float64(loop.parameters.periodMs) / 1000
    return None


def _unreadable(path: Path, error: Exception) -> UserError:
    if isinstance(error, PermissionError):
        return UserError(f"{path} cannot be read: {error.strerror}.")
    return UserError(
        f"{path} is not an ND2 file, or is damaged or incomplete: copy or export it again."
    )
