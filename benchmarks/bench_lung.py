"""The paper's own data: count error of the simulated formula beside the paper's.

    python benchmarks/bench_lung.py ../shared/data/lung_cancer

Cell positions of three wells, 15 x 11 bins, seed 0. Each well is run as a user would run it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

#: Replicate: pattern of its files, count error of the paper's formula [%] (arXiv:2604.18548).
REPLICATES = {
    1: ("*rep1_2_rep2_5*", 5.63),
    2: ("*rep1_2_rep2_3*", 3.94),
    3: ("*rep1_3_rep2_1*", 6.55),
}


def main() -> None:
    """Run all replicates and print one row each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=Path("../shared/data/lung_cancer"))
    parser.add_argument("--bins", default="15x11")
    options = parser.parse_args()
    if not options.folder.is_dir():
        sys.exit(f"The folder {options.folder} does not exist: give the folder of the positions.")
    print("replicate  paper %  ours %  rel. L2  deviance  forecast %  seconds  D(u) | G(u)")
    with tempfile.TemporaryDirectory() as scratch:
        for number, (pattern, paper) in REPLICATES.items():
            out = Path(scratch) / str(number)
            command = [sys.executable, "-m", "napari_binn", "run", str(options.folder)]
            command += ["--pattern", pattern, "--bins", options.bins, "--out", str(out)]
            subprocess.run(command, check=True, capture_output=True)
            summary = json.loads((out / "summary.json").read_text())
            metrics, law = summary["metrics"], summary["equation"]
            forecast = metrics["forecast_count_error_percent"]
            print(
                f"{number:9d}  {paper:7.2f}  {metrics['count_error_percent']:6.2f}  "
                f"{metrics['relative_l2']:7.3f}  {metrics['deviance_per_bin']:8.3f}  "
                f"{'   none' if forecast is None else format(forecast, '10.2f')}  "
                f"{summary['seconds']['total']:7.0f}  {law['D']} | {law['G']}"
            )


if __name__ == "__main__":
    main()
