"""From a density movie to the numbers that training sees.

Time and space are scaled so that the whole movie and the longest side of the field run from -3 to
3 (both sides by the same factor), and the density by its maximum. In these input units the
equation reads u_t = div(D u) + G u again, so training never sees the user's units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..density.model import Density
from ..errors import UserError

Array = NDArray[np.float64]
MemberSeed = tuple[int, int]
HALF_RANGE = 3.0
BLOCK = 50
_PURPOSES = {"split": 0, "batches": 1, "weights": 2}


def generator(
    seed: MemberSeed, purpose: Literal["split", "batches", "weights"], number: int = 0
) -> np.random.Generator:
    """Return the random numbers of a member (seed of the run, index) for one purpose."""
    return np.random.default_rng([*seed, _PURPOSES[purpose], number])


def check(density: Density) -> None:
    """Raise :class:`UserError` if nothing can be learned from a density."""
    observed = density.values[:, observed_bins(density)]
    where = f" of {density.source}" if density.source else ""
    if len(density.t) < 2:
        raise UserError(f"The density{where} has one frame: at least two are needed to learn from.")
    if not observed.size or not np.isfinite(observed).all():
        raise UserError(
            f"The density{where} is not a finite number in every observed bin: mask these bins."
        )
    if observed.max() <= 0:
        raise UserError(f"The density{where} is zero everywhere: there is nothing to learn from.")


def observed_bins(density: Density) -> NDArray[np.bool_]:
    """Return the mask of the observed bins, (Y, X)."""
    if density.mask is None:
        return np.ones(density.shape[1:], dtype=np.bool_)
    return density.mask


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
    def units(self) -> tuple[float, float, float]:
        """One input unit of t, x and y."""
        return self.time, self.length, self.length

    def inputs(self, axis: Literal["t", "x", "y"], values: Array) -> Array:
        """Return positions along an axis in input units."""
        number = "txy".index(axis)
        return (values - self.centre[number]) / self.units[number]

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

        The scale of D is five times the squared correlation length of the field,
        var(u) / mean |grad u|², over the movie's duration; that of G the net growth rate, at least
        1 / duration. D starts near its scale: it should start too large, because then the surface
        starts smooth and takes on structure as D falls. From a D that is too small the surface
        first follows the noise, and D, being nearly zero, has no hold on it any more.
        """
        hy, hx = density.spacing
        duration = float(density.t[-1] - density.t[0])
        width, height = hx * len(density.x), hy * len(density.y)
        time, length = duration / (2 * HALF_RANGE), max(width, height) / (2 * HALF_RANGE)
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
            D=5 * _squared_correlation_length(density) / duration * time / length**2,
            G=max(float(growth), 1.0) * time / duration,
        )


def _mean(density: Density, frame: int) -> float:
    observed = density.values[frame][observed_bins(density)]
    return float(max(observed.mean(), 1e-3 * density.scale))


def _squared_correlation_length(density: Density) -> float:
    """Return var(u) / mean |grad u|² over the observed bins [length²], at least a bin's area."""
    hy, hx = density.spacing
    seen = observed_bins(density)
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
        (3, N) t, x, y in input units and (N,) u of every observed bin and frame.
    bins, half
        (2, B) x, y of the observed bins, and half the sides of a bin, in input units.
    training, validation
        (E, n) indices of the points, another split for every member.
    seeds
        Seed of each member.
    """

    points: Array
    values: Array
    bins: Array
    half: tuple[float, float]
    training: NDArray[np.int64]
    validation: NDArray[np.int64]
    seeds: tuple[MemberSeed, ...]

    def block(self, number: int, observations: int, collocation: int) -> tuple[Array, Array]:
        """Return points and targets of BLOCK steps from step ``number`` * BLOCK on.

        A pure function of the members' seeds and the number, so that a training can go on from any
        step without stored generators. Observations are drawn from the member's training share,
        collocation points uniformly from the observed bins and the whole time.

        Returns
        -------
        tuple
            (BLOCK, E, 3, observations + collocation) and (BLOCK, E, observations).
        """
        points, values = [], []
        for chosen, seed in zip(self.training, self.seeds, strict=True):
            random = generator(seed, "batches", number)
            index = chosen[random.integers(len(chosen), size=(BLOCK, observations))]
            here = random.integers(self.bins.shape[1], size=(BLOCK, collocation))
            offset = random.uniform(-1, 1, (2, BLOCK, collocation))
            place = self.bins[:, here] + offset * np.reshape(self.half, (2, 1, 1))
            time = random.uniform(-HALF_RANGE, HALF_RANGE, (1, BLOCK, collocation))
            inside = np.concatenate([time, place])
            points.append(np.concatenate([self.points[:, index], inside], axis=-1))
            values.append(self.values[index])
        return np.stack(points).transpose(2, 0, 1, 3), np.stack(values, axis=1)


def sample(
    density: Density,
    scales: Scales,
    validation: float,
    seeds: Sequence[MemberSeed],
) -> Samples:
    """Return the observations of a movie and each member's split.

    Parameters
    ----------
    validation
        Share of the observations that a member leaves out.
    """
    seen = observed_bins(density)
    row, column = np.nonzero(seen)
    t = scales.inputs("t", density.t)
    bins = np.stack([scales.inputs("x", density.x[column]), scales.inputs("y", density.y[row])])
    points = np.concatenate([np.repeat(t, bins.shape[1])[None], np.tile(bins, (1, len(t)))])
    values = density.values[:, seen].ravel() / scales.density
    held_out = round(validation * len(values))
    order = np.stack([generator(seed, "split").permutation(len(values)) for seed in seeds])
    hy, hx = density.spacing
    return Samples(
        points=points,
        values=values,
        bins=bins,
        half=(hx / 2 / scales.length, hy / 2 / scales.length),
        training=order[:, held_out:],
        validation=order[:, :held_out],
        seeds=tuple(seeds),
    )


class Batches:
    """The batches of a training as tensors; the block in use is kept."""

    def __init__(
        self,
        samples: Samples,
        observations: int,
        collocation: int,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        self._samples, self._sizes = samples, (observations, collocation)
        self._kind: dict[str, Any] = {"device": device, "dtype": dtype}
        self._number = -1
        self._block: tuple[Tensor, Tensor]
        left_out = samples.validation
        self.validation = (
            torch.as_tensor(samples.points[:, left_out].swapaxes(0, 1), **self._kind),
            torch.as_tensor(samples.values[left_out], **self._kind),
        )

    def at(self, step: int) -> tuple[Tensor, Tensor]:
        """Return the points (E, 3, N + C) and the observed u (E, N) of a step."""
        number, within = divmod(step, BLOCK)
        if number != self._number:
            points, values = self._samples.block(number, *self._sizes)
            self._block = (
                torch.as_tensor(points, **self._kind),
                torch.as_tensor(values, **self._kind),
            )
            self._number = number
        points_of, values_of = self._block
        return points_of[within], values_of[within]
