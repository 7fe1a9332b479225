"""Results as arrays and plain data, and back: what the files of a run folder hold.

Each ``…_record`` function splits a result into named arrays and small plain data; its partner
``…_from`` puts it together again and raises ``ValueError``, ``KeyError`` or ``TypeError`` where the
pieces do not fit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from napari_binn.binn.result import BinnResult
from napari_binn.equations.model import Equation, Equations, Formula, FrontPoint, Simulation
from napari_binn.inference.terms import Boundary, BoundaryKind, Noise, NoiseKind, Terms

Arrays = dict[str, NDArray[Any]]
Record = tuple[Arrays, dict[str, Any]]

# One letter an axis; a letter stands for the same length throughout one record.
_BINN = {"u": "M", "D": "EM", "G": "EM", "surface": "TYX"}
_TERMS = {
    **dict.fromkeys(
        ("u", "D", "D_low", "D_high", "G", "G_low", "G_high", "supported", "weight"), "M"
    ),
    "coefficients": "K",
    "precision": "KK",
    "initial": "YX",
    "surface": "TYX",
}
_SURROUNDINGS = {"surroundings": "VU"}
_SIMULATION = {"values": "TYX", "forecast": "FYX"}


def binn_record(result: BinnResult) -> Record:
    """Return everything but the losses and the weights, which have files of their own."""
    meta = {"steps": result.steps, "seconds": result.seconds, "device": result.device}
    return _arrays(result, _BINN), meta


def binn_from(
    record: Record, losses: Mapping[str, NDArray[np.float64]], weights: Mapping[str, NDArray[Any]]
) -> BinnResult:
    """Return the result of the network's training."""
    arrays, meta = record
    return BinnResult(
        **_checked(arrays, _BINN),
        losses=dict(losses),
        weights=dict(weights),
        steps=int(meta["steps"]),
        seconds=float(meta["seconds"]),
        device=str(meta["device"]),
    )


def terms_record(terms: Terms) -> Record:
    """Return the estimate of D and G."""
    meta = {
        "noise": asdict(terms.noise),
        "density_scale": terms.density_scale,
        "seconds": terms.seconds,
        "sentences": list(terms.sentences),
        "boundary": asdict(terms.boundary),
    }
    return _arrays(terms, _TERMS | _SURROUNDINGS), meta


def terms_from(record: Record) -> Terms:
    """Return the estimate of D and G; records without a boundary are of a closed one."""
    arrays, meta = record
    around = {name: axes for name, axes in _SURROUNDINGS.items() if name in arrays}
    return Terms(
        **_checked(arrays, _TERMS | around),
        noise=_noise(meta["noise"]),
        density_scale=float(meta["density_scale"]),
        seconds=float(meta["seconds"]),
        sentences=tuple(str(sentence) for sentence in meta["sentences"]),
        boundary=_boundary(meta["boundary"]) if "boundary" in meta else Boundary(),
    )


def simulation_record(simulation: Simulation) -> Record:
    """Return the simulated movie, its forecast and its metrics."""
    meta = {
        "metrics": simulation.metrics,
        "forecast_from": simulation.forecast_from,
        "seconds": simulation.seconds,
    }
    return _arrays(simulation, _SIMULATION), meta


def simulation_from(record: Record) -> Simulation:
    """Return the simulated movie, its forecast and its metrics."""
    arrays, meta = record
    present = {name: axes for name, axes in _SIMULATION.items() if name in arrays}
    start = meta["forecast_from"]
    return Simulation(
        **_checked(arrays, {"values": "TYX", **present}),
        metrics={name: _number(value) for name, value in meta["metrics"].items()},
        forecast_from=None if start is None else int(start),
        seconds=float(meta["seconds"]),
    )


def equations_record(equations: Equations) -> dict[str, Any]:
    """Return all formulas as plain data, for JSON."""
    return asdict(equations)


def equations_from(values: Mapping[str, Any]) -> Equations:
    """Return the formulas that :func:`equations_record` described."""
    found = tuple(equation_from(item) for item in values["equations"])
    if not found:
        raise ValueError("it holds no equation")
    low, high = values["u_range"]
    return Equations(
        equations=found,
        front_D=tuple(_front_point(item) for item in values["front_D"]),
        front_G=tuple(_front_point(item) for item in values["front_G"]),
        u_range=(float(low), float(high)),
        density_scale=float(values["density_scale"]),
        rule=str(values["rule"]),
        seconds=float(values["seconds"]),
    )


def _noise(values: Mapping[str, Any]) -> Noise:
    if values["kind"] not in get_args(NoiseKind):
        raise ValueError(f"the noise {values['kind']!r} is not known")
    return Noise(
        kind=values["kind"],
        level=_number(values["level"]),
        inflation=_number(values["inflation"]),
        gain=_number(values["gain"]),
    )


def _boundary(values: Mapping[str, Any]) -> Boundary:
    if values["kind"] not in get_args(BoundaryKind):
        raise ValueError(f"the boundary {values['kind']!r} is not known")
    odds = values["log_odds_open"]
    return Boundary(
        kind=values["kind"],
        margin=int(values["margin"]),
        log_odds_open=None if odds is None else float(odds),
        exact=bool(values["exact"]),
        large=bool(values["large"]),
        unsolved=bool(values.get("unsolved", False)),
    )


def equation_from(values: Mapping[str, Any]) -> Equation:
    """Return one pair of formulas from its plain data."""
    return Equation(
        D=_formula(values["D"]),
        G=_formula(values["G"]),
        constants=tuple((str(n), _number(v), _number(h)) for n, v, h in values["constants"]),
        scores={str(name): _number(value) for name, value in values["scores"].items()},
        covariance=tuple(
            tuple(_number(value) for value in row) for row in values.get("covariance", ())
        ),
    )


def _formula(values: Mapping[str, Any]) -> Formula:
    return Formula(
        text=str(values["text"]),
        complexity=int(values["complexity"]),
        name=str(values["name"]),
        source=str(values["source"]),
    )


def _front_point(values: Mapping[str, Any]) -> FrontPoint:
    return FrontPoint(_formula(values["formula"]), _number(values["error"]))


def _number(value: Any) -> float:
    """Strict JSON has no NaN: null stands for it."""
    return math.nan if value is None else float(value)


def _arrays(result: object, axes: Mapping[str, str]) -> Arrays:
    found = {name: getattr(result, name) for name in axes}
    return {name: np.asarray(array) for name, array in found.items() if array is not None}


def _checked(arrays: Arrays, axes: Mapping[str, str]) -> dict[str, Any]:
    """Return the arrays named in ``axes``; raises ValueError where their shapes contradict."""
    lengths: dict[str, int] = {}
    for name, letters in axes.items():
        shape = arrays[name].shape
        if len(shape) != len(letters):
            raise ValueError(f"{name} has {len(shape)} axes, not {len(letters)}")
        for letter, length in zip(letters, shape, strict=True):
            if lengths.setdefault(letter, length) != length:
                raise ValueError(f"{name} does not fit the other arrays")
    return {name: arrays[name] for name in axes}
