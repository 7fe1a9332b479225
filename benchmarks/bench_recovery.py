"""Is the right formula found? Movies with known laws; ours beside two others on the same data.

    python benchmarks/bench_recovery.py                       everything; tables at the end
    python benchmarks/bench_recovery.py --systems a c --cases one five --sizes small --seeds 2
    python benchmarks/bench_recovery.py --out results.jsonl --resume --jobs 2

Methods:

* simulated: this package: candidates refitted by simulation and ranked by BIC.
* curves alone: the same candidates, fitted to the same estimated curves in the metric of their
  posterior covariance and ranked by BIC, nothing simulated (benchmarks/curve_only.py).
* weak SINDy: pysindy's weak form (extra "bench"), with D and G as polynomials; laws that are no
  polynomials cannot be found by it.

The curves come from the simulation-constrained estimate alone, without the network before it,
which changes nothing about the formulas and would take most of the time.

A formula is right if the true one is it with other constants, and it has no more constants than
the true form. Columns: share of movies whose first formula is right; whose set of formulas that are
not excluded (see napari_binn.equations.ranking) holds the right one; among those with the right one
first, share with all constants within 3 %, what that share should be by the covariance that is
stated with them, the median of the largest error, and share of constants inside their 90 %
intervals; CPU
seconds of the formula search (of the whole fit for SINDy), the curves' own estimate apart.
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

import curve_only
import recovery_cases as cases
import sindy
import systems
from napari_binn.density.model import Density
from napari_binn.equations.ranking import standings
from napari_binn.equations.screening import CurveTarget
from napari_binn.equations.search import discover
from napari_binn.equations.sources import candidates
from napari_binn.errors import UserError
from napari_binn.events import silent
from napari_binn.inference.estimate import estimate
from napari_binn.inference.terms import Z90, Terms
from napari_binn.settings import EquationSettings, InferenceSettings

Array = systems.Array
Truths = tuple[cases.Truth, cases.Truth]
CASES = {"clean": "no noise", "one": "1 % noise", "five": "5 % noise", "counts": "20 cells a bin"}
#: Bins (Y, X) and frames.
SIZES = {"small": ((11, 15), 16), "large": ((48, 48), 25)}
METHODS = ("simulated", "curves alone", "weak SINDy")
#: Cells of the true solution across a bin: it has to be far better than any solver that is tested.
FINER = 8
CELLS = 20.0
#: Densities at which formulas are compared, between the 5th and the 95th percentile of u.
POINTS = 200
WITHIN = 0.03
COLUMNS = (
    "right first %", "in the set %", "within 3 %", "expected", "off %", "in 90 % intervals",
    "CPU s",
)  # fmt: skip


@dataclass(frozen=True)
class Task:
    """One movie."""

    system: str
    case: str
    size: str
    seed: int


@dataclass(frozen=True)
class Score:
    """What one method made of one movie.

    Attributes
    ----------
    first, in_set
        Whether the right formulas are the answer, and among those that the method cannot tell apart
        from it.
    off
        Largest relative error of a constant; NaN unless right.
    seconds
        CPU time [s].
    text
        The answer.
    behind
        How many units of BIC the right pair is behind the best; infinite if it was not simulated.
    within, inside
        Probability that all constants are within 3 %, by the stated covariance, and share of the
        constants inside their stated 90 % intervals; NaN unless right.
    """

    method: str
    first: bool
    in_set: bool
    off: float
    seconds: float
    text: str
    behind: float = float("nan")
    within: float = float("nan")
    inside: float = float("nan")


def main() -> None:
    """Run what was asked for and print the tables."""
    options = _options()
    known = _read(options.out) if options.resume and options.out else {}
    tasks = [task for task in _tasks(options) if task not in known]
    context = get_context("spawn")
    with ProcessPoolExecutor(options.jobs, context, torch.set_num_threads, (1,)) as pool:
        running = {pool.submit(run, task): task for task in tasks}
        try:
            for number, done in enumerate(as_completed(running), 1):
                task = running[done]
                known[task] = done.result()
                _tell(number, len(tasks), task, known[task], options.out)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
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
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=max(1, (os.cpu_count() or 2) - 1))
    parser.add_argument("--out", type=Path, help="a line of JSON for each movie, as it is done")
    parser.add_argument("--resume", action="store_true", help="keep what --out holds already")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    return parser.parse_args()


def _tasks(options: argparse.Namespace) -> Iterator[Task]:
    """Seed by seed, so that what is done after any time is a fair table."""
    for size in options.sizes:
        for seed in range(options.first_seed, options.first_seed + options.seeds):
            for case in options.cases:
                for system in options.systems:
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
        scores = [_simulated(task, density, terms, u), _curves_only(task, density, terms, u)]
    except UserError as error:
        nothing = (False, False, float("nan"), float("nan"), str(error))
        scores = [Score(method, *nothing) for method in METHODS[:-1]]
    if sindy.available():
        scores.append(_weak_sindy(task, density))
    return scores


def _simulated(task: Task, density: Density, terms: Terms, u: Array) -> Score:
    began = time.process_time()
    found = discover(density, terms, EquationSettings(), task.seed)
    seconds = time.process_time() - began
    truth, scale = cases.LAWS[task.system], terms.density_scale
    standing = standings(found.equations)
    texts = [(one.equation.D.text, one.equation.G.text) for one in standing]
    right = [
        one for one, pair in zip(standing, texts, strict=True) if _right(pair, truth, scale, u)
    ]
    behind, best = min((one.delta for one in right), default=float("inf")), found.best
    in_set = any(one.possible for one in right)
    first = _right((best.D.text, best.G.text), truth, scale, u)
    off = within = inside = float("nan")
    if first:
        errors, covariance = cases.uncertainty(best, truth, scale, u)
        off = float(np.abs(errors).max())
        if np.isfinite(covariance).all():
            inside = float(np.mean(np.abs(errors) <= Z90 * np.sqrt(np.diag(covariance))))
            random = np.random.default_rng(0)
            draws = random.multivariate_normal(0 * errors, covariance, 10_000)
            within = float(np.mean(np.abs(draws).max(axis=1) <= WITHIN))
    text = f"D = {best.D.text}, G = {best.G.text}"
    return Score(METHODS[0], first, in_set, off, seconds, text, behind, within, inside)


def _right(pair: tuple[str, str], truth: Truths, scale: float, u: Array) -> bool:
    both = zip(pair, truth, strict=True)
    return all(cases.is_right(text, true, scale, u) for text, true in both)


def _curves_only(task: Task, density: Density, terms: Terms, u: Array) -> Score:
    began, settings = time.process_time(), EquationSettings()
    made = {}
    for which in "DG":
        target = CurveTarget.of(terms, which)
        made[which] = candidates(which, target, settings, task.seed, silent, lambda: None)
    kept = curve_only.ranked(density, terms, made, settings)
    seconds = time.process_time() - began
    truth, scale = cases.LAWS[task.system], terms.density_scale
    right = [_right(pair, truth, scale, u) for pair in kept]
    off = float("nan")
    if right and right[0]:
        pairs = zip(kept[0], truth, strict=True)
        off = max(cases.constants_off(text, true, scale, u) for text, true in pairs)
    text = "D = {}, G = {}".format(*kept[0]) if kept else ""
    return Score(METHODS[1], bool(right) and right[0], any(right), off, seconds, text)


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
        print(f"| case | method | movies | {' | '.join(COLUMNS)} |")
        print("|---" * (3 + len(COLUMNS)) + "|")
        for case in options.cases:
            for method in METHODS:
                some = _of(known, size, case, method)
                if some:
                    print(f"| {CASES[case]} | {method} | {_row(some)} |")
        print("\n| law | " + " | ".join(CASES[case] for case in options.cases) + " |")
        print("|---" * (1 + len(options.cases)) + "|")
        for system in options.systems:
            cells = []
            for case in options.cases:
                some = _of(known, size, case, METHODS[0], system)
                first, kept = sum(one.first for one in some), sum(one.in_set for one in some)
                cells.append(f"{first} / {kept} of {len(some)}" if some else "–")
            mark = "*" if system in cases.FRESH else ""
            print(f"| {cases.law(system).text}{mark} | " + " | ".join(cells) + " |")
        print("\n(simulated: right formula first / in the set; * nothing was tuned on it)")
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
    cells = [
        f"{len(some)}",
        f"{100 * len(first) / len(some):.0f}",
        f"{100 * np.mean([one.in_set for one in some]):.0f}",
        f"{100 * np.mean(off <= WITHIN):.0f}" if len(off) else "–",
        _mean([one.within for one in first]),
        f"{100 * np.median(off):.1f}" if len(off) else "–",
        _mean([one.inside for one in first]),
        f"{np.nanmedian([one.seconds for one in some]):.1f}",
    ]
    return " | ".join(cells)


def _mean(shares: list[float]) -> str:
    known = [share for share in shares if np.isfinite(share)]
    return f"{100 * np.mean(known):.0f}" if known else "–"


if __name__ == "__main__":
    main()
