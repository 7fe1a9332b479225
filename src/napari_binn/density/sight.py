"""A movie as the methods see it: checked frames, valid pixels, and a memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import ExitStack
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..movie.model import Movie
from ..movie.window import read_window
from .frames import Window, pixels

T = TypeVar("T")


class Sight:
    """What there is to see of a movie.

    Frames are read one at a time; what is asked for again soon is not read or computed again.

    Parameters
    ----------
    movie
        Pixels, labels or positions.
    frames, things
        How many frames of pixels, and how many other things, are kept in memory.
    """

    def __init__(self, movie: Movie, *, frames: int = 3, things: int = 24) -> None:
        self.movie = movie
        self._frames = _Memory(frames)
        self._things = _Memory(things)
        self._reading = threading.Lock()
        self._closing = ExitStack()

    def __enter__(self) -> Sight:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def pixels(self, index: int) -> NDArray[np.float32]:
        """Return frame ``index`` of an image movie, shape (Y, X), checked; do not change it.

        Raises
        ------
        UserError
            It cannot be read, or a pixel is not a finite number.
        """
        with self._reading:
            return self._frames.get(index, lambda: pixels(self.movie, index))

    def valid(self, index: int) -> NDArray[np.bool_] | None:
        """Return which pixels of frame ``index`` show the specimen, shape (Y, X); None: all."""
        if self.movie.valid is None:
            return None
        with self._reading:
            valid = np.asarray(self.movie.valid[index], dtype=np.bool_)
        if valid.all():
            return None
        if not valid.any():
            raise UserError(f"Frame {index + 1} of {self.movie.source} has no valid pixel.")
        return valid

    def window(
        self, index: int, window: Window
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_] | None]:
        """Return the pixels of a window of frame ``index``, checked, and which are valid."""
        with self._reading:
            image = pixels(self.movie, index, window)
            if self.movie.valid is None:
                return image, None
            return image, read_window(self.movie.valid, index, *window).astype(np.bool_)

    def keep(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what ``make`` returned when this key was last asked for, or make it now.

        The key must name all that the result depends on, but not the movie.
        """
        return self._things.get(key, make)

    def at_end(self, close: Callable[[], object]) -> None:
        """Have something called when nobody looks at the movie any longer."""
        self._closing.callback(close)

    def close(self) -> None:
        """Forget everything, and end what was started to look at the movie."""
        self._closing.close()
        self._frames.clear()
        self._things.clear()


class _Memory:
    """The things that were used last, by key."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[Hashable, object] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return cast("T", self._kept[key])
        value = make()
        with self._lock:
            self._kept[key] = value
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return value

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
