"""Do the cells of the phantoms obey the law that is stored with them?

Averages many runs of each phantom and compares the mean occupancy of the sites with the stated
equation, solved from the same initial mean by an independent method of lines on the lattice of
sites. Printed for each phantom:

* the relative L2 difference over space at several times (after averaging over blocks of 4 x 4
  sites), beside what the scatter of the averaged runs alone would give;
* the effective D and r: the least-squares fit of the same equation, with its shape of D, to the
  averaged runs; and what a fit to single runs scatters by.

    python benchmarks/bench_phantom.py [--runs 128] [--singles 8] [NAME ...]
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from scipy.optimize import least_squares

from napari_binn.phantom import Phantom, get, names
from napari_binn.phantom.lattice import simulate_lattice

Array = NDArray[np.float64]
BLOCK = 4


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("names", nargs="*", default=list(names()), metavar="NAME")
    parser.add_argument("--runs", type=int, default=128, help="runs averaged (default 128)")
    parser.add_argument("--singles", type=int, default=8, help="runs fitted one by one")
    options = parser.parse_args()
    for name in options.names:
        compare(get(name), options.runs, options.singles)


def compare(phantom: Phantom, runs: int, singles: int) -> None:
    """Print how well the mean of ``runs`` runs follows the stated law."""
    began = time.perf_counter()
    blocks = np.stack([_blocks(simulate_lattice(phantom, rng) > 0) for rng in _streams(runs)])
    seconds = (time.perf_counter() - began) / runs
    mean = blocks.mean(axis=0)
    law = _blocks(solve(phantom, phantom.initial_occupancy()))
    scatter = blocks.std(axis=0, ddof=1) / np.sqrt(runs)

    print(f"\n{phantom.name}: D = {phantom.D} mm²/day, G = {phantom.G} 1/day, ", end="")
    print(f"{runs} runs of {seconds:.2f} s")
    print("  hours        law   runs   relative L2   of it scatter")
    for k in range(0, phantom.frames, max(1, (phantom.frames - 1) // 5)):
        size = np.sqrt(np.mean(law[k] ** 2))
        off, noise = (np.sqrt(np.mean(v[k] ** 2)) / size for v in (mean - law, scatter))
        print(f"  {phantom.times[k]:5.1f}      {law[k].mean():.3f}  {mean[k].mean():.3f}", end="")
        print(f"  {100 * off:8.2f} %   {100 * noise:8.2f} %")

    factors = fit(phantom, mean, scatter, phantom.initial_occupancy())
    print(f"  effective D / nominal {factors[0]:.4f}, effective r / nominal {factors[1]:.4f}")
    if singles:
        noise = np.sqrt(np.maximum(law * (1 - law), 0.02)) / BLOCK
        fits = [fit(phantom, run, noise, phantom.initial_occupancy()) for run in blocks[:singles]]
        sd = np.std(fits, axis=0, ddof=1)
        print(f"  fits to single runs scatter: D {100 * sd[0]:.1f} %, r {100 * sd[1]:.1f} %")


def solve(phantom: Phantom, start: Array) -> Array:
    """Solve the law of ``phantom`` from ``start`` (sites); returns (T, Y, X) [u]."""
    step = phantom.spacing / 1000

    def rate(_: float, flat: Array) -> Array:
        u = flat.reshape(start.shape)
        change = phantom.division_rate * u * (1 - u)
        for axis in (0, 1):
            # D is linear in u, so that D at the middle of a face is exact in the face's mean.
            left, right = (np.delete(u, end, axis=axis) for end in (-1, 0))
            diffusivity = phantom.diffusivity + phantom.diffusivity_slope * (left + right) / 2
            flux = diffusivity * (right - left) / step**2
            wide = [(0, 0), (0, 0)]
            wide[axis] = (1, 1)
            change = change + np.diff(np.pad(flux, wide), axis=axis)
        return np.asarray(change.ravel())

    days = phantom.times / 24
    result = solve_ivp(
        rate, (0, days[-1]), start.ravel(), method="RK23", t_eval=days, rtol=1e-5, atol=1e-7
    )
    return np.asarray(result.y.T.reshape(-1, *start.shape))


def fit(phantom: Phantom, observed: Array, sd: Array, start: Array) -> Array:
    """Return the factors on D and r that fit best, from the known initial mean."""

    def misfit(factors: Array) -> Array:
        changed = replace(
            phantom,
            diffusivity=phantom.diffusivity * factors[0],
            diffusivity_slope=phantom.diffusivity_slope * factors[0],
            division_rate=phantom.division_rate * factors[1],
        )
        weight = np.maximum(sd[1:], 0.05 * sd.max())
        off = (_blocks(solve(changed, start)) - observed)[1:] / weight
        return np.asarray(off.ravel())

    # Steps of 1 % keep the differences well above the tolerance of the solver.
    return np.asarray(least_squares(misfit, [1.0, 1.0], diff_step=1e-2, xtol=1e-4).x)


def _streams(count: int) -> list[np.random.Generator]:
    return [np.random.default_rng(seed) for seed in np.random.SeedSequence(0).spawn(count)]


def _blocks(movie: NDArray[np.generic]) -> Array:
    t, y, x = movie.shape
    cut = movie[:, : y - y % BLOCK, : x - x % BLOCK].astype(np.float64)
    return np.asarray(cut.reshape(t, y // BLOCK, BLOCK, x // BLOCK, BLOCK).mean(axis=(2, 4)))


if __name__ == "__main__":
    main()
