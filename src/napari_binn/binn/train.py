"""Train the ensemble: ``init``, ``step`` until done, ``finish``.

The whole state of a training is one value, :class:`TrainState`; a step makes a new one from it.
What is random in a step follows from the seed, the member and the number of the step, so that a
state that was saved goes on exactly as if nothing had happened, and a member of an ensemble is the
same as one trained alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..density.model import Density
from ..errors import UserError
from ..events import Curves, Losses, Notice, Progress, Report, silent
from ..settings import BinnSettings
from . import data, loss, networks, soap
from .output import curves, finish, surface
from .result import BinnResult
from .state import LOSS_COLUMNS, Problem, TrainState, state_from_arrays

RECORDS = 200
CHECK_EVERY = 50
REPORT_INTERVAL = 0.1
RESTARTS, SLOWER = 3, 0.3
# A member this much worse than a constant (its variance) has lost its way, though still finite.
LARGEST_MISFIT, TOLERATED = 2.0, 0.01
WORK_OF_A_THREAD = 1_000_000
MANY_BINS, WIDER = 600, 64
CURVE_POINTS = 50

#: A state, or the arrays that it was stored as.
Stored = TrainState | Mapping[str, NDArray[np.generic]]
#: Takes the number of steps and what computes the fitted surface (T, Y, X) after them.
Look = Callable[[int, Callable[[], NDArray[np.float64]]], None]


def train(
    density: Density,
    settings: BinnSettings,
    seed: int,
    device: str,
    report: Report = silent,
    *,
    members: Sequence[int] | None = None,
    resume: Stored | None = None,
    checkpoint: Callable[[TrainState], None] | None = None,
    look: Look | None = None,
) -> BinnResult:
    """Train an ensemble of biologically-informed neural networks on a density movie.

    Parameters
    ----------
    seed
        Seed of everything random: weights, splits, batches.
    device
        Torch device, as from :func:`napari_binn.binn.device.resolve_device`.
    report
        Told of progress, losses and curves, at most ten times a second.
    members
        Which members to train, so that an ensemble can be spread over machines; by default
        0 to ``settings.members`` - 1.
    resume
        State of an earlier, unfinished training with the same density, settings and seed.
    checkpoint
        Given a healthy state every ``CHECK_EVERY`` steps.
    look
        Called as often as ``report``; it decides whether the surface is worth its computation.

    Raises
    ------
    UserError
        If the density cannot be learned from, or the training diverges again and again.
    """
    problem = prepare(density, settings, seed, device, members)
    _advise(problem, report)
    with _threads(problem):
        state = _start(problem, resume)
        begin = time.perf_counter() - state.seconds
        good, spoken = state, float("-inf")
        while state.step < settings.steps:
            state = step(problem, state)
            if state.step % CHECK_EVERY == 0 or state.step == settings.steps:
                state = replace(state, seconds=time.perf_counter() - begin)
                state = good = _checked(problem, state, good, report)
                if checkpoint is not None:
                    checkpoint(good)
            if report is not silent and time.monotonic() - spoken >= REPORT_INTERVAL:
                spoken, told = time.monotonic(), time.perf_counter()
                _speak(problem, state, report)
                if look is not None:
                    look(state.step, partial(surface, problem, state))
                begin += time.perf_counter() - told  # a pause is no training
        _speak(problem, state, report)
        return finish(problem, replace(state, seconds=time.perf_counter() - begin))


def prepare(
    density: Density,
    settings: BinnSettings,
    seed: int,
    device: str,
    members: Sequence[int] | None = None,
) -> Problem:
    """Return what :func:`init` and :func:`step` need; see :func:`train`."""
    if device == "mps" and settings.dtype == "float64":
        raise UserError(
            "The setting binn.dtype = float64 does not work on device mps: use float32 or cpu."
        )
    data.check(density)
    scales = data.Scales.of(density)
    chosen = range(settings.members) if members is None else members
    seeds = [(seed, member) for member in chosen]
    samples = data.sample(density, scales, settings.validation, seeds)
    place, dtype = torch.device(device), getattr(torch, settings.dtype)
    batches = data.Batches(samples, settings.data_batch, settings.collocation, place, dtype)
    return Problem(
        density, settings, scales, samples, batches, _counting(density, samples), place, dtype
    )


def _start(problem: Problem, resume: Stored | None) -> TrainState:
    if resume is None:
        return init(problem)
    return resume if isinstance(resume, TrainState) else state_from_arrays(problem, resume)


def init(problem: Problem) -> TrainState:
    """Return the state before the first step."""
    width, mean = problem.settings.width, float(problem.samples.values.mean())
    each = [
        networks.initial_parameters(data.generator(seed, "weights"), width, mean)
        for seed in problem.samples.seeds
    ]
    parameters = {name: problem.tensor(np.stack([p[name] for p in each])) for name in each[0]}
    terms, gradients = _gradients(problem, parameters, 0)
    return TrainState(
        step=0,
        parameters=parameters,
        moments={name: soap.init(gradient) for name, gradient in gradients.items()},
        misfit=terms.misfit,
        restarts=(0,) * len(each),
        pace=problem.tensor(np.ones(len(each))),
        losses=problem.tensor(np.empty((0, len(LOSS_COLUMNS)))),
    )


def step(problem: Problem, state: TrainState) -> TrainState:
    """Return the state after one more step of the optimiser; nothing waits for the device."""
    settings, done = problem.settings, state.step + 1
    terms, gradients = _gradients(problem, state.parameters, state.step)
    cosine = 0.5 * (1 + np.cos(np.pi * state.step / settings.steps))
    rate = state.pace * (-settings.learning_rate * float(cosine))
    parameters, moments = {}, {}
    for name, old in state.parameters.items():
        direction, moments[name] = soap.update(gradients[name], state.moments[name], state.step)
        parameters[name] = torch.addcmul(old, direction, rate.view(-1, *[1] * (old.ndim - 1)))
    losses = state.losses
    if done % _record_every(settings) == 0 or done == settings.steps:
        row = [terms.misfit.mean(), terms.residual.mean(), _validation(problem, parameters)]
        row = [torch.full_like(row[0], done), *row]
        losses = torch.cat([losses, torch.stack(row)[None]])
    return replace(
        state, step=done, parameters=parameters, moments=moments, misfit=terms.misfit, losses=losses
    )


def _gradients(
    problem: Problem, parameters: networks.Parameters, number: int
) -> tuple[loss.LossTerms, networks.Parameters]:
    """Return the loss terms of step ``number`` and the loss's gradient by each parameter."""
    settings = problem.settings
    points, observed = problem.batches.at(number)
    leaves = {name: p.detach().requires_grad_() for name, p in parameters.items()}
    terms = loss.evaluate(leaves, points, observed, problem.scales, problem.counting)
    total = terms.total(settings.residual_weight)
    gradients = torch.autograd.grad(total, list(leaves.values()))
    return terms.detached(), dict(zip(leaves, gradients, strict=True))


def _counting(density: Density, samples: data.Samples) -> loss.Counting | None:
    if density.counts_per_unit is None:
        return None
    one = 1 / (density.counts_per_unit * density.scale)
    return loss.Counting(mean=float(samples.values.mean()), one=one)


@torch.no_grad()
def _validation(problem: Problem, parameters: networks.Parameters) -> Tensor:
    """Return the mean squared misfit of the observations that training left out."""
    points, observed = problem.batches.validation
    return (networks.surface(parameters, points) - observed).square().mean()


def _record_every(settings: BinnSettings) -> int:
    return max(1, settings.steps // RECORDS)


def _checked(problem: Problem, state: TrainState, good: TrainState, report: Report) -> TrainState:
    """Return the state if it is healthy; else the last good one, the sick members slowed down.

    The other members repeat their steps exactly.
    """
    limit = LARGEST_MISFIT * float(problem.samples.values.var()) + TOLERATED
    finite = [p.isfinite().flatten(1).all(1) for p in state.parameters.values()]
    healthy = torch.stack([*finite, state.misfit < limit]).all(0).tolist()
    if all(healthy):
        return state
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


def _advise(problem: Problem, report: Report) -> None:
    """Say so if the movie has more detail than the networks can take up."""
    bins, settings = problem.samples.bins.shape[1], problem.settings
    if bins > MANY_BINS and settings.width < WIDER:
        report(
            Notice(
                f"The movie has {bins} bins: networks with binn.width = {WIDER}, and more "
                "binn.steps and a larger binn.data_batch, would resolve it better "
                f"(now {settings.width}, {settings.steps} and {settings.data_batch})."
            )
        )


def _speak(problem: Problem, state: TrainState, report: Report) -> None:
    """Report how far the training is, its latest losses and its curves."""
    total = problem.settings.steps
    report(Progress("learn", state.step, total))
    if len(state.losses):
        step, *latest = state.losses[-1].tolist()
        report(Losses(int(step), total, dict(zip(LOSS_COLUMNS[1:], latest, strict=True))))
    u = np.linspace(0.0, 1.0, CURVE_POINTS)
    D, G = curves(problem, state, u)
    report(Curves(state.step, u.tolist(), D.tolist(), G.tolist()))


@contextmanager
def _threads(problem: Problem) -> Iterator[None]:
    """Compute with as many threads as a step can feed; put the number back afterwards.

    The default ensemble keeps to one: a second thread gains a third on an idle machine, and on a
    busy one it costs more than that, because the two wait for each other in every operation.
    """
    settings, before = problem.settings, torch.get_num_threads()
    columns = settings.data_batch + 5 * settings.collocation
    work = len(problem.samples.seeds) * settings.width * columns
    torch.set_num_threads(max(1, min(before, work // WORK_OF_A_THREAD)))
    try:
        yield
    finally:
        torch.set_num_threads(before)
