"""Small movies of which drift, light and faults are known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_binn.events import Event, Notice
from napari_binn.movie.model import Frames, MemoryFrames, Movie

Array = NDArray[np.float64]
SIDE = 192
PIXEL = 0.5  # µm


def movie_of(frames: Frames | Sequence[NDArray[Any]] | NDArray[Any], **changes: Any) -> Movie:
    """Return an image movie, one frame every 10 min, pixels of 0.5 µm."""
    held: Frames = MemoryFrames(frames) if isinstance(frames, np.ndarray | list) else frames
    height, width = held[0].shape
    facts: dict[str, Any] = {
        "kind": "image",
        "frames": held,
        "times": 10.0 * np.arange(len(held)),
        "time_unit": "min",
        "length_unit": "um",
        "pixel_size": (PIXEL, PIXEL),
        "extent": (0.0, 0.0, width * PIXEL, height * PIXEL),
        "source": "cells.tif",
    }
    return Movie(**(facts | changes))


class Heard:
    """What was reported."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []

    def __call__(self, event: Event) -> None:
        if isinstance(event, Notice):
            self.notices.append(event)

    @property
    def text(self) -> str:
        """All sentences."""
        return " ".join(notice.text for notice in self.notices)

    @property
    def warnings(self) -> str:
        """The warnings."""
        return " ".join(notice.text for notice in self.notices if notice.level == "warning")


def drifting_cells(
    path: Array, rng: np.random.Generator, *, step: float = 0.3, cells: int = 500
) -> NDArray[np.uint16]:
    """Return nuclei that move by themselves, divide now and then, and drift along ``path``.

    Parameters
    ----------
    path
        Rows and columns, shape (T, 2) [pixels].
    step
        Standard deviation of a cell's own step along each side [pixels].
    """
    margin = 30
    at = rng.uniform(-margin, SIDE + margin, (cells, 2))
    bright = rng.uniform(0.6, 1.4, cells)
    light = vignette(SIDE, 0.3)
    frames = []
    for shift in path:
        seen = stamped(at + shift, bright)
        frames.append(rng.poisson((150 * seen + 40) * light) + 100)
        at = at + step * rng.standard_normal(at.shape)
        divides = rng.random(len(at)) < 0.01
        at = np.vstack([at, at[divides] + rng.normal(0, 4, (int(divides.sum()), 2))])
        bright = np.concatenate([bright, bright[divides]])
    return np.array(frames).astype(np.uint16)


def stamped(at: Array, bright: Array, sigma: float = 2.5) -> Array:
    """Draw Gaussian nuclei at rows and columns, at fractions of a pixel too."""
    y, x = np.arange(SIDE)[:, None] + 0.5, np.arange(SIDE)[:, None] + 0.5
    image = np.zeros((SIDE, SIDE))
    inside = np.all((at > -10) & (at < SIDE + 10), axis=1)
    down = np.exp(-((y - at[inside, 0]) ** 2) / (2 * sigma**2)) * bright[inside]
    across = np.exp(-((x - at[inside, 1]) ** 2) / (2 * sigma**2))
    image += down @ across.T
    return image


def vignette(side: int, loss: float) -> Array:
    """Return light that falls off by ``loss`` towards the darkest corner."""
    y, x = np.mgrid[0:side, 0:side] / side * 2 - 1
    away = (x - 0.2) ** 2 + (y + 0.1) ** 2
    return np.asarray(1 - loss * away / away.max())


def scratch(light: Array, rng: np.random.Generator, *, closing: bool, frames: int = 8) -> Array:
    """Return a sheet of cells, three times as bright as the gap in its middle."""
    side = len(light)
    y, x = np.mgrid[0:side, 0:side]
    texture = ndimage.gaussian_filter(rng.standard_normal((side, side)), 3)
    texture /= texture.std()
    movie = []
    for k in range(frames):
        half = side * 0.22 * ((1 - k / frames) if closing else 1)
        edge = side / 2 + 8 * np.sin(y / 17)
        sheet = ndimage.gaussian_filter((np.abs(x - edge) > half).astype(float), 1.2)
        bright = 400 + 800 * sheet * np.clip(1 + 0.25 * texture, 0, None)
        movie.append(rng.poisson(bright * light))
    return np.array(movie, dtype=np.float64)
