"""Bright spots of a known size in an image: Laplacian or difference of Gaussians, local maxima.

A disc of diameter d gives the strongest scale-normalised response -σ² ∇²(G_σ * I) at
σ = d / (2 √2), where the kernel changes its sign at the rim of the disc (Lindeberg, "Feature
detection with automatic scale selection", IJCV 30, 1998). Touching nuclei are told apart because
each keeps a maximum of its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Image = NDArray[np.float32]

# Ratio of the two Gaussians; 1.6 is where their difference is closest to the Laplacian
# (Marr & Hildreth 1980).
_RATIO = 1.6
# Blocks for the background, in diameters, and the share of a block that nuclei may cover.
_BLOCK = 5.0
_BACKGROUND_PERCENTILE = 20.0
# Where the maximum of a nucleus lies whose centre is on the edge of the image, in diameters:
# 0.23 for discs, 0.24 for Gaussian spots, 0.27 if the nucleus is larger than thought by a sixth.
_EDGE = 0.24


@dataclass(frozen=True)
class SpotFilter:
    """Responds to bright spots of one size.

    Attributes
    ----------
    diameter
        Diameter of a spot along y and x [pixels].
    detector
        ``log``, the Laplacian of Gaussian, or ``dog``, the difference of two Gaussians that
        changes its sign at the same radius.
    """

    diameter: tuple[float, float]
    detector: Literal["log", "dog"] = "log"

    @property
    def sigma(self) -> tuple[float, float]:
        """Standard deviation of the Laplacian's Gaussian along y and x [pixels]."""
        sy, sx = (d / (2 * math.sqrt(2)) for d in self.diameter)
        return sy, sx

    def __call__(self, image: Image, mode: str = "constant") -> Image:
        """Return the response, shape (Y, X), about the contrast of a spot at its centre.

        ``mode`` is how the image goes on beyond its edges. Where the background was removed, zeros
        ("constant") let a nucleus that is cut off count if most of it is inside.
        """
        sy, sx = self.sigma
        if self.detector == "dog":
            # A difference with inner width s changes its sign where the Laplacian of width sigma
            # does if s² = sigma² (k² - 1) / (2 k² ln k).
            k = _RATIO
            inner = math.sqrt((k * k - 1) / (2 * k * k * math.log(k)))
            narrow = ndimage.gaussian_filter(image, (inner * sy, inner * sx), mode=mode)
            wide = ndimage.gaussian_filter(image, (k * inner * sy, k * inner * sx), mode=mode)
            response: Image = narrow - wide
            return response
        along_y = ndimage.gaussian_filter(image, (sy, sx), order=(2, 0), mode=mode)
        along_x = ndimage.gaussian_filter(image, (sy, sx), order=(0, 2), mode=mode)
        laplacian: Image = np.float32(sy * sy) * along_y + np.float32(sx * sx) * along_x
        return -laplacian

    @cached_property
    def gain(self) -> float:
        """Standard deviation of the response to white noise of standard deviation 1."""
        reach = [2 * math.ceil(8 * s) + 1 for s in self.sigma]
        impulse = np.zeros(reach, dtype=np.float32)
        impulse[reach[0] // 2, reach[1] // 2] = 1.0
        return float(np.sqrt(np.sum(self(impulse) ** 2)))

    def maxima(self, response: Image, least: float) -> tuple[NDArray[np.float64], Image]:
        """Return the local maxima above ``least``: positions (row, column) (N, 2) and heights (N,).

        A maximum is the largest value within 0.3 diameters, placed between pixels by a parabola
        along each axis. Neighbouring pixels of equal value are one maximum, at their centre.
        """
        window = [2 * max(1, round(0.3 * d)) + 1 for d in self.diameter]
        highest = ndimage.maximum_filter(response, size=window, mode="nearest")
        peaks = (response == highest) & (response > least)
        labels, count = ndimage.label(peaks, structure=np.ones((3, 3)))
        if count == 0:
            return np.zeros((0, 2)), np.zeros(0, dtype=np.float32)
        rows, columns = np.nonzero(peaks)
        member = labels[rows, columns] - 1
        size = np.bincount(member)
        at = (rows + _vertex(response, rows, columns), columns + _vertex(response.T, columns, rows))
        centres = [np.bincount(member, weights=axis) / size for axis in at]
        heights = np.zeros(count, dtype=np.float32)
        heights[member] = response[rows, columns]
        return np.stack(centres, axis=1), heights

    def inside(self, centres: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
        """Return the maxima of nuclei whose centre is inside an image of this shape.

        Where the image is cut off by zeros, the maximum of a nucleus is pushed inward: if its
        centre is right on the edge, to 0.24 diameters from it, whatever its size and brightness.
        """
        margin = _EDGE * np.array(self.diameter)
        low, high = centres + 0.5 >= margin, centres + 0.5 <= np.array(shape) - margin
        kept: NDArray[np.float64] = centres[(low & high).all(axis=1)]
        return kept


def without_background(image: Image, diameter: tuple[float, float]) -> Image:
    """Return the image less its slowly varying background, shape (Y, X).

    The background is a low percentile in blocks of five diameters, smoothed and interpolated.
    """
    rows = _blocks(image.shape[0], _BLOCK * diameter[0])
    columns = _blocks(image.shape[1], _BLOCK * diameter[1])
    # A quarter of the pixels is enough for a percentile.
    blocks = image[rows[:, ::2, None, None], columns[:, ::2]].transpose(0, 2, 1, 3)
    level = np.percentile(
        blocks.reshape(len(rows), len(columns), -1), _BACKGROUND_PERCENTILE, axis=2
    )
    # Blocks that nuclei cover whole are outliers; beyond the edge a slope goes on.
    around = np.pad(level.astype(np.float32), 1, mode="reflect", reflect_type="odd")
    level = ndimage.median_filter(around, size=3)[1:-1, 1:-1]
    along_y = _interpolated(level, rows.mean(axis=1), image.shape[0])
    return image - _interpolated(along_y.T, columns.mean(axis=1), image.shape[1]).T


def _blocks(length: int, size: float) -> NDArray[np.intp]:
    """Return the pixels of equal blocks that cover an axis, shape (blocks, pixels of a block)."""
    pixels = min(length, max(1, round(size)))
    starts = np.linspace(0, length - pixels, max(1, round(length / pixels))).round().astype(np.intp)
    return starts[:, None] + np.arange(pixels)


def pixel_noise(image: Image) -> float:
    """Return the standard deviation of the noise of a pixel.

    From the median absolute response to a mask that is blind to everything smooth (Immerkær,
    "Fast noise variance estimation", CVIU 64, 1996).
    """
    rows = image[:-2] - 2 * image[1:-1] + image[2:]
    curved = rows[:, :-2] - 2 * rows[:, 1:-1] + rows[:, 2:]
    return float(np.median(np.abs(curved)) / 0.6745 / 6.0)


def _vertex(
    response: Image, along: NDArray[np.intp], across: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Return how far the vertex of a parabola through three values along the first axis is off."""
    inner = np.clip(along, 1, len(response) - 2)
    before, here, after = (response[inner + step, across].astype(np.float64) for step in (-1, 0, 1))
    curvature = before - 2 * here + after
    shift = np.where(curvature < 0, 0.5 * (before - after) / np.minimum(curvature, -1e-30), 0.0)
    return np.where(inner == along, np.clip(shift, -0.5, 0.5), 0.0)


def _interpolated(values: Image, places: NDArray[np.float64], length: int) -> Image:
    """Interpolate linearly along the first axis to 0 … length - 1, and on beyond the ends."""
    if len(places) == 1:
        return np.repeat(values, length, axis=0)
    at = np.arange(length)
    lower = np.clip(np.searchsorted(places, at, side="right") - 1, 0, len(places) - 2)
    share = (at - places[lower]) / (places[lower + 1] - places[lower])
    weight = share.astype(np.float32)[:, None]
    result: Image = values[lower] * (1 - weight) + values[lower + 1] * weight
    return result
