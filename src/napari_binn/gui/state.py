"""The state machine of the workflow: what can be done now, and if not, why not.

A pure function of a few facts. Every button follows it, so that none can be pressed that would
fail for a reason known beforehand, and a disabled one says what is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..events import STAGES, StageName

Action = Literal[
    "draw", "measure", "learn", "pause", "resume", "stop", "find", "edit", "compare", "discover",
    "check",
]  # fmt: skip
Step = Literal["movie", "density", "learn", "equation", "compare"]
StatusKind = Literal["ready", "todo", "running", "later", "failed"]

#: What a stage is called in a sentence.
DOING: dict[StageName, str] = {
    "density": "the density is being measured",
    "learn": "the network is learning",
    "discover": "formulas are being searched",
    "simulate": "the simulation is running",
}
STEP_OF: dict[StageName, Step] = {
    "density": "density",
    "learn": "learn",
    "discover": "equation",
    "simulate": "compare",
}


@dataclass(frozen=True)
class Facts:
    """What the state machine looks at.

    Attributes
    ----------
    source
        Whether there is something to analyse: a layer, or the input of an opened run.
    layer
        Whether that is a layer, on which can be drawn.
    movie_problem, density_problem, settings_problem
        The first sentence on what is wrong with the choices of ①, ② and ③, or "".
    done
        Stages whose results are there and belong to the choices as they are now.
    shown
        Stages whose results are there, whatever the choices are now.
    running
        The stage that the engine works on.
    preparing
        Whether the input is being written for the engine.
    checking
        Whether the bands of the shown run are being checked, which is no stage.
    paused, stopping
        Whether the running stage stands still, and whether it was asked to stop.
    interrupted
        Whether the training of the run was stopped midway and can go on.
    failure
        Stage that failed last, with its sentence.
    """

    source: bool = False
    layer: bool = False
    movie_problem: str = ""
    density_problem: str = ""
    settings_problem: str = ""
    done: frozenset[StageName] = frozenset()
    shown: frozenset[StageName] = frozenset()
    running: StageName | None = None
    preparing: bool = False
    checking: bool = False
    paused: bool = False
    stopping: bool = False
    interrupted: bool = False
    failure: tuple[StageName, str] | None = None

    @property
    def busy(self) -> bool:
        """Whether the engine works on something that is to be waited for, or is about to."""
        return self.preparing or self.running is not None or self.checking


def obstacle(action: Action, facts: Facts) -> str:
    """Return why ``action`` cannot be done now in one sentence, or "" if it can."""
    match action:
        case "pause":
            if facts.running is None or facts.paused or facts.stopping:
                return "Nothing is running." if facts.running is None else "It stands still."
            return ""
        case "resume":
            if facts.paused and not facts.stopping:
                return ""
            if facts.busy:
                return "It is running."
            if not facts.interrupted:
                return "No training was stopped midway."
            return _missing(facts)
        case "stop":
            if facts.stopping:
                return "It is being stopped."
            return "" if facts.busy else "Nothing is running."
        case "draw":
            return "" if facts.layer else "Choose a movie layer in step ① first."
        case "compare":
            return "" if "density" in facts.shown else "Measure the density in step ② first."
        case "edit":
            if "discover" not in facts.shown:
                return "Find formulas first."
            return _wait(facts)
        case "check":
            if "learn" not in facts.shown:
                return "Learn D(u) and G(u) in step ③ first."
            return _wait(facts)
        case _:
            return _wait(facts) or _begin(action, facts)


def _begin(action: Action, facts: Facts) -> str:
    """Return why a stage cannot be started, given that none is running."""
    missing = _missing(facts)
    if missing:
        return missing
    if action == "measure":
        if "density" in facts.done:
            return "The density is measured with these settings."
        return ""
    if action == "learn":
        if "learn" in facts.done:
            return "D(u) and G(u) are learned: change a setting to learn them again."
        return ""
    if action == "find":
        if "learn" not in facts.done:
            return "Learn D(u) and G(u) in step ③ first."
        if "discover" in facts.done:
            return "The formulas are found: change a setting to search again."
        return ""
    if set(STAGES) <= facts.done:
        return "Everything is done: change a setting to discover again."
    return ""


def _missing(facts: Facts) -> str:
    """Return what the choices lack, in the order of the steps."""
    if not facts.source:
        return "Choose a movie layer in step ①, or try the sample."
    if "density" not in facts.done:
        problem = facts.movie_problem or facts.density_problem
        if problem:
            return problem
    return facts.settings_problem


def _wait(facts: Facts) -> str:
    if facts.checking:
        return "Wait or stop it first: the bands are being checked."
    if facts.preparing and facts.running is None:
        return "Wait a moment: the movie is handed over."
    if facts.running is None:
        return ""
    return f"Wait or stop it first: {DOING[facts.running]}."


@dataclass(frozen=True)
class Status:
    """The mark of a step and its one line."""

    kind: StatusKind
    text: str


def status(step: Step, facts: Facts, has: str = "") -> Status:
    """Return the status of a step.

    Parameters
    ----------
    has
        What the step has, in one line, or how far it is while it runs.
    """
    stage = next((name for name, of in STEP_OF.items() if of == step), None)
    if facts.failure is not None and stage == facts.failure[0]:
        return Status("failed", facts.failure[1])
    if stage is not None and facts.running == stage:
        if facts.stopping:
            return Status("running", "stopping")
        if facts.paused:
            return Status("running", f"paused · {has}" if has else "paused")
        return Status("running", has or "running")
    if step == "movie":
        return _movie_status(facts, has)
    assert stage is not None
    if stage in facts.done:
        return Status("ready", has)
    if stage in facts.shown:
        return Status("todo", f"{has} – of other settings than now" if has else "settings changed")
    return _waiting_status(step, facts)


def _movie_status(facts: Facts, has: str) -> Status:
    if not facts.source:
        return Status("todo", "choose a layer, or try the sample")
    if facts.movie_problem and "density" not in facts.done:
        return Status("todo", facts.movie_problem)
    return Status("ready", has)


def _waiting_status(step: Step, facts: Facts) -> Status:
    if step == "density":
        if not facts.source:
            return Status("later", "")
        if facts.density_problem and not facts.movie_problem:
            return Status("todo", facts.density_problem)
        return Status("todo", "region and method, or just go on")
    if step == "learn" and facts.interrupted:
        return Status("todo", "stopped midway: resume it")
    before: dict[Step, StageName] = {
        "learn": "density",
        "equation": "learn",
        "compare": "discover",
    }
    ready = before[step] in facts.done
    return Status("todo" if ready else "later", "")
