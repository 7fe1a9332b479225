"""From a density movie to the numbers that training sees.

Time and space are scaled so that the whole movie and the longest side of the field run from -3 to
3 (both sides by the same factor), and the density by its maximum. In these input units the
equation reads u_t = div(D u) + G u again, so training never sees the user's units.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..density.model import Density
from ..settings import BinnSettings

Array = NDArray[np.float64]
BLOCK = 50


@dataclass(frozen=True)
class Scales:
    """How input units and network outputs become physical.

    Attributes
    ----------
    centre
        Middle of the movie (t, x, y) [time, length, length].
    time, length
        One input unit [``time_unit``], [``length_unit``].
    density
        Density of u = 1.
    D, G
        Diffusivity and growth rate of a network output of 1, in input units.
    """

    centre: tuple[float, float, float]
    time: float
    length: float
    density: float
    D: float
    G: float

    @property
    def physical_D(self) -> float:
        """Diffusivity of a network output of 1 [length²/time]."""
        return self.D * self.length**2 / self.time

    @property
    def physical_G(self) -> float:
        """Growth rate of a network output of 1 [1/time]."""
        return self.G / self.time

    @classmethod
    def of(cls, density: Density) -> Scales:
        """Return the scales of a density movie.

        The scale of D is half the squared correlation length of the field,
        var(u) / mean |grad u|², over the movie's duration; that of G the net growth rate, at least
        1 / duration.
        """
        hy, hx = density.spacing
        duration = float(density.t[-1] - density.t[0])
        width, height = hx * len(density.x), hy * len(density.y)
        time, length = duration / 6, max(width, height) / 6
        growth = abs(np.log(_mean(density, -1) / _mean(density, 0)))
        return cls(
            centre=(
                float(density.t[0] + density.t[-1]) / 2,
                float(density.x[0] + density.x[-1]) / 2,
                float(density.y[0] + density.y[-1]) / 2,
            ),
            time=time,
            length=length,
            density=density.scale,
            D=0.5 * _squared_correlation_length(density) / duration * time / length**2,
            G=max(float(growth), 1.0) / 6,
        )


def _mean(density: Density, frame: int) -> float:
    values = density.values[frame]
    return float(max(values[_observed(density)].mean(), 1e-3 * density.scale))


def _observed(density: Density) -> NDArray[np.bool_]:
    return np.ones(density.shape[1:], bool) if density.mask is None else density.mask


def _squared_correlation_length(density: Density) -> float:
    """Return var(u) / mean |grad u|² over the observed bins [length²], at least a bin's area."""
    hy, hx = density.spacing
    seen = _observed(density)
    variance = density.values[:, seen].var(axis=1).mean()
    u = density.values
    along_y = np.diff(u, axis=1)[:, seen[1:] & seen[:-1]] / hy
    along_x = np.diff(u, axis=2)[:, seen[:, 1:] & seen[:, :-1]] / hx
    slope = sum(float((d**2).mean()) for d in (along_y, along_x) if d.size)
    return max(float(variance) / slope if slope > 0 else 0.0, hx * hy)


@dataclass(frozen=True)
class Samples:
    """Observed bins as points, and who trains on which.

    Attributes
    ----------
    points, values
        (N, 3) t, x, y in input units and (N,) u of every observed bin and frame.
    bins, half
        (B, 2) x, y of the observed bins, and half the bin's sides, in input units.
    training, validation
        (E, n) indices into the points, another split for every member.
    seeds
        Seed of each member.
    """

    points: Array
    values: Array
    bins: Array
    half: tuple[float, float]
    training: NDArray[np.int64]
    validation: NDArray[np.int64]
    seeds: tuple[tuple[int, int], ...]

    def block(self, number: int, data: int, collocation: int) -> tuple[Array, Array]:
        """Return the points and targets of the steps ``number`` * BLOCK and following.

        A pure function of the member's seed and the number, so that training can go on from any
        step without a stored generator. Shapes (BLOCK, E, 3, data + collocation) and
        (BLOCK, E, data).
        """
        points, values = [], []
        for chosen, seed in zip(self.training, self.seeds, strict=True):
            random = np.random.default_rng([*seed, 1, number])
            index = chosen[random.integers(len(chosen), size=(BLOCK, data))]
            here = self.bins[random.integers(len(self.bins), size=(BLOCK, collocation))]
            moved = here + random.uniform(-1, 1, here.shape) * self.half
            time = random.uniform(-3, 3, (BLOCK, collocation, 1))
            inside = np.concatenate([time, moved], axis=-1)
            points.append(np.concatenate([self.points[index], inside], axis=1).swapaxes(1, 2))
            values.append(self.values[index])
        return np.stack(points, axis=1), np.stack(values, axis=1)


def sample(
    density: Density, scales: Scales, settings: BinnSettings, members: range, seed: int
) -> Samples:
    """Return the points of a density movie and each member's split."""
    seen = _observed(density)
    y, x = np.nonzero(seen)
    bins = np.stack([density.x[x] - scales.centre[1], density.y[y] - scales.centre[2]], axis=-1)
    bins = bins / scales.length
    t = (density.t - scales.centre[0]) / scales.time
    points = np.empty((len(t), len(bins), 3))
    points[..., 0] = t[:, None]
    points[..., 1:] = bins
    values = density.values[:, seen].ravel() / scales.density
    held_out = round(settings.validation * len(values))
    seeds = tuple((seed, member) for member in members)
    order = np.stack([np.random.default_rng([*s, 0]).permutation(len(values)) for s in seeds])
    hy, hx = density.spacing
    return Samples(
        points=points.reshape(-1, 3),
        values=values,
        bins=bins,
        half=(hx / 2 / scales.length, hy / 2 / scales.length),
        training=order[:, held_out:],
        validation=order[:, :held_out],
        seeds=seeds,
    )
