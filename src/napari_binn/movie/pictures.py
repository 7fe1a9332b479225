"""PNG and JPEG frames, one file each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imageio.v3 as iio
import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..settings import MovieSettings
from .axes import Layout, lay_out
from .quiet import quiet


@dataclass(frozen=True)
class Picture:
    """A single frame in a file of its own, read when it is asked for."""

    path: Path
    layout: Layout
    dtype: np.dtype[Any]

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: int) -> NDArray[np.generic]:
        frame = range(1)[index]
        try:
            with quiet():
                page = iio.imread(self.path, plugin="pillow", index=0)
            return self.layout.cut(np.asarray(page), frame)
        except Exception as error:  # decoders raise whatever they like on damaged data
            raise _unreadable(self.path, error) from None


def open_picture(path: Path, settings: MovieSettings) -> Picture:
    """Open a PNG or JPEG file; only its header is read.

    Raises
    ------
    UserError
        The file cannot be read, or holds several channels and none was chosen.
    """
    try:
        with quiet():
            found = iio.improps(path, plugin="pillow", index=0)
    except Exception as error:
        raise _unreadable(path, error) from None
    shape = tuple(found.shape)
    layout = lay_out("YXS"[: len(shape)], shape, len(shape), path.name, channel=settings.channel)
    return Picture(path, layout, np.dtype(found.dtype))


def _unreadable(path: Path, error: Exception) -> UserError:
    if isinstance(error, PermissionError):
        return UserError(f"{path} cannot be read: {error.strerror}.")
    return UserError(
        f"{path} is not a readable image, or is damaged or incomplete: copy or export it again."
    )
