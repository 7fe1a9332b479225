"""How well a simulation agrees with the observation, as rows for a table. No Qt here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..metric_words import COUNT, DEVIANCE, FORECASTS, GUESSES, METRICS
from ..quantities import number

Group = Literal["movie", "forecast"]
_FORECAST = "forecast_count_error_percent"


@dataclass(frozen=True)
class MetricRow:
    """One number with its name, its value as it is read, its unit and what it means."""

    name: str
    value: str
    unit: str
    meaning: str
    group: Group = "movie"


def metric_rows(metrics: Mapping[str, float | None]) -> list[MetricRow]:
    """Return the rows that ``metrics`` (as in :class:`Simulation`) has numbers for, in order.

    Of the naive forecasts, only the best is shown: the one to beat.
    """
    rows = []
    for key, (name, meaning) in (METRICS | FORECASTS).items():
        value = metrics.get(key)
        if value is not None and math.isfinite(value):
            rows.append(_row(key, name, value, meaning))
        if key == _FORECAST and rows and rows[-1].name == name:
            rows += _naive(metrics)
    return rows


def result_sentence(metrics: Mapping[str, float | None]) -> str:
    """Return the two numbers that say most, in one line."""
    named = {row.name: row for row in metric_rows(metrics)}
    count = named.get(COUNT.name)
    deviance = named.get(DEVIANCE.name)
    parts = []
    if count is not None:
        parts.append(f"mean error of the total {count.value} {count.unit}")
    if deviance is not None:
        parts.append(f"deviance per bin {deviance.value} (noise = 1)")
    text = ", ".join(parts)
    return text[:1].upper() + text[1:] + "." if text else ""


def _naive(metrics: Mapping[str, float | None]) -> list[MetricRow]:
    guesses = {
        key.removeprefix(f"{_FORECAST}_"): value
        for key, value in metrics.items()
        if key.startswith(f"{_FORECAST}_") and value is not None and math.isfinite(value)
    }
    if not guesses:
        return []
    best = min(guesses, key=lambda guess: guesses[guess])
    what = GUESSES.get(best, best.replace("_", " "))
    meaning = (
        f"Error of the count of the best guess without a law (“{what}”): a forecast is worth "
        "something where its error is smaller."
    )
    return [_row(f"{_FORECAST}_{best}", "Naive forecast (best)", guesses[best], meaning)]


def _row(key: str, name: str, value: float, meaning: str) -> MetricRow:
    unit = "%" if "percent" in key else ""
    return MetricRow(
        name, number(value), unit, meaning, "forecast" if key.startswith("forecast") else "movie"
    )
