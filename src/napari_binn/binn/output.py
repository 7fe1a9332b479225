"""What a trained ensemble says, in the user's units."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from . import networks
from .result import BinnResult
from .state import LOSS_COLUMNS, Problem, TrainState

Array = NDArray[np.float64]
CHUNK = 1 << 11


def finish(problem: Problem, state: TrainState) -> BinnResult:
    """Return the curves, the surface and the weights of a state."""
    u = np.linspace(0.0, 1.0, 201)
    D, G = curves(problem, state, u)
    losses = state.losses.cpu().double().numpy()
    return BinnResult(
        u=u,
        D=D,
        G=G,
        surface=surface(problem, state),
        losses=dict(zip(LOSS_COLUMNS, losses.T.copy(), strict=True)),
        steps=state.step,
        seconds=state.seconds,
        device=str(problem.device),
        weights=weights(problem, state),
    )


@torch.no_grad()
def curves(problem: Problem, state: TrainState, u: Array) -> tuple[Array, Array]:
    """Return D [length²/time] and G [1/time] of each member on a grid of u, (E, M) each."""
    members = len(state.restarts)
    D, _, G = networks.terms(state.parameters, problem.tensor(u).expand(members, -1))
    scales = problem.scales
    return (
        D.cpu().double().numpy() * scales.physical_D,
        G.cpu().double().numpy() * scales.physical_G,
    )


@torch.no_grad()
def surface(problem: Problem, state: TrainState) -> Array:
    """Return the members' mean density at every bin and frame, (T, Y, X) [density unit]."""
    density, scales = problem.density, problem.scales
    t, x, y = (scales.inputs(axis, getattr(density, axis)) for axis in ("t", "x", "y"))
    grid = np.stack(np.broadcast_arrays(t[:, None, None], x, y[:, None])).reshape(3, -1)
    members = len(state.restarts)
    parts = [
        networks.surface(state.parameters, problem.tensor(part).expand(members, -1, -1)).mean(0)
        for part in np.split(grid, range(CHUNK, grid.shape[1], CHUNK), axis=1)
    ]
    u = torch.cat(parts).cpu().double().numpy()
    return np.asarray(u.reshape(density.shape) * scales.density)


def weights(problem: Problem, state: TrainState) -> dict[str, NDArray[np.float32] | Array]:
    """Return all that is needed to evaluate the networks elsewhere, members first.

    "u.0.weight" (E, W, 3), "u.0.bias" (E, W), …, "D.0.weight", "G.0.weight", …, and the scales:
    inputs of u are ((t, x, y) - "centre") / "units", its output times "density"; the input of D
    and G is 6 u - 3, their outputs times "D.scale" [length²/time] and "G.scale" [1/time].
    """
    members, scales = len(state.restarts), problem.scales
    constants = {
        "centre": scales.centre,
        "units": scales.units,
        "density": scales.density,
        "D.scale": scales.physical_D,
        "G.scale": scales.physical_G,
    }
    exported: dict[str, NDArray[np.float32] | Array] = {}
    for name, values in networks.by_layer(state.parameters).items():
        exported[name] = values.cpu().numpy().copy()
    for name, constant in constants.items():
        exported[name] = np.stack([np.asarray(constant, dtype=np.float64)] * members)
    return exported
