"""How fast and how well the network learns: systems with a known law, and the paper's own data.

    python benchmarks/bench_train.py                        all systems, without and with noise
    python benchmarks/bench_train.py --systems a c --noise 0
    python benchmarks/bench_train.py --set steps=1000 --set learning_rate=0.01
    python benchmarks/bench_train.py --lung FOLDER          also the three lung movies

Runs on one thread. Errors are relative L2 over the 5th-95th percentile of u: the median of the
members, and that of their mean curve.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import numpy as np
import torch

import paper_recipe
import systems
from napari_binn.binn.device import resolve_device
from napari_binn.binn.result import BinnResult
from napari_binn.binn.train import train
from napari_binn.density.model import Density
from napari_binn.settings import BinnSettings, Settings, merge_all, parse_assignment

FIELD_MM, BINS, HOURS = (1.410, 1.050), (15, 11), 24.0
# Tags of the replicates in the file names, and validation losses that the paper states.
REPLICATES = {1: "rep1_2_rep2_5", 2: "rep1_2_rep2_3", 3: "rep1_3_rep2_1"}
PAPER_LOSS = {2: "0.0123-0.0131"}


def main() -> None:
    """Run the tables that were asked for."""
    options = _options()
    torch.set_num_threads(1)
    device = resolve_device(options.device)
    chosen = merge_all(*(parse_assignment(f"binn.{text}") for text in options.set))
    settings = Settings.build(chosen).binn
    _table(options, settings, device)
    if options.paper_seconds > 0:
        _paper(options.systems[0], options.paper_seconds, settings, device)
    if options.lung is not None:
        for replicate in REPLICATES:
            _lung(options.lung, replicate, settings, device)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--systems", nargs="+", default=list("abc"), choices=list("abc"))
    parser.add_argument("--noise", nargs="+", type=float, default=[0.0, 0.05])
    parser.add_argument("--seeds", type=int, default=2, help="seeds of the noise")
    parser.add_argument("--frames", type=int, default=9)
    parser.add_argument("--counts", type=float, help="cells in a bin of u = 1: Poisson counts")
    parser.add_argument("--set", action="append", default=[], help="key=value of the settings")
    parser.add_argument("--paper-seconds", type=float, default=10.0, help="0: leave it out")
    parser.add_argument("--lung", type=Path, help="folder of the lung cancer cell positions")
    parser.add_argument("--device", default="cpu")
    return parser.parse_args()


def _table(options: argparse.Namespace, settings: BinnSettings, device: str) -> None:
    print(f"{settings.members} members, {settings.steps} steps; errors: median member (mean curve)")
    print("system noise seed      s  steps/s    D %           G %           misfit")
    for name in options.systems:
        for noise in options.noise:
            for seed in range(options.seeds if noise or options.counts else 1):
                density = systems.make(name, noise, seed, options.frames, counts=options.counts)
                result = train(density, settings, seed, device)
                print(f"{name:6} {noise:5.2f} {seed:4d} {_line(density, name, result)}", flush=True)


def _line(density: Density, name: str, result: BinnResult) -> str:
    system, columns = systems.SYSTEMS[name], []
    for curves, truth in ((result.D, system.D), (result.G, system.G)):
        each = [systems.curve_error(density, result.u, curve, truth) for curve in curves]
        mean = systems.curve_error(density, result.u, curves.mean(0), truth)
        columns.append(f"{100 * np.median(each):5.1f} ({100 * mean:5.1f})")
    rate = result.steps / result.seconds
    misfit = result.losses["validation"][-1]
    return f"{result.seconds:6.1f} {rate:8.0f} {columns[0]} {columns[1]} {misfit:.2e}"


def _paper(name: str, seconds: float, settings: BinnSettings, device: str) -> None:
    """Compare the speed of a step with that of the paper's recipe, member for member."""
    density = systems.make(name)
    paper = paper_recipe.train(density, 0, steps=10**9, seconds=seconds)
    ours = train(density, settings.model_copy(update={"steps": 300}), 0, device)
    slow, fast = paper.steps / paper.seconds, ours.steps * ours.members / ours.seconds
    print(
        f"the paper's recipe: {slow:.0f} steps/s of one member, after {paper.steps} steps D "
        f"{100 * systems.curve_error(density, paper.u, paper.D, systems.SYSTEMS[name].D):.0f} % off"
    )
    print(f"here: {fast:.0f} member steps/s, {fast / slow:.1f} times as many")


def _lung(folder: Path, replicate: int, settings: BinnSettings, device: str) -> None:
    """Train on one replicate of the lung movies, binned and normalised as in the paper."""
    density = _lung_density(folder, replicate)
    result = train(density, settings, 0, device)
    losses = {key: column[-1] for key, column in result.losses.items()}
    print(
        f"lung replicate {replicate}: {result.seconds:.1f} s, misfit of validation "
        f"{losses['validation']:.5f} (paper: {PAPER_LOSS.get(replicate, 'not stated')}), "
        f"of training {losses['data']:.5f}"
    )
    at = np.searchsorted(result.u, [0.1, 0.3, 0.5])
    for name, curves, unit in (("D", result.D, "mm²/day"), ("G", result.G, "1/day")):
        print(f"  {name} at u = 0.1, 0.3, 0.5: {curves.mean(0)[at].round(5)} {unit}")


def _lung_density(folder: Path, replicate: int) -> Density:
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


if __name__ == "__main__":
    main()
