"""From a click on a formula in the table to its simulated layer, on a large movie.

    python benchmarks/bench_click.py              system b, 128 x 128 bins, 25 frames, 5 % noise
    python benchmarks/bench_click.py --clicks 20 --json FILE

The formulas are found first, from few steps of training: how good they are plays no part. Then the
run is opened in a napari of its own size (1280 x 720) and one row after the other is clicked. The
first click also starts the engine, unless something was computed with it before; it is told apart.
A time is from the click to the moment at which the layer *simulated* holds the new movie.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QEventLoop, Qt, QTimer
from qtpy.QtTest import QTest

import systems
from napari_binn.density.npz import save_density

if TYPE_CHECKING:
    import napari

    from napari_binn.gui.discover.dock import DiscoverDock

SYSTEM, NOISE, SHAPE, FRAMES, BIN_SIZE = "b", 0.05, (128, 128), 25, 0.02
STEPS = 60
#: Longest wait for a layer [s].
PATIENCE = 60.0


def main() -> None:
    """Make the run, click through its formulas, print the times."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clicks", type=int, default=10)
    parser.add_argument("--run", type=Path, help="make the run here, or use the one that is here")
    parser.add_argument("--json", type=Path, help="file for all times")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NAPARI_CONFIG"] = str(Path(folder) / "settings.yaml")
        run = options.run or Path(folder) / "run"
        if not run.exists():
            _make_run(run, Path(folder))
        times = _click_through(run, options.clicks)
    print(
        f"{os.cpu_count()} processors, Python {platform.python_version()}; {SHAPE[0]} x {SHAPE[1]} "
        f"bins, {FRAMES} frames"
    )
    first, later = times[0], np.array(times[1:])
    print(f"first click, with the start of the engine: {first:.2f} s")
    print(f"later clicks: median {np.median(later):.2f} s, longest {later.max():.2f} s")
    if options.json is not None:
        options.json.write_text(json.dumps(times))


def _make_run(run: Path, folder: Path) -> None:
    file = folder / "movie.npz"
    save_density(
        file,
        systems.make(SYSTEM, NOISE, frames=FRAMES, shape=SHAPE, bin_size=BIN_SIZE, finer=2),
    )
    print("learning (once)", flush=True)
    settings = (f"binn.steps={STEPS}", "binn.members=1", "inference.boundary=closed")
    command = [sys.executable, "-m", "napari_binn", "run", str(file), "--out", str(run)]
    for setting in settings:
        command += ["--set", setting]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _click_through(run: Path, clicks: int) -> list[float]:
    import napari

    from napari_binn.gui.commands import DISCOVER, open_dock

    viewer = napari.Viewer()
    viewer.window._qt_window.resize(1280, 720)
    dock: Any = open_dock(viewer, DISCOVER)
    dock.session.show_run(run)
    _let_run(3.0)
    if not dock.boxes["equation"].is_open:
        dock.boxes["equation"].header.click()
    _let_run(1.0)
    rows = min(dock.equation.table.model().rowCount(), clicks + 1)
    times = [time for row in range(1, rows) if (time := _click(viewer, dock, row)) is not None]
    viewer.close()
    _let_run(0.5)
    return times


def _click(viewer: napari.Viewer, dock: DiscoverDock, row: int) -> float | None:
    """Click one row; return the time until the layer holds its movie [s], None if it has none."""
    table = dock.equation.table
    index = table.model().index(row, 0)
    table.scrollTo(index)
    _let_run(0.3)
    before = _simulated(viewer)
    began = time.perf_counter()
    QTest.mouseClick(
        table.viewport(), Qt.MouseButton.LeftButton, pos=table.visualRect(index).center()
    )
    replays = dock.session.replays

    def ended() -> bool:
        refused = replays.selected is not None and bool(replays.selected.problem)
        return refused or _differs(_simulated(viewer), before)

    if not _let_run(PATIENCE, ended):
        raise SystemExit(f"Row {row + 1} was not simulated within {PATIENCE:g} s.")
    return None if replays.selected.problem else time.perf_counter() - began


def _simulated(viewer: napari.Viewer) -> Any:
    found = [layer for layer in viewer.layers if layer.metadata.get("role") == "simulated"]
    return found[0].data if found else None


def _differs(now: Any, before: Any) -> bool:
    """Whether the layer was given another array (one is never changed in place)."""
    return now is not None and now is not before


def _let_run(seconds: float, until: Callable[[], bool] | None = None) -> bool:
    """Let the window live until something happens; False if it did not in time."""
    loop, check, end = QEventLoop(), QTimer(), QTimer()
    happened = False

    def look() -> None:
        nonlocal happened
        if until is not None and until():
            happened = True
            loop.quit()

    check.timeout.connect(look)
    check.start(5)
    end.setSingleShot(True)
    end.timeout.connect(loop.quit)
    end.start(round(1000 * seconds))
    loop.exec()
    return happened


if __name__ == "__main__":
    main()
