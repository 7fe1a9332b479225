"""Synthetic movies whose law is known: the systems of the benchmarks and of the tests.

Each is an accurate solution of u_t = div(D(u) grad u) + G(u) u, computed on a grid four times finer
than the bins and averaged to them: of a closed field, or of a window cut out of a larger field, so
that cells cross its border. The solver here (central finite volumes and an adaptive explicit
Runge-Kutta method of SciPy) shares no code with the package.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from scipy.ndimage import gaussian_filter

from napari_binn.density.model import Density

Array = NDArray[np.float64]
Curve = Callable[[Array], Array]
FINER = 4
#: Bins between an open window and the wall of the field it is cut from: further than cells come.
MARGIN = 5


@dataclass(frozen=True)
class System:
    """A law: diffusivity [mm²/day] and growth rate [1/day] as functions of density u."""

    name: str
    D: Curve
    G: Curve
    text: str


SYSTEMS = {
    "a": System("a", lambda u: 0.01 + 0 * u, lambda u: 1 - u, "D = 0.01, G = 1 - u"),
    "b": System("b", lambda u: 0.02 * u, lambda u: 1 - u, "D = 0.02 u, G = 1 - u"),
    "c": System(
        "c",
        lambda u: 0.004 + 0.02 * u**2,
        lambda u: 4 * (1 - u) * (u - 0.15),
        "D = 0.004 + 0.02 u², G = 4 (1 - u)(u - 0.15)",
    ),
    "gompertz": System(
        "gompertz",
        lambda u: 0.03 * u,
        lambda u: -0.8 * np.log(np.maximum(u, 1e-6)),
        "D = 0.03 u, G = -0.8 ln u",
    ),
    "crowding": System(
        "crowding",
        lambda u: 0.03 * np.exp(-3 * u),
        lambda u: 1.2 * (1 - u),
        "D = 0.03 exp(-3 u), G = 1.2 (1 - u)",
    ),
    "allee": System(
        "allee",
        lambda u: 0.008 + 0 * u,
        lambda u: 6 * (1 - u) * (u - 0.3),
        "D = 0.008, G = 6 (1 - u)(u - 0.3)",
    ),
    "fast": System(
        "fast",
        lambda u: 0.006 / np.sqrt(np.maximum(u, 1e-3)),
        lambda u: 1 - u**2,
        "D = 0.006 / sqrt(u), G = 1 - u²",
    ),
}
#: More laws, for the recovery of formulas.
MORE = {
    "spread": System(
        "spread", lambda u: 0.015 + 0 * u, lambda u: 0.5 + 0 * u, "D = 0.015, G = 0.5"
    ),
    "porous": System("porous", lambda u: 0.05 * u**2, lambda u: 1 - u, "D = 0.05 u², G = 1 - u"),
    "richards": System(
        "richards", lambda u: 0.01 + 0 * u, lambda u: 0.8 * (1 - u**3), "D = 0.01, G = 0.8 (1 - u³)"
    ),
    "hill": System(
        "hill",
        lambda u: 0.004 + 0.03 * u**2 / (0.16 + u**2),
        lambda u: 1.1 * (1 - u),
        "D = 0.004 + 0.03 u²/(0.4² + u²), G = 1.1 (1 - u)",
    ),
    "late": System(
        "late",
        lambda u: 0.012 + 0 * u,
        lambda u: 0.9 * (1 - np.maximum(u, 0) ** 1.5),
        "D = 0.012, G = 0.9 (1 - u^1.5)",
    ),
    "offset": System(
        "offset",
        lambda u: 0.005 + 0.02 * u,
        lambda u: -0.7 * np.log(np.maximum(u, 1e-6)),
        "D = 0.005 + 0.02 u, G = -0.7 ln u",
    ),
}


@dataclass(frozen=True)
class Violation:
    """How a movie departs from reaction-diffusion; the defaults do not.

    Attributes
    ----------
    velocity
        Drift (y, x) of all cells [mm/day].
    growth_change, diffusion_change
        Relative change of G and D from the middle of the movie on, and back before it [1/day]:
        G(u) (1 + growth_change (t - middle)).
    anisotropy
        D along x over D along y, at the same geometric mean.
    place
        G is that much larger than its mean, relative to it, in the middle of the field along x, and
        smaller at its ends: something there that is not density makes cells grow.
    """

    velocity: tuple[float, float] = (0.0, 0.0)
    growth_change: float = 0.0
    diffusion_change: float = 0.0
    anisotropy: float = 1.0
    place: float = 0.0


@dataclass(frozen=True)
class Start:
    """A smooth random first frame between two densities.

    Attributes
    ----------
    low, high
        Its lowest and highest density.
    length
        Standard deviation of the smoothing [bins].
    seed
        Seed of the field.
    """

    low: float = 0.1
    high: float = 0.5
    length: float = 1.25
    seed: int = 0

    def field(self, ny: int, nx: int, finer: int) -> Array:
        """Return the field on (ny, nx) cells, ``finer`` of them across a bin."""
        white = np.random.default_rng(self.seed).standard_normal((ny, nx))
        smooth = gaussian_filter(white, self.length * finer, mode="reflect")
        field: Array = self.low + (self.high - self.low) * (smooth - smooth.min()) / np.ptp(smooth)
        return field


def make(
    name: str,
    noise: float = 0.0,
    seed: int = 0,
    frames: int = 9,
    shape: tuple[int, int] = (11, 15),
    bin_size: float | tuple[float, float] = 0.094,
    counts: float | None = None,
    window: bool = False,
    days: float = 2.0,
    start: Start | None = None,
    violation: Violation | None = None,
    finer: int = FINER,
) -> Density:
    """Return the density movie of one system.

    Parameters
    ----------
    noise
        Relative standard deviation of the measurement of each bin.
    seed
        Seed of the noise; the field is the same for all seeds.
    shape
        Bins (Y, X).
    bin_size
        Side, or height and width, of a bin [mm].
    counts
        Cells in a bin of u = 1; the values are then Poisson counts divided by it.
    window
        Cut the movie out of a field that is :data:`MARGIN` bins wider on every side, so that cells
        cross its border; else the field is closed.
    start
        The first frame.
    violation
        What the movie has beyond the law.
    finer
        Cells of the solution across a bin; the field is another one for each.
    """
    hy, hx = (bin_size, bin_size) if isinstance(bin_size, float) else bin_size
    margin = MARGIN if window else 0
    values = _truth(
        name, frames, shape, (hy, hx), margin, days, start or Start(), violation or Violation(),
        finer,
    )  # fmt: skip
    random = np.random.default_rng(1000 + seed)
    if noise:
        values = np.maximum(values * (1 + noise * random.standard_normal(values.shape)), 0.0)
    if counts is not None:
        values = random.poisson(values * counts) / counts
    ny, nx = shape
    return Density(
        values=values,
        t=np.linspace(0.0, days, frames),
        y=(np.arange(float(ny)) + 0.5) * hy,
        x=(np.arange(float(nx)) + 0.5) * hx,
        length_unit="mm",
        time_unit="day",
        density_unit="u",
        counts_per_unit=counts,
        source=f"system {name}",
    )


@lru_cache(maxsize=64)
def _truth(
    name: str,
    frames: int,
    shape: tuple[int, int],
    size: tuple[float, float],
    margin: int,
    days: float,
    start: Start,
    violation: Violation,
    finer: int,
) -> Array:
    """Return the bin means (T, Y, X) without noise."""
    ny, nx = (n + 2 * margin for n in shape)
    t = np.linspace(0.0, days, frames)
    initial = start.field(ny * finer, nx * finer, finer)
    step = size[0] / finer, size[1] / finer
    fine = _solve(SYSTEMS.get(name) or MORE[name], violation, initial, t, step)
    bins = fine.reshape(frames, ny, finer, nx, finer).mean(axis=(2, 4))
    cut = bins[:, margin : ny - margin, margin : nx - margin]
    cut.setflags(write=False)
    return cut


def _solve(
    system: System, violation: Violation, initial: Array, t: Array, step: tuple[float, float]
) -> Array:
    turn = 2 * np.pi * (np.arange(initial.shape[1]) + 0.5) / initial.shape[1]
    place = 1 - violation.place * np.cos(turn)
    stretch = 1 / np.sqrt(violation.anisotropy), np.sqrt(violation.anisotropy)

    def rate(time: float, flat: Array) -> Array:
        u = flat.reshape(initial.shape)
        late = time - t[-1] / 2
        D = system.D(u) * (1 + violation.diffusion_change * late)
        change = system.G(u) * (1 + violation.growth_change * late) * place * u
        for axis, h in enumerate(step):
            flux = stretch[axis] * np.diff(u, axis=axis) * _middle(D, axis) / h
            flux = flux - _drift(u, axis, violation.velocity[axis])
            edges = [(1, 1) if i == axis else (0, 0) for i in (0, 1)]
            change = change + np.diff(np.pad(flux, edges), axis=axis) / h
        return np.asarray(change.ravel())

    solution = solve_ivp(
        rate, (t[0], t[-1]), initial.ravel(), t_eval=t, method="RK45", rtol=1e-7, atol=1e-9
    )
    if not solution.success:
        raise ValueError(f"system {system.name} cannot be solved: {solution.message}")
    states: Array = solution.y.T.reshape(len(t), *initial.shape)
    return states


def _drift(u: Array, axis: int, velocity: float) -> Array | float:
    """Return what a drift carries across the faces: upwind, with limited slopes (van Leer 1979)."""
    if velocity == 0:
        return 0.0
    u = np.moveaxis(u, axis, 0)[:: 1 if velocity > 0 else -1]
    rise = np.diff(u, axis=0)
    before, after = rise[:-1], rise[1:]
    limited = np.where(before * after > 0, np.minimum(np.abs(before), np.abs(after)), 0.0)
    slope = np.pad(np.sign(before) * limited, ((1, 1), (0, 0)))
    carried = velocity * (u + slope / 2)[:-1]
    return np.moveaxis(carried[:: 1 if velocity > 0 else -1], 0, axis)


def _middle(values: Array, axis: int) -> Array:
    """Return the mean of neighbours along an axis."""
    after = np.delete(values, 0, axis=axis)
    before = np.delete(values, -1, axis=axis)
    return (after + before) / 2


def curve_error(density: Density, u: Array, found: Array, truth: Curve) -> float:
    """Return the relative L2 error of a curve over the 5th-95th percentile of the density.

    ``u`` is in units of ``density.scale``, as in the results.
    """
    low, high = np.quantile(density.values, [0.05, 0.95])
    real = u * density.scale
    inside = (real >= low) & (real <= high)
    exact = truth(real[inside])
    return float(np.sqrt(np.sum((found[inside] - exact) ** 2) / np.sum(exact**2)))
