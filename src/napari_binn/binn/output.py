"""What a trained ensemble says, in the user's units."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from . import networks
from .result import BinnResult
from .state import LOSS_COLUMNS, ProblemLike, StateLike

Array = NDArray[np.float64]
#: Points at once on a CPU, whose cache should hold them, and times members on a GPU.
CHUNK, LARGE_CHUNK = 1 << 11, 1 << 20
#: Values of a surface that are computed, and of one that is only looked at; fewest frames of it.
SURFACE, PREVIEW, FRAMES = 1 << 22, 200_000, 16


def finish(problem: ProblemLike, state: StateLike) -> BinnResult:
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


def curves(problem: ProblemLike, state: StateLike, u: Array) -> tuple[Array, Array]:
    """Return D [length²/time] and G [1/time] of each member on a grid of u, (E, M) each."""
    D, G = network_curves(problem, state, u)
    return D * problem.scales.physical_D, G * problem.scales.physical_G


@torch.no_grad()
def network_curves(problem: ProblemLike, state: StateLike, u: Array) -> tuple[Array, Array]:
    """Return what the networks give for D and G on a grid of u, without units, (E, M) each."""
    at = problem.tensor(u).expand(networks.members(state.parameters), -1)
    D, _, G = networks.terms(state.parameters, at)
    return D.cpu().double().numpy(), G.cpu().double().numpy()


def surface(problem: ProblemLike, state: StateLike, most: int = SURFACE) -> Array:
    """Return the members' mean density at every bin and frame, (T, Y, X) [density unit].

    Parameters
    ----------
    most
        About so many values are computed; a movie that has more is interpolated linearly between
        them, in time and in space, so that the cost does not grow with the movie.
    """
    density = problem.density
    axes = (density.t, density.y, density.x)
    if density.values.size <= most:
        return _evaluated(problem, state, *axes)
    frames, height, width = density.shape
    few = max(frames * (most / density.values.size) ** (1 / 3), min(frames, FRAMES))
    share = (most / (few * height * width)) ** 0.5
    wanted = (few, height * share, width * share)
    knots = [_evenly(axis, count) for axis, count in zip(axes, wanted, strict=True)]
    t, y, x = (_interpolation(axis, some) for axis, some in zip(axes, knots, strict=True))
    return np.asarray(np.tensordot(t, y @ _evaluated(problem, state, *knots) @ x.T, axes=1))


def preview(problem: ProblemLike, state: StateLike) -> Array:
    """Return :func:`surface` to look at while the training goes on."""
    return surface(problem, state, PREVIEW)


@torch.no_grad()
def _evaluated(problem: ProblemLike, state: StateLike, t: Array, y: Array, x: Array) -> Array:
    """Return the members' mean density on a grid of times and places, (T, Y, X)."""
    scales, members = problem.scales, networks.members(state.parameters)
    t, y, x = scales.inputs("t", t), scales.inputs("y", y), scales.inputs("x", x)
    values = np.empty(len(t) * len(y) * len(x))
    chunk = CHUNK if problem.device.type == "cpu" else max(CHUNK, LARGE_CHUNK // members)
    for first in range(0, len(values), chunk):
        part = slice(first, min(first + chunk, len(values)))
        rest, column = np.divmod(np.arange(part.start, part.stop), len(x))
        frame, row = np.divmod(rest, len(y))
        points = problem.tensor(np.stack([t[frame], x[column], y[row]]))
        u = networks.surface(state.parameters, points.expand(members, -1, -1)).mean(0)
        values[part] = u.cpu().numpy()
    values *= scales.density
    return values.reshape(len(t), len(y), len(x))


def _evenly(axis: Array, wanted: float) -> Array:
    """Return about so many points of an axis, both ends among them."""
    count = min(len(axis), max(2, round(wanted)))
    return axis[np.round(np.linspace(0, len(axis) - 1, count)).astype(np.intp)]


def _interpolation(axis: Array, knots: Array) -> Array:
    """Return the matrix (n, m) that interpolates linearly from m knots to the n points."""
    return np.stack([np.interp(axis, knots, hat) for hat in np.eye(len(knots))], axis=1)


def joined(results: Sequence[BinnResult]) -> BinnResult:
    """Return the results of parts of an ensemble, trained one after the other, as one."""
    share = np.array([result.members for result in results], dtype=np.float64)
    share /= share.sum()
    first = results[0]

    def mean(each: Iterable[Array]) -> Array:
        return np.asarray(sum(part * values for part, values in zip(share, each, strict=True)))

    return replace(
        first,
        D=np.concatenate([result.D for result in results]),
        G=np.concatenate([result.G for result in results]),
        surface=mean(result.surface for result in results),
        losses={key: mean(result.losses[key] for result in results) for key in first.losses},
        seconds=sum(result.seconds for result in results),
        weights={
            key: np.concatenate([result.weights[key] for result in results])
            for key in first.weights
        },
    )


def weights(problem: ProblemLike, state: StateLike) -> dict[str, NDArray[np.float32] | Array]:
    """Return all that is needed to evaluate the networks elsewhere, members first.

    "u.0.weight" (E, W, 3), "u.0.bias" (E, W), …, "D.0.weight", "G.0.weight", …, and the scales:
    inputs of u are ((t, x, y) - "centre") / "units", its output times "density"; the input of D
    and G is 6 u - 3, their outputs times "D.scale" [length²/time] and "G.scale" [1/time].
    """
    members, scales = networks.members(state.parameters), problem.scales
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
