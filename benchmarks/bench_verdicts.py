"""Does the verdict tell reaction and diffusion from what is not? Movies with planted violations.

    python benchmarks/bench_verdicts.py
    python benchmarks/bench_verdicts.py --systems a c --seeds 3 --first 500

Every movie is estimated as a user's would be, then judged. Columns: how many movies, how many of
them were called consistent, doubtful and contradicted, and in how many the planted violation was
named (its check finds it present or strong).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context

import torch

import systems
from napari_binn.inference.diagnostics import diagnose
from napari_binn.inference.estimate import estimate
from napari_binn.settings import InferenceSettings

#: Cells in the mean bin of the counted movies.
CELLS = 20.0
PLANTED = {
    "none": None,
    "drift": systems.Violation(velocity=(0.0, 0.12)),
    "growth": systems.Violation(growth_change=-0.5),
    "direction": systems.Violation(anisotropy=4.0),
}
TEXTS = {
    "none": "nothing",
    "drift": "a drift of 5 µm/h",
    "growth": "growth that falls from 1.5 to 0.5 of its mean",
    "direction": "D four times as large along x",
}
CASES = {"noise": "5 % noise", "counts": "20 cells a bin"}


@dataclass(frozen=True)
class Task:
    """One movie to judge."""

    planted: str
    case: str
    window: bool
    system: str
    seed: int


def main() -> None:
    """Judge all movies and print the table."""
    options = _options()
    tasks = [
        Task(planted, case, window, system, options.first + seed + 100 * number)
        for planted in PLANTED
        for case in CASES
        for window in (False, True)
        for number, system in enumerate(options.systems)
        for seed in range(options.seeds)
    ]
    found: dict[tuple[str, str, bool], list[tuple[str, bool]]] = {}
    context = get_context("spawn")
    with ProcessPoolExecutor(options.jobs, context, torch.set_num_threads, (1,)) as pool:
        running = {pool.submit(judge, task): task for task in tasks}
        for number, done in enumerate(as_completed(running), 1):
            task = running[done]
            print(f"{number}/{len(tasks)} {task}: {done.result()}", file=sys.stderr, flush=True)
            found.setdefault((task.planted, task.case, task.window), []).append(done.result())
    _table(found)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = list(systems.SYSTEMS)
    parser.add_argument("--systems", nargs="+", default=names, choices=names)
    parser.add_argument("--seeds", type=int, default=1, help="movies of each kind (default 1)")
    parser.add_argument("--first", type=int, default=5000, help="seed of the first (default 5000)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes (all cores)")
    return parser.parse_args()


def judge(task: Task) -> tuple[str, bool]:
    """Return the verdict on a movie, and whether what was planted is named."""
    noise, counts = 0.05, None
    if task.case == "counts":
        mean = float(systems.make(task.system, window=task.window).values.mean())
        noise, counts = 0.0, CELLS / mean
    seen = systems.make(
        task.system, noise, task.seed, counts=counts, window=task.window,
        violation=PLANTED[task.planted],
    )  # fmt: skip
    settings = InferenceSettings()
    verdict = diagnose(seen, estimate(seen, settings), settings)
    named = {check.name for check in verdict.checks if check.finding in ("present", "strong")}
    return verdict.level, task.planted in named


def _table(found: dict[tuple[str, str, bool], list[tuple[str, bool]]]) -> None:
    heads = ("planted", "movie", "border", "movies", "consistent", "doubtful", "contradicted",
             "named")  # fmt: skip
    print("| " + " | ".join(heads) + " |")
    print("|---" * len(heads) + "|")
    for (planted, case, window), results in sorted(
        found.items(), key=lambda item: list(PLANTED).index(item[0][0])
    ):
        levels = Counter(level for level, _ in results)
        cells = [TEXTS[planted], CASES[case], "open" if window else "closed", len(results)]
        cells += [levels[level] for level in ("consistent", "doubtful", "contradicted")]
        cells += ["–" if planted == "none" else sum(named for _, named in results)]
        print("| " + " | ".join(str(cell) for cell in cells) + " |")


if __name__ == "__main__":
    main()
