"""run.json: the mark that makes a folder a run, and how far the run is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from napari_binn.errors import UserError

from . import files
from .process import Process

State = Literal["new", "running", "stopped", "failed", "done"]

MARKER_FILE = "run.json"
MARKER = "napari_binn_run"
FORMAT = 1


@dataclass(frozen=True)
class RunInfo:
    """What run.json says.

    Attributes
    ----------
    state
        "new", "running", "stopped" (not finished, because the user wanted it so), "failed" or
        "done". A run that was killed still says "running": see :meth:`RunFolder.state`.
    created
        When, in ISO 8601 with the time zone.
    input
        What is analysed, as the user gave it.
    argv
        The words of the command line after the program's name, where there was one.
    message
        Why it failed, or what it waits for, in one sentence.
    versions
        Versions of this and of the packages it computes with.
    process
        Who works on it, while it is running.
    seconds
        Time that stages took whose result does not say so.
    """

    state: State
    created: str
    input: str = ""
    argv: tuple[str, ...] = ()
    message: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    process: Process | None = None
    seconds: dict[str, float] = field(default_factory=dict)


def write_info(folder: Path, info: RunInfo) -> None:
    """Write run.json into ``folder``; raises :class:`UserError` where the disk refuses."""
    values: dict[str, Any] = {
        MARKER: FORMAT,
        "state": info.state,
        "created": info.created,
        "input": info.input,
        "argv": list(info.argv),
        "versions": info.versions,
    }
    if info.message:
        values["message"] = info.message
    if info.process is not None:
        values["process"] = asdict(info.process)
    if info.seconds:
        values["seconds"] = info.seconds
    files.write_json(folder / MARKER_FILE, values)


def read_info(folder: Path) -> RunInfo:
    """Read run.json of ``folder``.

    Raises
    ------
    UserError
        It is missing, damaged, of another program or of a newer napari-binn.
    """
    path = folder / MARKER_FILE
    values = files.read_json(path)
    form = values.get(MARKER)
    if not isinstance(form, int):
        raise UserError(f"{folder} is not a run of napari-binn: {path} does not say so.")
    if form > FORMAT:
        raise UserError(f"The run {folder} was made by a newer napari-binn: update this one.")
    if values.get("state") not in get_args(State):
        raise files.damaged(path, f"its state is {values.get('state')!r}")
    return RunInfo(
        state=values["state"],
        created=str(values.get("created", "")),
        input=str(values.get("input", "")),
        argv=tuple(str(word) for word in values.get("argv") or ()),
        message=str(values.get("message", "")),
        versions=dict(values.get("versions") or {}),
        process=_process(values.get("process")),
        seconds=_numbers(values.get("seconds")),
    )


def _process(values: Any) -> Process | None:
    try:
        return Process(int(values["pid"]), float(values["started"]), str(values["host"]))
    except (KeyError, TypeError, ValueError):
        return None


def _numbers(values: Any) -> dict[str, float]:
    found = values if isinstance(values, Mapping) else {}
    return {str(k): float(v) for k, v in found.items() if isinstance(v, int | float)}


def is_run(folder: Path) -> bool:
    """Return whether ``folder`` carries the mark of a run, of whatever version."""
    try:
        return isinstance(files.read_json(folder / MARKER_FILE).get(MARKER), int)
    except UserError:
        return False
