"""The findings of a diagnosis in sentences."""

from __future__ import annotations

import numpy as np

from ..quantities import number
from ..units import symbol
from .diagnostics_model import Check, CheckName, Finding, Level

#: In the headline: "it drifts", ...
CLAUSES: dict[CheckName, str] = {
    "drift": "the whole pattern drifts",
    "growth": "growth changes in time",
    "spreading": "spreading changes in time",
    "direction": "cells spread faster in one direction than in the other",
    "patches": "what the simulation misses comes in patches",
    "persistence": "what the simulation misses stays from frame to frame",
}
#: Ratio of the ends of an interval beyond which it is not worth telling.
MEANINGLESS = 50.0
COMPASS = (
    "to the right", "down and to the right", "down", "down and to the left", "to the left",
    "up and to the left", "up", "up and to the right",
)  # fmt: skip


def readable_speed(length_unit: str, time_unit: str) -> tuple[float, str]:
    """Return the factor and the unit in which a speed reads well: µm/h for mm/day."""
    if (length_unit, time_unit) == ("mm", "day"):
        return 1000 / 24, "µm/h"
    return 1.0, f"{symbol(length_unit)}/{symbol(time_unit)}"


def heading(x: float, y: float) -> str:
    """Return where a velocity points, y pointing down as in a picture."""
    return COMPASS[round(np.arctan2(y, x) / (np.pi / 4)) % 8]


def drift(finding: Finding, speed: float, low: float, high: float, unit: str, where: str) -> str:
    """Say whether the pattern moves as a whole."""
    found = f"{number(speed, 2)} {unit} {where} (90 %: {number(low, 2)} to {number(high, 2)})"
    if finding == "unknown":
        return f"Whether the pattern drifts cannot be told: up to {number(high, 2)} {unit} fits."
    if finding == "absent":
        return f"No drift: it is at most {number(high, 2)} {unit}."
    if finding == "negligible":
        return f"The pattern drifts by {found}, which is too slow to matter."
    return f"The whole pattern drifts by {found}."


def change(finding: Finding, what: str, size: float, low: float, high: float) -> str:
    """Say whether growth or spreading change in time, by a factor ``size``."""
    interval = f"{number(low, 2)} to {number(high, 2)}"
    if finding == "unknown":
        if high > MEANINGLESS * low:
            return f"Whether {what} changes in time cannot be told from these frames."
        return (
            f"Whether {what} changes in time cannot be told: at the end of the movie it may be "
            f"{interval} times that at the start."
        )
    if finding == "absent":
        return (
            f"No change of {what} in time: at the same density, at the end of the movie it is "
            f"{interval} times that at the start."
        )
    found = (
        f"At the same density, {what} at the end of the movie is {number(size, 2)} times that at "
        f"the start (90 %: {interval})"
    )
    return f"{found}, which is too little to matter." if finding == "negligible" else f"{found}."


def direction(finding: Finding, size: float, low: float, high: float) -> str:
    """Say whether cells spread alike along x and y."""
    interval = f"{number(low, 2)} to {number(high, 2)}"
    if finding == "unknown":
        if high > MEANINGLESS * low:
            return "Whether cells spread alike in all directions cannot be told from these frames."
        return (
            "Whether cells spread alike in all directions cannot be told: along x it may be "
            f"{interval} times as fast as along y."
        )
    if finding == "absent":
        return f"Cells spread alike in all directions: along x {interval} times as along y."
    first, second = ("x", "y") if size >= 1 else ("y", "x")
    if size < 1:
        size, low, high = 1 / size, 1 / high, 1 / low
    found = (
        f"Cells spread {number(size, 2)} times as fast along {first} as along {second} "
        f"(90 %: {number(low, 2)} to {number(high, 2)})"
    )
    return f"{found}, which is too little to matter." if finding == "negligible" else f"{found}."


def pattern(finding: Finding, name: CheckName, r: float, percent: float) -> str:
    """Say whether what the simulation misses is alike in neighbouring bins or frames."""
    alike = "bins deviate like those around them"
    if name == "persistence":
        alike = "around a bin it is still missed in the next frame"
    where = "space" if name == "patches" else "time"
    if finding == "unknown":
        return f"Whether what the simulation misses has a pattern in {where} cannot be told."
    if finding == "absent":
        return f"What the simulation misses has no pattern in {where}: it is scatter."
    size = f"{alike} (correlation {number(r, 2)}), by {number(percent, 2)} % of the density"
    kind = "comes in patches" if name == "patches" else "persists"
    if finding == "negligible":
        return f"What the simulation misses {kind}: {size}, which is too little to matter."
    cause = "the place" if name == "patches" else "something that lasts, such as the place,"
    return (
        f"What the simulation misses {kind}: {size}. Growth or spreading may depend on {cause} and "
        "not on density alone."
    )


def verdict(level: Level, checks: tuple[Check, ...]) -> str:
    """Sum up."""
    open_questions = sum(check.finding == "unknown" for check in checks)
    if level == "consistent":
        end = ", as far as these frames can tell" if open_questions else ""
        return (
            "The movie is consistent with reaction–diffusion: spreading and growth explain "
            f"it{end}."
        )
    found = [check for check in checks if check.finding in ("strong", "present")]
    found.sort(key=lambda check: check.finding != "strong")
    names = [CLAUSES[check.name] for check in found]
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    if level == "doubtful":
        return f"Reaction–diffusion may not be the whole story: {listed}."
    return (
        f"The movie is not reaction–diffusion alone: {listed}. D(u) and G(u) mix this up with "
        "spreading and growth."
    )
