"""OME-Zarr folders (versions 0.1 to 0.5), read chunk by chunk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray

from ..errors import UserError
from ..settings import MovieSettings
from . import omezarr_metadata as ome
from .axes import ALL, Layout, lay_out
from .calibration import Stated
from .quiet import quiet
from .series import Contents, choose_position

_METADATA = ("zarr.json", ".zgroup", ".zarray", ".zattrs", ".zmetadata")


@dataclass(frozen=True)
class ZarrFrames:
    """The frames of an image of an OME-Zarr; only the chunks that hold them are read.

    Attributes
    ----------
    path
        The folder.
    layout
        Where the frames are in the array.
    array
        The array of one resolution.
    files
        The files that describe the image; the chunks may be millions.
    """

    path: Path
    layout: Layout
    array: Any
    files: tuple[str, ...]

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the pixels."""
        kind: np.dtype[Any] = np.dtype(self.array.dtype)
        return kind

    def __len__(self) -> int:
        return self.layout.frames

    def __getitem__(self, index: int) -> NDArray[np.generic]:
        return self._read(index, ALL, ALL)

    def window(self, index: int, y0: int, y1: int, x0: int, x1: int) -> NDArray[np.generic]:
        """Return rows y0 to y1 and columns x0 to x1 of a frame; other chunks are not read."""
        return self._read(index, slice(y0, y1), slice(x0, x1))

    def _read(self, index: int, rows: slice, columns: slice) -> NDArray[np.generic]:
        frame = range(len(self))[index]
        try:
            with quiet():
                read = self.array[self.layout.select(frame, rows, columns)]
        except Exception as error:  # codecs raise whatever they like on damaged data
            raise _unreadable(self.path, error) from None
        return self.layout.orient(np.asarray(read))


def open_omezarr(path: Path, settings: MovieSettings) -> tuple[ZarrFrames, Stated, tuple[str, ...]]:
    """Open an image of an OME-Zarr folder without reading its pixels.

    A plate, or a file converted by bioformats2raw, holds several images: the setting
    ``movie.position`` chooses one, ``movie.level`` one of its resolutions.

    Raises
    ------
    UserError
        The folder holds no image, is damaged, or needs the user's word on something.
    """
    try:
        with quiet():
            return _open(path, settings)
    except UserError:
        raise
    except Exception as error:  # damaged metadata make zarr raise almost anything
        raise _unreadable(path, error) from None


def describes_image(path: Path) -> bool:
    """Return whether a Zarr folder is an OME-Zarr: an image, a plate, a well or a set of series."""
    marks = ("multiscales", "plate", "well", "bioformats2raw.layout")
    try:
        with quiet():
            root: Any = zarr.open(path, mode="r")
            attrs = ome.attributes(root.attrs.asdict())
    except Exception:
        return False
    return any(mark in attrs for mark in marks)


def omezarr_contents(path: Path) -> Contents:
    """Return what an OME-Zarr folder holds; errors as of :func:`open_omezarr`."""
    try:
        with quiet():
            root: Any = zarr.open(path, mode="r")
            names = _positions(root)
            node = root[names[0]] if names[0] else root
            array, axes, _ = _array(node, 0, path)
            levels = len(ome.levels(ome.attributes(node.attrs.asdict()))) or 1
    except UserError:
        raise
    except Exception as error:
        raise _unreadable(path, error) from None
    return Contents(names, "".join(axis.letter for axis in axes), tuple(array.shape), levels)


def _open(path: Path, settings: MovieSettings) -> tuple[ZarrFrames, Stated, tuple[str, ...]]:
    root: Any = zarr.open(path, mode="r")
    names = _positions(root)
    name = names[choose_position(names, settings.position, path.name)]
    node = root[name] if name else root
    array, axes, place = _array(node, settings.level, path)
    letters = "".join(axis.letter for axis in axes)
    if array.ndim != len(axes):
        raise UserError(
            f"{path} is damaged: its image has {array.ndim} axes, but {len(axes)} are described. "
            "Export it again."
        )
    layout = lay_out(
        letters,
        tuple(array.shape),
        array.ndim,
        path.name,
        channel=settings.channel,
        override=settings.axes,
    )
    folders = [path, path / name, path / name / place]
    files = [folder / file for folder in dict.fromkeys(folders) for file in _METADATA]
    described = tuple(str(file) for file in files if file.is_file())
    stated = ome.stated(axes, (settings.axes or letters).upper(), layout.frames)
    remarks = (layout.assumption,) if layout.assumption else ()
    return ZarrFrames(path, layout, array, described), stated, remarks


def _array(node: Any, wanted: int, path: Path) -> tuple[Any, Sequence[ome.Axis], str]:
    """Return the array of the chosen resolution, its axes, and its path below the image."""
    if isinstance(node, zarr.Array):
        return node, _plain_axes(node), ""
    levels = ome.levels(ome.attributes(node.attrs.asdict()))
    if not levels:
        raise UserError(
            f"{path} is a Zarr folder without the description of an image (OME-Zarr "
            '"multiscales"): give the folder of the image, or export it as OME-Zarr.'
        )
    if wanted >= len(levels):
        raise UserError(
            f"{path.name} has {len(levels)} resolution{'s' if len(levels) > 1 else ''}: "
            f"'movie.level' goes from 0 (the finest) to {len(levels) - 1}."
        )
    level = levels[wanted]
    return node[level.path], level.axes, level.path


def _plain_axes(array: Any) -> list[ome.Axis]:
    """Return the axes of a Zarr that is no OME-Zarr: by their names, else y and x come last."""
    known = {"time": "T", "channel": "C", "t": "T", "c": "C", "z": "Z", "y": "Y", "x": "X"}
    named = getattr(array.metadata, "dimension_names", None) or ()
    letters = [known.get(str(name).lower(), "") for name in named]
    if not letters or not all(letters):
        letters = [*"RUVWQ"[max(0, 7 - array.ndim) :], "Y", "X"][-array.ndim :]
    return [ome.Axis(letter, None, 1.0) for letter in letters]


def _positions(root: Any) -> tuple[str, ...]:
    """Return the paths of the images below a group: wells and fields, series, or itself."""
    if isinstance(root, zarr.Array):
        return ("",)
    attrs = ome.attributes(root.attrs.asdict())
    if attrs.get("multiscales"):
        return ("",)
    wells = ome.wells(attrs)
    if wells:
        return tuple(
            f"{well}/{field}"
            for well in wells
            for field in ome.fields(ome.attributes(root[well].attrs.asdict()))
        ) or ("",)
    if ome.fields(attrs):
        return ome.fields(attrs)
    if "bioformats2raw.layout" in attrs:
        return _converted(root)
    return ("",)


def _converted(root: Any) -> tuple[str, ...]:
    """Return the series of a file that bioformats2raw converted."""
    listed = root["OME"].attrs.asdict() if "OME" in root else {}
    series = ome.attributes(listed).get("series")
    if series:
        return tuple(str(name) for name in series)
    found: list[str] = []
    while str(len(found)) in root:
        found.append(str(len(found)))
    return tuple(found) or ("",)


def _unreadable(path: Path, error: Exception) -> UserError:
    if isinstance(error, PermissionError):
        return UserError(f"{path} cannot be read: {error.strerror}.")
    return UserError(
        f"{path} is not an OME-Zarr, or is damaged or incomplete: copy or export it again."
    )
