"""Synthetic movies whose law is known: the systems a, b and c of the benchmarks.

Each is an accurate solution of u_t = div(D(u) grad u) + G(u) u without flux through the border,
computed on a grid four times finer than the bins and averaged to them. The solver here (central
finite volumes and an adaptive explicit Runge-Kutta method of SciPy) shares no code with the
package.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from scipy.ndimage import gaussian_filter

from napari_binn.density.model import Density

Array = NDArray[np.float64]
Curve = Callable[[Array], Array]
FINER = 4


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
}


def make(
    name: str,
    noise: float = 0.0,
    seed: int = 0,
    frames: int = 9,
    shape: tuple[int, int] = (11, 15),
    bin_size: float = 0.094,
    counts: float | None = None,
) -> Density:
    """Return the density movie of one system over two days.

    Parameters
    ----------
    noise
        Relative standard deviation of the measurement of each bin.
    seed
        Seed of the noise; the initial field is the same for all seeds.
    counts
        Cells in a bin of u = 1; the values are then Poisson counts divided by it.
    """
    system = SYSTEMS[name]
    ny, nx = shape
    t = np.linspace(0.0, 2.0, frames)
    fine = _solve(system, _initial_field(ny * FINER, nx * FINER), t, bin_size / FINER)
    values = fine.reshape(frames, ny, FINER, nx, FINER).mean(axis=(2, 4))
    random = np.random.default_rng(1000 + seed)
    if noise:
        values = np.maximum(values * (1 + noise * random.standard_normal(values.shape)), 0.0)
    if counts is not None:
        values = random.poisson(values * counts) / counts
    return Density(
        values=values,
        t=t,
        y=(np.arange(float(ny)) + 0.5) * bin_size,
        x=(np.arange(float(nx)) + 0.5) * bin_size,
        length_unit="mm",
        time_unit="day",
        density_unit="u",
        counts_per_unit=counts,
        source=f"system {name}",
    )


def _initial_field(ny: int, nx: int) -> Array:
    """Return a smooth random field between 0.1 and 0.5, correlated over about 1.25 bins."""
    white = np.random.default_rng(0).standard_normal((ny, nx))
    smooth = gaussian_filter(white, 1.25 * FINER, mode="reflect")
    field: Array = 0.1 + 0.4 * (smooth - smooth.min()) / np.ptp(smooth)
    return field


def _solve(system: System, initial: Array, t: Array, h: float) -> Array:
    def rate(_: float, flat: Array) -> Array:
        u = flat.reshape(initial.shape)
        D = system.D(u)
        change = system.G(u) * u
        for axis in (0, 1):
            flux = np.diff(u, axis=axis) * _middle(D, axis) / h
            edges = [(1, 1) if i == axis else (0, 0) for i in (0, 1)]
            change = change + np.diff(np.pad(flux, edges), axis=axis) / h
        return change.ravel()

    solution = solve_ivp(
        rate, (t[0], t[-1]), initial.ravel(), t_eval=t, method="RK45", rtol=1e-7, atol=1e-9
    )
    states: Array = solution.y.T.reshape(len(t), *initial.shape)
    return states


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
