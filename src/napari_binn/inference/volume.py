"""What integrating the first frame out adds to the posterior of the law.

A fit that adjusts the first frame together with the law prefers laws that let the first frame
follow the noise of many frames: laws that diffuse too little. The posterior of the law alone holds
the factor |H|^(-1/2), where H is the curvature in the first frame at a given law, which makes up
for it (Neyman and Scott's incidental parameters; Tierney & Kadane, J. Am. Stat. Assoc. 81, 1986).

H is the sum over frames of P' W P plus the prior's precision, where P carries a disturbance of the
first frame forward. P is nearly a growth factor times the propagator of the heat equation with the
diffusion d that went on until then, so that H acts on a wave (k) at a place (x) as its Weyl symbol

    h(x, k) = r(k) + sum over t of exp(-2 |k|² d(x, t)) w(x, t),

where w is weight times squared growth, averaged around x with variance d, and log |H| is the mean
over waves of log h, summed over places. It costs nothing beside a simulation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dctn
from scipy.ndimage import gaussian_filter

from .families import Curves
from .forward import limited
from .gauss_newton import Problem, weights

Array = NDArray[np.float64]
#: Fewest and most waves along an axis that stand for all, and values that may be computed at once.
WAVES = (3, 8)
MOST_TERMS = 2e7


@dataclass(frozen=True)
class Volume:
    """log |H| as a function of the law.

    Attributes
    ----------
    problem
        What is fitted.
    weight
        (T, Y, X) 1 / variance of the observations, times the gain's damping of disturbances.
    wave
        (Q,) |k|² of the waves that stand for all [1/length²].
    rough
        (Q,) precision of the first frame's prior for each wave.
    """

    problem: Problem
    weight: Array
    wave: Array
    rough: Array

    @classmethod
    def make(cls, problem: Problem, predicted: Array, level: float, field: Array) -> Volume:
        """Prepare it for weights taken at ``predicted``.

        ``field`` (Y, X) is the precision of each cosine of the first frame beforehand.
        """
        frames, ny, nx = predicted.shape
        count = int(np.clip(np.sqrt(MOST_TERMS / predicted.size), *WAVES))
        kept = (1 - problem.forward.gain) ** (2 * np.arange(frames))
        weight = weights(problem, predicted) / level * kept[:, None, None]
        rows, columns = _waves(ny, count), _waves(nx, count)
        grid = problem.forward.grid
        wave = _symbol(rows, ny, grid.hy)[:, None] + _symbol(columns, nx, grid.hx)
        rough = field[np.ix_(rows, columns)]
        return cls(problem, weight, wave.ravel(), rough.ravel())

    def value(self, parameters: Array, predicted: Array) -> float:
        """Return log |H|."""
        curves = self._curves(parameters)
        diffusion = self._integrated(predicted, curves.D)
        _, around = self._around(predicted, curves, diffusion)
        h = (around[..., None] * self._damping(diffusion)).sum(axis=0) + self.rough
        return float(np.log(h).mean(axis=-1).sum())

    def determined(self, parameters: Array, predicted: Array) -> float:
        """Return how many of the first frame's unknowns the movie determines (MacKay's gamma)."""
        curves = self._curves(parameters)
        diffusion = self._integrated(predicted, curves.D)
        _, around = self._around(predicted, curves, diffusion)
        told = (around[..., None] * self._damping(diffusion)).sum(axis=0)
        return float((told / (told + self.rough)).mean(axis=-1).sum())

    def gradient(self, parameters: Array, predicted: Array) -> tuple[Array, Array]:
        """Return d log |H| / d parameters, (K,), and by the densities, (T, Y, X).

        The first is taken at a given course of the densities; parameters move that course too,
        which the second is for.
        """
        curves = self._curves(parameters)
        diffusion = self._integrated(predicted, curves.D)
        at, around = self._around(predicted, curves, diffusion)
        damping = self._damping(diffusion)
        h = (around[..., None] * damping).sum(axis=0) + self.rough
        damping /= h * len(self.wave)
        by_around = damping.sum(axis=-1)
        by_diffusion = -2 * around * (damping @ self.wave)
        by_growth = 2 * at * self._averaged(by_around, diffusion)
        # Averaging over a wider surrounding, as more diffusion does, changes w by half its bend.
        wider = (by_around * 0.5 * self._bend(around)).sum(axis=(1, 2))
        by_diffusion += (wider / by_around[0].size)[:, None, None]
        by_D, by_slope = self._summed_back(by_diffusion), self._summed_back(by_growth)
        slope = np.gradient(curves.G * self._u, self._step)
        by_u = by_D * self._at(predicted, np.gradient(curves.D, self._step))
        by_u += by_slope * self._at(predicted, np.gradient(slope, self._step))
        slopes = np.gradient(curves.dG * self._u, self._step, axis=-1)
        by_parameters = [
            float((self._at(predicted, D) * by_D).sum() + (self._at(predicted, f) * by_slope).sum())
            for D, f in zip(curves.dD, slopes, strict=True)
        ]
        return np.array(by_parameters), by_u

    def _curves(self, parameters: Array) -> Curves:
        forward = self.problem.forward
        return limited(forward.family.curves(parameters), forward.most_diffusivity)

    def _around(self, predicted: Array, curves: Curves, diffusion: Array) -> tuple[Array, Array]:
        """Return weight times squared growth (T, Y, X), at each place and around it."""
        slope = np.gradient(curves.G * self._u, self._step)
        growth = self._integrated(predicted, slope)
        at = self.weight * np.exp(np.clip(2 * growth, -60, 60))
        return at, self._averaged(at, diffusion)

    def _averaged(self, fields: Array, diffusion: Array) -> Array:
        """Average each frame of (T, Y, X) with the variance of the diffusion until then."""
        grid = self.problem.forward.grid
        out = np.empty_like(fields)
        for index, (field, so_far) in enumerate(zip(fields, diffusion, strict=True)):
            # Where all is mixed, more of it changes nothing.
            width = min(float(np.sqrt(so_far.mean())), max(field.shape) * max(grid.hy, grid.hx))
            out[index] = gaussian_filter(field, (width / grid.hy, width / grid.hx), mode="reflect")
        return out

    def _bend(self, fields: Array) -> Array:
        """Return the Laplacian of each frame of (T, Y, X) between mirrors."""
        grid = self.problem.forward.grid
        wide = np.pad(fields, ((0, 0), (1, 1), (1, 1)), mode="edge")
        middle = wide[:, 1:-1, 1:-1]
        along_y = (wide[:, 2:, 1:-1] - 2 * middle + wide[:, :-2, 1:-1]) / grid.hy**2
        along_x = (wide[:, 1:-1, 2:] - 2 * middle + wide[:, 1:-1, :-2]) / grid.hx**2
        return np.asarray(along_y + along_x)

    def _damping(self, diffusion: Array) -> Array:
        """Return what is left of each wave's square, (T, Y, X, Q)."""
        return np.asarray(np.exp(-2 * diffusion[..., None] * self.wave))

    def _at(self, predicted: Array, table: Array) -> Array:
        """Return a curve at the densities (T, Y, X)."""
        return np.asarray(np.interp(predicted, self._u, table))

    def _integrated(self, predicted: Array, table: Array) -> Array:
        """Integrate a curve at the densities (T, Y, X) over time from the first frame on."""
        values = self._at(predicted, table)
        out = np.zeros_like(values)
        np.cumsum(0.5 * (values[1:] + values[:-1]) * self._widths, axis=0, out=out[1:])
        return out

    def _summed_back(self, by_integral: Array) -> Array:
        """Return the derivative by a curve's values (T, Y, X) from that by its integrals."""
        later = np.cumsum(by_integral[::-1], axis=0)[::-1][1:] * 0.5 * self._widths
        out = np.zeros_like(by_integral)
        out[:-1] += later
        out[1:] += later
        return out

    @property
    def _widths(self) -> Array:
        return np.asarray(np.diff(self.problem.forward.times)[:, None, None])

    @property
    def _u(self) -> Array:
        return self.problem.forward.family.u

    @property
    def _step(self) -> float:
        return float(self._u[1] - self._u[0])


def _waves(count: int, most: int) -> NDArray[np.intp]:
    """Return wave numbers, ``most`` or fewer, that stand for all ``count`` of an axis."""
    used = min(count, most)
    return np.asarray(((np.arange(used) + 0.5) * count / used).astype(np.intp))


def _symbol(waves: NDArray[np.intp], count: int, spacing: float) -> Array:
    return np.asarray((2 - 2 * np.cos(np.pi * waves / count)) / spacing**2)


def cosine_diagonal(precision: Array, shape: tuple[int, int]) -> Array:
    """Return the diagonal (Y, X) of a precision of all bins in the basis of cosines."""
    ny, nx = shape
    turned = dctn(precision.reshape(ny, nx, ny, nx), axes=(0, 1), norm="ortho")
    turned = dctn(turned, axes=(2, 3), norm="ortho")
    return np.asarray(np.maximum(np.einsum("yxyx->yx", turned), 0.0))
