"""Does one law serve several movies? Constants shared by replicates, each with its own first frame.

The replicates must be in the same u, that is, estimated with the same density scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..density.model import Density
from ..errors import UserError
from ..inference.terms import Terms
from ..pde.solver import SolverError
from .candidates import from_expression
from .grammar import parse
from .model import Equation
from .ranking import EXCLUDED, INDISTINGUISHABLE
from .refit import Pair, Refit, refit
from .typed import read_typed
from .well import Well


@dataclass(frozen=True)
class Joint:
    """One pair of formulas on several movies, with shared constants and with separate ones.

    Attributes
    ----------
    D, G
        The formulas with the shared constants.
    constants
        Name, value and half-width of the 90 % interval of each shared constant.
    apart
        The constants of each movie by itself, in the same order.
    bic_shared, bic_apart
        Scores of one law for all, and of a law of the same form for each.
    deviance_per_bin
        Misfit of each movie under the shared law.
    """

    D: str
    G: str
    constants: tuple[tuple[str, float, float], ...]
    apart: tuple[tuple[float, ...], ...]
    bic_shared: float
    bic_apart: float
    deviance_per_bin: tuple[float, ...]

    @property
    def worse(self) -> float:
        """How many units of BIC one law for all is worse than one each; negative if better."""
        return self.bic_shared - self.bic_apart

    @property
    def sentence(self) -> str:
        """Whether one law serves all movies."""
        count = len(self.deviance_per_bin)
        if self.worse <= -EXCLUDED:
            return f"One law serves all {count} movies: their differences need no other constants."
        if self.worse <= INDISTINGUISHABLE:
            return f"The data cannot tell whether the {count} movies follow one law or their own."
        return (
            f"One law does not serve all {count} movies: with constants of their own they are "
            f"explained better by {self.worse:,.0f} units."
        )


def fit_jointly(
    movies: Sequence[tuple[Density, Terms]],
    equation: Equation,
    refine: int = 2,
    max_bins: int = 400,
) -> Joint:
    """Refit one pair of formulas to several movies, with shared and with separate constants.

    Parameters
    ----------
    movies
        Densities with their estimated curves, all with the same density scale.
    equation
        The pair, whose numbers are where the fits start.
    refine, max_bins
        As in :func:`napari_binn.inference.estimate.estimate`.

    Raises
    ------
    UserError
        If the scales differ or the pair cannot be simulated on one of the movies.
    """
    scales = {terms.density_scale for _, terms in movies}
    if len(scales) != 1:
        raise UserError(
            "The movies have different density scales: estimate them with the same one, so that u "
            "means the same in all."
        )
    try:
        wells = [Well.of(density, terms, refine, max_bins) for density, terms in movies]
    except SolverError as error:
        raise UserError(f"One of the movies cannot be simulated: {error}.") from None
    start = _pair(equation)
    alone = [refit(start, [well]) for well in wells]
    apart = [one for one in alone if one is not None]
    if len(apart) < len(wells):
        raise UserError(
            f"D = {equation.D.text}, G = {equation.G.text} cannot be simulated on each movie."
        )
    tried = [refit(one.pair, wells) for one in apart]
    shared = min((one for one in tried if one is not None), key=_objective, default=None)
    if shared is None:
        raise UserError(
            f"D = {equation.D.text}, G = {equation.G.text} cannot be simulated on all movies."
        )
    # A fit of one movie may have stopped short of where that of all has come.
    again = [refit(shared.pair, [well]) for well in wells]
    nearer = [
        two if two is not None and two.objective < one.objective else one
        for one, two in zip(apart, again, strict=True)
    ]
    return _joint(wells, nearer, shared)


def _pair(equation: Equation) -> Pair:
    """Return the pair with its fitted numbers free, in the form that it is written in."""
    made = []
    for formula in (equation.D, equation.G):
        typed = read_typed(formula.text).candidate
        found = from_expression(parse(formula.text), formula.source)
        made.append(typed if len(typed.symbols) <= len(found.symbols) else found)
    D, G = made
    return Pair(D, G, np.array([*D.start, *G.start]))


def _joint(wells: list[Well], apart: list[Refit], shared: Refit) -> Joint:
    pair, count = shared.pair, len(shared.pair.constants)
    split = pair.split
    names = [f"D{k + 1}" for k in range(split)]
    names += [f"G{k + 1}" for k in range(count - split)]
    observations = float(np.log(sum(well.observations for well in wells)))
    return Joint(
        pair.D.formula(pair.constants[:split]).text,
        pair.G.formula(pair.constants[split:]).text,
        tuple(
            (name, float(value), float(half))
            for name, value, half in zip(names, pair.constants, shared.half_widths, strict=True)
        ),
        tuple(tuple(float(value) for value in one.pair.constants) for one in apart),
        shared.objective + count * observations,
        sum(one.objective for one in apart) + count * len(wells) * observations,
        tuple(
            course.deviance * well.worth / float(well.problem.mask.sum())
            for course, well in zip(shared.courses, wells, strict=True)
        ),
    )


def _objective(one: Refit) -> float:
    return one.objective
