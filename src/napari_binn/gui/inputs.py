"""A layer as a movie: in memory for the preview, as a file for the engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..movie.colour import as_grey
from ..movie.files import JPEGS
from ..movie.model import Kind, MemoryFrames, Movie
from ..units import FRAME, PIXEL
from .calibration_model import GREY, Calibration, frame_times, problems
from .geometry import pixel_size
from .input_files import same_input, write_images, write_positions

if TYPE_CHECKING:
    from napari.layers import Layer

ReportFrames = Callable[[int, int], None]


@dataclass(frozen=True)
class LayerFrames:
    """The frames of an image or label layer, each fetched when it is asked for.

    Attributes
    ----------
    data
        What the layer holds: an array in memory or a lazy one.
    time_axis, channel_axis, channel
        Where time and the channel are; all other axes but y and x are of size 1.
    ndim
        Axes of the layer, without the samples of a colour image.
    """

    data: Any
    time_axis: int
    channel_axis: int | None
    channel: int
    ndim: int

    def __len__(self) -> int:
        return int(self.data.shape[self.time_axis])

    def __getitem__(self, index: int) -> NDArray[np.generic]:
        return self._read(index, slice(None), slice(None))

    def window(self, index: int, y0: int, y1: int, x0: int, x1: int) -> NDArray[np.generic]:
        """Return rows y0 to y1 and columns x0 to x1 of a frame, without fetching the rest."""
        return self._read(index, slice(y0, y1), slice(x0, x1))

    def _read(self, index: int, rows: slice, columns: slice) -> NDArray[np.generic]:
        where: list[Any] = [0] * (self.ndim - 2) + [rows, columns]
        where[self.time_axis] = range(len(self))[index]
        if self.channel_axis is not None:
            where[self.channel_axis : self.channel_axis + 1] = [self.channel]
        return np.asarray(self.data[tuple(where)])


def layer_kind(layer: Layer) -> Kind | None:
    """Return what a frame of the layer holds, or None for layers that are no movie."""
    from napari.layers import Image, Labels, Points

    kinds: tuple[tuple[type, Kind], ...] = (
        (Labels, "labels"),
        (Points, "points"),
        (Image, "image"),
    )
    return next((kind for cls, kind in kinds if isinstance(layer, cls)), None)


def to_movie(layer: Layer, calibration: Calibration) -> Movie:
    """Return the layer as a movie that reads its frames from the layer.

    Raises
    ------
    UserError
        The layer is no movie, or the calibration has problems.
    """
    kind = layer_kind(layer)
    if kind is None:
        raise UserError(
            f"The layer {layer.name} holds no movie: choose an Image, Labels or Points layer."
        )
    for sentence in problems(calibration).values():
        raise UserError(f"{layer.name}: {sentence}")
    assert calibration.time_axis is not None
    length = calibration.length_unit or PIXEL
    dy, dx = pixel_size(calibration)
    times = frame_times(calibration)
    unit = calibration.time_unit or FRAME
    if kind == "points":
        frames = _positions(layer, calibration.time_axis, len(times), (dy, dx))
        box = _bounding_box(frames, layer.name)
        return Movie(kind, MemoryFrames(frames), times, unit, length, (1.0, 1.0), box, layer.name)
    pages = _pages(layer, calibration)
    images = replace(
        pages, channel_axis=calibration.channel_axis, channel=max(calibration.channel, 0)
    )
    height, width = pages.data.shape[layer.ndim - 2 : layer.ndim]
    extent = (0.0, 0.0, width * dx, height * dy)
    movie = Movie(kind, images, times, unit, length, (dy, dx), extent, layer.name)
    if calibration.channel_axis is None or calibration.channel != GREY:
        return movie
    grey = as_grey(pages, layer.name, blocks=_from_jpeg(layer.source.path))
    notes = (grey.notice,) if grey.notice else ()
    return replace(movie, frames=grey.frames, valid=grey.valid, assumptions=notes)


def write_input(
    layer: Layer,
    calibration: Calibration,
    folder: Path,
    report_progress: ReportFrames | None = None,
) -> tuple[Path, dict[str, Any]]:
    """Return what the engine reads instead of the layer, and the settings to read it with.

    The layer's own file if it holds the same frames; else the frames are written to ``folder``,
    as they are: images and labels to ``input.tif``, positions to ``input.csv`` (where a frame
    without cells is among them, to a folder ``input`` of tables).

    Raises
    ------
    UserError
        The layer is no movie, the calibration has problems, or the disk refuses.
    """
    movie = to_movie(layer, calibration)
    settings = movie_settings(movie, calibration)
    for path, values in _candidates(layer, calibration, settings):
        if same_input(path, values, movie):
            return path, {"movie": values}
    if movie.kind == "points":
        return write_positions(movie, folder), {"movie": settings}
    path = folder / "input.tif"
    if calibration.channel_axis is not None and calibration.channel == GREY:
        # In colour, so that the engine finds the annotations, too.
        movie = replace(movie, frames=_pages(layer, calibration))
    write_images(movie, path, report_progress)
    return path, {"movie": settings}


def movie_settings(movie: Movie, calibration: Calibration) -> dict[str, Any]:
    """Return the settings that state the calibration of a movie in full, as nested values."""
    values: dict[str, Any] = {"length_unit": movie.length_unit, "time_unit": movie.time_unit}
    if calibration.times is not None or movie.kind == "points":
        values["times"] = [float(time) for time in movie.times]
    elif movie.time_unit != FRAME:
        values["frame_interval"] = calibration.frame_interval
    if movie.kind == "points":
        values["field"] = list(movie.extent)
    else:
        values["kind"] = movie.kind
        if movie.length_unit != PIXEL:
            values["pixel_size"] = [movie.pixel_size[1], movie.pixel_size[0]]
    return values


def truth_of(layer: Layer) -> dict[str, Any] | None:
    """Return the known law of a sample movie, or None for any other layer."""
    from ..phantom import Truth, get

    name, seed = layer.metadata.get("phantom"), layer.metadata.get("seed")
    if not isinstance(name, str) or not isinstance(seed, int):
        return None
    try:
        return asdict(Truth.of(get(name), seed))
    except UserError:
        return None


def _candidates(
    layer: Layer, calibration: Calibration, settings: dict[str, Any]
) -> list[tuple[Path, dict[str, Any]]]:
    """Return the files that the layer may have come from, with ways to read them."""
    source = layer.source.path
    if not source or "://" in source or not Path(source).exists():
        return []
    path = Path(source)
    known = layer.metadata.get("movie")
    if isinstance(known, dict):
        # Our own readers say which position and channel of the file the layer is.
        return [(path, {**settings, **known})]
    if calibration.channel_axis is not None:
        grey = calibration.channel == GREY
        channels: list[dict[str, Any]] = [{} if grey else {"channel": calibration.channel}]
    else:
        # napari may have split a file into one layer a channel.
        channels = [{}, *({"channel": channel} for channel in range(4))]
    deep = calibration.time_axis is not None and (
        calibration.axes[calibration.time_axis].guess == "z"
    )
    letters = "".join(axis.label for axis in calibration.axes).upper().replace("Z", "T")
    order = {"axes": letters} if deep else {}
    return [(path, {**settings, **channel, **order}) for channel in channels]


def _pages(layer: Layer, calibration: Calibration) -> LayerFrames:
    """Return the frames of a layer with all their colours, shape (Y, X) or (Y, X, S) each."""
    assert calibration.time_axis is not None
    data = layer.data[0] if getattr(layer, "multiscale", False) else layer.data
    return LayerFrames(data, calibration.time_axis, None, 0, layer.ndim)


def _from_jpeg(source: str | None) -> bool:
    """Return whether the file behind a layer, or those of the folder, are compressed as JPEG."""
    place = Path(source or "")
    if not source or not place.is_dir():
        return place.suffix.lower() in JPEGS
    return any(file.suffix.lower() in JPEGS for file in place.iterdir())


def _positions(
    layer: Layer, time_axis: int, count: int, size: tuple[float, float]
) -> list[NDArray[np.float64]]:
    """Return the positions x, y of each frame, (N, 2) [length unit]."""
    data = np.asarray(layer.data, dtype=np.float64)
    index = np.rint(data[:, time_axis]).astype(np.intp)
    if len(index) and index.min() < 0:
        raise UserError(f"{layer.name} has points before the first frame: delete them.")
    order = np.argsort(index, kind="stable")
    xy = data[order][:, [-1, -2]] * (size[1], size[0])
    return np.split(xy, np.searchsorted(index[order], np.arange(1, count)))


def _bounding_box(
    frames: list[NDArray[np.float64]], name: str
) -> tuple[float, float, float, float]:
    everything = np.concatenate(frames)
    if len(everything) == 0:
        raise UserError(f"{name} holds no point: draw the cells, or choose another layer.")
    (x0, y0), (x1, y1) = everything.min(axis=0), everything.max(axis=0)
    if x0 == x1 or y0 == y1:
        raise UserError(f"All points of {name} lie on one line: an area is needed.")
    return float(x0), float(y0), float(x1), float(y1)
