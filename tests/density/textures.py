"""Sheets of cells as phase contrast and DIC show them, covering a known part of the picture."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


def wound(shape: tuple[int, int], width: float, wave: float = 12.0) -> Mask:
    """Return what is covered around a vertical wound of this width with wavy borders, (Y, X)."""
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]] + 0.5
    bend = wave * np.sin(2 * np.pi * y / shape[0] * 2)
    middle = shape[1] / 2 + bend * np.array([1.0])
    covered: Mask = np.abs(x - middle) > width / 2 + 0.5 * bend
    return covered


def picture(
    covered: Mask,
    cell: float,
    rng: np.random.Generator,
    *,
    light: float = 0.0,
    noise: float = 0.02,
    optics: Literal["phase", "dic"] = "phase",
    debris: int = 0,
    background: float = 1000.0,
) -> NDArray[np.uint16]:
    """Return a picture of cells where ``covered`` is True and bare ground elsewhere, (Y, X).

    Parameters
    ----------
    covered
        Shape (Y, X).
    cell
        Diameter of a cell [pixels].
    light
        Share of the light that is lost from one corner to the other.
    noise
        Standard deviation of the noise of a pixel, as a share of the background.
    optics
        Dark cells with bright rims, or cells that look lit from one side.
    debris
        Number of dark specks, smaller than cells, anywhere.
    """
    height, width = covered.shape
    count = round(height * width / (np.pi / 4 * cell**2))
    seeds = rng.uniform((0, 0), (height, width), (count, 2))
    pixels = np.argwhere(np.ones(covered.shape, dtype=bool)) + 0.5
    # A little disorder, so that borders of cells are no straight lines.
    wobble = (
        0.06 * cell * ndimage.gaussian_filter(rng.standard_normal((2, height, width)), (0, 3, 3))
    )
    wobble /= wobble.std()
    distance, _ = cKDTree(seeds).query(pixels + 0.06 * cell * wobble.reshape(2, -1).T, k=2)
    gap = (distance[:, 1] - distance[:, 0]).reshape(height, width) / cell
    grains = ndimage.gaussian_filter(rng.standard_normal(covered.shape), 0.04 * cell)
    grains /= grains.std()
    if optics == "phase":
        texture = 0.9 * np.exp(-((gap / 0.1) ** 2)) - 0.25 + 0.12 * grains
        rim = covered & ~ndimage.binary_erosion(covered, iterations=max(1, round(0.06 * cell)))
        texture[rim] = 0.8
    else:
        hill = np.minimum(gap / 0.35, 1.0) + 0.15 * grains
        texture = 2.2 * np.gradient(ndimage.gaussian_filter(hill, 0.05 * cell), axis=1) * cell / 6
    image = background * (1 + np.where(covered, texture, 0.0))
    for y, x in rng.uniform((0, 0), covered.shape, (debris, 2)):
        rows, columns = np.ogrid[0:height, 0:width]
        image[np.hypot(rows - y, columns - x) < 0.08 * cell] *= 0.75
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    image = ndimage.gaussian_filter(image, 0.8) * (1 - light * (x + y) / 2)
    image += noise * background * rng.standard_normal(covered.shape)
    return np.clip(np.round(image), 0, 65535).astype(np.uint16)
