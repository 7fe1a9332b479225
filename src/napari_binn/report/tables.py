"""The report's tables: scores, constants, formulas, settings."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sympy as sp
from pydantic import BaseModel

from napari_binn.equations.grammar import parse
from napari_binn.equations.model import Equation, Equations, FrontPoint, Simulation
from napari_binn.equations.ranking import Standing, percent, standings
from napari_binn.errors import UserError
from napari_binn.metric_words import FORECASTS, GUESSES, METRICS, MetricWords
from napari_binn.quantities import MISSING, diffusivity_unit, number, quantity
from napari_binn.run.layout import FILES
from napari_binn.settings import Settings

from .contents import Contents
from .typeset import formula_svg

LAW = "this law"
MOST_ROWS = 12


@dataclass(frozen=True)
class MetricRow:
    """One number with its name, unit and meaning."""

    name: str
    value: str
    meaning: str


@dataclass(frozen=True)
class ForecastTable:
    """Errors of the forecast: a row for the law and for each guess.

    Attributes
    ----------
    columns
        Names of the errors.
    rows
        (name, cells), each cell a text and whether it is the best of its column.
    """

    columns: list[str]
    rows: list[tuple[str, list[tuple[str, bool]]]]


@dataclass(frozen=True)
class ConstantRow:
    """One constant of the chosen formulas."""

    name: str
    value: str
    interval: str


@dataclass(frozen=True)
class FormulaRow:
    """One formula of a Pareto front; ``picture`` is markup."""

    complexity: int
    picture: str
    name: str
    error: str
    chosen: bool


@dataclass(frozen=True)
class EquationRow:
    """One pair of formulas; the pictures are markup.

    ``mark`` is "chosen", "possible" if the data do not speak against it, or empty.
    """

    D: str
    G: str
    names: str
    parameters: str
    bic: str
    weight: str
    deviance: str
    forecast: str
    mark: str


@dataclass(frozen=True)
class SettingRow:
    """One setting."""

    name: str
    title: str
    value: str
    changed: bool


def metric_rows(simulation: Simulation) -> list[MetricRow]:
    """Return how well the law reproduces the movie; forecasts have a table of their own."""
    rows = []
    for key, value in simulation.metrics.items():
        if key.startswith("forecast"):
            continue
        name, meaning = METRICS.get(key, MetricWords(_prettified(key), ""))
        rows.append(MetricRow(name, quantity(value, _unit(key)), meaning))
    return rows


def forecast_table(simulation: Simulation) -> ForecastTable | None:
    """Return the forecast beside naive guesses; None where there is no forecast.

    The metrics of a guess carry its name behind that of the law's own metric.
    """
    metrics = simulation.metrics
    own = [key for key in FORECASTS if key in metrics]
    if not own or simulation.forecast is None:
        return None
    guesses = dict.fromkeys(
        key.removeprefix(f"{mine}_")
        for mine in own
        for key in metrics
        if key.startswith(f"{mine}_")
    )
    names = [LAW, *(_guess(guess) for guess in guesses)]
    columns = [_forecast_column(metrics, mine, guesses) for mine in own]
    cells = [list(row) for row in zip(*columns, strict=True)]
    return ForecastTable(
        [METRICS[mine.removeprefix("forecast_")].name for mine in own],
        list(zip(names, cells, strict=True)),
    )


def _forecast_column(
    metrics: Mapping[str, float], mine: str, guesses: Iterable[str]
) -> list[tuple[str, bool]]:
    """Return one error of the law and of each guess, and whether it is the best."""
    values = [metrics.get(key) for key in (mine, *(f"{mine}_{guess}" for guess in guesses))]
    known = [value for value in values if value is not None and math.isfinite(value)]
    best = min(known, default=None)
    return [(quantity(v, _unit(mine)), v is not None and v == best) for v in values]


def _guess(name: str) -> str:
    return f"“{GUESSES[name]}”" if name in GUESSES else _prettified(name).lower()


def constant_rows(contents: Contents) -> list[ConstantRow]:
    """Return the constants of the chosen formulas with the half-widths of their intervals."""
    if contents.equations is None:
        return []
    rows = []
    for name, value, half in contents.equations.best.constants:
        interval = f"± {number(half, 2)}"
        if number(half) == MISSING:
            interval = "not determined by the data"
        rows.append(ConstantRow(name, number(value, 4), interval))
    return rows


def front_rows(front: tuple[FrontPoint, ...], chosen: str) -> list[FormulaRow]:
    """Return the formulas of a Pareto front, simplest first; ``chosen`` is the answer's text."""
    answer = _shape(chosen)
    return [
        FormulaRow(
            point.formula.complexity,
            formula_svg(point.formula.text),
            _origin(point.formula.name, point.formula.source),
            number(point.error),
            _shape(point.formula.text) == answer,
        )
        for point in front[:MOST_ROWS]
    ]


def equation_rows(equations: Equations, own: Sequence[Equation] = ()) -> list[EquationRow]:
    """Return the pairs of formulas, the answer first, the user's own ones last."""
    listed = standings(equations.equations, own)
    shown = [*[one for one in listed if not one.own][:MOST_ROWS], *[o for o in listed if o.own]]
    return [_equation_row(one) for one in shown]


def _equation_row(one: Standing) -> EquationRow:
    equation, scores = one.equation, one.equation.scores
    names = ("your own",) if one.own else (equation.D.name, equation.G.name)
    return EquationRow(
        formula_svg(equation.D.text),
        formula_svg(equation.G.text),
        " · ".join(filter(None, names)),
        number(scores.get("parameters")),
        number(one.delta),
        percent(one.weight) if math.isfinite(one.weight) else MISSING,
        number(scores.get("deviance_per_bin")),
        number(scores.get("forecast_deviance_per_bin")),
        "chosen" if one.chosen else "possible" if one.possible else "",
    )


def settings_rows(settings: Settings | None) -> list[SettingRow]:
    """Return every setting with its title, value and whether it differs from the default."""
    if settings is None:
        return []
    rows: list[SettingRow] = []
    _collect(rows, settings, Settings(), "")
    return rows


def reproduce(contents: Contents) -> str:
    """Return the command that makes this run again."""
    if contents.info.argv:
        return shlex.join(["napari-binn", *contents.info.argv])
    source = contents.info.input or "INPUT"
    return shlex.join(
        ["napari-binn", "run", source, "--config", FILES["settings"], "--out", "NEW_RUN"]
    )


def units_line(contents: Contents) -> str:
    """Return in which units the equation is to be read."""
    density = contents.density
    if density is None:
        return ""
    scale = number(contents.density_scale, 4)
    return (
        f"u = density / ({scale} {density.density_unit}) · D in "
        f"{diffusivity_unit(density.length_unit, density.time_unit)} · G in 1/{density.time_unit}"
    )


def _collect(rows: list[SettingRow], values: BaseModel, defaults: BaseModel, prefix: str) -> None:
    for name, info in type(values).model_fields.items():
        value, default = getattr(values, name), getattr(defaults, name)
        if isinstance(value, BaseModel):
            _collect(rows, value, default, f"{prefix}{name}.")
        else:
            shown = "not given" if value is None else str(value)
            rows.append(SettingRow(prefix + name, info.title or "", shown, value != default))


def _shape(text: str) -> str:
    """Return a formula without its numbers: the answer's constants were refitted since."""
    try:
        expression = parse(text)
    except UserError:
        return text
    return str(expression.xreplace({c: sp.Symbol("c") for c in expression.atoms(sp.Float)}))


def _origin(name: str, source: str) -> str:
    return name or {"operon": "found by Operon", "pysr": "found by PySR"}.get(source, source)


def _unit(key: str) -> str:
    return "%" if "percent" in key else ""


def _prettified(key: str) -> str:
    words = key.replace("_percent", "").replace("_", " ").strip()
    return words[:1].upper() + words[1:]
