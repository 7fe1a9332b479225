"""Symbolic regression with PySR, in a process of its own that stays warm between searches.

PySR wants Julia on the main thread of a process without torch, and takes a minute to start.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import json
import os
import queue
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from ..engine.child import Child
from ..errors import UserError
from ..progress import Tick
from .julia import pysr_state, require
from .pysr_table import read_front

Array = NDArray[np.float64]
#: How long an interrupted search may take to end by itself [s].
GRACE = 5.0
#: A search ends by its time; this many rounds are never reached.
_ROUNDS = 1_000_000
_FUNCTIONS = ("exp", "log", "sqrt")
_STOP = "stop"


@dataclass(frozen=True)
class PysrOptions:
    """What a search is limited by.

    Attributes
    ----------
    max_length
        Most symbols of a formula, as PySR counts them.
    seconds
        Longest time of all searches together, the start of Julia not counted [s].
    repeats, seed
        Number of searches, and the seed of the first.
    parsimony
        Price of a symbol, as a share of the mean squared curve.
    """

    max_length: int
    seconds: float
    repeats: int
    seed: int
    parsimony: float = 1e-5

    def arguments(self, repeat: int, folder: Path) -> dict[str, Any]:
        """Return the arguments of PySRRegressor for one of the searches."""
        never = dict.fromkeys(_FUNCTIONS, 0)
        return {
            "binary_operators": ["+", "-", "*", "/", "^"],
            "unary_operators": list(_FUNCTIONS),
            # No mechanism has a formula in an exponent, or a function inside another.
            "constraints": {"^": [-1, 1]},
            "nested_constraints": dict.fromkeys((*_FUNCTIONS, "^"), never),
            "maxsize": max(self.max_length, 7),
            "parsimony": self.parsimony,
            "niterations": _ROUNDS,
            "timeout_in_seconds": max(self.seconds / self.repeats, 1.0),
            "random_state": self.seed + repeat,
            "deterministic": True,
            "parallelism": "serial",
            "precision": 64,
            "progress": False,
            "verbosity": 0,
            "input_stream": "devnull",
            "output_directory": str(folder),
            "run_id": str(repeat),
            "early_stop_condition": _stop_condition(folder / _STOP),
        }


def _stop_condition(file: Path) -> str:
    """Return the function in Julia that ends a search once a file is there."""
    # A literal string of Julia: only these characters mean something in it.
    text = str(file).replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return f'stop(loss, complexity) = isfile("{text}")'


class PysrProcess:
    """The process that PySR runs in; started when it is first needed.

    Parameters
    ----------
    command, env
        What is started instead of the module of the process, and its environment.
    """

    def __init__(
        self, command: Sequence[str] | None = None, env: Mapping[str, str] | None = None
    ) -> None:
        self._command = command
        self._env = env
        self._child: Child | None = None
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    @property
    def alive(self) -> bool:
        """Whether the process is there."""
        return self._child is not None and self._child.alive

    def ask(self, request: dict[str, Any], stop: Path, alive: Callable[[], None]) -> None:
        """Have a request answered.

        Parameters
        ----------
        stop
            The file whose presence ends a search.
        alive
            Called several times a second. Whatever it raises ends the search, by force if it does
            not end itself, and is raised again.

        Raises
        ------
        UserError
            If the search failed or the process died.
        """
        child = self._start()
        child.write(json.dumps(request))
        try:
            answer = self._wait(alive)
        except BaseException:
            self._interrupt(child, stop)
            raise
        if answer is None:
            self._child = None
            last = (child.errors.strip().splitlines() or [child.ending])[-1]
            raise UserError(
                f"PySR ended unexpectedly ({last.strip()[:200]}): 'napari-binn doctor' says "
                "whether its Julia is there."
            )
        if "failed" in answer:
            raise UserError(f"PySR could not search: {str(answer['failed']).rstrip('.')}.")

    def close(self) -> None:
        """End the process."""
        child, self._child = self._child, None
        if child is not None:
            child.close(1.0)

    def _start(self) -> Child:
        if self._child is None or not self._child.alive:
            lines = self._lines = queue.SimpleQueue()
            command = self._command or [
                sys.executable, "-P", "-m", f"{__package__}.pysr_child",
            ]  # fmt: skip
            env = {**(os.environ if self._env is None else self._env)}
            # A search never downloads anything; signals are ours, not Julia's.
            env |= {"PYTHON_JULIAPKG_OFFLINE": "yes", "PYTHON_JULIACALL_HANDLE_SIGNALS": "yes"}
            env |= {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
            self._child = Child(
                command, env, lambda _, line: lines.put(line), lambda _: lines.put(None)
            )
        return self._child

    def _wait(
        self, alive: Callable[[], None], until: float = float("inf")
    ) -> dict[str, Any] | None:
        """Return the answer; None if the process ended or it is ``until`` [monotonic s]."""
        while time.monotonic() < until:
            alive()
            try:
                line = self._lines.get(timeout=0.1)
            except queue.Empty:
                continue
            if line is None:
                return None
            with contextlib.suppress(ValueError):
                answer = json.loads(line)
                if isinstance(answer, dict):
                    return answer
        return None

    def _interrupt(self, child: Child, stop: Path) -> None:
        with contextlib.suppress(OSError):
            stop.touch()
        if self._wait(lambda: None, time.monotonic() + GRACE) is None:
            self._child = None
            child.kill()
        stop.unlink(missing_ok=True)


_process = PysrProcess()
atexit.register(_process.close)


def warm() -> bool:
    """Whether the process that is kept for PySR runs already."""
    return _process.alive


def search(
    u: Array,
    curve: Array,
    weights: Array,
    options: PysrOptions,
    tick: Tick = lambda: None,
    alive: Callable[[], None] = lambda: None,
    *,
    kept: Path | None = None,
    process: PysrProcess | None = None,
) -> list[sp.Expr]:
    """Return the formulas on the Pareto fronts of several searches.

    Parameters
    ----------
    u, curve, weights
        Samples of the curve and how well each is known, (M,) each.
    tick
        Called after each search.
    alive
        Called several times a second; what it raises interrupts the search. The fronts found so far
        are kept: the same search, asked for again, begins with them.
    kept
        Folder in which fronts are kept; one of the user's own if None.
    process
        Where PySR runs, if not in the process that is kept for it.

    Raises
    ------
    UserError
        If PySR or its Julia is not there, or the search fails.
    """
    if process is None:
        require(pysr_state())
    size = float(np.sqrt(np.mean(curve**2))) or 1.0
    samples = {
        "u": u.tolist(),
        "curve": (curve / size).tolist(),
        "weights": (weights / weights.mean()).tolist(),
    }
    folder = (kept or _kept_folder()) / _fingerprint(samples, options)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _STOP).unlink(missing_ok=True)
    found: list[sp.Expr] = []
    for repeat in range(options.repeats):
        place = folder / str(repeat)
        found += read_front(place)
        if not (place / "done").exists():
            request = {"options": options.arguments(repeat, folder), **samples}
            (process or _process).ask(request, folder / _STOP, alive)
            found += read_front(place)
            if place.is_dir():
                (place / "done").touch()
        tick()
    shutil.rmtree(folder, ignore_errors=True)
    return [sp.Float(size, 17) * expression for expression in dict.fromkeys(found)]


def _kept_folder() -> Path:
    import typer

    return Path(typer.get_app_dir("napari-binn")) / "pysr"


def _fingerprint(samples: dict[str, Any], options: PysrOptions) -> str:
    text = json.dumps([samples, vars(options)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
