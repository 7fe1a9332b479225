"""How far a stage is that consists of parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from .events import Event, Progress, Report, StageName

Tick = Callable[[], None]


def part(report: Report, start: float, end: float) -> Report:
    """Report progress as that of a part of a stage, so that its bar never jumps back.

    Parameters
    ----------
    start, end
        Shares of the stage that are done before and after the part.
    """

    def told(event: Event) -> None:
        if isinstance(event, Progress):
            done = start + (end - start) * event.done / max(event.total, 1e-300)
            event = replace(event, done=done, total=1.0)
        report(event)

    return told


def within(report: Report, stage: StageName, text: str) -> Report:
    """Report the progress of another stage's work that is done within ``stage``.

    Its notices are not passed on: the user read them when that stage itself was done.
    """

    def told(event: Event) -> None:
        if isinstance(event, Progress):
            report(replace(event, stage=stage, text=text))

    return told


def steps(
    report: Report, stage: StageName, text: str, start: float, end: float, count: int
) -> Tick:
    """Return what reports one more of at most ``count`` steps from ``start`` to ``end``.

    A part that needs fewer steps than ``count`` ends early; the next one begins at its own start.
    """
    done = 0

    def tick() -> None:
        nonlocal done
        done = min(done + 1, count)
        report(Progress(stage, start + (end - start) * done / count, 1.0, text))

    return tick
