"""How fast and how well the network learns, beside the paper's recipe.

The tables of docs/performance.md:

    python benchmarks/bench_train.py                              everything; about an hour
    python benchmarks/bench_train.py --systems a --noise 0 --no-baseline
    python benchmarks/bench_train.py --set steps=1000 --set learning_rate=0.01 --no-baseline
    python benchmarks/bench_train.py --lung FOLDER                also the paper's own data
    python benchmarks/bench_train.py --json FILE --resume         go on with what FILE lacks
    python benchmarks/bench_train.py --device cuda                a GPU beside the CPU; minutes

Systems a, b and c: 15 x 11 bins, 9 frames over 2 days. Errors are relative L2 over the 5th-95th
percentile of u, the median of the members. Seconds are processor time of one core; every case runs
in a process of its own (see ``train_cases.py``). The baseline is one member trained as in the
paper; its early stopping (patience 500) ends it with noise, and without noise it goes on until both
curves are within 5 %. Ratios are between times for one member.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

import systems

CASES = Path(__file__).with_name("train_cases.py")
NAMES = ("a", "b", "c")
MEMBER_COUNTS = (1, 5, 16, 64, 256)
MOST_ON_CPU = 64
NOISE = 0.05
#: What is aimed at: ratio of the time to 5 %; final D and G without noise; D with noise [%].
RATIO = {"a": 100, "b": 200, "c": 100}
FINAL = {"a": (2, 0.5), "b": (2, 0.5), "c": (5, 1.2)}
NOISY = {"a": 18, "b": 17, "c": 20}
Found = dict[str, Any]


class Bench:
    """Runs cases in fresh processes and keeps what they found, in a file if one is given."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._kept: dict[str, Found] = {}
        if options.resume and options.json and options.json.exists():
            self._kept = json.loads(options.json.read_text())["cases"]

    def run(self, **case: Any) -> Found:
        """Return what a case of ``train_cases.py`` found."""
        options = self._options
        if case["kind"] == "baseline":
            case = {**case, "cap": options.baseline_seconds, "scale_D": options.baseline_scale}
        else:
            case = {"members": options.members, **case, "settings": options.set}
        text = json.dumps(case, sort_keys=True)
        if text not in self._kept:
            print(f"... {text}", file=sys.stderr, flush=True)
            self._kept[text] = _measured(text, case.get("device", "cpu"))
            if options.json:
                options.json.write_text(
                    json.dumps({"machine": machine(), "cases": self._kept}, indent=1)
                )
        return self._kept[text]

    @property
    def memory(self) -> float:
        """The highest peak of our trainings [MB]."""
        ours = ('"ours"', '"watched"', '"lung"')
        kept = [f["memory"] for text, f in self._kept.items() if any(kind in text for kind in ours)]
        return max(kept, default=np.nan)


def _measured(text: str, device: str) -> Found:
    one = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    done = subprocess.run(
        [sys.executable, str(CASES), text],
        capture_output=True,
        text=True,
        env={**os.environ, **(one if device == "cpu" else {})},
    )
    if done.returncode:
        raise SystemExit(f"{text} failed:\n{done.stderr}")
    found: Found = json.loads(done.stdout)
    return found


def main() -> None:
    """Run the tables that were asked for."""
    options = _options()
    bench = Bench(options)
    print(f"{machine()}; {options.members} members", *options.set, sep=", ")
    if options.device != "cpu" or options.scale:
        _devices(bench, options)
        return
    if 0.0 in options.noise:
        _table(_clean(bench, options))
    if any(options.noise):
        _table(_noisy(bench, options))
    _table(_costs(bench, options))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--systems", nargs="+", default=list(NAMES), choices=NAMES)
    parser.add_argument("--noise", nargs="+", type=float, default=[0.0, NOISE])
    parser.add_argument("--seeds", type=int, default=4, help="seeds of the noise")
    parser.add_argument("--members", type=int, default=5)
    parser.add_argument("--set", action="append", default=[], help="key=value of the settings")
    parser.add_argument("--no-baseline", dest="baseline", action="store_false")
    parser.add_argument(
        "--baseline-seconds", type=float, default=600.0, help="the baseline is ended after them"
    )
    parser.add_argument(
        "--baseline-seeds", type=int, default=1, help="seeds of the noise it is trained on"
    )
    parser.add_argument(
        "--baseline-scale",
        type=float,
        default=1.0,
        help="its D for an output of 1 [mm²/day]; 0.1 starts nearer to the truth than the paper's",
    )
    parser.add_argument("--lung", type=Path, help="folder of the lung cancer cell positions")
    parser.add_argument("--device", default="cpu")
    parser.add_argument(
        "--scale", nargs="*", type=int, default=[], help="only time ensembles of these sizes"
    )
    parser.add_argument("--json", type=Path, help="also write every number there")
    parser.add_argument("--resume", action="store_true", help="keep the cases that it holds")
    return parser.parse_args()


def _clean(bench: Bench, options: argparse.Namespace) -> Iterator[list[str]]:
    yield [
        "no noise", "both within 5 % after", "a member", "the paper's recipe, a member", "ratio",
        "aim", "final D / G", "aim", "all of it",
    ]  # fmt: skip
    for name in options.systems:
        ours = bench.run(kind="ours", system=name)
        member = None if ours["within"] is None else ours["within"] / options.members
        theirs, ratio = _baseline_within(bench, options, name, member)
        D, G = FINAL[name]
        yield [
            f"{name}: {systems.SYSTEMS[name].text}",
            _seconds(ours["within"]),
            _seconds(member),
            theirs,
            ratio,
            f"≥ {RATIO[name]}",
            f"{ours['D']:.2f} / {ours['G']:.2f} %",
            f"≤ {D} / {G} %",
            _seconds(ours["seconds"]),
        ]


def _baseline_within(
    bench: Bench, options: argparse.Namespace, name: str, member: float | None
) -> tuple[str, str]:
    """Return how long the baseline takes to be within 5 %, and how many times as long as ours."""
    if not options.baseline:
        return "–", "–"
    found = bench.run(kind="baseline", system=name)
    if found["within"] is not None:
        ratio = "–" if member is None else f"{found['within'] / member:.0f}"
        return _seconds(found["within"]), ratio
    ratio = "–" if member is None else f"> {found['seconds'] / member:.0f}"
    stopped = found["stopped"]
    said = "" if stopped is None else f"; it would have stopped after {_seconds(stopped)}"
    return (
        f"not in {_seconds(found['seconds'])} (D {found['D']:.0f} %, G {found['G']:.1f} %{said})",
        ratio,
    )


def _noisy(bench: Bench, options: argparse.Namespace) -> Iterator[list[str]]:
    yield [
        "5 % noise", f"D, median of {options.seeds} seeds (each)", "aim", "G", "time", "a member",
        "the paper's recipe: D / G", "its time, a member", "ratio", "aim",
    ]  # fmt: skip
    for noise in filter(None, options.noise):
        for name in options.systems:
            each = [
                bench.run(kind="ours", system=name, noise=noise, seed=seed)
                for seed in range(options.seeds)
            ]
            D, G, seconds = (np.array([found[k] for found in each]) for k in ("D", "G", "seconds"))
            member = float(np.median(seconds)) / options.members
            yield [
                name if noise == NOISE else f"{name} ({100 * noise:g} %)",
                f"{np.median(D):.1f} % ({', '.join(f'{d:.1f}' for d in D)})",
                f"≤ {NOISY[name]} %",
                f"{np.median(G):.1f} %",
                _seconds(float(np.median(seconds))),
                _seconds(member),
                *_baseline_noisy(bench, options, name, noise, member),
                "≥ 100",
            ]


def _baseline_noisy(
    bench: Bench, options: argparse.Namespace, name: str, noise: float, member: float
) -> tuple[str, str, str]:
    if not options.baseline:
        return "–", "–", "–"
    each = [
        bench.run(kind="baseline", system=name, noise=noise, seed=seed)
        for seed in range(options.baseline_seeds)
    ]
    D, G, seconds = (float(np.median([f[k] for f in each])) for k in ("D", "G", "seconds"))
    ended = all(found["stopped"] is not None for found in each)
    said = "its early stopping" if ended else "ended by the limit"
    return f"{D:.1f} / {G:.1f} %", f"{_seconds(seconds)} ({said})", f"{seconds / member:.0f}"


def _costs(bench: Bench, options: argparse.Namespace) -> Iterator[list[str]]:
    yield ["what it costs", "found", "aim"]
    found = bench.run(kind="watched", system=options.systems[0])
    yield ["pictures for a window, of the training's time", f"{found['percent']:.1f} %", "≤ 5 %"]
    if options.lung is not None:
        yield from _lung(bench, options.lung)
    if options.baseline:
        found = bench.run(kind="recipe")
        ratio = found["rate"] / found["plain"]
        yield [
            "the paper's recipe by this engine (recipe = paper), steps/s of a member",
            f"{found['rate']:.0f}, {ratio:.1f} x as many as plainly written",
            "–",
        ]
    yield ["peak memory of a process", f"{bench.memory:.0f} MB", "≤ 800 MB"]


def _lung(bench: Bench, folder: Path) -> Iterator[list[str]]:
    """Two replicates: the time is to be met on the first, the paper's losses are of the second."""
    for replicate, time_aim, loss_aim in ((1, "≤ 10 s", "–"), (2, "–", "≤ 0.0125-0.013")):
        found = bench.run(kind="lung", seed=replicate, folder=str(folder))
        left_out, residual = found["validation"], found["residual_per_day"]
        steps = f"{found['step']:.0f} steps"
        yield [f"lung replicate {replicate}", f"{_seconds(found['seconds'])} ({steps})", time_aim]
        yield ["its mean squared misfit, left out", f"{left_out:.5f}", loss_aim]
        both = "the same plus the squared residual, as in the paper"
        yield [both, f"{left_out + residual:.5f}", loss_aim]
        yield ["its mean squared misfit, trained on", f"{found['data']:.5f}", "–"]


def _devices(bench: Bench, options: argparse.Namespace) -> None:
    """Print what ensembles of growing size cost on a device and on one core of the CPU."""
    places = list(dict.fromkeys([options.device, "cpu"]))
    counts = options.scale or MEMBER_COUNTS
    what = ("both within 5 % after", "all of it", "peak memory")

    def rows() -> Iterator[list[str]]:
        rates = [f"members x steps/s, {place}" for place in places]
        yield ["members", *rates, *(f"{w}, {place}" for place in places for w in what)]
        for count in counts:
            cases = [{"members": count, "device": place} for place in places]
            found = [bench.run(kind="throughput", **case) for case in cases]
            trained = [_trained(bench, options, case) for case in cases]
            rates = [f"{f['rate']:.0f}" for f in found]
            yield [str(count), *rates, *(cell for cells in trained for cell in cells)]

    _table(rows())
    name = bench.run(kind="throughput", members=counts[0], device=options.device)["name"]
    print(f"\n{options.device}: {name or _processor()}; cpu: one core of {_processor()}")


def _trained(bench: Bench, options: argparse.Namespace, case: dict[str, Any]) -> list[str]:
    """Return how long a whole training takes, and its memory, if that is a matter of minutes."""
    if case["device"] == "cpu" and case["members"] > MOST_ON_CPU:
        return ["–"] * 3
    found = bench.run(kind="ours", system=options.systems[0], **case)
    return [_seconds(found["within"]), _seconds(found["seconds"]), f"{found['memory']:.0f} MB"]


def _table(rows: Iterable[list[str]]) -> None:
    """Print rows as Markdown, each as soon as it is known."""
    for number, row in enumerate(rows):
        print(("\n" if number == 0 else "") + "| " + " | ".join(row) + " |", flush=True)
        if number == 0:
            print("|" + " --- |" * len(row))


def _seconds(value: float | None) -> str:
    if value is None:
        return "not reached"
    return f"{value:.2g} s" if value < 10 else f"{value:.0f} s"


def machine() -> str:
    """Return the versions and the processor, in words."""
    parts = [
        f"Python {platform.python_version()}",
        *(f"{p} {version(p)}" for p in ("torch", "numpy")),
    ]
    return ", ".join([*parts, f"{_processor()} ({os.cpu_count()} cores; one is used)"])


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    main()
