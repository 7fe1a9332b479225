"""The surface that the networks fit, written for a window while it looks."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..events import Report
from .control import Control
from .protocol import Surface

FOLDER, FILE = "live", "surface.npy"
#: Shortest time between two surfaces, and the same for those of many values [s].
INTERVAL, LARGE_INTERVAL = 0.5, 5.0
#: How many times its own cost the next one waits.
WAIT = 20.0
LARGE = 2_000_000


class LiveSurface:
    """Writes the fitted surface into a run while ``control`` says that someone looks.

    It is shown to the training as its ``look``. What a surface costs is counted in time of the
    processor: on a busy computer, waiting for one's turn is no cost.
    """

    def __init__(
        self,
        run: Path,
        control: Control,
        report: Report,
        clock: Callable[[], float] = time.perf_counter,
        effort: Callable[[], float] = time.thread_time,
    ) -> None:
        self._folder = run / FOLDER
        self._control, self._report = control, report
        self._clock, self._effort = clock, effort
        self._next = float("-inf")

    def __call__(self, step: int, surface: Callable[[], NDArray[np.float64]]) -> None:
        began = self._clock()
        if not self._control.watching or began < self._next:
            return
        spent = self._effort()
        values = surface()
        path = self._write(values.astype(np.float32))
        cost = self._effort() - spent
        interval = LARGE_INTERVAL if values.size > LARGE else INTERVAL
        self._next = began + max(interval, WAIT * cost)
        if path is not None:
            self._report(Surface(step, str(path)))

    def _write(self, values: NDArray[np.float32]) -> Path | None:
        """Write one surface; a disk or a reader in the way costs this picture and nothing else."""
        path = self._folder / FILE
        partial = path.with_suffix(".partial.npy")
        try:
            self._folder.mkdir(exist_ok=True)
            np.save(partial, values, allow_pickle=False)
            os.replace(partial, path)
        except OSError:
            return None
        return path

    def remove(self) -> None:
        """Remove what was written, and what a killed engine left."""
        with contextlib.suppress(OSError):
            if self._folder.is_dir():
                shutil.rmtree(self._folder)
