"""Covered or bare, pixel by pixel: local contrast, one threshold, and trimmed borders."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.special import ndtri

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]

# The Gaussian window of the contrast, in diameters of a cell: wide enough that the inside of a cell
# is seldom called bare, and the region over which it is divided by the brightness.
_WINDOW = 0.2
_BRIGHTNESS = 2.0
# Blocks of pixels across a cell: the contrast varies slowly, so it is worked out for blocks.
_BLOCKS = 10
# A patch of texture smaller than this is no cell, a gap smaller or narrower than this no gap;
# areas in cells, the width in diameters.
_SPECK, _GAP, _NARROW = 0.5, 4.0, 1.0
# Two groups hold at least this share each, and are this far apart in their joint spread; the halves
# of a single normal distribution are 1.9 apart.
_LEAST, _APART = 2e-3, 2.2
# How far the window may carry the contrast of a bright rim outward, in its standard deviations.
_REACH = 3.0


@dataclass(frozen=True)
class Texture:
    """How much the picture varies from place to place.

    Attributes
    ----------
    contrast
        Local standard deviation over local mean in blocks of pixels, shape (Y', X').
    weight
        Share of the pixels of a block that are valid.
    block
        Rows and columns of a block.
    brightness
        The mean that the contrast was divided by, averaged.
    """

    contrast: Image
    weight: Image
    block: tuple[int, int]
    brightness: float


@dataclass(frozen=True)
class Ground:
    """What tells covered from bare ground.

    Attributes
    ----------
    threshold
        Local contrast from which on the ground is covered.
    bare
        Typical local contrast of bare ground, from noise and dust.
    """

    threshold: float
    bare: float


def blocks(image: Image, block: tuple[int, int]) -> Image:
    """Return the means over blocks of pixels; the last ones repeat the edge to be full."""
    by, bx = block
    if block == (1, 1):
        return image
    height, width = image.shape
    pad = (-height % by, -width % bx)
    if any(pad):
        image = np.pad(image, ((0, pad[0]), (0, pad[1])), mode="edge")
    # Sums along rows first: much faster than a mean over two strided axes.
    along = np.add.reduceat(image, np.arange(0, image.shape[0], by), axis=0)
    both = np.add.reduceat(along, np.arange(0, image.shape[1], bx), axis=1)
    return np.asarray(both, np.float32) / np.float32(by * bx)


def local_contrast(image: Image, valid: Mask | None, cell: tuple[float, float]) -> Texture:
    """Return the local contrast of a frame.

    Parameters
    ----------
    image
        Shape (Y, X).
    valid
        Which pixels are to be looked at (None: all).
    cell
        Diameter of a cell along y and x [pixels].
    """
    block = (max(1, round(cell[0] / _BLOCKS)), max(1, round(cell[1] / _BLOCKS)))
    centre = np.float32(np.median(image[::7, ::7]))
    # About the median, so that squares in single precision lose nothing.
    deviation = image - centre
    seen = np.ones(image.shape, np.float32) if valid is None else valid.astype(np.float32)
    if valid is not None:
        deviation = deviation * seen
    weight = blocks(seen, block)
    first, second = blocks(deviation, block), blocks(deviation * deviation, block)
    window = (_WINDOW * cell[0] / block[0], _WINDOW * cell[1] / block[1])
    around = tuple(_BRIGHTNESS / _WINDOW * w for w in window)
    share = np.maximum(_smooth(weight, window), np.float32(1e-3))
    mean = _smooth(first, window) / share
    variance = np.maximum(_smooth(second, window) / share - mean * mean, 0.0)
    share = np.maximum(_coarse(weight, around), np.float32(1e-3))
    brightness = _positive(np.asarray(centre + _coarse(first, around) / share, np.float32))
    return Texture(
        (np.sqrt(variance) / brightness).astype(np.float32), weight, block, float(brightness.mean())
    )


def _positive(level: Image) -> Image:
    """Return what the contrast is divided by: the brightness, where there is light everywhere.

    Of a picture whose background was taken away, it is the same everywhere.
    """
    typical = float(np.median(level))
    if typical <= 0 or float(level.min()) < 0.1 * typical:
        typical = max(float(np.abs(level).max()), 1e-30)
        return np.full_like(level, typical)
    return level


def between(contrasts: NDArray[np.float32], noise: float) -> Ground:
    """Return what lies between the two groups of contrasts, bare and covered.

    On a logarithmic axis each group is taken as a normal distribution; where they part, the two
    explain the histogram best (Kittler & Illingworth, "Minimum error thresholding", Pattern
    Recognition 19, 1986). The threshold is half way between their middles, so that it depends
    little on how much of the movie either group fills. If there are no two groups, all of it is
    bare or all covered: the contrast that ``noise`` may reach tells which.

    Parameters
    ----------
    contrasts
        Of all places of a few frames, shape (N,).
    noise
        The highest contrast that noise and dust alone give where there is nothing else.
    """
    if float(np.percentile(contrasts, 99.5)) < noise:
        return Ground(noise, float(np.median(contrasts)))
    logs = np.log(np.maximum(contrasts, 1e-3 * float(np.median(contrasts)) + 1e-12))
    counts, edges = np.histogram(logs, 200)
    share = counts / counts.sum()
    centres = (edges[1:] + edges[:-1]) / 2
    low, sums, squares = (np.cumsum(share * centres**k)[:-1] for k in range(3))
    high = 1 - low
    ok = np.minimum(low, high) > _LEAST
    if not ok.any():
        return _one_group(logs, noise)
    low, high, sums, squares = low[ok], high[ok], sums[ok], squares[ok]
    total, total2 = float(share @ centres), float(share @ centres**2)
    below, above = sums / low, (total - sums) / high
    width = (centres[1] - centres[0]) ** 2 / 12
    spread_low = np.maximum(squares / low - below**2, width)
    spread_high = np.maximum((total2 - squares) / high - above**2, width)
    cost = (
        low * np.log(spread_low) / 2
        + high * np.log(spread_high) / 2
        - low * np.log(low)
        - high * np.log(high)
    )
    best = int(np.argmin(cost))
    apart = (above[best] - below[best]) / np.sqrt(spread_low[best] + spread_high[best])
    one = np.log(max(total2 - total**2, width)) / 2
    if apart < _APART or cost[best] > one:
        return _one_group(logs, noise)
    return Ground(float(np.exp((below[best] + above[best]) / 2)), float(np.exp(below[best])))


def _one_group(logs: NDArray[np.float64], noise: float) -> Ground:
    """Return a threshold below all contrasts, or above."""
    low, middle, high = (float(np.exp(p)) for p in np.percentile(logs, (0.1, 50.0, 99.9)))
    if noise <= 0 or middle > noise:
        return Ground(max(noise, 0.5 * low), min(noise, 0.5 * low))
    return Ground(max(noise, 2 * high), middle)


def covered(
    texture: Texture,
    ground: Ground,
    cell: tuple[float, float],
    shape: tuple[int, ...],
    valid: Mask | None,
) -> Image:
    """Return which pixels are covered, 1 or 0 and NaN where not valid, shape (Y, X).

    Parameters
    ----------
    texture
        Local contrast.
    ground
        What tells covered from bare.
    cell
        Diameter of a cell along y and x [pixels].
    shape
        Rows and columns of the frame.
    valid
        Which pixels of the frame are valid (None: all).
    """
    by, bx = texture.block
    sides = (cell[0] / by, cell[1] / bx)
    mask = _trimmed(texture, ground, sides)
    one = np.pi / 4 * sides[0] * sides[1]
    mask = _without_small(mask, _SPECK * one)
    mask = ~_without_small(_wide(~mask, _NARROW, sides), _GAP * one)
    full = np.repeat(np.repeat(mask.astype(np.float32), by, axis=0), bx, axis=1)
    result = full[: shape[0], : shape[1]]
    return result if valid is None else np.where(valid, result, np.float32(np.nan))


def _trimmed(texture: Texture, ground: Ground, cell: tuple[float, float]) -> Mask:
    """Return what is covered, less the rim to which the window carries the contrast outward.

    At a straight border the variance falls like the share of the window that is inside, so from
    texture of variance V beside bare ground of variance B the threshold T is reached at a distance
    r of Φ(-r/σ) = (T² - B) / (V - B).
    """
    sigma = (_WINDOW * cell[0], _WINDOW * cell[1])
    contrast = texture.contrast
    inside: Mask = contrast > ground.threshold
    if inside.all() or not inside.any():
        return inside
    size = [2 * round(_REACH * s) + 1 for s in sigma]
    highest = ndimage.maximum_filter(contrast, size, mode="nearest")
    bare = min(ground.bare, 0.9 * ground.threshold) ** 2
    limit = ground.threshold**2 - bare
    share = np.minimum(limit / np.maximum(highest**2 - bare, limit), 0.5)
    # What is hidden between the two carries no contrast outward.
    reach = np.minimum(-ndtri(share), _REACH) * _smooth(texture.weight, sigma)
    distance, nearest = ndimage.distance_transform_edt(
        inside, sampling=(1 / sigma[0], 1 / sigma[1]), return_indices=True
    )
    # The border lies half a block before the centre of the nearest bare block.
    half = 0.5 / max(sigma)
    trimmed: Mask = inside & (distance - half > reach[tuple(nearest)])
    return trimmed


def _wide(bare: Mask, width: float, cell: tuple[float, float]) -> Mask:
    """Return the gaps without what is narrower than ``width`` diameters."""
    if bare.all() or not bare.any():
        return bare
    sampling = (1 / cell[0], 1 / cell[1])
    # Beyond the edge of the picture gaps go on.
    reach = [int(np.ceil(width * side)) for side in cell]
    padded = np.pad(bare, [(r, r) for r in reach], mode="edge")
    core = ndimage.distance_transform_edt(padded, sampling=sampling) > width / 2
    if not core.any():
        return np.zeros_like(bare)
    around = ndimage.distance_transform_edt(~core, sampling=sampling) <= width / 2
    inner = around[reach[0] : -reach[0], reach[1] : -reach[1]]
    wide: Mask = bare & inner
    return wide


def _without_small(mask: Mask, area: float) -> Mask:
    """Return the mask without connected pieces smaller than ``area`` blocks."""
    labels, count = ndimage.label(mask)
    if count == 0:
        return mask
    large = np.bincount(labels.ravel()) >= area
    large[0] = False
    kept: Mask = large[labels]
    return kept


def _smooth(values: Image, sigma: tuple[float, float]) -> Image:
    smooth: Image = ndimage.gaussian_filter(values, sigma, mode="nearest")
    return smooth


def _coarse(values: Image, sigma: tuple[float, ...]) -> Image:
    """Smooth with a wide Gaussian, in a smaller picture."""
    step = max(1, int(min(sigma) // 4))
    small = ndimage.gaussian_filter(
        blocks(values, (step, step)), [s / step for s in sigma], mode="nearest"
    )
    large = np.repeat(np.repeat(small, step, axis=0), step, axis=1)
    result: Image = large[: values.shape[0], : values.shape[1]]
    return result
