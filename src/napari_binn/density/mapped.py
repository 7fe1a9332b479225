"""Arrays of an npz file that are too large to be read: mapped from the file instead."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Arrays of fewer bytes are read: a file that is mapped cannot be replaced on Windows.
LARGE = 1 << 28
# A local header of a zip file: 26 bytes, the lengths of the name and of an extra field, both.
_HEADER = struct.Struct("<26xHH")


def map_array(path: Path, name: str) -> NDArray[Any] | None:
    """Return an array of an npz file as a read-only map of the file.

    None if it is small, compressed or not a plain array, and so has to be read.

    Raises
    ------
    OSError, ValueError, zipfile.BadZipFile, KeyError
        The file cannot be read or is damaged.
    """
    with zipfile.ZipFile(path) as archive:
        member = archive.getinfo(f"{name}.npy")
    if member.compress_type != zipfile.ZIP_STORED or member.file_size < LARGE:
        return None
    with path.open("rb") as file:
        file.seek(member.header_offset)
        file.seek(sum(_HEADER.unpack(file.read(_HEADER.size))), 1)
        version = np.lib.format.read_magic(file)
        if version == (1, 0):
            shape, fortran, dtype = np.lib.format.read_array_header_1_0(file)
        else:
            shape, fortran, dtype = np.lib.format.read_array_header_2_0(file)
        if dtype.hasobject or fortran:
            return None
        return np.memmap(path, dtype, mode="r", offset=file.tell(), shape=shape)
