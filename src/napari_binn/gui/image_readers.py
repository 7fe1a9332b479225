"""OME-Zarr folders and files of microscopes, opened by drag and drop as calibrated lazy layers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..movie.files import MICROSCOPES, is_zarr
from ..movie.images import ImageFile, look_into, open_images
from ..movie.series import Contents
from ..settings import MovieSettings
from ..units import PIXEL
from .file_hints import FileHints, usable
from .layers import LayerData

Reader = Callable[[Any], list[LayerData]]
Paths = str | Sequence[str]

_MOST_LAYERS = 24
_COLOURMAPS = ("gray", "green", "magenta", "cyan", "yellow", "red", "blue")


def read_zarr(path: Paths) -> Reader | None:
    """Return what reads an OME-Zarr folder; None for other Zarr folders."""
    place = _single(path)
    if place is None or not is_zarr(place):
        return None
    from ..movie.omezarr import describes_image

    return (lambda _: read_layers(place)) if describes_image(place) else None


def read_microscope(path: Paths) -> Reader | None:
    """Return what reads an ND2 or CZI file; None for other files."""
    place = _single(path)
    if place is None or place.suffix.lower() not in MICROSCOPES or not place.is_file():
        return None
    return lambda _: read_layers(place)


def read_layers(path: Path) -> list[LayerData]:
    """Return a layer for each position and channel of a file, the first one last.

    The last layer is the one that napari puts on top and selects; only this one is shown.

    The metadata of a layer say, under "movie", with which settings the engine reads the same.

    Raises
    ------
    UserError
        The file cannot be read, or holds more positions than can be layers.
    """
    held = look_into(path)
    count = len(held.positions) * held.channels
    if count > _MOST_LAYERS:
        raise UserError(
            f"{path.name} holds {len(held.positions)} positions, too many to open at once: open "
            "the folder of one of them, or analyse it on the command line with 'movie.position'."
        )
    return [_layer(path, held, *choice) for choice in reversed(list(_choices(held)))]


def _choices(held: Contents) -> Iterator[tuple[int | None, int | None]]:
    several = range(len(held.positions)) if len(held.positions) > 1 else (None,)
    for position in several:
        yield from ((position, c) for c in (range(held.channels) if held.channels > 1 else (None,)))


def _layer(path: Path, held: Contents, position: int | None, channel: int | None) -> LayerData:
    choice = {"position": position, "channel": channel}
    chosen: dict[str, Any] = {name: n for name, n in choice.items() if n is not None}
    deep = "Z" in held.axes and "T" not in held.axes and held.shape[held.axes.index("Z")] > 1
    order = {"axes": held.axes.replace("Z", "T")} if deep else {}
    frames, stated, notes = open_images(path, MovieSettings.model_validate(chosen | order))
    colour = frames.layout.channel is None
    placed = _placed(usable(path.name, held.axes, stated), len(frames), deep=deep)
    placed["metadata"] |= {"movie": {**chosen, **order}, "assumptions": list(notes)}
    name = path.name.removesuffix(".zarr").removesuffix(".ome")
    if position is not None:
        name += f" · {held.positions[position] or position}"
    if channel is not None:
        name += f" · channel {channel}"
        placed |= {"colormap": _COLOURMAPS[channel % len(_COLOURMAPS)], "blending": "additive"}
    first = not position and not channel
    options = {**placed, "name": name, "visible": first, "rgb": colour}
    if held.levels == 1:
        return _lazy(frames), options, "image"
    levels = (
        MovieSettings.model_validate(chosen | order | {"level": n}) for n in range(held.levels)
    )
    data = [_lazy(open_images(path, level)[0]) for level in levels]
    return data, {**options, "multiscale": True}, "image"


def _lazy(frames: ImageFile) -> Any:
    """Return the frames as a dask array (T, Y, X), or (T, Y, X, S) in colour, read when shown."""
    import dask.array
    from dask.delayed import delayed

    from ..movie.omezarr import ZarrFrames

    da: Any = dask.array
    layout = frames.layout
    if isinstance(frames, ZarrFrames) and layout.in_order:
        whole = da.from_array(frames.array, chunks=frames.array.chunks, name=False)
        data = whole[layout.select(slice(None))]
        return data if "T" in layout.axes else data[None]
    samples = () if layout.channel is not None else (layout.shape[layout.axes.index("C")],)
    shape = (layout.height, layout.width, *samples)
    read = delayed(frames.__getitem__)
    images = [da.from_delayed(read(t), shape, frames.dtype) for t in range(len(frames))]
    return da.stack(images)


def _placed(hints: FileHints, count: int, *, deep: bool) -> dict[str, Any]:
    """Return scale, units and names of axes; what the file does not state stays open."""
    metadata: dict[str, Any] = {}
    interval, time_unit = 1.0, PIXEL
    if hints.times is not None and hints.time_unit is not None and count > 1:
        interval, time_unit = (hints.times[-1] - hints.times[0]) / (count - 1), hints.time_unit
        metadata |= {"times": list(hints.times), "time_unit": hints.time_unit}
    dy, dx, length_unit = 1.0, 1.0, PIXEL
    if hints.pixel_size is not None and hints.length_unit is not None:
        (dy, dx), length_unit = hints.pixel_size, hints.length_unit
        metadata |= {"length_unit": length_unit}
    return {
        "scale": (float(interval), dy, dx),
        "translate": (0.0, dy / 2, dx / 2),
        "units": (time_unit, length_unit, length_unit),
        # The user is asked whether planes in depth are time points.
        "axis_labels": ("z" if deep else "t", "y", "x"),
        "metadata": metadata,
    }


def _single(path: Paths) -> Path | None:
    if isinstance(path, str):
        return Path(path)
    return Path(path[0]) if len(path) == 1 else None
