"""The Julia that PySR needs: whether it is there, and getting it when the user asks for it.

Importing PySR would download Julia without a question, so nothing here imports it: its presence is
read from metadata, and juliapkg, which manages the download, is asked what it knows.
"""

from __future__ import annotations

import importlib.util
import os
import queue
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from ..engine.child import Child
from ..errors import UserError

#: What the download of Julia and of PySR's Julia packages takes [GB], roughly, and what has to be
#: free for it.
SIZE_GB, ROOM_GB = "1 to 2", 3.0
# Both streams in one: Julia's installers write their log to standard error.
_IMPORT = "import os; os.dup2(1, 2); import pysr"
_WELL = "exit code 0"


@dataclass(frozen=True)
class PysrState:
    """Whether PySR can be used.

    Attributes
    ----------
    version
        Of PySR, None if it is not installed.
    julia
        "ready", "missing" or, if that cannot be told, "unknown".
    problem
        Why it is unknown.
    """

    version: str | None
    julia: Literal["ready", "missing", "unknown"] = "missing"
    problem: str = ""

    @property
    def ready(self) -> bool:
        """Whether a search can be started."""
        return self.version is not None and self.julia == "ready"


def pysr_state() -> PysrState:
    """Look for PySR and its Julia without importing PySR."""
    try:
        found = version("pysr")
    except PackageNotFoundError:
        return PysrState(None)
    if importlib.util.find_spec("pysr") is None:
        return PysrState(None)
    try:
        from juliapkg.deps import can_skip_resolve

        ready = bool(can_skip_resolve())
    except Exception as error:  # juliapkg reads files of its own, which may be damaged
        return PysrState(found, "unknown", str(error))
    return PysrState(found, "ready" if ready else "missing")


def require(state: PysrState) -> None:
    """Raise :class:`UserError` with what to do if PySR cannot be used."""
    if state.version is None:
        raise UserError(
            "PySR is not installed: run 'pip install pysr', or set 'equations.engine' to operon."
        )
    if not state.ready:
        raise UserError(
            "PySR needs Julia, which is not installed: run 'napari-binn doctor --set-up-julia' "
            f"once (a download of {SIZE_GB} GB), or set 'equations.engine' to operon."
        )


def set_up(
    log: Callable[[str], None],
    *,
    alive: Callable[[], None] = lambda: None,
    command: Sequence[str] | None = None,
    env: Mapping[str, str] | None = None,
) -> float:
    """Download Julia and PySR's Julia packages; return how much of the disk that took [GB].

    What was downloaded before an interruption is used the next time.

    Parameters
    ----------
    log
        Called with each line that the installers print.
    alive
        Called several times a second; an exception that it raises cancels the download.
    command, env
        What is run instead of importing PySR in a process of its own, and its environment.

    Raises
    ------
    UserError
        PySR is not installed, the disk is too full, or the download failed.
    """
    if command is None and pysr_state().version is None:
        raise UserError("PySR is not installed: run 'pip install pysr' first.")
    before = _free()
    if before < ROOM_GB:
        raise UserError(
            f"Julia needs about {SIZE_GB} GB and {before:.1f} GB are free: free some space first."
        )
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    child = Child(
        command or [sys.executable, "-P", "-u", "-c", _IMPORT],
        {**(os.environ if env is None else env), "PYTHONUNBUFFERED": "1"},
        lambda _, line: lines.put(line),
        lambda _: lines.put(None),
    )
    last = ""

    def noted(line: str) -> None:
        nonlocal last
        last = line
        log(line)

    try:
        _pass_on(lines, noted, alive)
    except BaseException:
        child.kill()
        raise
    if child.ending != _WELL:
        reason = " ".join(last.split())[:200].rstrip(".") or child.ending
        raise UserError(
            f"Julia could not be set up ({reason}): what was downloaded is kept, so try again "
            "when the network is there."
        )
    return max(before - _free(), 0.0)


def _pass_on(
    lines: queue.SimpleQueue[str | None], log: Callable[[str], None], alive: Callable[[], None]
) -> None:
    heard = time.monotonic()
    while True:
        alive()
        try:
            line = lines.get(timeout=0.2)
        except queue.Empty:
            if time.monotonic() - heard > 30:
                log("… still working")
                heard = time.monotonic()
            continue
        if line is None:
            return
        heard = time.monotonic()
        if line.strip():
            log(line.rstrip())


def _free() -> float:
    """Return what is free where Julia goes: beside Python or in the user's home [GB]."""
    places = [Path(sys.prefix), Path.home()]
    return min(shutil.disk_usage(place).free for place in places if place.exists()) / 1e9
