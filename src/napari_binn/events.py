"""What a running stage says.

A stage never prints: it calls the ``report`` function it was given with one of the events below.
The command line draws progress bars from them, ``--json`` writes one line for each, the GUI turns
them into curves. Events are small; arrays travel through files in the run folder.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

StageName = Literal["density", "learn", "discover", "simulate"]
STAGES: tuple[StageName, ...] = ("density", "learn", "discover", "simulate")


@dataclass(frozen=True)
class Event:
    """Base of everything a stage reports."""

    def to_json(self) -> str:
        """Return the event as one JSON line: its fields and its kind under ``event``."""
        return json.dumps({"event": type(self).__name__, **asdict(self)}, allow_nan=True)


@dataclass(frozen=True)
class StageStarted(Event):
    """A stage begins."""

    stage: StageName
    text: str


@dataclass(frozen=True)
class Progress(Event):
    """How far a stage is: ``done`` of ``total`` steps (``total`` is honest: it may be revised)."""

    stage: StageName
    done: float
    total: float
    text: str = ""


@dataclass(frozen=True)
class Losses(Event):
    """Losses of the network at a step: mean over the members of each term."""

    step: int
    total_steps: int
    terms: dict[str, float]


@dataclass(frozen=True)
class Curves(Event):
    """D(u) and G(u) as they are now, one list per ensemble member, on the grid ``u``."""

    step: int
    u: list[float]
    D: list[list[float]]
    G: list[list[float]]


@dataclass(frozen=True)
class Notice(Event):
    """A sentence that the user should read: an assumption made, a fallback taken, a warning."""

    text: str
    level: Literal["info", "warning"] = "info"


@dataclass(frozen=True)
class StageFinished(Event):
    """A stage ended well; ``summary`` holds its headline numbers or formulas."""

    stage: StageName
    seconds: float
    summary: dict[str, Any] = field(default_factory=dict)


Report = Callable[[Event], None]


def silent(_: Event) -> None:
    """Report to nobody."""
