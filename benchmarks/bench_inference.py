"""Are the bands of D(u) and G(u) honest? Movies with a known law, many seeds of their noise.

    python benchmarks/bench_inference.py                          everything; a table at the end
    python benchmarks/bench_inference.py --systems a c --cases noise --windows open --seeds 5
    python benchmarks/bench_inference.py --set knots=9 --jobs 1
    python benchmarks/bench_inference.py --out FILE --resume      go on with what FILE lacks
    python benchmarks/bench_inference.py --scaling                time against the size of a movie

Every system comes as a closed field and as an open window cut out of a larger one. Columns:

* D %, G %: relative L2 error over the 5th-95th percentile of u, the median of the seeds.
* sd D %, sd G %: what the bands say it should be (one sd, over the supported range).
* off/sd: root-mean-square error over seeds and the supported range / predicted sd; honest is 1.
* in D, in G: share of the supported range whose 90 % band holds the truth; honest is 0.90.
* known: share of the observed densities that lie in the supported range.
* CPU s: median processor time of an estimate, on one core.
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

import systems
from napari_binn.density.model import Density
from napari_binn.errors import UserError
from napari_binn.inference.estimate import estimate
from napari_binn.inference.terms import Terms
from napari_binn.settings import InferenceSettings, Settings, merge_all, parse_assignment

Array = systems.Array
Z90 = 1.6448536269514722  # two-sided 90 % of a normal distribution
#: Cells in the mean bin of the counted movies.
CELLS = 20.0
CASES = {
    "clean": "no noise, 9 frames",
    "noise": "5 % noise, 9 frames",
    "noise16": "5 % noise, 16 frames",
    "counts": "20 cells a bin, 9 frames",
}
WINDOWS = ("closed", "open")
#: What is aimed at: error of D and G [%] and time [s] without noise, and honest bands.
CLEAN_D, CLEAN_G, CLEAN_SECONDS = {"closed": 1.5, "open": 3.0}, 0.3, 2.0
MOST_OFF, COVERAGE = 1.15, (0.85, 0.95)
#: Bins (Y, X) and frames of the movies of --scaling.
SIZES = ((11, 15, 9), (22, 30, 9), (32, 32, 16), (48, 48, 24), (64, 64, 50), (128, 128, 50))


@dataclass(frozen=True)
class Task:
    """One movie to estimate."""

    system: str
    case: str
    window: str
    seed: int


@dataclass(frozen=True)
class Score:
    """How one estimate compares with the truth; squares are means over the supported range.

    ``sd`` and ``off`` of D are those of log D, of G in units of its root-mean-square.
    """

    error_D: float
    error_G: float
    off_D: float
    off_G: float
    sd_D: float
    sd_G: float
    inside_D: float
    inside_G: float
    known: float
    seconds: float
    failure: str = ""


def main() -> None:
    """Run what was asked for and print the table."""
    options = _options()
    settings = Settings.build(
        merge_all(*(parse_assignment(f"inference.{text}") for text in options.set))
    ).inference
    if options.scaling:
        _scaling(settings)
        return
    scores = _kept(options.out) if options.resume and options.out is not None else {}
    tasks = [task for task in _tasks(options) if task not in scores]
    context = get_context("spawn")
    with ProcessPoolExecutor(options.jobs, context, torch.set_num_threads, (1,)) as pool:
        running = {pool.submit(run, task, settings): task for task in tasks}
        for number, done in enumerate(as_completed(running), 1):
            task = running[done]
            scores[task] = done.result()
            _tell(number, len(tasks), task, scores[task], options.out)
    _table(scores, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = list(systems.SYSTEMS)
    parser.add_argument("--systems", nargs="+", default=names, choices=names)
    parser.add_argument("--cases", nargs="+", default=list(CASES), choices=list(CASES))
    parser.add_argument("--windows", nargs="+", default=list(WINDOWS), choices=WINDOWS)
    parser.add_argument("--seeds", type=int, default=20, help="seeds of the noise (default 20)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes (all cores)")
    parser.add_argument("--set", action="append", default=[], help="key=value of the settings")
    parser.add_argument("--out", type=Path, help="write each estimate's score as a line of JSON")
    parser.add_argument("--resume", action="store_true", help="go on with what --out lacks")
    parser.add_argument("--scaling", action="store_true", help="time against size instead")
    return parser.parse_args()


def _kept(path: Path) -> dict[Task, Score]:
    """Return the scores that a file holds."""
    scores = {}
    names = Task.__annotations__
    for line in path.read_text().splitlines() if path.exists() else ():
        values = json.loads(line)
        task = Task(**{name: values.pop(name) for name in names})
        scores[task] = Score(**values)
    return scores


def _tasks(options: argparse.Namespace) -> Iterator[Task]:
    for case in options.cases:
        for window in options.windows:
            for system in options.systems:
                for seed in range(1 if case == "clean" else options.seeds):
                    yield Task(system, case, window, seed)


def movie(task: Task) -> Density:
    """Return the density of a task."""
    window = task.window == "open"
    frames = 16 if task.case == "noise16" else 9
    # Other noise for every system, so that their seeds add up.
    seed = task.seed + 1000 * list(systems.SYSTEMS).index(task.system)
    noise, counts = 0.0, None
    if task.case.startswith("noise"):
        noise = 0.05
    elif task.case == "counts":
        counts = CELLS / float(systems.make(task.system, window=window).values.mean())
    return systems.make(task.system, noise, seed, frames, counts=counts, window=window)


def run(task: Task, settings: InferenceSettings) -> Score:
    """Estimate one movie and compare with its law."""
    density = movie(task)
    began = time.process_time()
    try:
        terms = estimate(density, settings)
    except UserError as error:
        nothing = (float("nan"),) * 8
        return Score(*nothing, 0.0, time.process_time() - began, str(error))
    seconds = time.process_time() - began
    return score(density, terms, systems.SYSTEMS[task.system], seconds)


def score(density: Density, terms: Terms, system: systems.System, seconds: float) -> Score:
    """Compare an estimate with the law it should have found."""
    known = terms.supported
    u = terms.u[known] * terms.density_scale
    D, G = system.D(u), system.G(u)
    size_G = float(np.sqrt(np.mean(G**2))) if known.any() else float("nan")
    return Score(
        error_D=systems.curve_error(density, terms.u, terms.D, system.D),
        error_G=systems.curve_error(density, terms.u, terms.G, system.G),
        off_D=_mean_square(np.log(terms.D[known] / D)),
        off_G=_mean_square((terms.G[known] - G) / size_G),
        sd_D=_mean_square(np.log(terms.D_high[known] / terms.D_low[known]) / (2 * Z90)),
        sd_G=_mean_square((terms.G_high[known] - terms.G_low[known]) / (2 * Z90 * size_G)),
        inside_D=_share((terms.D_low[known] <= D) & (terms.D_high[known] >= D)),
        inside_G=_share((terms.G_low[known] <= G) & (terms.G_high[known] >= G)),
        known=float(terms.weight[known].sum()),
        seconds=seconds,
    )


def _mean_square(values: Array) -> float:
    return float(np.mean(values**2)) if len(values) else float("nan")


def _share(inside: Array) -> float:
    return float(np.mean(inside)) if len(inside) else float("nan")


def _tell(number: int, count: int, task: Task, score: Score, out: Path | None) -> None:
    found = score.failure or f"D {100 * score.error_D:.1f} %, G {100 * score.error_G:.2f} %"
    name = f"{task.system} {task.case} {task.window} {task.seed}"
    print(f"{number}/{count} {name}: {found}, {score.seconds:.1f} s", file=sys.stderr, flush=True)
    if out is not None:
        with out.open("a") as file:
            file.write(json.dumps(asdict(task) | asdict(score)) + "\n")


def _table(scores: dict[Task, Score], options: argparse.Namespace) -> None:
    heads = "D %|G %|sd D %|sd G %|D off/sd|G off/sd|in D|in G|known|CPU s|met"
    for case in options.cases:
        for window in options.windows:
            print(f"\n### {CASES[case]}, {window}\n")
            print("| system | " + heads.replace("|", " | ") + " |")
            print("|---" * (2 + heads.count("|")) + "|")
            rows = {name: _of(scores, name, case, window) for name in options.systems}
            for name, row in rows.items():
                print(_row(name, row, case, window))
            if len(rows) > 1:
                together = [score for row in rows.values() for score in row]
                print(_row("**all**", together, case, window))


def _of(scores: dict[Task, Score], system: str, case: str, window: str) -> list[Score]:
    return [
        score
        for task, score in scores.items()
        if (task.system, task.case, task.window) == (system, case, window)
    ]


def _row(name: str, row: list[Score], case: str, window: str) -> str:
    failed = sum(bool(score.failure) for score in row)
    columns = {key: np.array([getattr(s, key) for s in row]) for key in Score.__annotations__
               if key != "failure"}  # fmt: skip
    without = int(np.isnan(columns["inside_D"]).sum()) - failed
    with np.errstate(invalid="ignore"):
        middle = {key: _median(values) for key, values in columns.items()}
        off_D = np.sqrt(_mean(columns["off_D"]) / _mean(columns["sd_D"]))
        off_G = np.sqrt(_mean(columns["off_G"]) / _mean(columns["sd_G"]))
    inside = _mean(columns["inside_D"]), _mean(columns["inside_G"])
    if case == "clean":
        met = 100 * middle["error_D"] <= CLEAN_D[window]
        if window == "closed":
            met &= 100 * middle["error_G"] <= CLEAN_G and middle["seconds"] <= CLEAN_SECONDS
    else:
        met = max(off_D, off_G) <= MOST_OFF
        met &= all(COVERAGE[0] <= share <= COVERAGE[1] for share in inside)
    notes = ["yes" if met else "no"]
    notes += [f"{without} know nothing of D"] * (without > 0) + [f"{failed} failed"] * (failed > 0)
    cells = [
        f"{100 * middle['error_D']:.1f}", f"{100 * middle['error_G']:.2f}",
        f"{100 * np.sqrt(middle['sd_D']):.1f}", f"{100 * np.sqrt(middle['sd_G']):.2f}",
        f"{off_D:.2f}", f"{off_G:.2f}", f"{inside[0]:.2f}", f"{inside[1]:.2f}",
        f"{_mean(columns['known']):.2f}", f"{middle['seconds']:.2f}", ", ".join(notes),
    ]  # fmt: skip
    return f"| {name} | " + " | ".join(cells) + " |"


def _median(values: Array) -> float:
    some = values[~np.isnan(values)]
    return float(np.median(some)) if len(some) else float("nan")


def _mean(values: Array) -> float:
    some = values[~np.isnan(values)]
    return float(np.mean(some)) if len(some) else float("nan")


def _scaling(settings: InferenceSettings) -> None:
    """Print the time of an estimate against the size of the movie (system a, 5 % noise)."""
    print("| bins | frames | fitted on | CPU s | wall s | µs a bin and frame | D % | G % |")
    print("|---|---|---|---|---|---|---|---|")
    for ny, nx, frames in SIZES:
        density = systems.make("a", 0.05, 0, frames, (ny, nx))
        cpu, wall = time.process_time(), time.perf_counter()
        terms = estimate(density, settings)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        _, rows, columns = terms.surface.shape
        law = systems.SYSTEMS["a"]
        print(
            f"| {nx} x {ny} | {frames} | {columns} x {rows} | {cpu:.1f} | {wall:.1f} | "
            f"{1e6 * wall / density.values.size:.1f} | "
            f"{100 * systems.curve_error(density, terms.u, terms.D, law.D):.1f} | "
            f"{100 * systems.curve_error(density, terms.u, terms.G, law.G):.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
