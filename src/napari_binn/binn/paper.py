"""The paper's own recipe of training, for those who reproduce it, run by this package's engine.

Lavery, Cochrane, Olesen, Tadele, Nardini, Hamis 2026 (arXiv:2604.18548 and the code published with
it): u is 3-64-64-64-1, D and G are 1-4-4-4-1 with u itself as input; SiLU, softplus output for u
and D; the outputs of D and G are multiples of 1 mm²/day and 2 /day. Inputs are plain mm and days
and u the density by its maximum, so the residual is per day. Members start from the same weights
and differ by what they leave out.

    loss = mean (u - observed)² + mean r²,     r = u_t - div(D grad u) - G u

An epoch passes once over the training share, shuffled, in batches of 38 (the last takes the rest);
each step draws 100 collocation points between the outermost bin centres and the first and last
frame, and is one of Adam. The validation loss, residual included, is computed after every epoch,
with as many fresh collocation points per batch. Only an improvement by more than 5 % counts: it
keeps the weights. A member without one for ``patience`` epochs has stopped.

As in :mod:`napari_binn.binn.train` a training is a value, made by :func:`init` and :func:`step`,
and what is random follows from the seed, the member and the epoch. Members train together as one
batched model, derivatives in closed form; those that have stopped stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..density.model import Density
from ..errors import UserError
from ..events import Report
from . import data, loss, networks
from .paper_epochs import Epochs, Recipe
from .state import Arrays

Array = NDArray[np.float64]
WIDTH, TERM_WIDTH = 64, networks.TERM_WIDTH
UNITS = ("mm", "day")
SCALE_D, SCALE_G = 1.0, 2.0
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
RECORD_EVERY = 10
TENSORS = ("weights", "mean", "square", "best", "sums", "latest", "losses")
VALIDATED_TOGETHER = 16

SHAPES = {
    "u.first": (WIDTH, 4),
    "u.hidden": (2, WIDTH, WIDTH + 1),
    "u.last": (1, WIDTH + 1),
    "terms.first": (2, TERM_WIDTH, 2),
    "terms.hidden": (2, 2, TERM_WIDTH, TERM_WIDTH + 1),
    "terms.last": (2, 1, TERM_WIDTH + 1),
}
SIZES = [int(np.prod(shape)) for shape in SHAPES.values()]


@dataclass(frozen=True)
class Problem:
    """What is trained on what: everything that stays the same from step to step.

    ``scales`` say that inputs and outputs of the networks are in the paper's units already.
    """

    density: Density
    recipe: Recipe
    scales: data.Scales
    seeds: tuple[data.MemberSeed, ...]
    epochs: Epochs
    device: torch.device
    dtype: torch.dtype

    def tensor(self, values: NDArray[np.generic]) -> Tensor:
        """Return an array as a tensor where and how the training computes."""
        return torch.tensor(values, dtype=self.dtype, device=self.device)

    @property
    def steps(self) -> int:
        """The largest number of steps; most trainings stop long before."""
        return self.recipe.epochs * self.epochs.steps


@dataclass(frozen=True)
class State:
    """A training after ``step`` steps; P is the number of a member's weights.

    Attributes
    ----------
    weights, mean, square
        (E, P) weights, and Adam's running means of the gradient and of its square.
    best, best_loss, improved
        (E, P) weights with the best validation loss, that loss, and the number of the epoch, from
        0, that they came from.
    sums
        (E, 2) misfit and mean squared residual summed over the steps of this epoch.
    latest
        (E, 3) data, residual and validation loss of each member's last epoch.
    losses
        (R, 4) step, data, residual and validation loss so far, means over the members.
    seconds
        Time spent.
    """

    step: int
    weights: Tensor
    mean: Tensor
    square: Tensor
    best: Tensor
    best_loss: tuple[float, ...]
    improved: tuple[int, ...]
    sums: Tensor
    latest: Tensor
    losses: Tensor
    seconds: float = 0.0

    @property
    def parameters(self) -> networks.Parameters:
        """What the training gives if it ends now: the best weights so far."""
        return to_networks(self.best)

    def to_arrays(self) -> Arrays:
        """Return the state as named arrays, to be stored."""
        return {field.name: _array(getattr(self, field.name)) for field in fields(self)}


def prepare(
    density: Density,
    seed: int,
    device: str,
    dtype: str = "float32",
    members: Sequence[int] = range(5),
    recipe: Recipe | None = None,
) -> Problem:
    """Return what :func:`init` and :func:`step` need.

    Raises
    ------
    UserError
        If the density cannot be learned from, or is not in mm and days.
    """
    data.check(density)
    if (density.length_unit, density.time_unit) != UNITS:
        raise UserError(
            "The paper's recipe is made for mm and days, and this movie is in "
            f"{density.length_unit} and {density.time_unit}: state its pixel size and the times of "
            "its frames, or set binn.recipe to standard."
        )
    recipe = Recipe() if recipe is None else recipe
    seeds = tuple((seed, member) for member in members)
    place, kind = torch.device(device), getattr(torch, dtype)
    scales = data.Scales((0.0, 0.0, 0.0), 1.0, 1.0, density.scale, SCALE_D, SCALE_G)
    epochs = Epochs(density, recipe, seeds, place, kind)
    return Problem(density, recipe, scales, seeds, epochs, place, kind)


def init(problem: Problem) -> State:
    """Return the state before the first step."""
    members = len(problem.seeds)
    weights = problem.tensor(initial_weights()).repeat(members, 1)
    zeros = torch.zeros_like(weights)
    return State(
        step=0,
        weights=weights,
        mean=zeros,
        square=zeros,
        best=weights,
        best_loss=(np.inf,) * members,
        improved=(0,) * members,
        sums=weights.new_zeros(members, 2),
        latest=weights.new_full((members, 3), torch.nan),
        losses=weights.new_empty(0, 4),
    )


def step(problem: Problem, state: State) -> State:
    """Return the state after one more step of Adam and, at the end of an epoch, its validation."""
    recipe, done, active = problem.recipe, state.step + 1, _active(problem, state)
    points, observed = problem.epochs.at(state.step)
    leaf = state.weights[active].detach().requires_grad_()
    squares, residual = evaluate(leaf, points[active], observed[active], problem.scales)
    misfit = squares.mean(-1)
    (gradient,) = torch.autograd.grad((misfit + residual).sum(), leaf)
    mean = torch.lerp(state.mean[active], gradient, 1 - BETA1)
    square = torch.lerp(state.square[active], gradient * gradient, 1 - BETA2)
    scale = (square / (1 - BETA2**done)).sqrt_().add_(EPSILON)
    rate = recipe.learning_rate / (1 - BETA1**done)
    weights = torch.addcdiv(leaf.detach(), mean, scale, value=-rate)
    sums = state.sums[active] + torch.stack([misfit, residual], dim=-1).detach()
    state = replace(
        state,
        step=done,
        weights=_put(state.weights, active, weights),
        mean=_put(state.mean, active, mean),
        square=_put(state.square, active, square),
        sums=_put(state.sums, active, sums),
    )
    return _validated(problem, state, active) if done % problem.epochs.steps == 0 else state


def finished(problem: Problem, state: State) -> bool:
    """Return whether every member has stopped."""
    return state.step >= problem.steps or all(stopped(problem, state))


def last_step(problem: Problem, state: State) -> int:
    """Return the step that the training ends with if no member improves any more."""
    epochs = max(state.improved) + problem.recipe.patience
    return min(epochs * problem.epochs.steps, problem.steps)


def checked(problem: Problem, state: State, good: State, report: Report) -> State:
    """Return the state: the recipe knows no second attempt, a member that diverged just stops."""
    return state


def stopped(problem: Problem, state: State) -> tuple[bool, ...]:
    """Return which members have stopped for want of improvement."""
    epoch = state.step // problem.epochs.steps
    return tuple(epoch - last >= problem.recipe.patience for last in state.improved)


def evaluate(
    weights: Tensor, points: Tensor, observed: Tensor, scales: data.Scales
) -> tuple[Tensor, Tensor]:
    """Return (u - observed)², (E, N), and the mean squared residual, (E,), of weights (E, P).

    ``points`` are where u was observed, then the collocation points, (E, 3, N + C).
    """
    parameters = to_networks(weights)
    collocation = points.shape[-1] - observed.shape[-1]
    u, jet = networks.surface_jet(parameters, points, collocation)
    per_day = loss.residual(parameters, jet, scales) / (2 * data.HALF_RANGE)
    return (u - observed).square(), per_day.square().mean(-1)


def to_networks(weights: Tensor) -> networks.Parameters:
    """Return weights (E, P) as :mod:`napari_binn.binn.networks` takes them.

    There, D and G take 6 u - 3 as input: w u + b = (w / 6) (6 u - 3) + (b + w / 2).
    """
    parts = weights.split_with_sizes(SIZES, dim=-1)
    parameters = {
        name: part.view(-1, *shape)
        for part, (name, shape) in zip(parts, SHAPES.items(), strict=True)
    }
    w, b = parameters["terms.first"].unbind(-1)
    parameters["terms.first"] = torch.stack([w / 6, b + w / 2], dim=-1)
    return parameters


def initial_weights() -> Array:
    """Return the weights (P,) that every member starts from.

    They are those of the published code: PyTorch's own for linear layers, seed 0 for u (whose
    inputs it takes in the order x, y, t), 1 for D and 2 for G.
    """
    with torch.random.fork_rng(devices=[]):
        u = _layers(0, 3, WIDTH, WIDTH, WIDTH, 1)
        D = _layers(1, 1, TERM_WIDTH, TERM_WIDTH, TERM_WIDTH, 1)
        G = _layers(2, 1, TERM_WIDTH, TERM_WIDTH, TERM_WIDTH, 1)
    u[0] = u[0][:, [2, 0, 1, 3]]
    terms = [np.stack(pair) for pair in zip(D, G, strict=True)]
    stacks = [u[0], np.stack(u[1:3]), u[3], terms[0], np.stack(terms[1:3]), terms[3]]
    return np.concatenate([stack.ravel() for stack in stacks])


def _layers(seed: int, *sizes: int) -> list[Array]:
    """Return the matrices of new linear layers, the bias as the last column."""
    torch.manual_seed(seed)
    layers = [nn.Linear(*pair, device="cpu", dtype=torch.float32) for pair in pairwise(sizes)]
    joined = [torch.cat([layer.weight, layer.bias[:, None]], dim=1) for layer in layers]
    return [matrix.detach().double().numpy() for matrix in joined]


def _active(problem: Problem, state: State) -> Tensor | slice:
    """Return which members still train, as an index."""
    ended = stopped(problem, state)
    if not any(ended):
        return slice(None)
    return torch.tensor([i for i, end in enumerate(ended) if not end], device=problem.device)


def _put(old: Tensor, active: Tensor | slice, new: Tensor) -> Tensor:
    return new if isinstance(active, slice) else old.index_copy(0, active, new)


def _validated(problem: Problem, state: State, active: Tensor | slice) -> State:
    """Return the state with the best weights kept and the losses of the epoch recorded."""
    epoch = state.step // problem.epochs.steps
    validation = _validation(problem, state.weights[active], epoch - 1, active)
    means = state.sums[active] / problem.epochs.steps
    latest = _put(state.latest, active, torch.cat([means, validation[:, None]], dim=-1))
    best_loss, improved = list(state.best_loss), list(state.improved)
    better = []
    for member, value in enumerate(latest[:, 2].tolist()):
        # A member that has stopped still has the value that was no improvement.
        better.append(value < best_loss[member] * (1 - problem.recipe.improvement))
        if better[-1]:
            best_loss[member], improved[member] = value, epoch - 1
    kept = torch.tensor(better, device=problem.device)[:, None]
    state = replace(
        state,
        best=torch.where(kept, state.weights, state.best),
        best_loss=tuple(best_loss),
        improved=tuple(improved),
        sums=torch.zeros_like(state.sums),
        latest=latest,
    )
    if epoch == 1 or epoch % RECORD_EVERY == 0 or finished(problem, state):
        row = torch.cat([latest.new_full((1,), state.step), latest.mean(0)])
        state = replace(state, losses=torch.cat([state.losses, row[None]]))
    return state


@torch.no_grad()
def _validation(problem: Problem, weights: Tensor, epoch: int, active: Tensor | slice) -> Tensor:
    """Return the validation loss of the active members."""
    total, count = torch.zeros_like(weights[:, 0]), problem.epochs.validation_batches
    for first in range(0, count, VALIDATED_TOGETHER):
        last = min(first + VALIDATED_TOGETHER, count)
        points, observed, share = problem.epochs.validation(epoch, first, last)
        squares, residual = evaluate(weights, points[active], observed[active], problem.scales)
        total = total + (squares * share).sum(-1) + residual * ((last - first) / count)
    return total


def _array(value: Tensor | float | tuple[float, ...]) -> NDArray[np.generic]:
    return value.cpu().numpy() if isinstance(value, Tensor) else np.array(value)


def state_from_arrays(problem: Problem, arrays: Mapping[str, NDArray[np.generic]]) -> State:
    """Return the state that :meth:`State.to_arrays` stored."""
    return State(
        step=int(arrays["step"]),
        best_loss=tuple(arrays["best_loss"].tolist()),
        improved=tuple(arrays["improved"].tolist()),
        seconds=float(arrays["seconds"]),
        **{name: problem.tensor(arrays[name]) for name in TENSORS},
    )
