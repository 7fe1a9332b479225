"""What can be done with the selected runs, and what is missing where it cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ...run.row import RunRow

Action = Literal["report", "folder", "copy", "compare", "rename", "delete", "forget"]


@dataclass(frozen=True)
class Described:
    """An action as its button and its menu entry show it."""

    title: str
    tooltip: str


ACTIONS: dict[Action, Described] = {
    "report": Described("Report", "Open the report of this run in the browser."),
    "folder": Described("Folder", "Open the folder that holds this run."),
    "copy": Described("Edit a copy", "Start a new run from the settings of this one."),
    "compare": Described("Compare", "Show what differs between the two selected runs."),
    "rename": Described("Rename", "Give this run another name (F2)."),
    "delete": Described("Delete", "Move the selected runs to the trash."),
    "forget": Described(
        "Remove from list", "Take this run off the list; its folder stays where it is."
    ),
}


def missing(action: Action, rows: Sequence[RunRow], busy: Path | None = None) -> str:
    """Return why ``action`` cannot be done with the selected ``rows``; nothing if it can.

    Parameters
    ----------
    busy
        The run that is being worked on in this session.
    """
    if action == "compare":
        return "" if len(rows) == 2 else "Select two runs to compare them (Ctrl+click)."
    if not rows:
        return "Select a run first."
    if action == "delete":
        return _held(rows, busy, "delete")
    if len(rows) > 1:
        return "Select a single run."
    return _missing_of_one(action, rows[0], busy)


def _missing_of_one(action: Action, row: RunRow, busy: Path | None) -> str:
    if action == "report":
        return "" if row.has_report else "This run has no report yet."
    if action == "copy":
        damaged = row.state == "unreadable"
        return "This run is damaged: its settings cannot be copied." if damaged else ""
    if action == "rename":
        return _held([row], busy, "rename")
    if action == "forget":
        return "" if row.elsewhere else "This run lies in the folder of the runs: delete it."
    return ""


def _held(rows: Sequence[RunRow], busy: Path | None, verb: str) -> str:
    held = [row for row in rows if row.state == "running" or row.path == busy]
    if not held:
        return ""
    which = "This run" if len(rows) == 1 else f"The run {held[0].name}"
    return f"{which} is being worked on: stop it before you {verb} it."
