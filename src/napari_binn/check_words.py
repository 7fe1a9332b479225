"""What the checks of an estimate and their findings are called, everywhere."""

from __future__ import annotations

import math
from collections.abc import Mapping

from .inference.diagnostics_model import Check, CheckName, Diagnosis, Finding
from .metric_words import FORECASTS, GUESSES

#: What is looked for.
CHECKS: dict[CheckName, str] = {
    "drift": "Drift of the whole pattern",
    "growth": "Growth that changes in time",
    "spreading": "Spreading that changes in time",
    "direction": "Spreading that depends on direction",
    "patches": "Patches that are missed",
    "persistence": "Misses that stay",
}
#: What was found.
FINDINGS: dict[Finding, str] = {
    "strong": "clearly seen",
    "present": "seen",
    "negligible": "too small to matter",
    "absent": "not seen",
    "unknown": "cannot be told",
}


def worst_first(diagnosis: Diagnosis) -> tuple[Check, ...]:
    """Return the checks, those that speak against reaction-diffusion first."""
    order = list(FINDINGS)
    return tuple(sorted(diagnosis.checks, key=lambda one: (order.index(one.finding), one.p)))


def forecast_in_words(metrics: Mapping[str, float | None]) -> str:
    """Say whether the forecast of a run beats the naive guesses; nothing without a forecast."""
    own = [key for key in FORECASTS if _known(metrics.get(key))]
    pairs = [(key, guess) for key in own for guess in GUESSES]
    compared = [(key, guess) for key, guess in pairs if _known(metrics.get(f"{key}_{guess}"))]
    if not compared:
        return ""
    lost = [pair for pair in compared if not _beats(metrics, *pair)]
    if not lost:
        return "The forecast is better than every guess that knows no law."
    if len(lost) == len(compared):
        return "The forecast is no better than guesses that know no law."
    *others, last = dict.fromkeys(f"“{GUESSES[guess]}”" for _, guess in lost)
    named = f"{', '.join(others)} and {last}" if others else last
    return f"The forecast is not in every number better than a guess that knows no law: {named}."


def _known(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _beats(metrics: Mapping[str, float | None], key: str, guess: str) -> bool:
    own, other = metrics[key], metrics[f"{key}_{guess}"]
    return own is not None and other is not None and own < other
