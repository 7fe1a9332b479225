"""What the file behind a layer says about its axes and calibration, as a suggestion."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..errors import UserError
from ..movie.calibration import Stated
from ..movie.files import MICROSCOPES, PICTURES, TIFFS, is_zarr, list_frames, order_by_time
from ..settings import MovieSettings
from ..units import LENGTHS_MM, TIMES_DAY, parse_length_unit, parse_time_unit


@dataclass(frozen=True)
class FileHints:
    """What a file states; None or "" where it is silent.

    Attributes
    ----------
    name
        The file's name.
    axes
        One letter an axis, those of size 1 included, as in "TCYX".
    pixel_size
        Height and width of a pixel (dy, dx) [``length_unit``].
    times
        Time of each frame [``time_unit``].
    """

    name: str
    axes: str = ""
    pixel_size: tuple[float, float] | None = None
    length_unit: str | None = None
    times: tuple[float, ...] | None = None
    time_unit: str | None = None

    @property
    def words(self) -> str:
        """Where these values come from, in words."""
        return f"from {self.name}"


def read_hints(path: str | None) -> FileHints | None:
    """Return what the file of images, or the folder of frames, at ``path`` states.

    None where there is no such file, or it cannot be read: the layer is there all the same.
    """
    if not path or "://" in path:
        return None
    place = Path(path)
    try:
        if is_zarr(place):
            return _of_file(place)
        if place.is_dir():
            return _of_folder(place)
        if place.suffix.lower() in TIFFS + MICROSCOPES and place.is_file():
            return _of_file(place)
    except UserError:
        return None
    return None


def _of_folder(folder: Path) -> FileHints | None:
    frames = list_frames(folder, "*")
    if frames[0].suffix.lower() not in TIFFS + PICTURES:
        return None
    ordered, hours = order_by_time(frames)
    times = None if hours is None else tuple(float(hour) for hour in hours)
    first = _of_file(ordered[0]) if ordered[0].suffix.lower() in TIFFS else FileHints("")
    return FileHints(
        folder.name,
        "TYX" if hours is not None else "",
        first.pixel_size,
        first.length_unit,
        times,
        None if times is None else "hour",
    )


def _of_file(path: Path) -> FileHints:
    from ..movie.images import look_into, open_images

    held = look_into(path)
    chosen = MovieSettings(channel=0 if held.channels > 1 or "S" in held.axes else None, position=0)
    try:
        _, stated, _ = open_images(path, chosen)
    except UserError:
        # Planes that the file calls z may be time points; the calibration is the same.
        if "Z" not in held.axes or "T" in held.axes:
            return FileHints(path.name, held.axes)
        renamed = held.axes.replace("Z", "T")
        _, stated, _ = open_images(path, chosen.model_copy(update={"axes": renamed}))
    return usable(path.name, held.axes, stated)


def usable(name: str, axes: str, stated: Stated) -> FileHints:
    """Return what a file states, as far as it comes in units that are known."""
    size, length_unit = stated.pixel_size, _known_length(stated.length_unit)
    times, time_unit = stated.times, _known_time(stated.time_unit)
    return FileHints(
        name,
        axes,
        None if size is None or length_unit is None else (size[1], size[0]),
        length_unit,
        None if times is None or time_unit is None else tuple(float(time) for time in times),
        time_unit,
    )


def _known_length(unit: str | None) -> str | None:
    try:
        name = parse_length_unit(unit or "")
    except UserError:
        return None
    return name if name in LENGTHS_MM else None


def _known_time(unit: str | None) -> str | None:
    try:
        name = parse_time_unit(unit or "")
    except UserError:
        return None
    return name if name in TIMES_DAY else None
