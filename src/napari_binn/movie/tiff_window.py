"""A window of a page of a TIFF file, from those of its tiles or strips that it touches."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

_JPEG = {6, 7, 34892, 33007}


def can_be_cut(page: Any) -> bool:
    """Return whether :func:`read_part` understands a page (of tifffile): grey ones, Y then X."""
    return str(page.keyframe.axes) == "YX" and int(page.keyframe.samplesperpixel) == 1


def read_part(page: Any, y0: int, y1: int, x0: int, x1: int) -> NDArray[np.generic]:
    """Return rows y0 to y1 and columns x0 to x1 of a page whose file is open."""
    keyframe = page.keyframe
    if keyframe.is_memmappable:
        rows = _raw_rows(page, y0, y1)
        return rows[:, x0:x1]
    part = np.full((y1 - y0, x1 - x0), keyframe.nodata, dtype=keyframe.dtype)
    for index in _touched(keyframe, y0, y1, x0, x1):
        _paste(page, index, part, (y0, x0))
    return part


def _raw_rows(page: Any, y0: int, y1: int) -> NDArray[np.generic]:
    """Read whole rows of data that lie uncompressed in one piece."""
    keyframe, handle = page.keyframe, page.parent.filehandle
    width = int(keyframe.imagewidth)
    dtype = np.dtype(keyframe.dtype).newbyteorder(page.parent.byteorder)
    handle.seek(int(page.dataoffsets[0]) + y0 * width * dtype.itemsize)
    data = handle.read((y1 - y0) * width * dtype.itemsize)
    rows = np.frombuffer(data, dtype).reshape(y1 - y0, width)
    return rows.astype(dtype.newbyteorder("="), copy=False)


def _touched(keyframe: Any, y0: int, y1: int, x0: int, x1: int) -> list[int]:
    """Return the numbers of the tiles or strips that the window touches."""
    height, width = keyframe.chunks
    across = keyframe.chunked[1]
    rows = range(y0 // height, -(-y1 // height))
    columns = range(x0 // width, -(-x1 // width))
    return [row * across + column for row, column in product(rows, columns)]


def _paste(page: Any, index: int, part: NDArray[np.generic], corner: tuple[int, int]) -> None:
    """Decode one tile or strip and put into ``part`` what of it lies inside."""
    keyframe, handle = page.keyframe, page.parent.filehandle
    count = int(page.databytecounts[index])
    data = None
    if count:
        handle.seek(int(page.dataoffsets[index]))
        data = handle.read(count)
        if len(data) != count:
            raise EOFError
    tables: dict[str, Any] = {}
    if keyframe.compression in _JPEG:
        tables = {"jpegtables": page.jpegtables, "jpegheader": keyframe.jpegheader}
    decoded, (_, _, top, left, _), _ = keyframe.decode(data, index, **tables)
    if decoded is None:
        return
    tile = decoded[0, ..., 0]
    y, x = top - corner[0], left - corner[1]
    inside = part[max(y, 0) : max(y + tile.shape[0], 0), max(x, 0) : max(x + tile.shape[1], 0)]
    first_row, first_column = max(-y, 0), max(-x, 0)
    inside[...] = tile[first_row:, first_column:][: inside.shape[0], : inside.shape[1]]
