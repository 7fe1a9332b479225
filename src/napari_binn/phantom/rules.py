"""What the cells of a phantom do, and the law that follows from it.

Cells sit on a square lattice of sites, one a site. On the scale of many sites their mean density
u (cells per site) obeys

    u_t = div( (D0 + D1 u) grad u ) + r (1 - u) u,

whatever the pattern they start from: see :mod:`napari_binn.phantom.lattice` for the rules of one
cell and for the reasons.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError

Array = NDArray[np.float64]

HOURS_PER_DAY = 24.0
UM_PER_MM = 1000.0


@dataclass(frozen=True)
class Patches:
    """Dense round patches on an empty field, each (x, y, radius) [mm]."""

    discs: tuple[tuple[float, float, float], ...]

    def depth(self, x: Array, y: Array) -> Array:
        """Return how far inside the nearest patch a point lies [mm], negative outside."""
        depths = [r - np.hypot(x - cx, y - cy) for cx, cy, r in self.discs]
        return np.asarray(np.max(depths, axis=0), dtype=np.float64)


@dataclass(frozen=True)
class Wound:
    """A confluent layer with a straight scratch along y: its middle and width along x [mm]."""

    middle: float
    width: float

    def depth(self, x: Array, y: Array) -> Array:
        """Return how far outside the scratch a point lies [mm], negative inside."""
        return np.abs(x - self.middle) - self.width / 2 + 0.0 * y


@dataclass(frozen=True)
class Phantom:
    """Rules of one synthetic movie.

    Attributes
    ----------
    name, title, description
        How it is asked for, and what it shows, in words.
    diffusivity, diffusivity_slope
        D0 and D1 of D(u) = D0 + D1 u [mm²/day].
    division_rate
        r of G(u) = r (1 - u) [1/day].
    pattern
        Where the cells are at the start.
    occupancy
        Share of the sites that are taken there, at most 1.
    background
        Share of the sites that are taken elsewhere. Where next to none are, single cells decide
        what is seen, and no law for densities can be read from them.
    edge
        Width over which the occupancy falls at the rim of the pattern [mm].
    sites
        Lattice sites along y and x.
    spacing
        Distance of neighbouring sites, about the diameter of a cell [µm].
    frames, hours
        Number of frames of the movie, and time from the first to the last [hour].
    pixel_size, nucleus_diameter
        Of the rendered movie [µm].
    look
        What kind of microscope renders it.
    """

    name: str
    title: str
    description: str
    diffusivity: float
    diffusivity_slope: float
    division_rate: float
    pattern: Patches | Wound
    occupancy: float = 0.9
    background: float = 0.0
    edge: float = 0.02
    sites: tuple[int, int] = (96, 128)
    spacing: float = 16.0
    frames: int = 19
    hours: float = 72.0
    pixel_size: float = 2.0
    nucleus_diameter: float = 9.5
    look: Literal["fluorescence", "phase contrast"] = "fluorescence"

    def __post_init__(self) -> None:
        slowest = min(self.diffusivity, self.diffusivity + self.diffusivity_slope)
        if slowest < 0 or self.fastest == 0 or self.division_rate < 0:
            raise ValueError(f"{self.name}: D must not be negative, nor zero everywhere, nor r")
        if (
            not 0 <= self.background <= self.occupancy <= 1
            or self.occupancy == 0
            or min(self.sites) < 4
            or self.frames < 2
        ):
            raise ValueError(f"{self.name}: occupancy, sites or frames out of range")

    @property
    def fastest(self) -> float:
        """Largest diffusivity at any density [mm²/day]."""
        return max(self.diffusivity, self.diffusivity + self.diffusivity_slope)

    @property
    def capacity(self) -> float:
        """Density of u = 1, every site taken [cells/mm²]."""
        return (UM_PER_MM / self.spacing) ** 2

    @property
    def extent(self) -> tuple[float, float]:
        """Width and height of the field [µm]."""
        return self.sites[1] * self.spacing, self.sites[0] * self.spacing

    @property
    def times(self) -> Array:
        """Time of each frame, (T,) [hour]."""
        return np.linspace(0.0, self.hours, self.frames)

    @property
    def D(self) -> str:
        """The true D(u) [mm²/day], u = density / capacity."""
        if self.diffusivity_slope == 0:
            return f"{self.diffusivity:g}"
        sign = "-" if self.diffusivity_slope < 0 else "+"
        return f"{self.diffusivity:g} {sign} {abs(self.diffusivity_slope):g}*u"

    @property
    def G(self) -> str:
        """The true G(u) [1/day], u = density / capacity."""
        return f"{self.division_rate:g}*(1 - u)" if self.division_rate else "0"

    def initial_occupancy(self) -> Array:
        """Return the chance of each site to hold a cell at the start, shape ``sites``."""
        step = self.spacing / UM_PER_MM
        y, x = (np.arange(n, dtype=np.float64) * step + step / 2 for n in self.sites)
        depth = self.pattern.depth(x[None, :], y[:, None])
        # The logistic step, written so that it cannot overflow.
        step_up: Array = 0.5 * (1 + np.tanh(depth / (2 * self.edge)))
        return self.background + (self.occupancy - self.background) * step_up


_PATCHES = Patches(
    (
        (0.32, 0.32, 0.20),
        (1.06, 0.42, 0.22),
        (1.74, 0.30, 0.17),
        (0.64, 1.14, 0.21),
        (1.40, 1.16, 0.19),
        (1.86, 1.16, 0.15),
    )
)

_CATALOGUE = (
    Phantom(
        name="growth",
        title="Growth to confluence",
        description="Cells seeded thinly, with dense patches, spread at random and divide where "
        "there is room, until they fill the field.",
        diffusivity=0.015,
        diffusivity_slope=0.0,
        division_rate=1.2,
        pattern=_PATCHES,
        background=0.12,
    ),
    Phantom(
        name="scratch",
        title="Scratch closing",
        description="A confluent layer closes a wound; cells move more the more neighbours they "
        "touch.",
        diffusivity=0.005,
        diffusivity_slope=0.025,
        division_rate=1.0,
        pattern=Wound(middle=1.024, width=0.8),
    ),
    Phantom(
        name="crowd",
        title="Slowed by the crowd",
        description="Cells seeded in dense patches move less the more neighbours they touch, and "
        "divide where there is room.",
        diffusivity=0.025,
        diffusivity_slope=-0.02,
        division_rate=1.0,
        pattern=_PATCHES,
    ),
    Phantom(
        name="wound",
        title="Scratch, phase contrast",
        description="The scratch without a stain, in phase contrast: cells show by their texture, "
        "and the covered area is what can be measured.",
        diffusivity=0.005,
        diffusivity_slope=0.025,
        division_rate=1.0,
        pattern=Wound(middle=1.024, width=0.8),
        look="phase contrast",
    ),
)


def names() -> tuple[str, ...]:
    """Return the names of the phantoms, the default sample first."""
    return tuple(phantom.name for phantom in _CATALOGUE)


def get(name: str) -> Phantom:
    """Return the phantom called ``name``.

    Raises
    ------
    UserError
        If there is none; the sentence names the nearest and all known ones.
    """
    for phantom in _CATALOGUE:
        if phantom.name == name:
            return phantom
    near = difflib.get_close_matches(name.lower(), names(), n=1, cutoff=0.4)
    hint = f"did you mean {near[0]!r}? Known are" if near else "choose one of"
    raise UserError(f"There is no phantom {name!r}: {hint} {', '.join(names())}.")
