"""Stage 3: from curves to a formula.

Candidates come from a library of mechanistic forms and from symbolic regression. Their constants
are fitted to the curves first; the most promising pairs are then refitted to the movie itself, by
simulation, and ranked by how well they explain it.
"""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from ..density.model import Density
from ..errors import UserError
from ..events import Notice, Progress, Report, silent
from ..inference.terms import Terms
from ..progress import Tick, steps
from ..settings import EquationSettings
from . import operon
from .candidates import DIFFUSIVITIES, GROWTH_RATES, Candidate, from_expression, nested
from .model import Equation, Equations, FrontPoint
from .ranking import RULE, Judge, choose
from .screening import CurveTarget, Screened, observed_range, screen

Array = NDArray[np.float64]
#: More constants than this in one curve are never supported by movies of this size.
MOST_CONSTANTS = 4


def discover(
    density: Density,
    terms: Terms,
    settings: EquationSettings,
    seed: int = 0,
    refine: int = 2,
    max_bins: int = 400,
    report: Report = silent,
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

    Raises
    ------
    UserError
        If the chosen engine is not installed or no formula can be simulated.
    """
    began = time.perf_counter()
    observations = density.values.size
    screened: dict[str, list[Screened]] = {}
    targets = {which: CurveTarget.of(terms, which) for which in "DG"}
    # Symbolic regression takes about as long as the refits; the library alone takes no time.
    searched = 0.5 if settings.engine == "operon" and operon.available() else 0.05
    for number, (which, target) in enumerate(targets.items()):
        start, text = number * searched / 2, f"searching {which}(u)"
        report(Progress("discover", start, 1, text))
        tick = steps(report, "discover", text, start, start + searched / 2, settings.repeats)
        candidates = _candidates(which, target, settings, seed, report, tick)
        screened[which] = _best_of_each_form(candidates, target, settings.max_length)
    pairs = _promising(screened, targets, terms, observations, settings.refits)
    text = "refitting by simulation"
    report(Progress("discover", searched, 1, text))
    tick = steps(report, "discover", text, searched, 1.0, 1 + len(pairs))
    judge = Judge.of(density, terms, refine, max_bins)
    tick()  # preparing takes as long as a refit
    equations: list[Equation] = []
    for D, G in pairs:
        equation = judge.refit(D, G)
        tick()
        if equation is not None:
            equations.append(equation)
    report(Progress("discover", 1, 1, "done"))
    if not equations:
        raise UserError(
            "No formula could be simulated on this movie: look at the estimated curves and the "
            "density for outliers."
        )
    return Equations(
        choose(equations),
        _front(screened["D"]),
        _front(screened["G"]),
        observed_range(terms),
        terms.density_scale,
        RULE,
        time.perf_counter() - began,
    )


def _candidates(
    which: str,
    target: CurveTarget,
    settings: EquationSettings,
    seed: int,
    report: Report,
    tick: Tick,
) -> list[Candidate]:
    u, curve = target.search_points()
    library = DIFFUSIVITIES if which == "D" else GROWTH_RATES
    found = [candidate for make in library for candidate in make(u, curve)]
    if settings.engine == "pysr":
        raise UserError(
            "The engine pysr is not connected yet: set 'equations.engine' to operon or library."
        )
    if settings.engine == "operon":
        if not operon.available():
            report(
                Notice(
                    "Operon is not installed for this platform: only the library of mechanistic "
                    "formulas is searched.",
                    "warning",
                )
            )
            return found
        expressions = operon.search(
            u, curve, settings.max_length, settings.seconds, settings.repeats, seed, tick
        )
        found += [from_expression(e, "operon") for e in expressions if not nested(e)]
    return found


def _best_of_each_form(
    candidates: list[Candidate], target: CurveTarget, max_length: int
) -> list[Screened]:
    best: dict[str, Screened] = {}
    for candidate in candidates:
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


def _promising(
    screened: dict[str, list[Screened]],
    targets: dict[str, CurveTarget],
    terms: Terms,
    observations: int,
    count: int,
) -> list[tuple[Screened, Screened]]:
    """Return the pairs with the best joint score: D and G compensate for each other's errors."""
    D, G = (sorted(screened[w], key=lambda s: s.score(observations))[:12] for w in "DG")
    scored: list[tuple[float, int, int]] = []
    for i, one in enumerate(D):
        for j, other in enumerate(G):
            off = (
                np.concatenate(
                    [
                        targets["D"].coefficients_of(one.values),
                        targets["G"].coefficients_of(other.values),
                    ]
                )
                - terms.coefficients
            )
            constants = len(one.constants) + len(other.constants)
            misfit = float(off @ terms.precision @ off)
            scored.append((misfit + constants * float(np.log(observations)), i, j))
    return [(D[i], G[j]) for _, i, j in sorted(scored)[:count]]


def _front(screened: list[Screened]) -> tuple[FrontPoint, ...]:
    """Return the Pareto front of complexity against misfit, simplest first."""
    points: list[FrontPoint] = []
    ordered = sorted(screened, key=lambda s: (s.candidate.size, s.misfit))
    for one in ordered:
        if points and one.misfit >= points[-1].error:
            continue
        points.append(FrontPoint(one.candidate.formula(one.constants), one.misfit))
    return tuple(points)
