"""Is a law that the user has in mind excluded? It is fitted and scored as those found are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..density.model import Density
from ..errors import UserError
from ..inference.terms import Terms
from ..pde.solver import SolverError
from .judge import Judge
from .model import Equation
from .pairing import promising
from .refit import Pair, Refit
from .screening import CurveTarget, Screened
from .typed import Typed, read_typed


def fit_typed(
    density: Density,
    terms: Terms,
    D: str,
    G: str,
    *,
    as_typed: bool = False,
    refine: int = 2,
    max_bins: int = 400,
    forecast_fraction: float | None = None,
    seed: int = 0,
) -> Equation:
    """Return the equation of two typed formulas, its constants fitted to the movie and scored.

    Parameters
    ----------
    D, G
        Formulas in u; numbers are starting values, letters are unknown constants.
    as_typed
        Whether numbers are kept as they are; letters are fitted all the same.
    refine, max_bins
        As in :func:`napari_binn.inference.estimate.estimate`.
    forecast_fraction
        Share of the frames from which it predicts the others; no forecast if None.
    seed
        Seed of the starting values of letters.

    Raises
    ------
    UserError
        If one is no formula, or the movie cannot be simulated with it.
    """
    typed = {"D": read_typed(D, as_typed), "G": read_typed(G, as_typed)}
    try:
        judge = Judge.of(density, terms, refine, max_bins)
    except SolverError as error:
        raise UserError(
            f"The estimated curves of this movie cannot be simulated: {error}."
        ) from None
    targets = {which: CurveTarget.of(terms, which) for which in "DG"}
    screened = {which: typed[which].fitted(targets[which], seed) for which in "DG"}
    fits = [judge.refit(pair) for pair in _starts(typed, screened, targets, terms, judge)]
    done = min((fit for fit in fits if fit is not None), key=judge.bic, default=None)
    if done is None:
        raise UserError(
            f"D = {D.strip()}, G = {G.strip()} cannot be fitted to this movie: whatever its "
            "constants, it has no value, turns negative (D) or explodes."
        )
    return _equation(judge, done, forecast_fraction)


def _starts(
    typed: dict[str, Typed],
    screened: dict[str, Screened | None],
    targets: dict[str, CurveTarget],
    terms: Terms,
    judge: Judge,
) -> list[Pair]:
    """Return the pairs of starting values from which the constants are fitted."""
    starts: list[Pair] = []
    D, G = screened["D"], screened["G"]
    if D is not None and G is not None:
        both = promising([D], [G], targets, terms, judge.well.observations)
        starts += [both[0].pair, Pair(D.candidate, G.candidate, _joined(D, G))]
    if not any(one.letters for one in typed.values()):
        # What was typed may be closer than the curves tell.
        pair = [typed[which].candidate for which in "DG"]
        starts.append(Pair(pair[0], pair[1], np.array([*pair[0].start, *pair[1].start])))
    return starts


def _joined(D: Screened, G: Screened) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.concatenate([D.constants, G.constants])


def _equation(judge: Judge, done: Refit, fraction: float | None) -> Equation:
    ahead = None if fraction is None else judge.forecasts([done], fraction)[0]
    equation = judge.equation(done, ahead)
    own = {which: replace(getattr(equation, which), source="user") for which in "DG"}
    return replace(equation, D=own["D"], G=own["G"])
