"""The paper's own data: count error of the simulated formula beside the paper's.

    python benchmarks/bench_lung.py ../shared/data/lung_cancer

Cell positions of three wells, 15 x 11 bins, seed 0. Each well is run as a user would run it. The
tables: how well the formula reproduces each well; its forecast of the last third beside those of
guesses that know no law; whether the wells tell the same D(u) and G(u), in pairs and together; and
whether one pair of formulas serves all of them.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from napari_binn.density.model import Density
from napari_binn.equations.joint import fit_jointly
from napari_binn.equations.model import Equation, Formula
from napari_binn.inference.consistency import CurveConsistency, consistency
from napari_binn.inference.estimate import estimate
from napari_binn.inference.terms import Terms
from napari_binn.metric_words import FORECASTS, GUESSES
from napari_binn.run.folder import RunFolder
from napari_binn.settings import InferenceSettings

#: Replicate: pattern of its files, count error of the paper's formula [%] (arXiv:2604.18548).
REPLICATES = {
    1: ("*rep1_2_rep2_5*", 5.63),
    2: ("*rep1_2_rep2_3*", 3.94),
    3: ("*rep1_3_rep2_1*", 6.55),
}
#: Forms that are tried on all wells at once, with constants to start from; u = 1 is the highest
#: density of all wells.
FORMS = {
    "power, logistic": ("5.0*u^5.0", "1.0*(1 - u/1.5)"),
    "power, exponential growth": ("5.0*u^5.0", "0.9"),
    "exponential, logistic": ("0.0002*exp(12.0*u)", "1.0*(1 - u/1.5)"),
    "linear, logistic": ("0.02*u", "1.0*(1 - u/1.5)"),
    "constant, logistic": ("0.005", "1.0*(1 - u/1.5)"),
}
#: Densities at which the curves are printed [cells/mm²].
DENSITIES = (200, 400, 600, 800, 1000)


def main() -> None:
    """Run all replicates and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=Path("../shared/data/lung_cancer"))
    parser.add_argument("--bins", default="15x11")
    parser.add_argument("--out", type=Path, help="keep the runs here; read those that are")
    options = parser.parse_args()
    if not options.folder.is_dir():
        sys.exit(f"The folder {options.folder} does not exist: give the folder of the positions.")
    with tempfile.TemporaryDirectory() as scratch:
        runs = {
            number: _run(options.folder, pattern, options.bins, (options.out or Path(scratch)))
            for number, (pattern, _) in REPLICATES.items()
        }
        summaries = {number: run.load_summary() for number, run in runs.items()}
        _fits(summaries)
        _forecasts(summaries)
        _agreement({number: run.load_terms() for number, run in runs.items()})
        _one_law([run.load_density() for run in runs.values()])


def _run(folder: Path, pattern: str, bins: str, out: Path) -> RunFolder:
    path = out / pattern.strip("*")
    if not (path / "summary.json").is_file():
        command = [sys.executable, "-m", "napari_binn", "run", str(folder)]
        command += ["--pattern", pattern, "--bins", bins, "--out", str(path)]
        subprocess.run(command, check=True, capture_output=True)
    return RunFolder.open(path)


def _one_law(movies: list[Density]) -> None:
    """Print how well one pair of formulas serves all wells, its constants shared or not."""
    scale = max(movie.scale for movie in movies)
    settings = InferenceSettings()
    wells = [(movie, estimate(movie, settings, scale=scale)) for movie in movies]
    print(f"\nOne law for all wells, u = density / ({scale:.0f} cells/mm²):\n")
    print("| forms | D(u) | G(u) | deviance of each well | BIC, shared | BIC, each its own |")
    print("|---" * 6 + "|")
    for name, (D, G) in FORMS.items():
        pair = Equation(Formula(D, 1, "", "user"), Formula(G, 1, "", "user"))
        found = fit_jointly(wells, pair)
        misfits = ", ".join(f"{value:.2f}" for value in found.deviance_per_bin)
        print(
            f"| {name} | `{found.D}` | `{found.G}` | {misfits} | {found.bic_shared:.0f} | "
            f"{found.bic_apart:.0f} |",
            flush=True,
        )


def _fits(summaries: dict[int, dict[str, Any]]) -> None:
    print("| replicate | paper % | ours % | rel. L2 | deviance | border | seconds | D(u) | G(u) |")
    print("|---" * 9 + "|")
    for number, summary in summaries.items():
        metrics, law = summary["metrics"], summary["equation"]
        print(
            f"| {number} | {REPLICATES[number][1]:.2f} | {metrics['count_error_percent']:.2f} | "
            f"{metrics['relative_l2']:.2f} | {metrics['deviance_per_bin']:.2f} | "
            f"{summary['boundary']['kind']} | {summary['seconds']['total']:.0f} | "
            f"`{law['D']}` | `{law['G']}` |"
        )


def _forecasts(summaries: dict[int, dict[str, Any]]) -> None:
    """Print count error [%] and deviance per bin of the last third; the best of a row is bold."""
    print("\n| replicate | | this law | " + " | ".join(GUESSES.values()) + " |")
    print("|---" * (3 + len(GUESSES)) + "|")
    for number, summary in summaries.items():
        for key, words in FORECASTS.items():
            values = [summary["metrics"].get(name) for name in (key, *_of_guesses(key))]
            print(f"| {number} | {words.name} | " + " | ".join(_marked(values)) + " |")


def _of_guesses(key: str) -> Iterable[str]:
    return (f"{key}_{guess}" for guess in GUESSES)


def _marked(values: list[float | None]) -> list[str]:
    best = min((value for value in values if value is not None), default=None)
    texts = ["none" if value is None else f"{value:.2f}" for value in values]
    return [
        f"**{text}**" if value == best else text for text, value in zip(texts, values, strict=True)
    ]


def _agreement(terms: dict[int, Terms]) -> None:
    """Print the curves with their bands, and whether the replicates agree within them."""
    print("\n| replicate | " + " | ".join(f"{at} cells/mm²" for at in DENSITIES) + " |")
    print("|---" * (1 + len(DENSITIES)) + "|")
    for name in ("D", "G"):
        for number, one in terms.items():
            print(f"| {name}, {number} | " + " | ".join(_bands(one, name)) + " |")
    print("\n| replicates | common range | p of D | p of G | in words |")
    print("|---" * 5 + "|")
    for count in (2, 3):
        for which in combinations(terms, count):
            found = consistency([terms[number] for number in which], "cells/mm²")
            print(
                f"| {', '.join(map(str, which))} | {found.low:.0f}-{found.high:.0f} | "
                f"{_p(found.D)} | {_p(found.G)} | {found.sentence} |"
            )


def _bands(terms: Terms, name: str) -> list[str]:
    """Return a curve with its 90 % band at each density; "-" where it is not supported."""
    density = terms.u * terms.density_scale
    known = np.interp(DENSITIES, density, terms.supported.astype(float)) > 0.5
    middle, low, high = (
        np.interp(DENSITIES, density, getattr(terms, f"{name}{end}"))
        for end in ("", "_low", "_high")
    )
    return [
        f"{m:.2g} ({a:.2g} to {b:.2g})" if ok else "-"
        for m, a, b, ok in zip(middle, low, high, known, strict=True)
    ]


def _p(curve: CurveConsistency | None) -> str:
    return "-" if curve is None else f"{curve.p:.2g}"


if __name__ == "__main__":
    main()
