"""Bright spots of a known size in an image: Laplacian or difference of Gaussians, local maxima.

A disc of diameter d gives the strongest scale-normalised response -σ² ∇²(G_σ * I) at
σ = d / (2 √2), where the kernel changes its sign at the rim of the disc (Lindeberg, "Feature
detection with automatic scale selection", IJCV 30, 1998). Touching nuclei are told apart because
each keeps a maximum of its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from .peaks import highest_around, local_maxima, vertex

Image = NDArray[np.float32]

# Ratio of the two Gaussians; 1.6 is where their difference is closest to the Laplacian
# (Marr & Hildreth 1980).
_RATIO = 1.6
# Of nuclei that overlap by a tenth of their diameter, half as many are taken for one as with the
# full width; narrower still, the texture of a nucleus is taken for nuclei.
_NARROW = 0.85
# The centres of two nuclei are further apart than this, in diameters; two maxima in one nucleus,
# from its texture or its noise, are closer.
_APART = 0.6
# Where the maximum of a nucleus lies whose centre is on the edge of the image, in diameters:
# 0.23 for discs, 0.24 for Gaussian spots, 0.27 if the nucleus is larger than thought by a sixth.
_EDGE = 0.24
# How far the kernel reaches, in standard deviations: beyond, it is below 1e-4 of its middle.
_REACH = 5.0
# An estimate of the noise looks at so many pixels, in so many strips of rows.
_ENOUGH, _STRIPS = 500_000, 8
# Half way between white noise (-2/3) and noise of neighbours that agree.
_WHITE = -0.4


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
    narrow
        Whether the filter is a little narrower than the spots. It tells touching ones apart
        better, but noise makes it respond more.
    """

    diameter: tuple[float, float]
    detector: Literal["log", "dog"] = "log"
    narrow: bool = False

    @property
    def sigma(self) -> tuple[float, float]:
        """Standard deviation of the Laplacian's Gaussian along y and x [pixels]."""
        share = _NARROW if self.narrow else 1.0
        sy, sx = (share * d / (2 * math.sqrt(2)) for d in self.diameter)
        return sy, sx

    @property
    def _widths(self) -> tuple[float, float]:
        """Return the widths of the two Gaussians of ``dog``, in those of the Laplacian's.

        A difference with inner width s changes its sign where the Laplacian of width sigma does
        if s² = sigma² (k² - 1) / (2 k² ln k).
        """
        k = _RATIO
        inner = math.sqrt((k * k - 1) / (2 * k * k * math.log(k)))
        return inner, k * inner

    def __call__(self, image: Image, mode: Literal["constant", "reflect"] = "constant") -> Image:
        """Return the response, shape (Y, X), about the contrast of a spot at its centre.

        ``mode`` is how the image goes on beyond its edges. Where the background was removed, zeros
        ("constant") let a nucleus that is cut off count if most of it is inside.
        """
        height, width = image.shape
        reach = [math.ceil(_REACH * s) for s in self.sigma]
        if mode == "reflect":
            image = np.pad(image, [(r, r) for r in reach], mode="symmetric")
        # In Fourier space the time does not depend on the size of the spots.
        shape = [
            fft.next_fast_len(n + r, real=True) for n, r in zip(image.shape, reach, strict=True)
        ]
        spectrum = fft.rfft2(image, shape)
        spectrum *= self._transfer(shape)
        response: Image = fft.irfft2(spectrum, shape, overwrite_x=True)
        top, left = reach if mode == "reflect" else (0, 0)
        return response[top : top + height, left : left + width]

    def _transfer(self, shape: list[int]) -> Image:
        """Return the Fourier transform of the kernel for images of this shape."""
        sy, sx = self.sigma
        along_y = (2 * np.pi * sy * fft.fftfreq(shape[0])) ** 2
        along_x = (2 * np.pi * sx * fft.rfftfreq(shape[1])) ** 2
        squared = along_y.astype(np.float32)[:, None] + along_x.astype(np.float32)
        if self.detector == "log":
            transfer: Image = squared * _gaussian(along_y, along_x, 1.0)
        else:
            inner, outer = self._widths
            transfer = _gaussian(along_y, along_x, inner) - _gaussian(along_y, along_x, outer)
        return transfer

    @property
    def gain(self) -> float:
        """Standard deviation of the response to white noise of standard deviation 1."""
        sy, sx = self.sigma
        if self.detector == "log":
            return 1 / math.sqrt(2 * math.pi * sy * sx)
        a, b = (width**2 for width in self._widths)
        return math.sqrt((1 / a + 1 / b - 4 / (a + b)) / (4 * math.pi * sy * sx))

    def maxima(self, response: Image, least: float) -> tuple[NDArray[np.float64], Image]:
        """Return the local maxima above ``least``: positions (row, column) (N, 2) and heights (N,).

        A maximum is the largest value within 0.3 diameters, placed between pixels by a parabola
        along each axis. Neighbouring pixels of equal value are one maximum, at their centre.
        """
        reach_y, reach_x = (max(1, round(0.3 * d)) for d in self.diameter)
        rows, columns, member = local_maxima(response, least, (reach_y, reach_x))
        if len(rows) == 0:
            return np.zeros((0, 2)), np.zeros(0, dtype=np.float32)
        size = np.bincount(member)
        at = (rows + vertex(response, rows, columns), columns + vertex(response.T, columns, rows))
        centres = [np.bincount(member, weights=axis) / size for axis in at]
        heights = np.zeros(len(size), dtype=np.float32)
        heights[member] = response[rows, columns]
        return np.stack(centres, axis=1), heights

    def apart(self, centres: NDArray[np.float64], heights: Image) -> NDArray[np.bool_]:
        """Return which maxima are nuclei of their own, (N,): no higher one is too close."""
        return highest_around(centres / self.diameter, heights, _APART)

    def inside(self, centres: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.bool_]:
        """Return which maxima are of nuclei whose centre is inside an image of this shape, (N,).

        Where the image is cut off by zeros, the maximum of a nucleus is pushed inward: if its
        centre is right on the edge, to 0.24 diameters from it, whatever its size and brightness.
        """
        margin = _EDGE * np.array(self.diameter)
        low, high = centres + 0.5 >= margin, centres + 0.5 <= np.array(shape) - margin
        return np.asarray((low & high).all(axis=1))


def _gaussian(along_y: NDArray[np.float64], along_x: NDArray[np.float64], width: float) -> Image:
    """Return the transform of a Gaussian from the squared frequencies, in widths."""
    rows, columns = (np.exp(-0.5 * width**2 * axis) for axis in (along_y, along_x))
    return rows.astype(np.float32)[:, None] * columns.astype(np.float32)


def pixel_noise(image: Image, valid: NDArray[np.bool_] | None = None) -> float:
    """Return the standard deviation of the noise of a pixel, of those that are valid.

    From the median absolute response to a mask that is blind to everything smooth (Immerkær,
    "Fast noise variance estimation", CVIU 64, 1996).
    """
    curved = np.concatenate([strip[~np.isnan(strip)] for strip in _curved(image, valid)])
    return float(np.median(np.abs(curved)) / 0.6745 / 6.0) if curved.size else 0.0


def noise_is_white(image: Image, valid: NDArray[np.bool_] | None = None) -> bool:
    """Return whether neighbouring pixels have noise of their own, as a camera gives them.

    The mask of :func:`pixel_noise` turns white noise into noise whose neighbours are correlated
    by -2/3, and noise that was smoothed, scaled or compressed into one that is not.
    """
    signs = [np.sign(strip) for strip in _curved(image, valid)]
    beside = [(sign[:, 1:] * sign[:, :-1]).ravel() for sign in signs]
    below = [(sign[1:] * sign[:-1]).ravel() for sign in signs]
    products = np.concatenate(beside + below)
    known = products[~np.isnan(products)]
    # Of normal variables with correlation r, the signs have 2/π asin(r).
    return bool(known.size and math.sin(0.5 * math.pi * float(known.mean())) < _WHITE)


def _curved(image: Image, valid: NDArray[np.bool_] | None) -> list[Image]:
    """Return the response to the mask, NaN near pixels that are not valid.

    In strips of an image that is large enough for them.
    """
    height = max(8, _ENOUGH // (_STRIPS * image.shape[1]))
    starts = np.linspace(0, image.shape[0] - height, _STRIPS).astype(np.intp)
    parts = [slice(start, start + height) for start in starts]
    if _STRIPS * height >= image.shape[0]:
        parts = [slice(None)]
    strips = []
    for part in parts:
        strip = image[part]
        if valid is not None:
            strip = np.where(valid[part], strip, np.float32(np.nan))
        rows = strip[:-2] - 2 * strip[1:-1] + strip[2:]
        strips.append(rows[:, :-2] - 2 * rows[:, 1:-1] + rows[:, 2:])
    return strips
