"""TIFF files (plain, OME-TIFF, ImageJ hyperstacks), read one page at a time."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from ..errors import UserError
from ..settings import MovieSettings
from .axes import Layout, lay_out
from .calibration import Stated
from .metadata import from_imagej, from_ome
from .quiet import quiet
from .series import Contents, choose_position
from .tiff_window import can_be_cut, read_part

# What tifffile logs when a file ends early; other complaints, on odd tags, do no harm.
_DAMAGE = re.compile(
    r"page offset|value offset|data offset|offset to|corrupt|failed to reshape|series raised"
    r"|missing data|circular"
)


@dataclass(frozen=True)
class TiffFrames:
    """The frames of a TIFF file; each is read when it is asked for.

    Attributes
    ----------
    path
        The file.
    layout
        Where the frames are among the pages.
    pages
        The pages (of tifffile) with their own file handles, closed between two reads.
    files
        All files that hold pages: an OME-TIFF may be spread over several.
    offset, dtype
        Where the data begin and what they are if they lie in one piece (as ImageJ writes stacks,
        with a single page for all), else None.
    """

    path: Path
    layout: Layout
    pages: tuple[Any, ...]
    files: tuple[str, ...]
    offset: int | None
    dtype: np.dtype[Any]

    def __len__(self) -> int:
        return self.layout.frames

    def __getitem__(self, index: int) -> NDArray[np.generic]:
        frame = range(len(self))[index]
        number = self.layout.page(frame)
        try:
            with quiet():
                page = self._raw(number) if self.offset is not None else self._decoded(number)
            return self.layout.cut(page, frame)
        except Exception as error:  # decoders raise whatever they like on damaged data
            raise _unreadable(self.path, error) from None

    def window(self, index: int, y0: int, y1: int, x0: int, x1: int) -> NDArray[np.generic]:
        """Return rows y0 to y1 and columns x0 to x1 of a frame, without reading its other tiles."""
        frame = range(len(self))[index]
        page = None if self.offset is not None else self.pages[self.layout.page(frame)]
        if page is None or self.layout.axes[-2:] != "YX" or not can_be_cut(page):
            return self[index][y0:y1, x0:x1]
        handle = page.parent.filehandle
        try:
            with quiet():
                handle.open()
                try:
                    return read_part(page, y0, y1, x0, x1)
                finally:
                    handle.close()
        except Exception as error:  # as above
            raise _unreadable(self.path, error) from None

    def _raw(self, number: int) -> NDArray[np.generic]:
        shape = self.layout.shape[len(self.layout.shape) - self.layout.page_ndim :]
        count = int(np.prod(shape))
        data = np.fromfile(
            self.path,
            self.dtype,
            count,
            offset=(self.offset or 0) + number * count * self.dtype.itemsize,
        )
        return data.reshape(shape).astype(self.dtype.newbyteorder("="), copy=False)

    def _decoded(self, number: int) -> NDArray[np.generic]:
        page = self.pages[number]
        handle = page.parent.filehandle
        handle.open()
        try:
            data: NDArray[np.generic] = page.asarray(maxworkers=1)
        finally:
            handle.close()
        # Axes of size 1 are not part of the layout.
        shape = self.layout.shape[len(self.layout.shape) - self.layout.page_ndim :]
        return data.reshape(shape)


def open_tiff(path: Path, settings: MovieSettings) -> tuple[TiffFrames, Stated, tuple[str, ...]]:
    """Open a TIFF file without reading its pixels.

    Returns
    -------
    frames
        The frames, of one channel.
    stated
        The calibration that the file states.
    assumptions
        Sentences on what the file did not state.

    Raises
    ------
    UserError
        The file is not a TIFF, damaged or incomplete, or its axes need the user's word.
    """
    try:
        with quiet() as complaints, tifffile.TiffFile(path) as file:
            _refuse_doctype(file, path)
            series = list(file.series)
            _check(complaints)
            found = _find_pages(series, path, settings.position)
            _check(complaints)
            layout = lay_out(
                found.axes,
                found.shape,
                found.page_ndim,
                path.name,
                channel=settings.channel,
                override=settings.axes,
            )
            frames = _frames(path, layout, found)
            stated = _stated(file, found, layout, settings, path.name)
    except UserError:
        raise
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}.") from None
    except Exception as error:  # a damaged header makes tifffile raise almost anything
        raise _unreadable(path, error) from None
    return frames, stated, (layout.assumption,) if layout.assumption else ()


def tiff_contents(path: Path) -> Contents:
    """Return what a TIFF file holds; errors as of :func:`open_tiff`."""
    try:
        with quiet(), tifffile.TiffFile(path) as file:
            _refuse_doctype(file, path)
            series = list(file.series)
            found = _find_pages(series, path, 0)
    except UserError:
        raise
    except Exception as error:
        raise _unreadable(path, error) from None
    several = len(series) > 1 and found.series.kind == "ome"
    names = tuple(str(part.name) for part in series) if several else ("",)
    return Contents(names, found.axes, found.shape)


class _Damaged(Exception):
    """The file ends early or contradicts itself."""


def _check(complaints: list[str]) -> None:
    if any(_DAMAGE.search(text) for text in complaints):
        raise _Damaged


@dataclass(frozen=True)
class _Pages:
    """The pages of the movie, and which of the images of the file it is."""

    pages: list[Any]
    axes: str
    shape: tuple[int, ...]
    series: Any
    position: int = 0

    @property
    def page_ndim(self) -> int:
        return len(self.series.keyframe.axes)


def _refuse_doctype(file: tifffile.TiffFile, path: Path) -> None:
    """Look at the XML before tifffile's own reader of OME-XML does."""
    if re.search(r"<!\s*(DOCTYPE|ENTITY)", str(file.pages.first.description), re.IGNORECASE):
        raise UserError(
            f"The OME-XML in {path.name} declares a document type, which is refused: save the "
            "movie again."
        )


def _find_pages(series: list[Any], path: Path, wanted: int | None) -> _Pages:
    first = series[0]
    if len(series) == 1 or first.kind == "ome":
        position = choose_position([str(part.name) for part in series], wanted, path.name)
        chosen = series[position]
        shape = tuple(int(size) for size in chosen.shape)
        return _Pages(list(chosen), str(chosen.axes), shape, chosen, position)
    choose_position([""], wanted, path.name)
    if any(part.shape != first.shape or part.dtype != first.dtype for part in series):
        raise UserError(f"The pages of {path} differ in size or type: save them as one movie.")
    # Frames that were written to the file one by one.
    pages = [page for part in series for page in part]
    shape = (len(series), *(int(size) for size in first.shape))
    return _Pages(pages, f"Q{first.axes}", shape, first)


def _frames(path: Path, layout: Layout, found: _Pages) -> TiffFrames:
    if any(page is None for page in found.pages):
        missing = sum(page is None for page in found.pages)
        raise UserError(
            f"{path} lacks {missing} of the {len(found.pages)} planes that its metadata names."
        )
    first = found.series
    planes = int(np.prod(found.shape[: len(found.shape) - found.page_ndim]))
    dtype = np.dtype(first.dtype).newbyteorder(first.keyframe.parent.byteorder)
    offset = None
    if len(found.pages) != planes:
        # ImageJ describes a stack of more than 4 GB by its first page alone.
        offset = first.dataoffset
        if offset is None or offset + int(first.nbytes) > path.stat().st_size:
            raise _Damaged
    sizes: dict[str, int] = {}
    for page in found.pages:
        where = str(page.parent.filehandle.path)
        size = sizes.setdefault(where, os.path.getsize(where))
        ends = zip(page.dataoffsets, page.databytecounts, strict=True)
        if any(start + count > size for start, count in ends):
            raise _Damaged
    own = os.path.realpath(path)
    files = tuple(str(path) if where == own else where for where in sizes)
    return TiffFrames(path, layout, tuple(found.pages), files, offset, dtype)


def _stated(
    file: tifffile.TiffFile, found: _Pages, layout: Layout, settings: MovieSettings, name: str
) -> Stated:
    if file.is_ome and file.ome_metadata:
        need_times = settings.times is None and settings.frame_interval is None
        return from_ome(
            file.ome_metadata,
            layout.frames,
            layout.channel or 0,
            name,
            image=found.position,
            need_times=need_times,
        )
    if file.is_imagej and file.imagej_metadata:
        tags = file.pages.first.tags
        along_x, along_y = (_ratio(tags.get(name)) for name in ("XResolution", "YResolution"))
        return from_imagej(file.imagej_metadata, (along_x, along_y), layout.frames)
    return Stated()


def _ratio(tag: Any) -> float:
    """Return the value of a rational tag, or 0 where there is none."""
    numerator, denominator = tag.value if tag is not None else (0, 1)
    return float(numerator / denominator) if denominator else 0.0


def _unreadable(path: Path, error: Exception) -> UserError:
    if "imagecodecs" in str(error) or "compression" in str(error).lower():
        return UserError(
            f"{path} is compressed in a way that cannot be read here: save the movie without "
            "compression, or with LZW or deflate."
        )
    return UserError(
        f"{path} is not a TIFF file, or is damaged or incomplete: copy or export it again."
    )
