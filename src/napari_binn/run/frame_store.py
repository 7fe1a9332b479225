"""What single frames gave, kept while the density is measured, so that a killed run goes on there.

One file grows frame by frame: a line that says to which measurement it belongs, then one record a
frame with a checksum. A record that a kill cut off is found out and written again.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_binn import __version__
from napari_binn.movie.model import Movie
from napari_binn.settings import Settings

from . import files
from .fingerprints import Fingerprint

Array = NDArray[np.float64]
# Number of the frame, length of what follows in bytes, its checksum.
_HEAD = struct.Struct("<qqI")


def measurement_of(movie: Movie, inputs: Iterable[Fingerprint], settings: Settings) -> str | None:
    """Return a name of a measurement: the same only if every frame would give the same.

    None if the movie came from no file, so that there is no telling whether it is the same.
    """
    contents = [(item.size, item.sha256) for item in inputs]
    if not contents:
        return None
    sections = (settings.movie, settings.prepare, settings.density)
    calibration = [movie.pixel_size, movie.extent, movie.length_unit, movie.time_unit]
    facts = [__version__, movie.kind, contents, movie.times.tolist(), calibration]
    digest = hashlib.sha256(json.dumps(facts).encode())
    for section in sections:
        digest.update(section.model_dump_json().encode())
    return digest.hexdigest()


class FrameStore(MutableMapping[int, Array]):
    """Arrays by the index of a frame, each of which is in the file as soon as it is set.

    Parameters
    ----------
    path
        The file. What it holds of the same measurement is there at once; that of another one, and
        what is damaged, is forgotten.
    measurement
        Its name, from :func:`measurement_of`.
    refused
        Called once with a sentence if the disk does not take a frame; then they are kept in memory.
    """

    def __init__(self, path: Path, measurement: str, refused: Callable[[str], None]) -> None:
        self._path = path
        self._refused = refused
        self._title = json.dumps({"frames of measurement": measurement}).encode() + b"\n"
        self._places, self._end = _records(path, self._title)
        self._memory: dict[int, Array] = {}
        self._writing = True

    def __getitem__(self, frame: int) -> Array:
        if frame in self._memory:
            return self._memory[frame]
        start, length = self._places[frame]
        try:
            with self._path.open("rb") as file:
                file.seek(start)
                return _unpacked(file.read(length))
        except (OSError, ValueError, EOFError) as error:
            raise files.damaged(self._path, error) from None

    def __setitem__(self, frame: int, values: Array) -> None:
        if self._writing:
            try:
                self._append(frame, values)
            except OSError as error:
                self._writing = False
                self._refused(
                    "If the measurement is stopped, it will have to begin anew: "
                    + files.write_sentence(self._path, error)
                )
        if not self._writing:
            self._memory[frame] = values

    def __delitem__(self, frame: int) -> None:
        raise TypeError("frames are only added")

    def __iter__(self) -> Iterator[int]:
        return iter(self._places | dict.fromkeys(self._memory, (0, 0)))

    def __len__(self) -> int:
        return len(self._places | dict.fromkeys(self._memory, (0, 0)))

    def __contains__(self, frame: object) -> bool:
        return frame in self._places or frame in self._memory

    def _append(self, frame: int, values: Array) -> None:
        data = _packed(values)
        head = _HEAD.pack(frame, len(data), zlib.crc32(data))
        if self._end == 0:
            self._path.write_bytes(self._title)
            self._end = len(self._title)
        with self._path.open("r+b") as file:
            # Over what a kill may have left of a record.
            file.truncate(self._end)
            file.seek(self._end)
            file.write(head + data)
        self._places[frame] = (self._end + _HEAD.size, len(data))
        self._end += _HEAD.size + len(data)


def _records(path: Path, title: bytes) -> tuple[dict[int, tuple[int, int]], int]:
    """Return where the whole records of a file lie, and where they end; 0 if it has to be new."""
    places: dict[int, tuple[int, int]] = {}
    try:
        with path.open("rb") as file:
            if file.read(len(title)) != title:
                return {}, 0
            end = len(title)
            while len(head := file.read(_HEAD.size)) == _HEAD.size:
                frame, length, checksum = _HEAD.unpack(head)
                data = file.read(length) if length >= 0 else b""
                if len(data) != length or zlib.crc32(data) != checksum:
                    break
                places[frame] = (end + _HEAD.size, length)
                end += _HEAD.size + length
    except (OSError, MemoryError, OverflowError):
        return {}, 0
    return places, end


def _packed(values: Array) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, values, allow_pickle=False)
    return buffer.getvalue()


def _unpacked(data: bytes) -> Array:
    values: Array = np.load(io.BytesIO(data), allow_pickle=False)
    return values
