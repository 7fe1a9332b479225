"""Train the ensemble: ``init``, ``step`` until ``finished``, ``finish``.

What a step is says the recipe: :mod:`napari_binn.binn.standard`, or :mod:`napari_binn.binn.paper`
for those who reproduce the paper. Both keep the whole state of a training in one value and draw
what is random from the seed, the member and the number of the step. So a training can be paused,
stored and resumed at any step, and looking at it changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from ..density.model import Density
from ..events import Curves, Losses, Notice, Progress, Report, silent
from ..settings import BinnSettings, Device, NoiseChoice
from . import paper, standard
from .data import observed_bins
from .device import resolve_device
from .memory import keep_freed
from .output import curves, finish, preview
from .paper_epochs import Recipe as PaperNumbers
from .result import BinnResult
from .standard import CHECK_EVERY
from .state import LOSS_COLUMNS, ProblemLike, StateLike

REPORT_INTERVAL = 0.1
WORK_OF_A_THREAD = 1_000_000
MANY_BINS, WIDER = 600, 64
CURVE_POINTS = 50

#: Takes the number of steps and what computes the fitted surface (T, Y, X) after them.
Look = Callable[[int, Callable[[], NDArray[np.float64]]], None]


class Recipe(Protocol):
    """How networks are trained. Problems and states are the recipe's own."""

    def init(self, problem: Any, /) -> Any:
        """Return the state before the first step."""

    def step(self, problem: Any, state: Any, /) -> Any:
        """Return the state after one more step."""

    def finished(self, problem: Any, state: Any, /) -> bool:
        """Return whether the last step is done."""

    def last_step(self, problem: Any, state: Any, /) -> int:
        """Return the step that the training ends with, as far as one can tell."""

    def checked(self, problem: Any, state: Any, good: Any, report: Report, /) -> Any:
        """Return the state if it is healthy, else one to go on from."""

    def state_from_arrays(self, problem: Any, arrays: Mapping[str, NDArray[np.generic]], /) -> Any:
        """Return a state that was stored."""


def train(
    density: Density,
    settings: BinnSettings,
    seed: int,
    device: Device,
    report: Report = silent,
    *,
    noise: NoiseChoice = "auto",
    members: Sequence[int] | None = None,
    resume: StateLike | Mapping[str, NDArray[np.generic]] | None = None,
    checkpoint: Callable[[StateLike], None] | None = None,
    look: Look | None = None,
) -> BinnResult:
    """Train an ensemble of biologically-informed neural networks on a density movie.

    Parameters
    ----------
    seed
        Seed of everything random: weights, splits, batches.
    device
        Where; "auto" takes what is faster for this ensemble.
    report
        Told of progress, losses and curves, at most ten times a second.
    noise
        How the measurement scatters, which weights the observations (standard recipe).
    members
        Which members to train, so that an ensemble can be spread over machines; by default
        0 to ``settings.members`` - 1.
    resume
        State of an earlier, unfinished training with the same density, settings and seed, or the
        arrays it was stored as.
    checkpoint
        Given a healthy state every ``CHECK_EVERY`` steps.
    look
        Called as often as ``report``; it decides whether the surface is worth its computation.

    Raises
    ------
    UserError
        If the density cannot be learned from, the device is not there, the memory does not suffice
        for one network, or the training diverges again and again.
    """
    recipe = recipe_of(settings)

    def ready(place: str) -> ProblemLike:
        return prepare(density, settings, seed, place, members, noise, report)

    def work(place: str) -> Callable[[], object]:
        problem = ready(place)
        return partial(recipe.step, problem, recipe.init(problem))

    problem = ready(resolve_device(device, work, report))
    _advise(problem, settings, report)
    keep_freed()
    with _threads(settings):
        state = _start(recipe, problem, resume)
        begin = time.perf_counter() - state.seconds
        good, spoken = state, float("-inf")
        while not recipe.finished(problem, state):
            state = recipe.step(problem, state)
            if state.step % CHECK_EVERY == 0 or recipe.finished(problem, state):
                state = replace(state, seconds=time.perf_counter() - begin)
                state = good = recipe.checked(problem, state, good, report)
                if checkpoint is not None:
                    checkpoint(good)
            if report is not silent and time.monotonic() - spoken >= REPORT_INTERVAL:
                spoken, told = time.monotonic(), time.perf_counter()
                _speak(problem, state, recipe.last_step(problem, state), report)
                if look is not None:
                    look(state.step, partial(preview, problem, state))
                begin += time.perf_counter() - told  # a pause is no training
        _speak(problem, state, state.step, report)
        return finish(problem, replace(state, seconds=time.perf_counter() - begin))


def recipe_of(settings: BinnSettings) -> Recipe:
    """Return the recipe that the settings ask for."""
    return paper if settings.recipe == "paper" else standard


def prepare(
    density: Density,
    settings: BinnSettings,
    seed: int,
    device: str,
    members: Sequence[int] | None = None,
    noise: NoiseChoice = "auto",
    report: Report = silent,
) -> ProblemLike:
    """Return what the recipe of the settings needs to begin; see :func:`train`."""
    if settings.recipe == "paper":
        chosen = range(settings.members) if members is None else members
        numbers = PaperNumbers(patience=settings.patience)
        return paper.prepare(density, seed, device, settings.dtype, chosen, numbers)
    return standard.prepare(density, settings, seed, device, members, noise, report)


def _start(
    recipe: Recipe,
    problem: ProblemLike,
    resume: StateLike | Mapping[str, NDArray[np.generic]] | None,
) -> Any:
    if resume is None:
        return recipe.init(problem)
    if isinstance(resume, Mapping):
        return recipe.state_from_arrays(problem, resume)
    return resume


def _advise(problem: ProblemLike, settings: BinnSettings, report: Report) -> None:
    """Say so if the movie has more detail than the networks can take up."""
    bins = int(observed_bins(problem.density).sum())
    if bins > MANY_BINS and settings.width < WIDER and settings.recipe == "standard":
        report(
            Notice(
                f"The movie has {bins} bins: networks with binn.width = {WIDER}, and more "
                "binn.steps and a larger binn.data_batch, would resolve it better "
                f"(now {settings.width}, {settings.steps} and {settings.data_batch})."
            )
        )


def _speak(problem: ProblemLike, state: StateLike, total: int, report: Report) -> None:
    """Report how far the training is, its latest losses and its curves."""
    report(Progress("learn", state.step, total))
    if len(state.losses):
        step, *latest = state.losses[-1].tolist()
        report(Losses(int(step), total, dict(zip(LOSS_COLUMNS[1:], latest, strict=True))))
    u = np.linspace(0.0, 1.0, CURVE_POINTS)
    D, G = curves(problem, state, u)
    report(Curves(state.step, u.tolist(), D.tolist(), G.tolist()))


@contextmanager
def _threads(settings: BinnSettings) -> Iterator[None]:
    """Compute with as many threads as a step can feed; put the number back afterwards.

    The default ensemble keeps to few: another thread gains a third on an idle machine, and on a
    busy one it costs more than that, because the two wait for each other in every operation.
    """
    before = torch.get_num_threads()
    columns = settings.data_batch + 5 * settings.collocation
    work = settings.members * settings.width * columns
    torch.set_num_threads(max(1, min(before, work // WORK_OF_A_THREAD)))
    try:
        yield
    finally:
        torch.set_num_threads(before)
