"""What is said between a window and the engine process: one JSON object a line.

To the engine: a request (:class:`Resume`, :class:`Simulate`, :class:`CheckBands`,
:class:`TryFormula`, :class:`DropFormula`), answered one at a time, or a command, which acts at once
on the request that is being worked on. From the engine: the events of the stages
(:mod:`napari_binn.events`) and the replies below.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from .. import events
from ..events import Event, StageName

#: pause and continue the work, stop it and keep what is there, show the fitted surface or not.
Command = Literal["pause", "continue", "stop", "watch", "unwatch"]
COMMANDS: tuple[Command, ...] = get_args(Command)


@dataclass(frozen=True)
class Resume:
    """Do what the run in folder ``run`` lacks, up to and with the stage ``until`` (None: all)."""

    run: str
    until: StageName | None = None


@dataclass(frozen=True)
class Simulate:
    """Solve the formulas ``D`` and ``G`` forward from the first frame of a run.

    ``out`` is the npz file that takes the result: ``values`` (T, Y, X) [density unit of the run].
    """

    run: str
    D: str
    G: str
    out: str


@dataclass(frozen=True)
class CheckBands:
    """Check the bands of a run on ``replicates`` movies that are simulated from its estimate."""

    run: str
    replicates: int


@dataclass(frozen=True)
class TryFormula:
    """Fit the formulas ``D`` and ``G`` of the user's to a run and keep them, ranked, with it."""

    run: str
    D: str
    G: str


@dataclass(frozen=True)
class DropFormula:
    """Remove the ``index``-th of the user's own formulas from a run."""

    run: str
    index: int


Request = Resume | Simulate | CheckBands | TryFormula | DropFormula


@dataclass(frozen=True)
class Finished(Event):
    """The request is done.

    ``result`` is the run's summary, ``{"metrics": {…}}`` of a simulation, ``{"sentence": "…"}`` of
    a check of the bands, the same with the ``index`` of a formula that was tried, or nothing.
    """

    result: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Failed(Event):
    """The request failed: a sentence for the user and, for a defect, the traceback."""

    sentence: str
    details: str = ""


@dataclass(frozen=True)
class Halted(Event):
    """The request was stopped; the run is kept."""


@dataclass(frozen=True)
class Paused(Event):
    """The work stands still until it is continued."""


@dataclass(frozen=True)
class Continued(Event):
    """The work goes on."""


@dataclass(frozen=True)
class Surface(Event):
    """The fitted surface as it is now lies in ``path``: npy, float32, (T, Y, X) [density unit]."""

    step: int
    path: str


_EVENTS: dict[str, type[Event]] = {
    kind.__name__: kind
    for kind in (
        events.StageStarted,
        events.Progress,
        events.Losses,
        events.Curves,
        events.Notice,
        events.StageFinished,
        Finished,
        Failed,
        Halted,
        Paused,
        Continued,
        Surface,
    )
}
_REQUESTS: dict[str, type[Request]] = {kind.__name__.lower(): kind for kind in get_args(Request)}
#: Replies that end a request.
LAST = (Finished, Failed, Halted)


def request_line(request: Request) -> str:
    """Return the line that asks the engine for ``request``."""
    return json.dumps({"request": type(request).__name__.lower(), **asdict(request)})


def command_line(command: Command) -> str:
    """Return the line that gives the engine a command."""
    return json.dumps({"command": command})


def parse_line(line: str) -> Request | Command:
    """Read a line that was sent to the engine; anything else raises ValueError."""
    values = json.loads(line)
    if not isinstance(values, dict):
        raise ValueError(f"not an object: {line!r}")
    if values.get("command") in COMMANDS:
        command: Command = values["command"]
        return command
    kind = _REQUESTS.get(values.pop("request", ""))
    if kind is None:
        raise ValueError(f"neither a request nor a command: {line!r}")
    try:
        return kind(**values)
    except TypeError as error:
        raise ValueError(str(error)) from None


def parse_event(line: str) -> Event | None:
    """Read a line that came from the engine; None if it is not an event, such as a stray print."""
    try:
        values = json.loads(line)
        return _EVENTS[values.pop("event")](**values)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
