"""Which observations and which places each step of a training sees.

All of it follows from the seed, the member and the number of the step, and nothing that grows with
the movie is stored: the movie may be larger than the memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..density.model import Density
from . import counter
from .data import HALF_RANGE, MemberSeed, Purpose, Scales, generator, observed_bins

Array = NDArray[np.float64]
Index = NDArray[np.int64]
#: Steps whose batches are made at once, and the most numbers that they may hold.
BLOCK, LARGEST_BLOCK = 50, 1 << 23
#: Observations left out of a member's training that its validation loss is computed from, at most.
VALIDATION = 2048
#: Entries of the members' orders that are kept; longer ones are computed where they are needed.
KEPT = 1 << 21
# What a member has random bits for: places of steps, observations and places of large batches.
_STEP_PLACES, _DRAW, _DRAW_PLACES = range(3)
_AXES = 4  # of a collocation point: time, place along the path of the bins, x and y in the bin


@dataclass(frozen=True)
class Samples:
    """Observed bins as points, and who trains on which; nothing is copied before it is asked for.

    An observation has a number, frame * B + bin, where B bins were observed. Every member puts
    these numbers into an order of its own (:func:`napari_binn.binn.counter.permuted`) and leaves
    the first ``held_out`` of them out of its training. So neither the memory nor the time of a step
    grow with the movie, which may be mapped from a file.

    Attributes
    ----------
    movie, scale
        (T Y X,) the densities, which may lie in a file, and that of u = 1.
    t, bins, half
        (T,) frame times, (2, B) x, y of the observed bins and half the sides of a bin, in input
        units.
    places
        (B,) number of each observed bin among all bins of a frame.
    path
        (B,) the observed bins on a path that goes from neighbour to neighbour, mostly.
    held_out
        Number of observations that each member leaves out.
    mean, variance
        Of u over all observations.
    seeds
        Seed of each member.
    """

    movie: Array
    scale: float
    t: Array
    bins: Array
    half: tuple[float, float]
    places: Index
    path: Index
    held_out: int
    mean: float
    variance: float
    seeds: tuple[MemberSeed, ...]

    @property
    def size(self) -> int:
        """Number of observations."""
        return len(self.t) * len(self.places)

    @property
    def training(self) -> int:
        """Number of observations that each member trains on."""
        return self.size - self.held_out

    def at(self, index: Index) -> tuple[Array, Array]:
        """Return the points (3, ...) and the u (...) of observations by their numbers (...)."""
        frame, place = np.divmod(index, len(self.places))
        x, y = self.bins
        points = np.stack([self.t[frame], x[place], y[place]])
        addresses = frame * (len(self.movie) // len(self.t)) + self.places[place]
        return points, self._read(addresses) / self.scale

    def block(
        self, number: int, observations: int, collocation: int, steps: int = BLOCK
    ) -> tuple[Array, Array]:
        """Return points and targets of ``steps`` steps from step ``number`` * ``steps`` on.

        A pure function of the members' seeds and the steps, so that a training can go on from any
        step without stored generators. The steps go through the member's training share in its
        order, again and again, so that none of it is seen more often than the rest; collocation
        points are spread evenly over the observed bins and the whole time.

        Returns
        -------
        tuple
            (steps, E, 3, n + collocation) and (steps, E, n), where n is at most ``observations``.
        """
        step = np.arange(number * steps, (number + 1) * steps)
        count = min(observations, self.training)
        chosen = (step[:, None] * count + np.arange(count)) % self.training
        chosen = np.broadcast_to(chosen, (len(self.seeds), *chosen.shape))
        points, values = self.at(self._ordered(self.held_out + chosen))
        inside = self._inside(self._keys[:, _STEP_PLACES], step, collocation)
        both = np.concatenate([points.transpose(2, 1, 0, 3), inside.swapaxes(0, 1)], axis=-1)
        return both, values.swapaxes(0, 1)

    def draw(self, number: int, observations: int, collocation: int) -> tuple[Array, Array]:
        """Return points and targets of one large batch; a pure function of seeds and number.

        No observation comes twice. All of a member's training share comes, always in the same
        order, if ``observations`` reaches it.

        Returns
        -------
        tuple
            (E, 3, n + collocation) and (E, n), where n is at most ``observations``.
        """
        count = min(observations, self.training)
        chosen = np.broadcast_to(np.arange(count), (len(self.seeds), count))
        if count < self.training:
            rounds = np.arange(counter.ROUNDS) + number * counter.ROUNDS
            chosen = counter.permuted(
                self.training, counter.bits(self._keys[:, _DRAW, None], rounds), chosen
            )
        points, values = self.at(self._ordered(self.held_out + chosen))
        inside = self._inside(self._keys[:, _DRAW_PLACES], np.array([number]), collocation)
        return np.concatenate([points.swapaxes(0, 1), inside[:, 0]], axis=-1), values

    def validation(self, most: int = VALIDATION) -> tuple[Array, Array]:
        """Return points (E, 3, n) and u (E, n) of what the members left out, ``most`` of each."""
        first = np.arange(min(self.held_out, most))
        points, values = self.at(
            self._ordered(np.broadcast_to(first, (len(self.seeds), *first.shape)))
        )
        return points.swapaxes(0, 1), values

    def _ordered(self, positions: Index) -> Index:
        """Return which observations are at some positions (E, ...) of the members' orders."""
        flat = positions.reshape(len(self.seeds), -1)
        if self._orders is None:
            found = counter.permuted(self.size, self._split, flat)
        else:
            found = np.take_along_axis(self._orders, flat, axis=1)
        return found.reshape(positions.shape)

    def _inside(self, keys: counter.Bits, numbers: Index, count: int) -> Array:
        """Return points inside the movie, another set for each key and number, (E, S, 3, count)."""
        at = numbers[:, None] * _AXES + np.arange(_AXES)
        unit = counter.spread(_AXES, count, counter.bits(keys[:, None, None], at))
        time, along, *aside = np.moveaxis(unit, -2, 0)
        place = self.path[(along * len(self.path)).astype(np.int64)]
        x, y = (
            centre[place] + half * (2 * offset - 1)
            for centre, half, offset in zip(self.bins, self.half, aside, strict=True)
        )
        return np.stack([HALF_RANGE * (2 * time - 1), x, y], axis=-2)

    def _read(self, addresses: Index) -> Array:
        """Return densities by their place in the movie, read in the order in which they lie."""
        if self._orders is not None:
            return np.asarray(self.movie[addresses], dtype=np.float64)
        order = np.argsort(addresses, axis=None)
        values = np.empty(addresses.size)
        values[order] = self.movie[addresses.ravel()[order]]
        return values.reshape(addresses.shape)

    @cached_property
    def _split(self) -> counter.Bits:
        return _bits(self.seeds, "split", counter.ROUNDS)

    @cached_property
    def _keys(self) -> counter.Bits:
        return _bits(self.seeds, "batches", 3)

    @cached_property
    def _orders(self) -> Index | None:
        """The members' orders (E, N), where they are short enough to be kept."""
        if len(self.seeds) * self.size > KEPT:
            return None
        everyone = np.broadcast_to(np.arange(self.size), (len(self.seeds), self.size))
        return counter.permuted(self.size, self._split, everyone)


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
    mean, variance = _moments(density)
    hy, hx = density.spacing
    return Samples(
        movie=np.asarray(density.values).reshape(-1),
        scale=scales.density,
        t=scales.inputs("t", density.t),
        bins=np.stack([scales.inputs("x", density.x[column]), scales.inputs("y", density.y[row])]),
        half=(hx / 2 / scales.length, hy / 2 / scales.length),
        places=np.flatnonzero(seen),
        path=_path(row, column),
        held_out=round(validation * len(density.t) * len(row)),
        mean=mean / scales.density,
        variance=variance / scales.density**2,
        seeds=tuple(seeds),
    )


def _moments(density: Density) -> tuple[float, float]:
    """Return the mean and the variance of the observed densities."""
    mean = float(np.mean([frame.mean(dtype=np.float64) for frame in density.frames()]))
    return mean, float(
        np.mean([np.square(frame - mean, dtype=np.float64).mean() for frame in density.frames()])
    )


def _path(row: Index, column: Index) -> Index:
    """Return bins in Morton's order (1966), along which what is near stays near, mostly."""
    at = np.zeros(len(row), dtype=np.int64)
    for bit in range(24):
        at |= (row >> bit & 1) << (2 * bit + 1) | (column >> bit & 1) << (2 * bit)
    return np.argsort(at)


def _bits(seeds: Sequence[MemberSeed], purpose: Purpose, count: int) -> counter.Bits:
    """Return random bits of each member, (E, count)."""
    most = np.iinfo(np.uint64).max
    return np.stack(
        [
            generator(seed, purpose).integers(most, size=count, dtype=np.uint64, endpoint=True)
            for seed in seeds
        ]
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
        self._device, self._dtype = device, dtype
        numbers = len(samples.seeds) * 3 * (observations + collocation)
        self._steps = max(1, min(BLOCK, LARGEST_BLOCK // numbers))
        self._number = -1
        self._block: tuple[Tensor, Tensor]

    @cached_property
    def validation(self) -> tuple[Tensor, Tensor]:
        """Points (E, 3, n) and u (E, n) of observations that the members' training leaves out."""
        return self._tensors(*self._samples.validation())

    def at(self, step: int) -> tuple[Tensor, Tensor]:
        """Return the points (E, 3, N + C) and the observed u (E, N) of a step."""
        number, within = divmod(step, self._steps)
        if number != self._number:
            block = self._samples.block(number, *self._sizes, steps=self._steps)
            self._block = self._tensors(*block)
            self._number = number
        points, values = self._block
        return points[within], values[within]

    def draw(self, number: int, observations: int, collocation: int) -> tuple[Tensor, Tensor]:
        """Return one large batch: points (E, 3, n + C) and u (E, n); see :meth:`Samples.draw`."""
        return self._tensors(*self._samples.draw(number, observations, collocation))

    def _tensors(self, points: Array, values: Array) -> tuple[Tensor, Tensor]:
        return self._tensor(points), self._tensor(values)

    def _tensor(self, values: Array) -> Tensor:
        tensor = torch.as_tensor(values, dtype=self._dtype)
        if self._device.type != "cuda":
            return tensor.to(self._device)
        # From pinned memory the copy waits for nothing: what computes goes on computing.
        return tensor.pin_memory().to(self._device, non_blocking=True)
