"""Whether the window stays responsive while the engine computes.

    python benchmarks/bench_gui.py                  30 s of each case, side by side
    python benchmarks/bench_gui.py --minutes 10     also the memory of napari, minute by minute
    python benchmarks/bench_gui.py --json FILE      also everything that was measured

A timer of 10 ms runs on the thread of the window; the time between two of its calls is a gap, and
what is longer than 10 ms is time in which the window could not answer. "work" is the most that the
window's own thread computed in one gap: the rest of a gap is waiting for a busy machine.

Each case is measured in a napari of its own (1280 x 720) on the sample movie "growth", seed 0, with
the default settings but for the number of training steps, which is raised so that the engine trains
throughout:

    idle       napari with the movie, without the plugin
    learning   all docks open, the engine trains, losses and curves are drawn
    watching   the same, and the fitted surface is shown among the layers
    discover   from the movie to the simulation with the default settings, however long it takes
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
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import napari

    from napari_binn.events import Event
    from napari_binn.gui.discover.dock import DiscoverDock
    from napari_binn.gui.plots.dock import CurvesDock

SAMPLE, SIZE, SEED = "growth", (1280, 720), 0
TICK = 0.010  # [s]
SLOW = 0.060  # [s]
LONGEST = 200_000  # gaps that are recorded: half an hour
SETTLE = 5.0  # between the beginning of the training and that of the measurement [s]
STEPS_A_SECOND = 400  # more than are trained, so that the training outlasts the measurement
HEAVY = ("torch", "juliacall", "pysr", "sympy", "matplotlib.pyplot")
CASES = ("idle", "learning", "watching", "discover")
PLUGIN = "napari-binn"


@dataclass
class Measured:
    """What one case showed.

    Attributes
    ----------
    gaps
        Time between calls of the timer [ms].
    work
        Time of the processor [ms] that the thread of the window used in each gap. On a busy machine
        the gaps are longer than that, because it has to wait for its turn.
    slowest
        The longest gap of each stage, where stages were gone through, and the work in it [ms].
    opening
        Time to make and show the first dock [s].
    loaded
        Which of the heavy libraries the window's process holds in the end.
    curves, surfaces
        Pictures of new curves, and new surfaces, drawn in a second.
    memory
        Resident memory of the window's process [MB] at the beginning, then once a minute, and at
        the end.
    load
        Load of the machine, averaged over the last minute.
    """

    case: str
    seconds: float = 0.0
    gaps: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)
    slowest: dict[str, tuple[float, float]] = field(default_factory=dict)
    opening: float | None = None
    loaded: list[str] = field(default_factory=list)
    curves: float | None = None
    surfaces: float | None = None
    memory: list[float] = field(default_factory=list)
    load: float = 0.0


def main() -> None:
    """Measure the cases that were asked for, each in a process of its own."""
    options = _options()
    if options.one is not None:
        _measure(options.one, options.seconds, options.json)
        return
    print(_machine(), flush=True)
    cases = [_in_a_process(case, options.seconds) for case in options.cases]
    print(_table(cases))
    if options.minutes > 0:
        cases.append(_in_a_process("watching", 60 * options.minutes))
        print(_memory(cases[-1]))
    if options.json is not None:
        options.json.write_text(json.dumps([asdict(case) for case in cases]))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=30.0, help="length of each measurement")
    parser.add_argument("--minutes", type=float, default=0.0, help="watch the memory for so long")
    parser.add_argument("--cases", nargs="*", default=list(CASES), choices=CASES)
    parser.add_argument("--json", type=Path, help="file for everything that was measured")
    parser.add_argument("--one", choices=CASES, help=argparse.SUPPRESS)
    return parser.parse_args()


def _in_a_process(case: str, seconds: float) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "measured.json"
        # Settings of its own, so that those of whoever runs this play no part.
        env = {**os.environ, "NAPARI_CONFIG": str(Path(folder) / "settings.yaml")}
        command = [sys.executable, __file__, "--one", case]
        subprocess.run(
            [*command, "--seconds", str(seconds), "--json", str(file)], env=env, check=True
        )
        return Measured(**json.loads(file.read_text()))


# One case


def _measure(case: str, seconds: float, file: Path) -> None:
    import napari

    viewer = napari.Viewer()
    window = viewer.window._qt_window
    window.resize(*SIZE)
    _let_run(1.0)
    viewer.open_sample(PLUGIN, SAMPLE)
    _let_run(1.0)
    measured = Measured(case)
    with tempfile.TemporaryDirectory() as folder:
        if case == "idle":
            _watch_window(measured, seconds)
        else:
            _with_docks(viewer, measured, seconds, Path(folder))
        measured.loaded = [name for name in HEAVY if name in sys.modules]
        measured.load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
        viewer.close()
        _let_run(0.5)
    file.write_text(json.dumps(asdict(measured)))


def _with_docks(viewer: napari.Viewer, measured: Measured, seconds: float, runs: Path) -> None:
    from napari_binn.gui.commands import CURVES, DISCOVER, RUNS, open_dock

    began = time.perf_counter()
    dock: Any = open_dock(viewer, DISCOVER)
    _let_run(0.0)  # the curves open with it
    measured.opening = time.perf_counter() - began
    session = dock.session
    session.store.folder = runs
    open_dock(viewer, RUNS)
    open_dock(viewer, DISCOVER)
    plots: Any = open_dock(viewer, CURVES)
    session.problem.connect(lambda *words: print(*words, file=sys.stderr))
    session.choose({"seed": SEED}, told=True)
    _let_run(1.0)
    if measured.case == "discover":
        _discover(dock, measured)
    else:
        _learn(dock, plots, measured, seconds)
    session.stop()
    _let_run(10.0, lambda: not session.facts().busy)


def _learn(dock: DiscoverDock, plots: CurvesDock, measured: Measured, seconds: float) -> None:
    """Measure the density, let the engine train, and watch the window while it does."""
    session = dock.session
    session.choose({"binn": {"steps": round(STEPS_A_SECOND * (seconds + 30))}}, told=True)
    drawn = _Drawn(plots)
    if measured.case == "watching":
        dock.learn.watch.click()
    dock.learn.learn.click()
    _let_run(120.0, lambda: drawn.curves > 0)
    _let_run(SETTLE)
    before = drawn.curves, drawn.surfaces
    _watch_window(measured, seconds)
    if session.facts().running != "learn":
        raise SystemExit("The training ended before the measurement did.")
    measured.curves = (drawn.curves - before[0]) / measured.seconds
    measured.surfaces = (drawn.surfaces - before[1]) / measured.seconds


def _discover(dock: DiscoverDock, measured: Measured) -> None:
    """Click on *Discover* and watch the window until the result has been on it for a while."""
    gaps, session = _Gaps(), dock.session
    session.stage_begun.connect(gaps.begin)
    gaps.begin("start")
    dock.discover.click()
    _let_run(1.0)
    _let_run(900.0, lambda: not session.facts().busy)
    gaps.begin("end")
    _let_run(SETTLE)
    gaps.report(measured)


def _watch_window(measured: Measured, seconds: float) -> None:
    gaps = _Gaps()
    left = seconds
    measured.memory = [_resident()]
    while left > 0:
        _let_run(min(left, 60.0))
        left -= 60.0
        measured.memory.append(_resident())
    gaps.report(measured)


class _Gaps:
    """Records the time between the calls of a timer on the thread of the window."""

    def __init__(self) -> None:
        from qtpy.QtCore import Qt, QTimer

        # All memory is taken at once: a list would grow by 0.8 MB a minute.
        self._gaps = np.full((LONGEST, 2), np.nan)  # touched, so that it is there
        self._stages: dict[str, list[int]] = {}
        self._count = 0
        self._stage = self._at_last = ""
        self._begun = self._last = time.perf_counter()
        self._worked = time.thread_time()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start(round(1000 * TICK))

    def begin(self, stage: str) -> None:
        """Note what is done from now on."""
        self._stage = stage

    def report(self, measured: Measured) -> None:
        """End the record and write it down."""
        self._timer.stop()
        measured.seconds = self._last - self._begun
        gaps = 1000 * self._gaps[: self._count]
        measured.gaps, measured.work = gaps.round(2).T.tolist()
        for stage, ticks in self._stages.items():
            gap, work = gaps[max(ticks, key=lambda tick: gaps[tick, 0])]
            measured.slowest[stage] = (round(float(gap), 1), round(float(work), 1))

    def _tick(self) -> None:
        now, worked = time.perf_counter(), time.thread_time()
        if self._count < LONGEST:
            self._gaps[self._count] = now - self._last, worked - self._worked
            if self._at_last:
                self._stages.setdefault(self._at_last, []).append(self._count)
            self._count += 1
        self._last, self._worked, self._at_last = now, worked, self._stage


class _Drawn:
    """Counts the pictures of new curves, and the new surfaces."""

    def __init__(self, plots: CurvesDock) -> None:
        from qtpy.QtCore import QEvent, QObject

        from napari_binn.engine.protocol import Surface
        from napari_binn.events import Curves

        self.curves = self.surfaces = 0
        self._fresh = False
        counter = self

        class Filter(QObject):
            def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
                if counter._fresh and event is not None and event.type() == QEvent.Type.Paint:
                    counter._fresh = False
                    counter.curves += 1
                return False

        def heard(event: Event) -> None:
            self._fresh = self._fresh or isinstance(event, Curves)
            self.surfaces += isinstance(event, Surface)

        self._filter = Filter()
        plots.panel.D.canvas.viewport.installEventFilter(self._filter)
        plots.session.reported.connect(heard)


def _let_run(seconds: float, until: Callable[[], bool] | None = None) -> None:
    """Let the window live for so long, or until something holds."""
    from qtpy.QtCore import QEventLoop, QTimer
    from qtpy.QtWidgets import QApplication

    QApplication.processEvents()
    loop, check, end = QEventLoop(), QTimer(), QTimer()
    if until is not None:
        check.timeout.connect(lambda: loop.quit() if until() else None)
        check.start(50)
    end.setSingleShot(True)
    end.timeout.connect(loop.quit)
    end.start(round(1000 * seconds))
    loop.exec()


def _resident() -> float:
    import psutil

    return round(psutil.Process().memory_info().rss / 1e6, 1)


# What is printed


def _machine() -> str:
    return (
        f"{os.cpu_count()} processors, Python {platform.python_version()}, "
        f"{platform.system()}; sample {SAMPLE}, seed {SEED}, window {SIZE[0]} x {SIZE[1]}"
    )


def _table(cases: list[Measured]) -> str:
    lines = [
        "case        s  p50 ms  p99 ms  max ms  > 60 ms  work ms  curves/s  surfaces/s"
        "  opening s  memory MB   load"
    ]
    lines += [_row(case) for case in cases]
    for case in cases:
        if case.loaded:
            lines.append(f"{case.case}: the window's process holds {', '.join(case.loaded)}")
        if case.slowest:
            longest = ", ".join(
                f"{name} {gap:.0f} ({work:.0f})" for name, (gap, work) in case.slowest.items()
            )
            lines.append(
                f"{case.case}: longest gap of each stage and the work in it [ms]: {longest}"
            )
    return "\n".join(lines)


def _row(case: Measured) -> str:
    gaps = np.array(case.gaps)
    p50, p99 = np.percentile(gaps, (50, 99))
    slow = 100 * float((gaps > 1000 * SLOW).mean())
    memory = f"{case.memory[0]:.0f}-{case.memory[-1]:.0f}" if case.memory else ""
    return (
        f"{case.case:9} {case.seconds:4.0f} {p50:7.1f} {p99:7.1f} {gaps.max():7.1f} {slow:6.2f} % "
        f"{max(case.work):8.0f} {_number(case.curves):>9} {_number(case.surfaces):>11} "
        f"{_number(case.opening, 2):>10} {memory:>10} {case.load:6.2f}"
    )


def _number(value: float | None, digits: int = 1) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _memory(case: Measured) -> str:
    """Return the memory minute by minute, and how it grew after the first two."""
    lines = ["minute  memory MB"]
    lines += [f"{minute:6d}  {amount:9.1f}" for minute, amount in enumerate(case.memory)]
    settled = case.memory[2:]
    if len(settled) > 2:
        slope = np.polyfit(np.arange(len(settled)), settled, 1)[0]
        lines.append(f"after two minutes it grew by {slope:+.2f} MB a minute")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
