"""Two runs side by side: what was set differently, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..inference.terms import Terms
from ..metric_words import FORECASTS, METRICS
from ..settings import Section, Settings
from .folder import RunFolder

Array = NDArray[np.float64]
T = TypeVar("T")

#: Key, name and unit of each metric that is compared.
COMPARED = tuple(
    (key, words.name, "%" if key.endswith("percent") else "")
    for key, words in (METRICS | FORECASTS).items()
)


@dataclass(frozen=True)
class Difference:
    """A setting (or the input) that differs: its dotted name, its title, both values as text."""

    name: str
    title: str
    a: str
    b: str


@dataclass(frozen=True)
class Metric:
    """A number that tells how well the simulation fits, for both runs; None where it is missing."""

    name: str
    title: str
    unit: str
    a: float | None
    b: float | None


@dataclass(frozen=True)
class RunCurves:
    """D and G of one run over physical density.

    Attributes
    ----------
    density
        Grid (M,) [density unit of the run].
    D, D_low, D_high
        Diffusivity with its 90 % band, (M,) [length²/time].
    G, G_low, G_high
        Growth rate with its 90 % band, (M,) [1/time].
    supported
        (M,) True where the data say something about the curves.
    """

    density: Array
    D: Array
    D_low: Array
    D_high: Array
    G: Array
    G_low: Array
    G_high: Array
    supported: NDArray[np.bool_]


@dataclass(frozen=True)
class RunSide:
    """What a comparison knows of one of its runs; None where the run did not get so far.

    Attributes
    ----------
    D, G
        Formulas of the chosen equation, in u = density / ``density_scale``.
    units
        (length, time, density).
    """

    name: str
    D: str | None = None
    G: str | None = None
    density_scale: float | None = None
    units: tuple[str, str, str] | None = None
    curves: RunCurves | None = None


@dataclass(frozen=True)
class Comparison:
    """Two runs side by side.

    Attributes
    ----------
    settings
        What was set differently, the input first.
    metrics
        Those that at least one of the runs has.
    same_units
        Whether the curves of both can be drawn on the same axes.
    notes
        What the reader has to know, in sentences.
    consistency
        Whether the curves agree within their uncertainty, in a sentence; empty if that cannot be
        asked.
    """

    a: RunSide
    b: RunSide
    settings: tuple[Difference, ...]
    metrics: tuple[Metric, ...]
    same_units: bool
    notes: tuple[str, ...]
    consistency: str = ""

    @property
    def same(self) -> bool:
        """Whether nothing differs: neither a setting, nor a formula, nor a metric."""
        formulas = (self.a.D, self.a.G) == (self.b.D, self.b.G)
        return formulas and not self.settings and all(m.a == m.b for m in self.metrics)


def compare(a: RunFolder, b: RunFolder) -> Comparison:
    """Compare two runs, as far as each of them got; damage becomes a note."""
    notes: list[str] = []
    summaries = _summary(a, notes), _summary(b, notes)
    terms = _terms(a, notes), _terms(b, notes)
    sides = _side(a, summaries[0], terms[0], notes), _side(b, summaries[1], terms[1], notes)
    same_units = None in (sides[0].units, sides[1].units) or sides[0].units == sides[1].units
    return Comparison(
        *sides,
        settings=(*_inputs(a, b, notes), *_settings(a, b, notes)),
        metrics=_metrics(summaries[0], summaries[1]),
        same_units=same_units,
        notes=(*notes, *_units_notes(*sides)),
        consistency=_consistency(sides, terms) if same_units else "",
    )


def _terms(run: RunFolder, notes: list[str]) -> Terms | None:
    return _tried(run.load_terms, notes) if run.has("learn") else None


def _consistency(sides: Sequence[RunSide], terms: Sequence[Terms | None]) -> str:
    """Say whether the curves agree within their uncertainty."""
    known = [one for one in terms if one is not None]
    if len(known) < len(terms):
        return ""
    from ..inference.consistency import consistency

    units = sides[0].units
    return consistency(known, "" if units is None else units[2]).sentence


def _side(
    run: RunFolder, summary: dict[str, Any], terms: Terms | None, notes: list[str]
) -> RunSide:
    found = _tried(run.load_equations, notes) if run.has("discover") else None
    scale = terms.density_scale if terms else found.density_scale if found else None
    curves = None
    if terms is not None:
        curves = RunCurves(
            terms.u * terms.density_scale,
            terms.D, terms.D_low, terms.D_high,
            terms.G, terms.G_low, terms.G_high,
            terms.supported,
        )  # fmt: skip
    best = found.best if found and found.equations else None
    return RunSide(
        run.path.name,
        best.D.text if best else None,
        best.G.text if best else None,
        scale,
        _units(run, summary, notes),
        curves,
    )


def _units(
    run: RunFolder, summary: dict[str, Any], notes: list[str]
) -> tuple[str, str, str] | None:
    units = summary.get("units")
    if isinstance(units, dict):
        return str(units.get("length")), str(units.get("time")), str(units.get("density"))
    density = _tried(run.load_density, notes) if run.has("density") else None
    if density is None:
        return None
    return density.length_unit, density.time_unit, density.density_unit


def _inputs(a: RunFolder, b: RunFolder, notes: list[str]) -> list[Difference]:
    infos = _tried(a.info, notes), _tried(b.info, notes)
    first, second = (info.input if info else "" for info in infos)
    return [] if first == second else [Difference("input", "Input", first or "–", second or "–")]


def _settings(a: RunFolder, b: RunFolder, notes: list[str]) -> list[Difference]:
    if not (a.has("settings") and b.has("settings")):
        return []
    first, second = _tried(a.load_settings, notes), _tried(b.load_settings, notes)
    if first is None or second is None:
        return []
    there, here = _flat(first), _flat(second)
    return [
        Difference(name, title, _shown(value), _shown(here[name][1]))
        for name, (title, value) in there.items()
        if value != here[name][1]
    ]


def _flat(settings: Settings) -> dict[str, tuple[str, Any]]:
    """Return dotted name -> (title, value) of all settings."""
    flat: dict[str, tuple[str, Any]] = {}
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        if isinstance(value, Section):
            for key, part in type(value).model_fields.items():
                flat[f"{name}.{key}"] = (part.title or key, getattr(value, key))
        else:
            flat[name] = (field.title or name, value)
    return flat


def _shown(value: Any) -> str:
    if value is None:
        return "not set"
    if isinstance(value, tuple | list):
        return " × ".join(_shown(item) for item in value)
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _metrics(a: dict[str, Any], b: dict[str, Any]) -> tuple[Metric, ...]:
    found = []
    for name, title, unit in COMPARED:
        first, second = _metric(a, name), _metric(b, name)
        if first is not None or second is not None:
            found.append(Metric(name, title, unit, first, second))
    return tuple(found)


def _metric(summary: dict[str, Any], name: str) -> float | None:
    metrics = summary.get("metrics")
    value = metrics.get(name) if isinstance(metrics, dict) else None
    return float(value) if isinstance(value, int | float) else None


def _units_notes(a: RunSide, b: RunSide) -> list[str]:
    if a.units is not None and b.units is not None and a.units != b.units:
        return [
            f"The runs are in different units ({_unit_list(a.units)} and {_unit_list(b.units)}), "
            "so their curves and formulas cannot be compared."
        ]
    if a.density_scale is None or b.density_scale is None or a.units is None:
        return []
    if np.isclose(a.density_scale, b.density_scale, rtol=1e-3):
        return []
    unit = a.units[2]
    return [
        f"In the formulas, u = 1 is {a.density_scale:,.4g} {unit} for {a.name} and "
        f"{b.density_scale:,.4g} {unit} for {b.name}: the numbers in front of u mean "
        "different things. Compare the curves."
    ]


def _unit_list(units: tuple[str, str, str]) -> str:
    return ", ".join(units)


def _summary(run: RunFolder, notes: list[str]) -> dict[str, Any]:
    return (_tried(run.load_summary, notes) or {}) if run.has("summary") else {}


def _tried(load: Callable[[], T], notes: list[str]) -> T | None:
    try:
        return load()
    except UserError as error:
        notes.append(str(error))
        return None
