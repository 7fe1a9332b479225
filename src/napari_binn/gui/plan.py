"""Which run the next computation goes into.

A run keeps what was learned: once D(u) and G(u) are there, other choices make another run, which
takes over the stages that the change does not touch. Only a density, which is quickly measured
again, is replaced in place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from ..events import STAGES, StageName
from ..settings import Settings

#: The settings that decide the result of a stage, beside those of the stages before it. The
#: device is not among them: it decides where a result is computed.
DECIDING: dict[StageName, tuple[str, ...]] = {
    "density": ("movie", "prepare", "density"),
    "learn": ("binn", "inference", "seed", "simulation.refine"),
    "discover": ("equations",),
    "simulate": ("simulation",),
}


@dataclass(frozen=True)
class Plan:
    """Where to compute: in the run that is there, or in a new one.

    Attributes
    ----------
    where
        "continue": the run goes on; "replace": its density is measured again; "new": another run.
    keep
        Finished stages that a new run takes over.
    """

    where: Literal["continue", "replace", "new"]
    keep: tuple[StageName, ...] = ()


def valid_stages(
    finished: Iterable[StageName], was: Settings, now: Settings, *, same_input: bool
) -> tuple[StageName, ...]:
    """Return the finished stages that would come out the same with the settings as they are now."""
    finished = set(finished)
    valid: list[StageName] = []
    if not same_input:
        return ()
    for stage in STAGES:
        same = all(_value(was, name) == _value(now, name) for name in DECIDING[stage])
        if stage not in finished or not same:
            break
        valid.append(stage)
    return tuple(valid)


def make_plan(
    finished: Iterable[StageName],
    begun: bool,
    was: Settings | None,
    now: Settings,
    *,
    same_input: bool,
) -> Plan:
    """Return where to compute what the settings ``now`` ask for.

    Parameters
    ----------
    finished
        Finished stages of the present run.
    begun
        Whether it holds a training that was stopped midway.
    was
        Settings of the present run, None if there is no run.
    same_input
        Whether it analyses what is analysed now.
    """
    if was is None or not same_input:
        return Plan("new")
    finished = tuple(finished)
    valid = valid_stages(finished, was, now, same_input=same_input)
    kept_training = not begun or all(
        _value(was, name) == _value(now, name)
        for stage in ("density", "learn")
        for name in DECIDING[stage]
    )
    if len(valid) == len(finished) and kept_training:
        return Plan("continue")
    if set(finished) <= {"density"} and not begun:
        return Plan("replace")
    return Plan("new", valid)


def _value(settings: Settings, name: str) -> Any:
    value: Any = settings
    for part in name.split("."):
        value = getattr(value, part)
    return value
