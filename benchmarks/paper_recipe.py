"""The paper's recipe, written plainly: the baseline that the engine is measured against.

Lavery et al. 2026 (arXiv:2604.18548): u is 3-64-64-64-1, D and G are 1-4-4-4-1, SiLU, softplus
output for u and D, linear for G, scaled by 1 and 2; mean squared misfit plus mean squared residual,
weights 1 : 1; Adam with learning rate 1e-3, batches of 38 observations and 100 uniformly random
collocation points a step; 80 % of the points train; after every epoch a validation loss that
includes the residual, and a patience of 500 epochs for an improvement above 5 %.

Written as one would for a single network: every derivative by automatic differentiation of the
networks, members one after the other. It is meant to be a good implementation of that: float32,
which is a third faster here than float64; PyTorch's fused Adam; the divergence expanded, which
saves a pass over D; the validation in one batch; one number read from a tensor in an epoch.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from napari_binn.density.model import Density

Array = NDArray[np.float64]
BATCH, COLLOCATION, LEARNING_RATE = 38, 100, 1e-3
IMPROVEMENT, EPOCHS = 0.05, 10_000
GRID = np.linspace(0.0, 1.0, 201)


def mlp(seed: int, *sizes: int) -> nn.Sequential:
    """Return fully connected layers of these sizes with SiLU between them."""
    torch.manual_seed(seed)
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), nn.SiLU()]
    return nn.Sequential(*layers[:-1])


class PaperBinn(nn.Module):
    """One member: u(x, y, t), D(u) and G(u)."""

    def __init__(self, scale_D: float = 1.0) -> None:
        super().__init__()
        self._scale_D = scale_D
        # Every member starts from these weights.
        self.u, self.D, self.G = (
            mlp(0, 3, 64, 64, 64, 1),
            mlp(1, 1, 4, 4, 4, 1),
            mlp(2, 1, 4, 4, 4, 1),
        )

    def surface(self, points: Tensor) -> Tensor:
        u: Tensor = nn.functional.softplus(self.u(points))
        return u

    def diffusivity(self, u: Tensor) -> Tensor:
        D: Tensor = self._scale_D * nn.functional.softplus(self.D(u))
        return D

    def growth(self, u: Tensor) -> Tensor:
        G: Tensor = 2.0 * self.G(u)
        return G

    def residual(self, points: Tensor) -> Tensor:
        """Return u_t - D'(u) |grad u|² - D(u) lap u - G(u) u, by automatic differentiation."""
        points = points.detach().requires_grad_()
        u = self.surface(points)
        slope = _gradient(u, points)
        along_x = _gradient(slope[:, 0:1], points)[:, 0:1]
        along_y = _gradient(slope[:, 1:2], points)[:, 1:2]
        D = self.diffusivity(u)
        squared = slope[:, :2].square().sum(1, keepdim=True)
        spread = _gradient(D, u) * squared + D * (along_x + along_y)
        return slope[:, 2:3] - spread - self.growth(u) * u

    @torch.no_grad()
    def curves(self) -> tuple[Array, Array]:
        """Return D [mm²/day] and G [1/day] on ``GRID``."""
        at = torch.as_tensor(GRID, dtype=torch.float32)[:, None]
        return self.diffusivity(at)[:, 0].double().numpy(), self.growth(at)[:, 0].double().numpy()


def _gradient(values: Tensor, by: Tensor) -> Tensor:
    (gradient,) = torch.autograd.grad(values.sum(), by, create_graph=True)
    return gradient


@dataclass(frozen=True)
class PaperResult:
    """One member.

    Attributes
    ----------
    D, G
        Curves on ``GRID`` of the weights with the best validation loss.
    steps, seconds
        What it took, without what was spent on watching.
    stopped
        Seconds after which the patience ended; None if it did not.
    """

    D: Array
    G: Array
    steps: int
    seconds: float
    stopped: float | None


#: Given the seconds so far and the curves D and G after each epoch; true ends the training.
Watch = Callable[[float, Array, Array], bool]


def train(
    density: Density,
    member: int = 0,
    *,
    patience: int | None = 500,
    seconds: float = np.inf,
    watch: Watch | None = None,
    scale_D: float = 1.0,
    clock: Callable[[], float] = time.process_time,
) -> PaperResult:
    """Train one member until its early stopping, for ``seconds`` or until ``watch`` ends it.

    Without ``patience`` it goes on after the early stopping, of which it keeps the time. The
    paper's ``scale_D``, 1 mm²/day, lets D start some 70 times too large where it is 0.01.
    """
    model = PaperBinn(scale_D)
    data = _Data(density, member)
    optimiser = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE, fused=True)
    begin, steps, stopped = clock(), 0, None
    best_loss, improved, best = np.inf, 0, model.curves()
    limit = 500 if patience is None else patience
    for epoch in range(EPOCHS):
        for points, u in data.batches():
            optimiser.zero_grad()
            torch.autograd.backward(loss(model, points, u, data.collocation(COLLOCATION)))
            optimiser.step()
            steps += 1
        points, u = data.left_out
        inside = data.collocation(COLLOCATION * (len(u) // BATCH))
        validation = float(loss(model, points, u, inside).detach())
        paused = clock()
        if validation < (1 - IMPROVEMENT) * best_loss:
            best_loss, improved, best = validation, epoch, model.curves()
        if stopped is None and epoch + 1 - improved >= limit:
            stopped = paused - begin
        ended = watch is not None and watch(paused - begin, *model.curves())
        begin += clock() - paused
        if ended or clock() - begin > seconds or (patience is not None and stopped is not None):
            break
    return PaperResult(*best, steps, clock() - begin, stopped)


def loss(model: PaperBinn, points: Tensor, u: Tensor, inside: Tensor) -> Tensor:
    misfit = (model.surface(points)[:, 0] - u).square().mean()
    return misfit + model.residual(inside).square().mean()


class _Data:
    """The observations of a movie as x, y, t in its own units, and u: split, shuffled, batched."""

    def __init__(self, density: Density, member: int) -> None:
        t, y, x = np.meshgrid(density.t, density.y, density.x, indexing="ij")
        points = np.stack([x.ravel(), y.ravel(), t.ravel()], axis=-1)
        self._points = torch.as_tensor(points, dtype=torch.float32)
        self._u = torch.as_tensor(density.values.ravel() / density.scale, dtype=torch.float32)
        self._low, self._high = self._points.min(0).values, self._points.max(0).values
        self._random = torch.Generator().manual_seed(member)
        order = torch.randperm(len(points), generator=self._random)
        held_out = round(len(points) / 5)
        self.left_out = self._points[order[:held_out]], self._u[order[:held_out]]
        self._training = order[held_out:]

    def batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield all training observations in a new order."""
        order = torch.randperm(len(self._training), generator=self._random)
        shuffled = self._training[order]
        points, u = self._points[shuffled], self._u[shuffled]
        last = BATCH * (len(u) // BATCH - 1)
        for first in range(0, last + 1, BATCH):
            chosen = slice(first, first + BATCH if first < last else None)
            yield points[chosen], u[chosen]

    def collocation(self, count: int) -> Tensor:
        """Return uniformly random points inside the movie."""
        return self._low + (self._high - self._low) * torch.rand(count, 3, generator=self._random)
