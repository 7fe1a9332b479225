"""Is the right formula found? Movies with known laws; ours beside two others on the same data.

    python benchmarks/bench_recovery.py                       everything; tables at the end
    python benchmarks/bench_recovery.py --systems a c --cases one five --sizes small --seeds 2
    python benchmarks/bench_recovery.py --out results.jsonl --resume --jobs 2

Methods:

* simulated: this package: candidates refitted by simulation and ranked by BIC.
* curve fit: the same candidates, fitted to the same estimated curves by least squares and ranked
  by BIC, each curve for itself, nothing simulated.
* weak SINDy: pysindy's weak form (extra "bench"), with D and G as polynomials; laws that are no
  polynomials cannot be found by it.

The curves come from the simulation-constrained estimate alone, without the network before it,
which changes nothing about the formulas and would take most of the time.

A formula is right if the true one is it with other constants, and it has no more constants than
the true form. Columns: share of movies whose first formula is right; whose undistinguished set (no
more than 6 units of BIC behind the best) holds the right one; among those with the right one first,
share with all constants within 3 %, and the median of the largest error; CPU seconds of the formula
search (of the whole fit for SINDy), the curves' own estimate apart.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch

import recovery_cases as cases
import sindy
import systems
from napari_binn.density.model import Density
from napari_binn.equations.candidates import Candidate
from napari_binn.equations.model import Equations
from napari_binn.equations.ranking import INDISTINGUISHABLE, standings
from napari_binn.equations.screening import CurveTarget
from napari_binn.equations.search import MOST_CONSTANTS, discover
from napari_binn.equations.sources import candidates
from napari_binn.errors import UserError
from napari_binn.events import silent
from napari_binn.inference.estimate import estimate
from napari_binn.inference.terms import Terms
from napari_binn.settings import EquationSettings, InferenceSettings

Array = systems.Array
CASES = {"clean": "no noise", "one": "1 % noise", "five": "5 % noise", "counts": "20 cells a bin"}
#: Bins (Y, X) and frames.
SIZES = {"small": ((11, 15), 16), "large": ((48, 48), 25)}
METHODS = ("simulated", "curve fit", "weak SINDy")
#: Cells of the true solution across a bin: it has to be far better than any solver that is tested.
FINER = 8
CELLS = 20.0
#: Points of the curves that the curve fit sees, between the 5th and the 95th percentile of u.
POINTS = 200
WITHIN = 0.03


@dataclass(frozen=True)
class Task:
    """One movie."""

    system: str
    case: str
    size: str
    seed: int


@dataclass(frozen=True)
class Score:
    """What one method made of one movie."""

    method: str
    first: bool
    in_set: bool
    off: float
    seconds: float
    text: str


def main() -> None:
    """Run what was asked for and print the tables."""
    options = _options()
    known = _read(options.out) if options.resume and options.out else {}
    tasks = [task for task in _tasks(options) if task not in known]
    context = get_context("spawn")
    with ProcessPoolExecutor(options.jobs, context, torch.set_num_threads, (1,)) as pool:
        running = {pool.submit(run, task): task for task in tasks}
        for number, done in enumerate(as_completed(running), 1):
            task = running[done]
            known[task] = done.result()
            _tell(number, len(tasks), task, known[task], options.out)
    if options.json:
        print(json.dumps([_plain(task, scores) for task, scores in known.items()]))
    else:
        _tables({task: known[task] for task in _tasks(options) if task in known}, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = list(cases.LAWS)
    parser.add_argument("--systems", nargs="+", choices=names, default=names)
    parser.add_argument("--cases", nargs="+", choices=list(CASES), default=list(CASES))
    parser.add_argument("--sizes", nargs="+", choices=list(SIZES), default=list(SIZES))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=max(1, (os.cpu_count() or 2) - 1))
    parser.add_argument("--out", type=Path, help="a line of JSON for each movie, as it is done")
    parser.add_argument("--resume", action="store_true", help="keep what --out holds already")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    return parser.parse_args()


def _tasks(options: argparse.Namespace) -> Iterator[Task]:
    for size in options.sizes:
        for system in options.systems:
            for case in options.cases:
                for seed in range(options.seeds):
                    yield Task(system, case, size, seed)


def movie(task: Task) -> Density:
    """Return the density of a task; every seed has another first frame and other noise."""
    shape, frames = SIZES[task.size]
    start = systems.Start(seed=task.seed)
    noise = {"one": 0.01, "five": 0.05}.get(task.case, 0.0)
    counts = None
    if task.case == "counts":
        exact = systems.make(
            task.system, frames=frames, shape=shape, start=start, finer=FINER
        ).values
        counts = CELLS / float(exact.mean())
    seed = task.seed + 1000 * list(cases.LAWS).index(task.system)
    return systems.make(
        task.system, noise, seed, frames, shape, counts=counts, start=start, finer=FINER
    )


def run(task: Task) -> list[Score]:
    """Find the formulas of one movie by each method."""
    density = movie(task)
    u = np.linspace(*np.quantile(density.values, [0.05, 0.95]), POINTS)
    scores = []
    try:
        terms = estimate(density, InferenceSettings())
        scores = [_simulated(task, density, terms, u), _curve_fit(task, density, terms, u)]
    except UserError as error:
        nothing = (False, False, float("nan"), float("nan"), str(error))
        scores = [Score(method, *nothing) for method in METHODS[:2]]
    if sindy.available():
        scores.append(_weak_sindy(task, density))
    return scores


def _simulated(task: Task, density: Density, terms: Terms, u: Array) -> Score:
    began = time.process_time()
    found = discover(density, terms, EquationSettings(), task.seed)
    seconds = time.process_time() - began
    truth, scale = cases.LAWS[task.system], terms.density_scale
    kept = [one.equation for one in standings(found.equations) if one.possible]
    right = [
        all(
            cases.is_right(text, true, scale, u)
            for text, true in zip((one.D.text, one.G.text), truth, strict=True)
        )
        for one in (found.best, *kept)
    ]
    text = f"D = {found.best.D.text}, G = {found.best.G.text}"
    off = _off(found, truth, scale, u) if right[0] else float("nan")
    return Score("simulated", right[0], any(right), off, seconds, text)


def _off(found: Equations, truth: tuple[cases.Truth, cases.Truth], scale: float, u: Array) -> float:
    texts = found.best.D.text, found.best.G.text
    both = (cases.constants_off(t, true, scale, u) for t, true in zip(texts, truth, strict=True))
    return max(both)


def _curve_fit(task: Task, density: Density, terms: Terms, u: Array) -> Score:
    """Fit each curve by least squares, and rank by the BIC of its points."""
    began, scale, settings = time.process_time(), terms.density_scale, EquationSettings()
    best: list[str] = []
    kept: list[list[str]] = []
    for which, curve in (("D", terms.D), ("G", terms.G)):
        target = CurveTarget.of(terms, which)
        made = candidates(which, target, settings, task.seed, silent, lambda: None)
        aim = np.interp(u / scale, terms.u, curve)
        ranked = sorted(filter(None, (_fitted(one, u / scale, aim) for one in made)))
        near = [one for one in ranked if one[0] <= ranked[0][0] + INDISTINGUISHABLE]
        best.append(min(near, key=lambda one: one[1])[2])
        kept.append([one[2] for one in near])
    seconds = time.process_time() - began
    truth = cases.LAWS[task.system]
    right = [
        [cases.is_right(text, true, scale, u) for text in texts]
        for texts, true in zip(kept, truth, strict=True)
    ]
    first = all(
        cases.is_right(text, true, scale, u) for text, true in zip(best, truth, strict=True)
    )
    off = float("nan")
    if first:
        pairs = zip(best, truth, strict=True)
        off = max(cases.constants_off(text, true, scale, u) for text, true in pairs)
    in_set = all(any(some) for some in right)
    return Score("curve fit", first, in_set, off, seconds, f"D = {best[0]}, G = {best[1]}")


def _fitted(one: Candidate, u: Array, aim: Array) -> tuple[float, int, str] | None:
    """Return BIC, number of constants and text of a candidate fitted to a curve."""
    if len(one.symbols) > MOST_CONSTANTS:
        return None
    function = one.function()
    distance, constants = cases.nearest(lambda p: function(u, p), one.start, aim)
    if not np.isfinite(constants).all():
        return None
    bic = len(u) * np.log(distance**2 + 1e-20) + len(constants) * np.log(len(u))
    return float(bic), len(constants), one.formula(constants).text


def _weak_sindy(task: Task, density: Density) -> Score:
    began = time.process_time()
    results = sindy.weak_sindy(density, task.seed)
    seconds = time.process_time() - began
    truth = [_polynomial(one) for one in cases.LAWS[task.system]]
    scored = []
    for found in results:
        first, off = False, float("nan")
        if truth[0] is not None and truth[1] is not None:
            first = bool(((found.D != 0) == (truth[0] != 0)).all())
            first &= bool(((found.G != 0) == (truth[1] != 0)).all())
            there = [t != 0 for t in truth]
            if first:
                off = max(
                    float(np.abs(f[some] / t[some] - 1).max())
                    for f, t, some in zip((found.D, found.G), truth, there, strict=True)
                )
        scored.append((not first, off if np.isfinite(off) else np.inf, found))
    missed, off, found = min(scored, key=lambda one: one[:2])
    text = f"D = {np.round(found.D, 5).tolist()}, G = {np.round(found.G, 4).tolist()}"
    return Score(
        "weak SINDy", not missed, not missed, float("nan") if missed else off, seconds, text
    )


def _polynomial(truth: cases.Truth) -> Array | None:
    """Return the coefficients of u⁰, u¹, u² of a true curve; None if it is no such polynomial."""
    u = np.linspace(0.05, 1.0, 50)
    curve = truth.curve(u)
    coefficients = np.polynomial.polynomial.polyfit(u, curve, 2)
    if np.abs(np.polynomial.polynomial.polyval(u, coefficients) - curve).max() > 1e-9:
        return None
    return np.where(np.abs(coefficients) > 1e-9, coefficients, 0.0)


def _plain(task: Task, scores: list[Score]) -> dict[str, object]:
    return {**asdict(task), "scores": [asdict(score) for score in scores]}


def _read(path: Path) -> dict[Task, list[Score]]:
    known: dict[Task, list[Score]] = {}
    for line in path.read_text().splitlines() if path.is_file() else ():
        values = json.loads(line)
        scores = [Score(**one) for one in values.pop("scores")]
        known[Task(**values)] = scores
    return known


def _tell(number: int, count: int, task: Task, scores: list[Score], out: Path | None) -> None:
    ours = scores[0]
    found = "right" if ours.first else "in the set" if ours.in_set else "missed"
    name = f"{task.system} {task.case} {task.size} {task.seed}"
    print(f"{number}/{count} {name}: {found}, {ours.text}", file=sys.stderr, flush=True)
    if out is not None:
        with out.open("a") as file:
            file.write(json.dumps(_plain(task, scores)) + "\n")


def _tables(known: dict[Task, list[Score]], options: argparse.Namespace) -> None:
    for size in options.sizes:
        (ny, nx), frames = SIZES[size]
        print(f"\n### {nx} x {ny} bins, {frames} frames\n")
        print(
            "| case | method | movies | right first % | in the set % | within 3 % | off % | CPU s |"
        )
        print("|---|---|---|---|---|---|---|---|")
        for case in options.cases:
            for method in METHODS:
                some = _of(known, size, case, method)
                if some:
                    print(f"| {CASES[case]} | {method} | {_row(some)} |")
        print("\n| system | " + " | ".join(CASES[case] for case in options.cases) + " |")
        print("|---" * (1 + len(options.cases)) + "|")
        for system in options.systems:
            cells = []
            for case in options.cases:
                some = _of(known, size, case, METHODS[0], system)
                first, kept = sum(one.first for one in some), sum(one.in_set for one in some)
                cells.append(f"{first} / {kept} of {len(some)}" if some else "–")
            print(f"| {cases.law(system).text} | " + " | ".join(cells) + " |")
        print("\n(simulated: movies with the right formula first / in the set)")
    if not sindy.available():
        print("\npysindy is not installed: python -m pip install 'napari-binn[bench]'")


def _of(
    known: dict[Task, list[Score]], size: str, case: str, method: str, system: str = ""
) -> list[Score]:
    return [
        score
        for task, scores in known.items()
        for score in scores
        if (task.size, task.case, score.method) == (size, case, method)
        and system in ("", task.system)
    ]


def _row(some: list[Score]) -> str:
    first = [one for one in some if one.first]
    off = np.array([one.off for one in first])
    within = f"{100 * np.mean(off <= WITHIN):.0f}" if len(off) else "–"
    typical = f"{100 * np.median(off):.1f}" if len(off) else "–"
    seconds = np.array([one.seconds for one in some])
    return (
        f"{len(some)} | {100 * len(first) / len(some):.0f} | "
        f"{100 * np.mean([one.in_set for one in some]):.0f} | {within} | {typical} | "
        f"{np.nanmedian(seconds):.1f}"
    )


if __name__ == "__main__":
    main()
