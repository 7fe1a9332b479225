"""The single measurements of ``bench_train.py``, each in a process of its own.

    python benchmarks/train_cases.py '{"kind": "ours", "system": "a"}'

prints one JSON object. Seconds are those of one core's work (processor time) on the CPU, so that a
busy computer does not count, and wall time on a GPU; without imports and after a small training
that warms up, and without what the measurement itself computes. Memory is the peak of the process.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

import paper_recipe
import systems
from napari_binn.binn import paper, standard
from napari_binn.binn import train as training
from napari_binn.binn.result import BinnResult
from napari_binn.density.model import Density
from napari_binn.engine.control import Control
from napari_binn.engine.live import LiveSurface
from napari_binn.events import Curves, Event, Progress, silent
from napari_binn.settings import BinnSettings, Settings, merge_all, parse_assignment

Array = NDArray[np.float64]
WITHIN = 0.05
#: The curves are looked at this often while the time to reach an accuracy is taken [s].
INTERVAL = 0.02
#: The wells of lung cancer cells as the paper bins them.
FIELD_MM, BINS, HOURS = (1.410, 1.050), (15, 11), 24.0
REPLICATES = {1: "rep1_2_rep2_5", 2: "rep1_2_rep2_3", 3: "rep1_3_rep2_1"}


@dataclass(frozen=True)
class Case:
    """One measurement.

    Attributes
    ----------
    kind
        A name in ``KINDS``.
    seed
        Seed of the noise and, in our training, of everything random; the baseline's member.
    cap
        Seconds after which the baseline is ended.
    scale_D
        D of the baseline where its network gives 1 [mm²/day]; the paper's is 1.
    settings
        Assignments such as "steps=1000" to the settings of the networks.
    """

    kind: str
    system: str = "a"
    noise: float = 0.0
    seed: int = 0
    members: int = 5
    device: str = "cpu"
    cap: float = np.inf
    scale_D: float = 1.0
    folder: str = ""
    settings: list[str] = field(default_factory=list)

    @property
    def binn(self) -> BinnSettings:
        """The settings of our networks."""
        texts = [f"members={self.members}", *self.settings]
        return Settings.build(merge_all(*(parse_assignment(f"binn.{t}") for t in texts))).binn

    @property
    def movie(self) -> Density:
        """The synthetic movie."""
        movie: Density = systems.make(self.system, self.noise, self.seed)
        return movie

    @property
    def clock(self) -> Callable[[], float]:
        """What time is taken with."""
        return time.process_time if self.device == "cpu" else time.perf_counter


class Watch:
    """Sees the curves of a training, and stops the clock while it does."""

    def __init__(self, case: Case, density: Density) -> None:
        self._case, self._density = case, density
        self._clock = case.clock
        self._begin, self._stopped = self._clock(), 0.0
        self.within: float | None = None

    def report(self, event: Event) -> None:
        if isinstance(event, Progress):
            self._stopped = self._clock()
        elif isinstance(event, Curves) and self.within is None:
            u = np.asarray(event.u)
            errors = curve_errors(self._density, self._case.system, u, event.D, event.G)
            if np.median(errors, axis=1).max() <= WITHIN:
                self.within = self._stopped - self._begin

    def look(self, step: int, surface: Callable[[], Array]) -> None:
        """Let the clock go on: this is the last that a training says before it does."""
        self._begin += self._clock() - self._stopped

    def seconds(self) -> float:
        return self._clock() - self._begin


def ours(case: Case) -> dict[str, Any]:
    """Train our ensemble on a movie with a known law."""
    density = case.movie
    _warm_up(case)
    training.REPORT_INTERVAL = INTERVAL
    watch = Watch(case, density)
    result = training.train(
        density, case.binn, case.seed, case.device, watch.report, look=watch.look
    )
    seconds = watch.seconds()
    errors = curve_errors(density, case.system, result.u, result.D, result.G)
    return {"seconds": seconds, "within": watch.within, **_scored(errors), **_losses(result)}


def baseline(case: Case) -> dict[str, Any]:
    """Train one member by the plainly written recipe of the paper.

    Without noise until both curves are within 5 %, whatever the early stopping says; with noise
    until the early stopping.
    """
    density, within = case.movie, None

    def watch(seconds: float, D: Array, G: Array) -> bool:
        nonlocal within
        errors = curve_errors(density, case.system, paper_recipe.GRID, [D], [G])
        if within is None and errors.max() <= WITHIN:
            within = seconds
        return within is not None and not case.noise

    patience = 500 if case.noise else None
    result = paper_recipe.train(
        density,
        case.seed,
        patience=patience,
        seconds=case.cap,
        watch=watch,
        scale_D=case.scale_D,
        clock=case.clock,
    )
    errors = curve_errors(density, case.system, paper_recipe.GRID, [result.D], [result.G])
    return {
        "seconds": result.seconds,
        "within": within,
        "stopped": result.stopped,
        "steps": result.steps,
        **_scored(errors),
    }


def watched(case: Case) -> dict[str, Any]:
    """Train as when a window looks: the share of the time that its pictures take.

    Pictures come at times of the clock on the wall, so here it is wall time on the CPU too.
    """
    density, clock, away = case.movie, time.perf_counter, 0.0
    _warm_up(case)
    looking = Control()
    looking.obey("watch")
    with tempfile.TemporaryDirectory() as folder:
        live = LiveSurface(Path(folder), looking, silent)
        began = 0.0

        def report(event: Event) -> None:
            nonlocal began
            if isinstance(event, Progress):
                began = clock()

        def look(step: int, surface: Callable[[], Array]) -> None:
            nonlocal away
            live(step, surface)
            away += clock() - began

        begin = clock()
        training.train(density, case.binn, case.seed, case.device, report, look=look)
        seconds = clock() - begin - away
    return {"seconds": seconds, "percent": 100 * away / seconds}


def throughput(case: Case) -> dict[str, Any]:
    """Time single steps of an ensemble."""
    problem = standard.prepare(case.movie, case.binn, 0, case.device, range(case.members))
    state = standard.init(problem)
    for _ in range(10):
        state = standard.step(problem, state)
    _wait(case)
    clock, steps = case.clock, 0
    begin = clock()
    while clock() - begin < 3.0:
        for _ in range(10):
            state = standard.step(problem, state)
        _wait(case)
        steps += 10
    rate = case.members * steps / (clock() - begin)
    return {"rate": rate, "name": torch.cuda.get_device_name() if case.device == "cuda" else ""}


def recipe(case: Case) -> dict[str, Any]:
    """Compare the steps per second of the paper's recipe, by this engine and plainly written."""
    density, clock = case.movie, case.clock
    problem = paper.prepare(density, 0, case.device, members=range(case.members))
    state = paper.init(problem)
    for _ in range(problem.epochs.steps):
        state = paper.step(problem, state)
    begin, first = clock(), state.step
    while clock() - begin < 5.0:
        for _ in range(problem.epochs.steps):
            state = paper.step(problem, state)
    rate = case.members * (state.step - first) / (clock() - begin)
    plain = paper_recipe.train(density, seconds=5.0, clock=clock)
    return {"rate": rate, "plain": plain.steps / plain.seconds}


def lung(case: Case) -> dict[str, Any]:
    """Train on a well of lung cancer cells (``seed``: its replicate), binned as in the paper."""
    density = lung_density(Path(case.folder), case.seed)
    _warm_up(case)
    begin = case.clock()
    result = training.train(density, case.binn, 0, case.device)
    days = float(density.t[-1] - density.t[0])
    losses = _losses(result)
    return {
        "seconds": case.clock() - begin,
        **losses,
        "residual_per_day": losses["residual"] / days**2,
    }


KINDS = {
    "ours": ours,
    "baseline": baseline,
    "watched": watched,
    "throughput": throughput,
    "recipe": recipe,
    "lung": lung,
}


def curve_errors(
    density: Density, name: str, u: Array, D: list[Any] | Array, G: list[Any] | Array
) -> Array:
    """Return the errors of the members' curves, (2, E): D, G."""
    system = systems.SYSTEMS[name]
    pairs = ((D, system.D), (G, system.G))
    return np.array(
        [
            [systems.curve_error(density, u, np.asarray(curve), truth) for curve in curves]
            for curves, truth in pairs
        ]
    )


def _scored(errors: Array) -> dict[str, float]:
    D, G = 100 * np.median(errors, axis=1)
    return {"D": float(D), "G": float(G)}


def _losses(result: BinnResult) -> dict[str, float]:
    return {name: float(column[-1]) for name, column in result.losses.items()}


def _warm_up(case: Case) -> None:
    small = systems.make(case.system, shape=(4, 5), frames=3)
    few = case.binn.model_copy(update={"members": 1, "steps": 20})
    training.train(small, few, 0, case.device)


def _wait(case: Case) -> None:
    if case.device != "cpu":
        getattr(torch, case.device).synchronize()


def lung_density(folder: Path, replicate: int) -> Density:
    """Return a well of the lung cancer cell positions, in mm and days, on 15 x 11 bins."""
    frames = {}
    for path in folder.glob(f"*{REPLICATES[replicate]}*.csv"):
        hours = re.search(r"hours_(\d+)", path.name)
        if hours is not None:
            frames[int(hours[1])] = np.loadtxt(path, delimiter=",") / 1000
    if not frames:
        raise SystemExit(f"There are no tables of replicate {replicate} in {folder}.")
    (width, height), (nx, ny) = FIELD_MM, BINS
    edges = np.linspace(0, height, ny + 1), np.linspace(0, width, nx + 1)
    counts = np.stack(
        [np.histogram2d(xy[:, 1], xy[:, 0], bins=edges)[0] for _, xy in sorted(frames.items())]
    )
    return Density(
        values=counts,
        t=np.array(sorted(frames)) / HOURS,
        y=(edges[0][1:] + edges[0][:-1]) / 2,
        x=(edges[1][1:] + edges[1][:-1]) / 2,
        length_unit="mm",
        time_unit="day",
        density_unit="cells/bin",
        counts_per_unit=1.0,
        source=str(folder),
    )


def _memory(case: Case) -> float:
    """Return the peak memory of this process, or of the GPU [MB]."""
    if case.device == "cuda":
        return torch.cuda.max_memory_allocated() / 1e6
    # Not on Windows.
    import resource

    unit = 1.0 if sys.platform == "darwin" else 1024.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def main() -> None:
    """Measure the case that the command line states."""
    case = Case(**json.loads(sys.argv[1]))
    if case.device == "cpu":
        torch.set_num_threads(1)
    found = KINDS[case.kind](case)
    print(json.dumps({**found, "memory": _memory(case)}))


if __name__ == "__main__":
    main()
