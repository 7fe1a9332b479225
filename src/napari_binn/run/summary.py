"""summary.json: the result of a run in one small file that other programs can build on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_binn.binn.result import BinnResult
from napari_binn.check_words import forecast_in_words
from napari_binn.density.model import Density
from napari_binn.equations.constants import fitted_constants
from napari_binn.equations.model import Equation, Equations, Simulation
from napari_binn.equations.naming import LawUnits
from napari_binn.equations.ranking import (
    Standing,
    in_words,
    standings,
    unsupported_in_words,
    verdict,
)
from napari_binn.events import STAGES
from napari_binn.inference.agreement import agreement
from napari_binn.inference.bootstrap_model import Bootstrap
from napari_binn.inference.design_model import Design
from napari_binn.inference.diagnostics_model import Diagnosis
from napari_binn.inference.terms import Terms
from napari_binn.inference.words import boundary_in_words
from napari_binn.metric_words import FORECASTS, GUESSES
from napari_binn.settings import Settings
from napari_binn.units import symbol

from .files import plain
from .latex import equation_latex, equation_text
from .law_summary import law_summary
from .versions import versions

CURVES = ("u", "D", "D_low", "D_high", "G", "G_low", "G_high")
SCORES = (
    "bic", "deviance_per_bin", "forecast_deviance_per_bin", "parameters", "complexity",
)  # fmt: skip
METRICS = (
    "count_error_percent", "relative_l2", "deviance_per_bin", "forecast_count_error_percent",
)  # fmt: skip


def build_summary(
    *,
    settings: Settings,
    density: Density,
    binn: BinnResult | None = None,
    terms: Terms | None = None,
    diagnosis: Diagnosis | None = None,
    design: Design | None = None,
    bootstrap: Bootstrap | None = None,
    equations: Equations | None = None,
    own: Sequence[Equation] = (),
    simulation: Simulation | None = None,
    truth: Mapping[str, Any] | None = None,
    seconds: Mapping[str, float] | None = None,
    device: str | None = None,
) -> dict[str, Any]:
    """Return what summary.json holds, as strict JSON knows it (NaN is null).

    D and G are expressions in u = density / ``density_scale``, D in length²/time and G in 1/time of
    ``units``; bands are 90 %. ``terms`` is the final estimate; ``binn`` holds the mean curves of
    the network alone, on the grid of ``terms``. What is not done is null.

    Parameters
    ----------
    diagnosis, design, bootstrap
        Checks of the estimate; "verdict" is the diagnosis without its pictures.
    own
        The user's own equations, which "formulas" lists after those that were found.
    truth
        The known law of a phantom: "D", "G", "density_scale".
    seconds
        Time of each stage; their sum is added as "total" unless it is given.
    device
        Where the network trained; what its result says, if not given.
    """
    scale = density.scale if terms is None else terms.density_scale
    summary: dict[str, Any] = {
        "equation": None if equations is None else _equation(equations),
        "law": None if equations is None else _law(equations, density),
        "formulas": None if equations is None else formulas_summary(equations, own, density),
        "units": {
            "length": density.length_unit,
            "time": density.time_unit,
            "density": density.density_unit,
        },
        "density_scale": scale if equations is None else equations.density_scale,
        "terms": None if terms is None else _terms(terms),
        "binn": None if binn is None else _binn(binn, binn.u if terms is None else terms.u),
        "verdict": None if diagnosis is None else diagnosis.as_dict(pictures=False),
        "identifiability": identifiability(terms, design),
        "design": None if design is None else design.as_dict(),
        "agreement": None if terms is None or binn is None else agreement(terms, binn).as_dict(),
        "bootstrap": None if bootstrap is None else bootstrap_summary(bootstrap),
        "metrics": None if simulation is None else _metrics(simulation),
        "forecast": None if simulation is None else _forecast(simulation),
        "seconds": _seconds(seconds or {}),
        "versions": versions(),
        "seed": settings.seed,
        "device": device or (settings.device if binn is None else binn.device),
        "assumptions": list(density.assumptions),
    }
    bare = density.bare_areas()
    if bare is not None:
        summary["bare_area"] = {
            "t": density.t, "area": bare, "unit": f"{symbol(density.length_unit)}²"
        }  # fmt: skip
    if terms is not None:
        summary["noise"] = {**asdict(terms.noise), "text": terms.noise.describe()}
        summary["boundary"] = {
            **asdict(terms.boundary), "text": boundary_in_words(terms.boundary)
        }  # fmt: skip
        summary["supported_range"] = terms.supported_ranges()
    if truth is not None:
        summary["truth"] = dict(truth)
    result: dict[str, Any] = plain(summary)
    return result


def identifiability(terms: Terms | None, design: Design | None) -> list[str]:
    """Return what the frames determine and what would help, in words."""
    if design is not None:
        return list(design.sentences)
    return [] if terms is None else list(terms.sentences[:1])


def bootstrap_summary(bootstrap: Bootstrap) -> dict[str, Any]:
    """Return what summary.json says about the check of the bands."""
    return {
        name: getattr(bootstrap, name) for name in ("replicates", "ratio_D", "ratio_G", "sentence")
    }


def _equation(equations: Equations) -> dict[str, str]:
    D, G = equations.best.D.text, equations.best.G.text
    return {"D": D, "G": G, "text": equation_text(D, G), "latex": equation_latex(D, G)}


def _law(equations: Equations, density: Density) -> dict[str, Any]:
    units = LawUnits(
        density.length_unit, density.time_unit, density.density_unit, equations.density_scale
    )
    return law_summary(equations.best, units, equations.u_range)


def formulas_summary(
    equations: Equations, own: Sequence[Equation], density: Density
) -> dict[str, Any]:
    """Return the ranking of all equations, as the window, the command line and the report show it.

    "equations" lists the chosen one first, then by their BIC, then the user's own. "delta_bic" is
    how much worse than the best one is; "possible" says that the data do not speak against it.
    """
    listed = standings(equations.equations, own)
    return {
        "rule": equations.rule,
        "text": in_words(equations.equations),
        "unsupported": unsupported_in_words(equations.best),
        "equations": [_standing(one, equations, density) for one in listed],
    }


def _standing(one: Standing, equations: Equations, density: Density) -> dict[str, Any]:
    equation, scores = one.equation, one.equation.scores
    found = {
        "D": equation.D.text,
        "G": equation.G.text,
        "name": {"D": equation.D.name, "G": equation.G.name},
        "source": {"D": equation.D.source, "G": equation.G.source},
        "chosen": one.chosen,
        "own": one.own,
        "possible": one.possible,
        "delta_bic": one.delta,
        "weight": one.weight,
        **{name: scores.get(name) for name in SCORES},
        "constants": fitted_constants(equation, density.length_unit, density.time_unit),
    }
    if one.own:
        found["verdict"] = verdict(equation, equations.equations)
    return found


def _terms(terms: Terms) -> dict[str, Any]:
    return {**{name: getattr(terms, name) for name in CURVES}, "supported": terms.supported}


def _binn(binn: BinnResult, u: NDArray[np.float64]) -> dict[str, Any]:
    return {
        "members": binn.members,
        "steps": binn.steps,
        "seconds": binn.seconds,
        "D": np.interp(u, binn.u, binn.D.mean(axis=0)),
        "G": np.interp(u, binn.u, binn.G.mean(axis=0)),
    }


def _metrics(simulation: Simulation) -> dict[str, float | None]:
    return {**dict.fromkeys(METRICS), **simulation.metrics}


def _forecast(simulation: Simulation) -> dict[str, Any] | None:
    """Return the forecast beside the naive guesses; None where there is none."""
    if simulation.forecast_from is None:
        return None
    found: dict[str, Any] = {
        "first_frame": simulation.forecast_from,
        "text": forecast_in_words(simulation.metrics),
    }
    for key in FORECASTS:
        own = {"law": simulation.metrics.get(key)}
        guesses = {name: simulation.metrics.get(f"{key}_{name}") for name in GUESSES}
        found[key.removeprefix("forecast_")] = own | guesses
    return found


def _seconds(seconds: Mapping[str, float]) -> dict[str, float | None]:
    known: dict[str, float | None] = {stage: seconds.get(stage) for stage in STAGES}
    total = sum(value for value in known.values() if value is not None)
    return {**known, "total": seconds.get("total", total)}
