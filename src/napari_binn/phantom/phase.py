"""The cells as a phase-contrast microscope would show them: no stain, texture and halos.

A cell delays the light by its thickness. The microscope shows what is thicker than its
surroundings darker, and what surrounds it brighter (the halo), because its ring passes the slowest
variations of phase as they are; here that is the phase less its own blurred copy. A cell is a flat
soft-edged ellipse with a thicker nucleus and a few granules, which it keeps through the movie.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from .cells import CellTracks
from .render import Microscope, Nuclei, camera, illumination, stamp
from .rules import Phantom

Array = NDArray[np.float64]

_STREAM = 2


@dataclass(frozen=True)
class PhaseContrast:
    """What the image owes to the microscope and to the look of the cells.

    Attributes
    ----------
    light
        Photons a pixel where there is no cell and the light is brightest.
    contrast
        Share of the light that a flat cell takes away.
    halo
        Standard deviation of the blurred copy [µm].
    body, elongation
        Diameter of a cell in spacings of the sites, and the largest ratio of its axes.
    nucleus, granule
        Thickness of a nucleus and of a granule beside that of the cell.
    granules, granule_size
        Granules in a cell, and the diameter of one [µm].
    """

    light: float = 900.0
    contrast: float = 0.22
    halo: float = 5.0
    body: float = 1.15
    elongation: float = 2.0
    nucleus: float = 0.6
    granule: float = 1.6
    granules: int = 7
    granule_size: float = 3.0


def render_phase(
    phantom: Phantom, tracks: CellTracks, seed: int, optics: PhaseContrast | None = None
) -> NDArray[np.uint16]:
    """Return the movie as grey values, shape (T, Y, X); the same seed gives the same pixels."""
    optics = PhaseContrast() if optics is None else optics
    scope = Microscope(vignetting=0.2)
    rng = np.random.default_rng((seed, _STREAM))
    width, height = (round(side / phantom.pixel_size) for side in phantom.extent)
    count = max(int(cells.max(initial=0)) for cells in tracks.cells) + 1
    cells = _Cells.draw(count, phantom, optics, rng)
    light = optics.light * illumination(height, width, scope, rng)
    movie = np.empty((len(tracks), height, width), dtype=np.uint16)
    for k, (positions, numbers) in enumerate(zip(tracks.positions, tracks.cells, strict=True)):
        phase = cells.thickness((height, width), positions / phantom.pixel_size, numbers, optics)
        phase = gaussian_filter(phase, scope.psf / phantom.pixel_size)
        shown = phase - gaussian_filter(phase, optics.halo / phantom.pixel_size)
        movie[k] = camera(light * np.clip(1 - optics.contrast * shown, 0.1, None), scope, rng)
    return movie


@dataclass(frozen=True)
class _Cells:
    """Outlines, nuclei and granules of each cell, indexed by its number.

    Attributes
    ----------
    places
        Of the granules, from the middle of the cell, shape (N, granules, 2) [pixel].
    """

    bodies: Nuclei
    nuclei: Nuclei
    granules: Nuclei
    places: Array

    @classmethod
    def draw(
        cls, count: int, phantom: Phantom, optics: PhaseContrast, rng: np.random.Generator
    ) -> _Cells:
        def ellipses(diameter: float, number: int, elongation: float) -> Nuclei:
            scope = Microscope(brightness_spread=0.15, size_spread=0.12, elongation=elongation)
            return Nuclei.draw(number, diameter / phantom.pixel_size, scope, rng)

        bodies = ellipses(optics.body * phantom.spacing, count, optics.elongation)
        nuclei = ellipses(0.75 * phantom.nucleus_diameter, count, 1.3)
        granules = ellipses(optics.granule_size, count * optics.granules, 1.5)
        distance = 0.8 * np.sqrt(rng.random((count, optics.granules)))
        angle = rng.uniform(0, 2 * np.pi, (count, optics.granules))
        along = distance * np.cos(angle) * bodies.major[:, None]
        across = distance * np.sin(angle) * bodies.minor[:, None]
        cos, sin = np.cos(bodies.angle)[:, None], np.sin(bodies.angle)[:, None]
        places = np.stack([along * cos - across * sin, along * sin + across * cos], axis=-1)
        return cls(bodies, nuclei, granules, places)

    def thickness(
        self, shape: tuple[int, int], at: Array, numbers: NDArray[np.int32], optics: PhaseContrast
    ) -> Array:
        """Return the phase in units of a flat cell, shape (Y, X)."""
        inside = np.minimum(stamp(shape, at, numbers, self.bodies), 1.3)  # cells do not pile up
        inside += optics.nucleus * stamp(shape, at, numbers, self.nuclei)
        places = (at[:, None] + self.places[numbers]).reshape(-1, 2)
        each = optics.granules
        grains = (numbers[:, None].astype(np.int32) * each + np.arange(each)).ravel()
        # Vesicles are thinner than what surrounds them, granules thicker.
        sign = np.where(np.arange(each) % 2, 1.0, -0.8)
        for value in np.unique(sign):
            chosen = np.tile(sign == value, len(at))
            drawn = stamp(shape, places[chosen], grains[chosen], self.granules)
            inside += value * optics.granule * drawn
        return inside
