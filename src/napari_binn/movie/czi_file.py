"""CZI files of Zeiss' ZEN, through the package pylibCZIrw."""

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
from .czi_metadata import parse, pixel_size, planned_times, recorded_times, scene_names
from .extras import library
from .quiet import quiet
from .series import Contents, choose_position

_TYPES = {"48": "u2", "16": "u2", "32": "i4", "Float": "f4"}
_ENTRY = 32  # bytes: each plane takes more than that in the file's directory
_PLANE = "TZC"  # axes that choose a plane


@dataclass(frozen=True)
class CziFrames:
    """The frames of one channel and scene of a CZI file, read when they are asked for.

    Attributes
    ----------
    path
        The file.
    layout
        Where the frames are among the planes.
    reader
        The open file (of pylibCZIrw).
    axes
        Letters of the file's axes.
    first
        First index along each axis of the planes.
    scene
        The scene chosen, None where the file has none.
    corner
        Left and upper border of the scene [pixels].
    """

    path: Path
    layout: Layout
    reader: Any
    axes: str
    first: dict[str, int]
    scene: int | None
    corner: tuple[int, int]

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the pixels."""
        kind = str(min(self.reader.pixel_types.items())[1])
        return np.dtype(next((t for bits, t in _TYPES.items() if kind.endswith(bits)), "u1"))

    @property
    def files(self) -> tuple[str, ...]:
        """The file."""
        return (str(self.path),)

    def __len__(self) -> int:
        return self.layout.frames

    def __getitem__(self, index: int) -> NDArray[np.generic]:
        return self.window(index, 0, self.layout.height, 0, self.layout.width)

    def window(self, index: int, y0: int, y1: int, x0: int, x1: int) -> NDArray[np.generic]:
        """Return rows y0 to y1 and columns x0 to x1 of a frame, without reading other tiles."""
        frame = range(len(self))[index]
        where: dict[str, Any] = dict(zip(self.axes, self.layout.select(frame), strict=True))
        plane = {axis: start + where[axis] for axis, start in self.first.items()}
        roi = (self.corner[0] + x0, self.corner[1] + y0, x1 - x0, y1 - y0)
        try:
            with quiet():
                read = self.reader.read(roi=roi, plane=plane, scene=self.scene)
        except Exception as error:  # as when opening
            raise _unreadable(self.path, error) from None
        # The samples of colours come as blue, green, red.
        samples: NDArray[np.generic] = read[..., ::-1] if "S" in self.axes else read
        return samples[..., where.get("S", 0)]


def open_czi(path: Path, settings: MovieSettings) -> tuple[CziFrames, Stated, tuple[str, ...]]:
    """Open a CZI file without reading its pixels.

    Raises
    ------
    UserError
        The package pylibCZIrw is not installed, the file is damaged or incomplete, or needs the
        user's word on something.
    """
    czi = library("pylibCZIrw.czi", path)
    try:
        with quiet():
            return _open(czi.CziReader(str(path)), path, settings)
    except UserError:
        raise
    except Exception as error:  # the library raises its own errors, and others
        raise _unreadable(path, error) from None


def czi_contents(path: Path) -> Contents:
    """Return what a CZI file holds; errors as of :func:`open_czi`."""
    czi = library("pylibCZIrw.czi", path)
    try:
        with quiet():
            return _contents(czi.CziReader(str(path)), path)
    except UserError:
        raise
    except Exception as error:
        raise _unreadable(path, error) from None


def _contents(reader: Any, path: Path, position: int = 0) -> Contents:
    scenes = _scenes(reader)
    names = scene_names(parse(reader.raw_metadata, path.name), list(scenes)) or [""]
    spans = _spans(reader, path)
    box = list(scenes.values())[position] if scenes else _whole(reader)
    colour = "Bgr" in reader.get_channel_pixel_type(min(reader.pixel_types))
    sizes = (*(last - first for first, last in spans.values()), box.h, box.w)
    axes = "".join(spans) + ("YXS" if colour else "YX")
    return Contents(tuple(names), axes, (*sizes, 3) if colour else sizes)


def _open(
    reader: Any, path: Path, settings: MovieSettings
) -> tuple[CziFrames, Stated, tuple[str, ...]]:
    held = _contents(reader, path)
    position = choose_position(held.positions, settings.position, path.name)
    held = _contents(reader, path, position)
    axes = held.axes
    layout = lay_out(
        axes,
        held.shape,
        3 if "S" in axes else 2,
        path.name,
        channel=settings.channel,
        override=settings.axes,
    )
    if "XY" in layout.axes:
        raise UserError(
            f"{path.name} states which of its axes is x: leave Y before X in 'movie.axes'."
        )
    scenes = _scenes(reader)
    scene = list(scenes)[position] if scenes else None
    box = _whole(reader) if scene is None else scenes[scene]
    first = {axis: start for axis, (start, _) in _spans(reader, path).items()}
    frames = CziFrames(path, layout, reader, axes, first, scene, (box.x, box.y))
    xml = parse(reader.raw_metadata, path.name)
    times = None
    if "T" in axes and (settings.axes or axes).upper() == axes:
        times = recorded_times(path, len(frames))
        times = planned_times(xml, len(frames)) if times is None else times
    size = pixel_size(xml)
    stated = Stated(size, "µm" if size else None, times, None if times is None else "s")
    return frames, stated, (layout.assumption,) if layout.assumption else ()


def _scenes(reader: Any) -> dict[int, Any]:
    """Return the rectangle of each scene [pixels], by its number."""
    return dict(sorted(reader.scenes_bounding_rectangle_no_pyramid.items()))


def _whole(reader: Any) -> Any:
    return reader.total_bounding_rectangle_no_pyramid


def _spans(reader: Any, path: Path) -> dict[str, tuple[int, int]]:
    """Return the first and the last index (excluded) along each axis of the planes."""
    spans = {axis: span for axis, span in reader.total_bounding_box.items() if axis not in "XY"}
    _check_axes(spans, path)
    if max(last - first for first, last in spans.values()) > path.stat().st_size // _ENTRY:
        raise _unreadable(path, ValueError("more planes than the file has room for"))
    return {axis: spans[axis] for axis in _PLANE if axis in spans}


def _check_axes(spans: dict[str, tuple[int, int]], path: Path) -> None:
    for axis, (first, last) in spans.items():
        if axis not in _PLANE and last - first > 1:
            raise UserError(
                f"{path.name} holds {last - first} views, phases or rotations (axis {axis}) of "
                "each image: save one of them as a movie of its own."
            )


def _unreadable(path: Path, error: Exception) -> UserError:
    if isinstance(error, PermissionError):
        return UserError(f"{path} cannot be read: {error.strerror}.")
    return UserError(
        f"{path} is not a CZI file, or is damaged or incomplete: copy or export it again."
    )
