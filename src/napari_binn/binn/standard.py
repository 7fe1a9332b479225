"""The standard recipe of training: SOAP over large batches until nothing more is learned.

The learning rate stays as it is until D and G, the members' medians, stop to change, or the misfit
of what was left out does, at most for the steps that the settings allow, and then falls to zero
along a cosine (a schedule without a length that has to be known beforehand: Hägele et al. 2024,
arXiv:2405.18392). Without noise that misfit falls to the end, and the curves decide; where the
movie is noisy D may go on moving for long, but with the noise that is learned. Batches are large
only while the rate falls, when their noise would otherwise stay in what is learned.

The whole state of a training is one value, :class:`TrainState`; a step makes a new one from it.
What is random in a step follows from the seed, the member and the number of the step, so that a
state that was saved goes on exactly as if nothing had happened, and a member of an ensemble is the
same as one trained alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from ..density.model import Density
from ..errors import UserError
from ..events import Notice, Report, silent
from ..settings import BinnSettings, NoiseChoice
from . import data, loss, networks, soap
from .memory import Chunks
from .output import network_curves
from .samples import Batches, sample
from .scatter import scatter_of
from .state import LOSS_COLUMNS, Array, Problem, TrainState, state_from_arrays

__all__ = [
    "checked",
    "finished",
    "init",
    "last_step",
    "prepare",
    "state_from_arrays",
    "step",
]

#: Until the learning rate falls a step sees one of so many parts of a batch, in turns: the
#: optimiser's means take out most of what the parts differ by, and small steps the rest.
PARTS = 3
RECORDS = 200
CHECK_EVERY = 50
#: Length of the learning rate's fall, as a share of the steps before it.
FALL = 0.4
#: Curves stand still if they change less, from one quarter of a training to the next, than this
#: share of the members' spread, and the misfit of what was left out if it falls by less than this
#: share of its standard error: what the data leave open need not be learned more precisely.
STILL = 0.2
#: Relative changes that are always small enough: of an ensemble, and of a single member.
SMALLEST, SMALL = 0.005, 0.02
#: Standard deviation of normal numbers, in units of their median distance from their median.
DEVIATION = 1.4826
FEWEST_CHECKS = 12
HISTORY_POINTS = 20
#: Share of the residual's weight at the first step, and the steps over which it rises.
LIGHTEST, RAMP = 0.1, 150
RESTARTS, SLOWER = 3, 0.3
# A member this much worse than a constant (its variance) and than at the last look has lost
# its way, though still finite.
LARGEST_MISFIT, TOLERATED = 2.0, 0.01


def prepare(
    density: Density,
    settings: BinnSettings,
    seed: int,
    device: str,
    members: Sequence[int] | None = None,
    noise: NoiseChoice = "auto",
    report: Report = silent,
) -> Problem:
    """Return what :func:`init` and :func:`step` need; see :func:`napari_binn.binn.train.train`."""
    if device == "mps" and settings.dtype == "float64":
        raise UserError(
            "The setting binn.dtype = float64 does not work on device mps: use float32 or cpu."
        )
    data.check(density)
    scales = data.Scales.of(density)
    chosen = range(settings.members) if members is None else members
    seeds = [(seed, member) for member in chosen]
    samples = sample(density, scales, settings.validation, seeds)
    place, dtype = torch.device(device), getattr(torch, settings.dtype)
    observations = min(settings.data_batch, samples.training)
    return Problem(
        density,
        settings,
        scales,
        samples,
        Batches(samples, -(-observations // PARTS), settings.collocation // PARTS, place, dtype),
        Batches(samples, observations, settings.collocation, place, dtype),
        scatter_of(density, noise, samples.mean, samples.variance),
        Chunks(len(seeds), report),
        place,
        dtype,
    )


def init(problem: Problem) -> TrainState:
    """Return the state before the first step."""
    width, mean = problem.settings.width, problem.samples.mean
    each = [
        networks.initial_parameters(data.generator(seed, "weights"), width, mean)
        for seed in problem.samples.seeds
    ]
    parameters = {name: problem.tensor(np.stack([p[name] for p in each])) for name in each[0]}
    terms, gradients = _gradients(problem, parameters, problem.parts, 0)
    return TrainState(
        step=0,
        parameters=parameters,
        moments={name: soap.init(gradient) for name, gradient in gradients.items()},
        misfit=terms.misfit,
        restarts=(0,) * len(each),
        pace=problem.tensor(np.ones(len(each))),
        losses=problem.tensor(np.empty((0, len(LOSS_COLUMNS)))),
        history=np.empty((0, 2, HISTORY_POINTS)),
    )


def step(problem: Problem, state: TrainState) -> TrainState:
    """Return the state after one more step of the optimiser; nothing waits for the device."""
    settings, done = problem.settings, state.step + 1
    share = _rate(problem, state)
    batches = problem.batches if share < 1.0 else problem.parts
    terms, gradients = _gradients(problem, state.parameters, batches, state.step)
    rate = state.pace * (-settings.learning_rate * share)
    parameters, moments = {}, {}
    for name, old in state.parameters.items():
        direction, moments[name] = soap.update(gradients[name], state.moments[name], state.step)
        parameters[name] = torch.addcmul(old, direction, rate.view(-1, *[1] * (old.ndim - 1)))
    losses = state.losses
    if done % max(1, settings.steps // RECORDS) == 0 or done == last_step(problem, state):
        row = [terms.misfit.mean(), terms.residual.mean(), _validation(problem, parameters)]
        row = [torch.full_like(row[0], done), *row]
        losses = torch.cat([losses, torch.stack(row)[None]])
    return replace(
        state, step=done, parameters=parameters, moments=moments, misfit=terms.misfit, losses=losses
    )


def finished(problem: Problem, state: TrainState) -> bool:
    """Return whether the last step is done."""
    return state.step >= last_step(problem, state)


def last_step(problem: Problem, state: TrainState) -> int:
    """Return the step that the training ends with, as far as one can tell."""
    falls = _falls(problem, state)
    return min(problem.settings.steps, falls + max(1, math.ceil(FALL * falls)))


def checked(problem: Problem, state: TrainState, good: TrainState, report: Report) -> TrainState:
    """Return the state if it is healthy, and whether its curves stand still looked at.

    Else return the last good one, the sick members slowed down: the others repeat their steps
    exactly.
    """
    limit = good.misfit.clamp_min(LARGEST_MISFIT * problem.samples.variance + TOLERATED)
    finite = [p.isfinite().flatten(1).all(1) for p in state.parameters.values()]
    healthy = torch.stack([*finite, state.misfit <= limit]).all(0).tolist()
    if all(healthy):
        return _looked_at(problem, state)
    sick = [not ok for ok in healthy]
    restarts = tuple(n + bad for n, bad in zip(good.restarts, sick, strict=True))
    if max(restarts) > RESTARTS:
        raise UserError(
            f"The training of the network diverged {RESTARTS + 1} times in spite of smaller steps: "
            f"lower binn.learning_rate (it is {problem.settings.learning_rate:g}) or set "
            "binn.dtype to float64."
        )
    report(
        Notice(
            f"The training of {sum(sick)} of {len(sick)} networks diverged before step "
            f"{state.step}: it goes on from step {good.step} with a learning rate "
            f"{1 / SLOWER:.1f} times smaller.",
            "warning",
        )
    )
    pace = problem.tensor(SLOWER ** np.array(restarts, dtype=np.float64))
    return replace(good, restarts=restarts, pace=pace)


def _falls(problem: Problem, state: TrainState) -> int:
    """Return the step at which the learning rate begins to fall."""
    latest = round(problem.settings.steps / (1 + FALL))
    return latest if state.settled is None else min(state.settled, latest)


def _rate(problem: Problem, state: TrainState) -> float:
    """Return the learning rate as a share of the first."""
    falls = _falls(problem, state)
    if state.step < falls:
        return 1.0
    done = (state.step - falls) / (last_step(problem, state) - falls)
    return 0.5 * (1 + math.cos(math.pi * done))


def _residual_weight(problem: Problem, number: int) -> float:
    """Return the weight of the residual at a step.

    It begins small: nothing satisfies the equation as well as u = 0 does, and a network that took
    this way out at first would not find back.
    """
    begun = min(1.0, number / RAMP)
    return float(problem.settings.residual_weight * LIGHTEST ** (1 - begun))


def _looked_at(problem: Problem, state: TrainState) -> TrainState:
    """Return the state with its curves in the history, settled if there is nothing to be gained."""
    if state.settled is not None or state.step % CHECK_EVERY:
        return state
    spread = 2 * problem.samples.variance**0.5
    low, high = max(problem.samples.mean - spread, 0.0), min(problem.samples.mean + spread, 1.0)
    curves = np.stack(network_curves(problem, state, np.linspace(low, high, HISTORY_POINTS)), 1)
    history = np.concatenate([state.history, np.median(curves, axis=0)[None]])
    still = len(history) >= FEWEST_CHECKS and (
        _stands_still(history, curves) or _misfit_stands_still(problem, state)
    )
    return replace(state, history=history, settled=state.step if still else None)


def _stands_still(history: Array, curves: Array) -> bool:
    """Return whether D and G have stopped to change.

    Parameters
    ----------
    history
        (R, 2, M) the members' median curves at even steps.
    curves
        (E, 2, M) each member's curves now.
    """
    quarter = len(history) // 4
    late, before = history[-quarter:].mean(0), history[-2 * quarter : -quarter].mean(0)
    size = np.maximum(np.linalg.norm(late, axis=-1), 1e-12)
    change = np.linalg.norm(late - before, axis=-1) / size
    allowed = np.full(2, SMALL)
    if len(curves) > 1:
        spread = DEVIATION * np.median(np.abs(curves - np.median(curves, axis=0)), axis=0)
        spread = np.linalg.norm(spread, axis=-1) / size
        allowed = np.maximum(STILL * spread, SMALLEST)
    return bool((change < allowed).all())


def _misfit_stands_still(problem: Problem, state: TrainState) -> bool:
    """Return whether the misfit of what was left out falls no longer, or too little to tell.

    A mean of n squared normal numbers has a relative standard error of sqrt(2 / n).
    """
    misfits = state.losses[:, LOSS_COLUMNS.index("validation")].cpu().numpy()
    count = min(problem.batches.validation[1].numel(), problem.samples.size)
    quarter = len(misfits) // 4
    if not (count and quarter):
        return False
    late, before = misfits[-quarter:].mean(), misfits[-2 * quarter : -quarter].mean()
    return bool(before - late < STILL * math.sqrt(2 / count) * before)


def _gradients(
    problem: Problem, parameters: networks.Parameters, batches: Batches, number: int
) -> tuple[loss.LossTerms, networks.Parameters]:
    """Return the loss terms of step ``number`` and the loss's gradient by each parameter."""
    points, observed = batches.at(number)

    def some(part: slice) -> tuple[loss.LossTerms, list[Tensor]]:
        leaves = {name: p[part].detach().requires_grad_() for name, p in parameters.items()}
        terms = loss.evaluate(leaves, points[part], observed[part], problem.scales, problem.scatter)
        total = terms.total(_residual_weight(problem, number))
        return terms.detached(), list(torch.autograd.grad(total, list(leaves.values())))

    parts = problem.chunks.run(some)
    if len(parts) == 1:
        ((terms, gradients),) = parts
    else:
        terms = loss.LossTerms.joined([terms for terms, _ in parts])
        gradients = [torch.cat(each) for each in zip(*(g for _, g in parts), strict=True)]
    return terms, dict(zip(parameters, gradients, strict=True))


@torch.no_grad()
def _validation(problem: Problem, parameters: networks.Parameters) -> Tensor:
    """Return the mean squared misfit of the observations that training left out."""
    points, observed = problem.batches.validation
    return (networks.surface(parameters, points) - observed).square().mean()
