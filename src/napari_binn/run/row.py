"""One line about a run: what a list of runs shows, read from its small files alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from ..errors import UserError
from .folder import RunFolder
from .info import MARKER_FILE, State
from .layout import FILES

RowState = State | Literal["unreadable"]
#: Size and time of change of the files that a row is read from; None for those that are missing.
Stamp = tuple[tuple[int, int] | None, ...]

_READ = (MARKER_FILE, FILES["summary"], FILES["equations"], FILES["report"])


@dataclass(frozen=True)
class RunRow:
    """What a list says about a run.

    Attributes
    ----------
    name
        The name of the folder.
    state
        How far it is; "stopped" where it says "running" but nothing works on it, "unreadable"
        where even that cannot be read.
    created
        When, with the time zone.
    seconds
        Computing time of the stages that are done [s].
    count_error_percent
        Mean error of the simulated number of cells [%].
    D_text, G_text
        Formulas of the chosen equation, in u.
    input
        What is analysed, as the user gave it.
    message
        Why it failed, in one sentence.
    unreadable
        What of the run is damaged, in one sentence.
    has_report
        Whether there is a report to open.
    elsewhere
        Whether it lies outside the folder that holds the runs.
    """

    path: Path
    name: str
    state: RowState
    created: datetime
    seconds: float | None = None
    count_error_percent: float | None = None
    D_text: str | None = None
    G_text: str | None = None
    input: str = ""
    message: str = ""
    unreadable: str | None = None
    has_report: bool = False
    elsewhere: bool = False


def stamp(folder: Path) -> Stamp:
    """Return what changes whenever the row of the run in ``folder`` does, apart from its state."""
    return tuple(_file_stamp(folder / name) for name in _READ)


def read_row(folder: Path, *, elsewhere: bool = False) -> RunRow:
    """Return the row of the run in ``folder``; damage becomes a sentence in it."""
    run = RunFolder(folder)
    report = run.has("report")
    try:
        info = run.info()
    except UserError as error:
        return RunRow(
            folder, folder.name, "unreadable", _changed(folder),
            unreadable=str(error), has_report=report, elsewhere=elsewhere,
        )  # fmt: skip
    summary, unreadable = _summary(run)
    D, G = _formulas(run, summary)
    return RunRow(
        path=folder,
        name=folder.name,
        state=info.state,
        created=_created(info.created, folder),
        seconds=_number(_at(summary, "seconds", "total")) or sum(info.seconds.values()) or None,
        count_error_percent=_number(_at(summary, "metrics", "count_error_percent")),
        D_text=D,
        G_text=G,
        input=info.input,
        message=info.message,
        unreadable=unreadable,
        has_report=report,
        elsewhere=elsewhere,
    )


def live_state(folder: Path, state: RowState) -> RowState:
    """Return the state of a run that says ``state``: "stopped" if the process behind it is gone."""
    if state != "running":
        return state
    try:
        return RunFolder(folder).state()
    except UserError:
        return "unreadable"


def _summary(run: RunFolder) -> tuple[dict[str, Any], str | None]:
    if not run.has("summary"):
        return {}, None
    try:
        return run.load_summary(), None
    except UserError as error:
        return {}, str(error)


def _formulas(run: RunFolder, summary: dict[str, Any]) -> tuple[str | None, str | None]:
    """Return the formulas of the summary, or those of a run that is not simulated yet."""
    D, G = _at(summary, "equation", "D"), _at(summary, "equation", "G")
    if isinstance(D, str) and isinstance(G, str):
        return D, G
    if not run.has("equations"):
        return None, None
    try:
        best = run.load_equations().best
    except (UserError, IndexError):
        return None, None
    return best.D.text, best.G.text


def _at(values: Any, *keys: str) -> Any:
    """Return a nested value, None where there is none."""
    for key in keys:
        values = values.get(key) if isinstance(values, dict) else None
    return values


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def _created(text: str, folder: Path) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError, OSError):
        return _changed(folder)


def _changed(folder: Path) -> datetime:
    try:
        seconds = folder.stat().st_mtime
    except OSError:
        seconds = 0.0
    return datetime.fromtimestamp(seconds).astimezone()


def _file_stamp(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size
