"""Cells segmented by Cellpose, in a process of its own (Stringer et al., Nat. Methods 18, 2021).

Cellpose brings torch, which the process of the viewer must not load; so a child process loads the
model once, reads each frame from a file and writes its labels to another.
"""

from __future__ import annotations

import contextlib
import importlib.util
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..settings import DensitySettings
from .labels import centroids
from .method import Looked, MethodInfo
from .sight import Sight

#: What the child runs.
COMMAND = (sys.executable, "-m", "napari_binn.density.cellpose_child")
_ABSENT = (
    "Cellpose is not installed: run \"pip install 'napari-binn[cellpose]'\" in this environment, "
    "or choose another 'density.method'."
)
_PATIENCE = 10.0


class Cellpose:
    """Each cell that Cellpose segments is a cell, at its centroid."""

    info = MethodInfo(
        "cellpose",
        "Segment cells (Cellpose)",
        "Cellpose outlines each cell: for crowded cells of any kind of microscope. Slow without a "
        "graphics card; it fetches its model when it is used first, and has to be installed "
        "(pip install 'napari-binn[cellpose]').",
        ("image",),
        "cells",
        ("cell_diameter",),
        finds=True,
    )

    def look(self, sight: Sight, indices: NDArray[np.intp], settings: DensitySettings) -> Looked:
        """See that Cellpose is there; it is started with the first frame.

        Raises
        ------
        UserError
            It is not installed.
        """
        if importlib.util.find_spec("cellpose") is None:
            raise UserError(_ABSENT)
        dy, dx = sight.movie.pixel_size
        diameter = None if settings.cell_diameter is None else settings.cell_diameter / dx

        def start() -> CellposeProcess:
            process = CellposeProcess()
            sight.at_end(process.close)
            return process

        def measure(index: int) -> NDArray[np.float64]:
            def segment() -> NDArray[np.float64]:
                process = sight.keep(("cellpose",), start)
                labels = process.labels(sight.pixels(index), diameter)
                return centroids(labels) * (dx, dy) + sight.movie.extent[:2]

            return sight.keep(("cellpose", index, diameter), segment)

        note = (
            "Cells were segmented by Cellpose"
            + ("" if diameter is None else f", told that a cell is {diameter:.3g} pixels wide")
            + "."
        )
        return Looked(measure, notes=(note,))


class CellposeProcess:
    """A child process that holds the model.

    Parameters
    ----------
    command
        What it runs.
    """

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="napari-binn-cellpose-")
        self._errors = Path(self._folder.name) / "errors.txt"
        self._lock = threading.Lock()
        self._command = list(command)
        self._process: subprocess.Popen[str] | None = None

    def labels(self, image: NDArray[np.float32], diameter: float | None) -> NDArray[np.int32]:
        """Return the labels of a frame, shape (Y, X), 0 where there is no cell.

        Parameters
        ----------
        image
            Shape (Y, X).
        diameter
            Of a cell [pixels]; None: as the model thinks.

        Raises
        ------
        UserError
            Cellpose failed.
        """
        folder = Path(self._folder.name)
        frame, result = folder / "frame.npy", folder / "labels.npy"
        with self._lock:
            np.save(frame, image, allow_pickle=False)
            result.unlink(missing_ok=True)
            answer = self._ask(f"{0.0 if diameter is None else diameter:.6g}")
            if answer != "done" or not result.exists():
                raise UserError(self._failure(answer))
            labels: NDArray[Any] = np.load(result, allow_pickle=False)
        if labels.shape != image.shape or labels.dtype.kind not in "iu":
            raise UserError("Cellpose returned something that is not labels of the frame.")
        kept: NDArray[np.int32] = labels.astype(np.int32, copy=False)
        return kept

    def close(self) -> None:
        """End the child, at once if it is at work: nobody waits for its answer any more."""
        process, self._process = self._process, None
        if process is not None:
            if self._lock.locked():
                process.kill()
            with contextlib.suppress(OSError):
                assert process.stdin is not None
                process.stdin.close()
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            assert process.stdout is not None
            process.stdout.close()
        self._folder.cleanup()

    def _ask(self, line: str) -> str:
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(line + "\n")
            process.stdin.flush()
        except OSError:
            return ""
        return process.stdout.readline().strip()

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None:
            with self._errors.open("w") as errors:
                self._process = subprocess.Popen(
                    [*self._command, self._folder.name],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    text=True,
                )
        return self._process

    def _failure(self, answer: str) -> str:
        said = answer.removeprefix("failed ")
        if not said:
            with contextlib.suppress(OSError):
                lines = self._errors.read_text(errors="replace").split("\n")
                said = next((line.strip() for line in reversed(lines) if line.strip()), "")
        reason = said or "it ended without a word"
        return (
            f"Cellpose could not segment a frame: {reason.rstrip('.')}. See whether it works by "
            "itself, or choose another 'density.method'."
        )
