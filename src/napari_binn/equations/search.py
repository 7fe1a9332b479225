"""Stage 3: from curves to a formula.

Candidates come from a library of mechanistic forms and from symbolic regression. Their constants
are fitted to the curves first; the most promising pairs are then refitted to the movie itself, by
simulation, and ranked by how well they explain it.
"""

from __future__ import annotations

import time

import numpy as np

from ..density.model import Density
from ..errors import UserError
from ..events import Progress, Report, silent
from ..inference.terms import Terms
from ..pde.solver import SolverError
from ..progress import steps
from ..settings import EquationSettings
from .candidates import Candidate
from .judge import Judge
from .model import Equations, FrontPoint
from .pairing import promising, shortlist
from .ranking import RULE, choose
from .screening import CurveTarget, Screened, observed_range, screen
from .sources import candidates, takes_long
from .well import blurred

#: More constants than this in one curve are never supported by movies of this size.
MOST_CONSTANTS = 4
#: Share of the time of the refits that the forecasts of the best pairs take.
FORECASTS = 0.15
_NOTHING = (
    "No formula could be simulated on this movie: look at the estimated curves and the density "
    "for outliers."
)


def discover(
    density: Density,
    terms: Terms,
    settings: EquationSettings,
    seed: int = 0,
    refine: int = 2,
    max_bins: int = 400,
    report: Report = silent,
    forecast_fraction: float | None = None,
) -> Equations:
    """Find formulas for D(u) and G(u).

    Parameters
    ----------
    density
        The observation that pairs of formulas are refitted to and ranked by.
    terms
        The estimated curves.
    seed
        Seed of the symbolic regression.
    refine, max_bins
        As in :func:`napari_binn.inference.estimate.estimate`.
    forecast_fraction
        Share of the frames from which the best pairs predict the others; no forecasts if None.

    Raises
    ------
    UserError
        If the chosen engine is not installed or no formula can be simulated.
    """
    began = time.perf_counter()
    try:
        judge = Judge.of(density, terms, refine, max_bins)
    except SolverError:
        raise UserError(_NOTHING) from None
    terms = blurred(terms, judge.well)
    screened: dict[str, list[Screened]] = {}
    targets = {which: CurveTarget.of(terms, which) for which in "DG"}
    # Symbolic regression takes about as long as the refits; the library alone takes no time.
    searched = 0.5 if takes_long(settings) else 0.05
    for number, (which, target) in enumerate(targets.items()):
        start, text = number * searched / 2, f"searching {which}(u)"
        report(Progress("discover", start, 1, text))
        tick = steps(report, "discover", text, start, start + searched / 2, settings.repeats)
        found = candidates(which, target, settings, seed, report, tick)
        screened[which] = best_of_each_form(found, target, settings.max_length)
    observations = judge.well.observations
    promises = promising(screened["D"], screened["G"], targets, terms, observations)
    pairs = shortlist(promises, settings.refits)
    text = "refitting by simulation"
    report(Progress("discover", searched, 1, text))
    refitted = searched + (1 - FORECASTS) * (1 - searched)
    ranked = judge.rank(pairs, steps(report, "discover", text, searched, refitted, len(pairs)))
    if not ranked:
        raise UserError(_NOTHING)
    report(Progress("discover", refitted, 1, "predicting the last frames from the first"))
    equations = judge.equations(ranked, forecast_fraction)
    report(Progress("discover", 1, 1, "done"))
    return Equations(
        choose(equations),
        _front(screened["D"]),
        _front(screened["G"]),
        observed_range(terms),
        terms.density_scale,
        RULE,
        time.perf_counter() - began,
    )


def best_of_each_form(
    found: list[Candidate], target: CurveTarget, max_length: int
) -> list[Screened]:
    best: dict[str, Screened] = {}
    for candidate in found:
        if len(candidate.symbols) > MOST_CONSTANTS or candidate.size > 2 * max_length:
            continue
        result = screen(candidate, target)
        known = best.get(candidate.key)
        # A form of the library keeps its name unless the search found clearly better constants.
        if result is not None and (known is None or result.misfit < known.misfit - 0.1):
            best[candidate.key] = result
    # Library forms come first among equals, so that a known law is called by its name.
    ordered = sorted(best.values(), key=lambda s: (s.candidate.source != "library", s.misfit))
    distinct: list[Screened] = []
    for one in ordered:
        if not any(_same(one, other) for other in distinct):
            distinct.append(one)
    return sorted(distinct, key=lambda s: s.misfit)


def _same(one: Screened, other: Screened) -> bool:
    """Whether two formulas are one curve written in two ways."""
    size = float(np.abs(other.values).max())
    return len(one.constants) >= len(other.constants) and bool(
        np.abs(one.values - other.values).max() < 1e-4 * size
    )


def _front(screened: list[Screened]) -> tuple[FrontPoint, ...]:
    """Return the Pareto front of complexity against misfit, simplest first."""
    points: list[FrontPoint] = []
    ordered = sorted(screened, key=lambda s: (s.candidate.size, s.misfit))
    for one in ordered:
        if points and one.misfit >= points[-1].error:
            continue
        points.append(FrontPoint(one.candidate.formula(one.constants), one.misfit))
    return tuple(points)
