"""How well a simulation agrees with the observation, as rows for a table. No Qt here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Group = Literal["movie", "forecast"]
_FORECAST = "forecast_count_error_percent"
_FORECAST_DEVIANCE = "forecast_deviance_per_bin"
_NAMES = {
    "count_error_percent": (
        "Mean error of the cell count",
        "By how much the simulated number of cells is off, averaged over the frames.",
    ),
    "relative_l2": (
        "Relative L2 distance",
        "How far the simulated density is from the observed one, bin by bin: the root mean "
        "square of the difference, as a share of the density itself. The noise is part of it.",
    ),
    "deviance_per_bin": (
        "Deviance per bin (noise = 1)",
        "Misfit in units of the noise: about 1 where nothing but noise is left.",
    ),
    _FORECAST: (
        "Forecast: error of the count",
        "The law was found anew on the first frames alone and then predicted the others: by how "
        "much the predicted number of cells is off.",
    ),
    _FORECAST_DEVIANCE: (
        "Forecast: deviance per bin",
        "Misfit of the predicted frames in units of the noise: 1 is noise only.",
    ),
}
_GUESSES = {
    "last_frame": "nothing changes",
    "exponential": "all grows on at the same rate",
    "logistic": "each bin fills up by itself",
}


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
    for key, (name, meaning) in _NAMES.items():
        value = metrics.get(key)
        if value is not None and math.isfinite(value):
            rows.append(_row(key, name, value, meaning))
        if key == _FORECAST and rows and rows[-1].name == name:
            rows += _naive(metrics)
    return rows


def result_sentence(metrics: Mapping[str, float | None]) -> str:
    """Return the two numbers that say most, in one line."""
    named = {row.name: row for row in metric_rows(metrics)}
    count = named.get(_NAMES["count_error_percent"][0])
    deviance = named.get(_NAMES["deviance_per_bin"][0])
    parts = []
    if count is not None:
        parts.append(f"mean error of the cell count {count.value} {count.unit}")
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
    what = _GUESSES.get(best, best.replace("_", " "))
    meaning = (
        f"Error of the count of the best guess without a law (“{what}”): a forecast is worth "
        "something where its error is smaller."
    )
    return [_row(f"{_FORECAST}_{best}", "Naive forecast (best)", guesses[best], meaning)]


def _row(key: str, name: str, value: float, meaning: str) -> MetricRow:
    from ..report.quantities import number

    unit = "%" if "percent" in key else ""
    return MetricRow(
        name, number(value), unit, meaning, "forecast" if key.startswith("forecast") else "movie"
    )
