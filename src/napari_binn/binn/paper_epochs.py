"""What an epoch of the paper's recipe consists of: see :mod:`napari_binn.binn.paper`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..density.model import Density
from . import data

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Recipe:
    """The numbers of the recipe; the paper reports a patience of 500, 1000 and 2000 epochs."""

    patience: int = 500
    epochs: int = 10_000
    batch: int = 38
    collocation: int = 100
    learning_rate: float = 1e-3
    validation: float = 0.2
    improvement: float = 0.05


class Epochs:
    """What each epoch consists of; the epoch in use is kept as tensors.

    Attributes
    ----------
    steps, validation_batches
        Number of batches of the training share, each a step, and of what was left out.
    """

    def __init__(
        self,
        density: Density,
        recipe: Recipe,
        seeds: Sequence[data.MemberSeed],
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        self._recipe, self._seeds, self._device, self._dtype = recipe, seeds, device, dtype
        self._points, self._values = _observations(density)
        self._field = _Field.of(density)
        count = len(self._values)
        held_out = max(1, round(recipe.validation * count))
        split = [data.generator(seed, "split").permutation(count) for seed in seeds]
        self._training = [order[held_out:] for order in split]
        left_out = np.stack([order[:held_out] for order in split])
        self._left_out = self._observed(left_out)
        self._bounds = _bounds(count - held_out, recipe.batch)
        self._left_out_bounds = _bounds(held_out, recipe.batch)
        self.steps, self.validation_batches = len(self._bounds), len(self._left_out_bounds)
        self._number = -1

    def at(self, step: int) -> tuple[Tensor, Tensor]:
        """Return the points (E, 3, N + C), t, x, y, and the observed u (E, N) of a step."""
        epoch, batch = divmod(step, self.steps)
        self._draw(epoch)
        (low, high), size = self._bounds[batch], self._recipe.collocation
        inside = self._inside[..., batch * size : (batch + 1) * size]
        points, values = self._shuffled
        return torch.cat([points[..., low:high], inside], dim=-1), values[:, low:high]

    def validation(self, epoch: int, first: int, last: int) -> tuple[Tensor, Tensor, Tensor]:
        """Return points, observed u and weights (N,) of some of the batches left out.

        The weights make the mean over the batches of their means.
        """
        self._draw(epoch)
        bounds, size = self._left_out_bounds[first:last], self._recipe.collocation
        low, high = bounds[0][0], bounds[-1][1]
        begin = (self.steps + first) * size
        inside = self._inside[..., begin : begin + len(bounds) * size]
        points, values = self._left_out
        share = [1 / (self.validation_batches * (stop - start)) for start, stop in bounds]
        weights = np.repeat(share, [stop - start for start, stop in bounds])
        return (
            torch.cat([points[..., low:high], inside], dim=-1),
            values[:, low:high],
            torch.tensor(weights, dtype=self._dtype, device=self._device),
        )

    def _draw(self, epoch: int) -> None:
        """Shuffle the observations and draw the collocation points of an epoch."""
        if epoch == self._number:
            return
        count = (self.steps + self.validation_batches) * self._recipe.collocation
        order, inside = [], []
        for training, seed in zip(self._training, self._seeds, strict=True):
            random = data.generator(seed, "batches", epoch)
            order.append(random.permutation(training))
            inside.append(self._field.draw(random, count))
        self._shuffled = self._observed(np.stack(order))
        self._inside = self._tensor(np.stack(inside))
        self._number = epoch

    def _observed(self, index: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        return self._tensor(self._points[:, index].swapaxes(0, 1)), self._tensor(
            self._values[index]
        )

    def _tensor(self, values: Array) -> Tensor:
        return torch.tensor(values, dtype=self._dtype, device=self._device)


@dataclass(frozen=True)
class _Field:
    """Where collocation points may lie: between ``low`` and ``high`` (3,) t, x, y.

    Where parts were not observed, which the paper does not treat, in the ``bins`` (2, B) that were,
    of half sides ``half``.
    """

    low: Array
    high: Array
    bins: Array | None
    half: tuple[float, float]

    @classmethod
    def of(cls, density: Density) -> _Field:
        axes = density.t, density.x, density.y
        row, column = np.nonzero(data.observed_bins(density))
        hy, hx = density.spacing
        return cls(
            low=np.array([axis[0] for axis in axes]),
            high=np.array([axis[-1] for axis in axes]),
            bins=None if density.mask is None else np.stack([density.x[column], density.y[row]]),
            half=(hx / 2, hy / 2),
        )

    def draw(self, random: np.random.Generator, count: int) -> Array:
        """Return uniformly random points, (3, count)."""
        points = random.uniform(self.low[:, None], self.high[:, None], (3, count))
        if self.bins is not None:
            chosen = self.bins[:, random.integers(self.bins.shape[1], size=count)]
            points[1:] = chosen + random.uniform(-1, 1, (2, count)) * np.reshape(self.half, (2, 1))
        return points


def _observations(density: Density) -> tuple[Array, Array]:
    """Return t, x, y (3, N) and u (N,) of every observed bin and frame."""
    row, column = np.nonzero(data.observed_bins(density))
    frames = len(density.t)
    bins = np.stack([density.x[column], density.y[row]])
    points = np.concatenate([np.repeat(density.t, len(row))[None], np.tile(bins, (1, frames))])
    return points, density.values[:, row, column].ravel() / density.scale


def _bounds(count: int, batch: int) -> list[tuple[int, int]]:
    """Return where the batches of an epoch begin and end: the last takes the rest."""
    starts = [batch * number for number in range(max(1, count // batch))]
    return list(pairwise([*starts, count]))
