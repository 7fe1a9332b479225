"""Fluorescent nuclei at known places, as a microscope shows them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Array = NDArray[np.float64]


def scattered(
    count: int, shape: tuple[int, int], distance: float, rng: np.random.Generator, margin: float = 0
) -> Array:
    """Return positions x, y at random, none closer than ``distance`` to another.

    ``count`` is expected inside an image of this shape; as many per area lie in a margin around.
    """
    height, width = shape[0] + 2 * margin, shape[1] + 2 * margin
    wanted = round(count * height * width / (shape[0] * shape[1]))
    kept = np.zeros((0, 2))
    for _ in range(100):
        for candidate in rng.uniform(
            (-margin, -margin), (width - margin, height - margin), (wanted, 2)
        ):
            if len(kept) == wanted:
                break
            if not len(kept) or np.min(np.sum((kept - candidate) ** 2, axis=1)) >= distance**2:
                kept = np.vstack([kept, candidate])
        if len(kept) == wanted:
            return kept
    raise ValueError("so many cells do not fit")


def inside(positions: Array, shape: tuple[int, int]) -> Array:
    """Return the positions in the image."""
    x, y = positions.T
    return positions[(x >= 0) & (x < shape[1]) & (y >= 0) & (y < shape[0])]


def fluorescence(
    positions: Array,
    shape: tuple[int, int],
    diameter: float,
    rng: np.random.Generator,
    *,
    brightness: float = 400.0,
    background: float = 100.0,
    read_noise: float = 3.0,
    variation: float = 0.25,
) -> NDArray[np.uint16]:
    """Return a frame of elliptic nuclei of varied size and brightness.

    Blur, uneven light and background (half as bright in the corners), shot and read noise.
    """
    image = np.zeros(shape)
    for x, y in positions:
        size = diameter * max(0.5, 1 + 0.1 * rng.standard_normal()) / 2
        stretch, angle = np.sqrt(rng.uniform(1, 1.3)), rng.uniform(0, np.pi)
        reach = int(size * stretch + 3)
        rows = np.arange(max(0, int(y) - reach), min(shape[0], int(y) + reach + 1))
        columns = np.arange(max(0, int(x) - reach), min(shape[1], int(x) + reach + 1))
        if not (len(rows) and len(columns)):
            continue
        dy, dx = np.meshgrid(rows + 0.5 - y, columns + 0.5 - x, indexing="ij")
        along = (dx * np.cos(angle) + dy * np.sin(angle)) / (size * stretch)
        across = (dy * np.cos(angle) - dx * np.sin(angle)) / (size / stretch)
        disc = np.clip((1 - np.hypot(along, across)) * size + 0.5, 0, 1)
        light = brightness * np.exp(variation * rng.standard_normal() - variation**2 / 2)
        part = np.ix_(rows, columns)
        image[part] = np.maximum(image[part], light * disc)
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]] / np.array(shape)[:, None, None]
    light = 1 - 0.7 * ((x - 0.4) ** 2 + (y - 0.6) ** 2)
    image = (ndimage.gaussian_filter(image, 1.2) + background) * light
    noisy = rng.poisson(image) + read_noise * rng.standard_normal(shape)
    return np.clip(np.round(noisy), 0, 65535).astype(np.uint16)
