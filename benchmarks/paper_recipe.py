"""The training recipe of the paper, for comparison: nested automatic differentiation and Adam.

Lavery et al. 2026 (arXiv:2604.18548): u is 3-64-64-64-1, D and G are 1-4-4-4-1, SiLU, softplus
output for u and D, linear for G, scaled by 1 and 2; mean squared misfit plus mean squared residual,
weights 1 : 1; Adam with learning rate 1e-3, batches of 38 observations and 100 uniformly random
collocation points a step; 80 % of the points train. The paper's early stopping is left out: it does
not change what a step costs.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from napari_binn.density.model import Density

Array = NDArray[np.float64]
BATCH, COLLOCATION, LEARNING_RATE = 38, 100, 1e-3


def mlp(*sizes: int) -> nn.Sequential:
    """Return fully connected layers of these sizes with SiLU between them."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), nn.SiLU()]
    return nn.Sequential(*layers[:-1])


class PaperBinn(nn.Module):
    """One member: u(t, x, y), D(u) and G(u)."""

    def __init__(self) -> None:
        super().__init__()
        self.u, self.D, self.G = mlp(3, 64, 64, 64, 1), mlp(1, 4, 4, 4, 1), mlp(1, 4, 4, 4, 1)

    def surface(self, points: Tensor) -> Tensor:
        u: Tensor = nn.functional.softplus(self.u(points))
        return u

    def diffusivity(self, u: Tensor) -> Tensor:
        D: Tensor = nn.functional.softplus(self.D(u))
        return D

    def growth(self, u: Tensor) -> Tensor:
        G: Tensor = 2.0 * self.G(u)
        return G

    def residual(self, points: Tensor) -> Tensor:
        """Return u_t - div(D grad u) - G u, every derivative by automatic differentiation."""
        points = points.detach().requires_grad_()
        u = self.surface(points)
        slope = _gradient(u, points)
        D = self.diffusivity(u)
        flux_x, flux_y = D * slope[:, 1:2], D * slope[:, 2:3]
        divergence = _gradient(flux_x, points)[:, 1:2] + _gradient(flux_y, points)[:, 2:3]
        return slope[:, 0:1] - divergence - self.growth(u) * u


def _gradient(values: Tensor, points: Tensor) -> Tensor:
    (gradient,) = torch.autograd.grad(values.sum(), points, create_graph=True)
    return gradient


@dataclass(frozen=True)
class PaperResult:
    """Curves of one member after a fixed time or number of steps."""

    u: Array
    D: Array
    G: Array
    steps: int
    seconds: float
    misfit: float


def train(density: Density, seed: int, steps: int, seconds: float = np.inf) -> PaperResult:
    """Train one member for ``steps`` steps or ``seconds`` seconds, whichever ends first."""
    torch.manual_seed(seed)
    points, u = _observations(density)
    order = torch.randperm(len(points))
    points, u = points[order], u[order]
    held_out = len(points) // 5
    training = len(points) - held_out
    low, high = points.min(0).values, points.max(0).values
    model = PaperBinn()
    optimiser = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    begin, done = time.perf_counter(), 0
    while done < steps and time.perf_counter() - begin < seconds:
        batch = torch.randint(training, (BATCH,))
        misfit = (model.surface(points[batch])[:, 0] - u[batch]).square().mean()
        inside = low + (high - low) * torch.rand(COLLOCATION, 3)
        loss = misfit + model.residual(inside).square().mean()
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        done += 1
    elapsed = time.perf_counter() - begin
    grid = np.linspace(0.0, 1.0, 201)
    with torch.no_grad():
        at = torch.as_tensor(grid, dtype=torch.float32)[:, None]
        D, G = model.diffusivity(at)[:, 0], model.growth(at)[:, 0]
        left_out = (model.surface(points[training:])[:, 0] - u[training:]).square().mean()
    return PaperResult(grid, D.double().numpy(), G.double().numpy(), done, elapsed, float(left_out))


def _observations(density: Density) -> tuple[Tensor, Tensor]:
    """Return the points (N, 3) t, x, y in the movie's own units and u = density / its maximum."""
    t, y, x = np.meshgrid(density.t - density.t[0], density.y, density.x, indexing="ij")
    points = np.stack([t.ravel(), x.ravel(), y.ravel()], axis=-1)
    u = density.values.ravel() / density.scale
    return torch.as_tensor(points, dtype=torch.float32), torch.as_tensor(u, dtype=torch.float32)
