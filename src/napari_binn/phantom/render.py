"""The cells as a fluorescence microscope would show them.

Nuclei are soft-edged ellipses of their own size, shape and brightness, which a cell keeps through
the movie. A Gaussian point spread function blurs them; the field is unevenly lit and has a haze of
its own; the camera counts photons (Poisson), adds read noise and an offset.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from .cells import CellTracks
from .rules import Phantom

Array = NDArray[np.float64]

_STREAM = 1


@dataclass(frozen=True)
class Microscope:
    """What the image owes to the microscope and the stain.

    Attributes
    ----------
    nucleus, haze
        Photons a pixel from a nucleus and from the background, where the light is brightest.
    brightness_spread, size_spread, elongation
        Relative spreads of the nuclei's brightness and diameter; largest ratio of their axes.
    psf
        Standard deviation of the point spread function [µm].
    vignetting
        Light lost at the darkest corner.
    offset, read_noise
        Camera offset and standard deviation of its read noise [grey values].
    """

    nucleus: float = 220.0
    haze: float = 50.0
    brightness_spread: float = 0.2
    size_spread: float = 0.06
    elongation: float = 1.3
    psf: float = 1.2
    vignetting: float = 0.35
    offset: float = 100.0
    read_noise: float = 2.0


@dataclass(frozen=True)
class Nuclei:
    """Brightness, half-axes [pixel] and direction of each nucleus, indexed by cell number."""

    brightness: Array
    major: Array
    minor: Array
    angle: Array

    @classmethod
    def draw(
        cls, count: int, diameter: float, scope: Microscope, rng: np.random.Generator
    ) -> Nuclei:
        """Draw so many, of a mean diameter [pixel]."""
        brightness = np.exp(scope.brightness_spread * rng.standard_normal(count))
        spread = 1 + scope.size_spread * np.clip(rng.standard_normal(count), -2, 2)
        radius = diameter / 2 * spread
        stretch = np.sqrt(rng.uniform(1.0, scope.elongation, count))
        return cls(brightness, radius * stretch, radius / stretch, rng.uniform(0, np.pi, count))


def render(
    phantom: Phantom, tracks: CellTracks, seed: int, scope: Microscope | None = None
) -> NDArray[np.uint16]:
    """Return the movie as grey values, shape (T, Y, X); the same seed gives the same pixels.

    The outer corner of the first pixel lies at (0, 0) of the positions.
    """
    scope = Microscope() if scope is None else scope
    rng = np.random.default_rng((seed, _STREAM))
    width, height = (round(side / phantom.pixel_size) for side in phantom.extent)
    newest = max(int(cells.max(initial=0)) for cells in tracks.cells)
    nuclei = Nuclei.draw(newest + 1, phantom.nucleus_diameter / phantom.pixel_size, scope, rng)
    light, haze = illumination(height, width, scope, rng), _smooth_field(height, width, rng)
    movie = np.empty((len(tracks), height, width), dtype=np.uint16)
    for k, (positions, cells) in enumerate(zip(tracks.positions, tracks.cells, strict=True)):
        stain = stamp((height, width), positions / phantom.pixel_size, cells, nuclei)
        stain = gaussian_filter(stain, scope.psf / phantom.pixel_size, mode="constant")
        photons = light * (scope.nucleus * stain + scope.haze * (1 + 0.3 * haze))
        movie[k] = camera(photons, scope, rng)
    return movie


def stamp(shape: tuple[int, int], at: Array, cells: NDArray[np.int32], nuclei: Nuclei) -> Array:
    """Draw soft-edged ellipses centred at ``at`` (N, 2) [pixel] into an image of ``shape``."""
    reach = int(np.ceil(nuclei.major.max() + 1))
    offsets = np.arange(-reach, reach + 1)
    corner = np.floor(at).astype(np.intp)
    columns, rows = (corner[:, k, None] + offsets for k in (0, 1))
    dx = (columns + 0.5 - at[:, 0, None])[:, None, :]
    dy = (rows + 0.5 - at[:, 1, None])[:, :, None]
    cos, sin = (f(nuclei.angle[cells])[:, None, None] for f in (np.cos, np.sin))
    major, minor = (axis[cells][:, None, None] for axis in (nuclei.major, nuclei.minor))
    distance = np.hypot((dx * cos + dy * sin) / major, (dy * cos - dx * sin) / minor)
    # The rim falls over about one pixel, as the edge of a shape averaged over pixels does.
    shade = np.clip(0.5 + (1 - distance) * np.sqrt(major * minor), 0, 1)
    shade *= nuclei.brightness[cells][:, None, None]
    inside = ((rows >= 0) & (rows < shape[0]))[:, :, None]
    inside = inside & ((columns >= 0) & (columns < shape[1]))[:, None, :]
    pixel = rows[:, :, None] * shape[1] + columns[:, None, :]
    flat = np.bincount(pixel[inside], shade[inside], minlength=shape[0] * shape[1])
    return flat.reshape(shape).astype(np.float64, copy=False)


def illumination(height: int, width: int, scope: Microscope, rng: np.random.Generator) -> Array:
    """Return the light, 1 where it is brightest, falling off from a spot near the middle."""
    y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    x0, y0 = rng.uniform(-0.3, 0.3, 2)
    away = (x - x0) ** 2 + (y - y0) ** 2
    return np.asarray(1 - scope.vignetting * away / away.max())


def _smooth_field(height: int, width: int, rng: np.random.Generator) -> Array:
    """Return a random combination of the slowest cosines, between -1 and 1."""
    y, x = np.ogrid[0 : np.pi : height * 1j, 0 : np.pi : width * 1j]
    field = sum(
        rng.standard_normal() * np.cos(m * y) * np.cos(n * x)
        for m, n in ((0, 1), (1, 0), (1, 1), (2, 0), (0, 2))
    )
    return np.asarray(field / np.abs(field).max())


def camera(photons: Array, scope: Microscope, rng: np.random.Generator) -> NDArray[np.uint16]:
    """Return grey values for the mean number of photons a pixel."""
    noise = rng.standard_normal(photons.shape, dtype=np.float32) * np.float32(scope.read_noise)
    grey = rng.poisson(photons) + noise + scope.offset
    return np.clip(np.rint(grey), 0, np.iinfo(np.uint16).max).astype(np.uint16)
