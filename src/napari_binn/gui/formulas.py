"""The equations of a run as rows of a table, their numbers editable. No Qt here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from ..equations.model import Equation, Equations, Formula
from ..equations.ranking import standings, unsupported_in_words, verdict
from ..quantities import diffusivity_unit, quantity
from .formula_constants import ConstantRow, constants_of, replaced

_DIGITS = 4
_NAN = float("nan")
_ORIGINS = {"operon": "found by Operon", "pysr": "found by PySR", "user": "yours"}


@dataclass(frozen=True)
class Units:
    """The units that an equation is read in; density is that of u = 1."""

    length: str = "mm"
    time: str = "day"
    density: str = "cells/mm²"
    density_scale: float = 1.0

    @property
    def diffusivity(self) -> str:
        """The unit of D, such as mm²/day."""
        return diffusivity_unit(self.length, self.time)

    @property
    def growth(self) -> str:
        """The unit of G, such as 1/day."""
        return f"1/{self.time}"

    def line(self) -> str:
        """Return in one line what u is and what D and G are measured in."""
        return (
            f"u = density / ({quantity(self.density_scale, self.density, 4)}) · "
            f"D in {self.diffusivity} · G in {self.growth}"
        )


@dataclass(frozen=True)
class EquationRow:
    """One pair of formulas as the table shows it.

    Attributes
    ----------
    key
        Its place in :attr:`Equations.equations`; own equations are counted on from there.
    name
        What the forms are called, such as "constant · logistic".
    delta_bic, weight
        How much worse than the best it scores, and how probable that makes it; NaN if it was not
        scored.
    deviance, forecast
        Misfit per bin, of all frames and of the last ones predicted from the first; NaN if not
        known.
    chosen
        Whether it is the answer of the search.
    close
        Whether the data do not speak against it.
    own
        Whether the user made it.
    verdict
        Whether the data exclude one of the user's own, in a sentence.
    unsupported
        Which of its terms the data do not support, in a sentence; empty if they support all.
    """

    key: int
    D_text: str
    G_text: str
    D_latex: str
    G_latex: str
    name: str
    complexity: int
    delta_bic: float = _NAN
    weight: float = _NAN
    deviance: float = _NAN
    forecast: float = _NAN
    chosen: bool = False
    close: bool = False
    own: bool = False
    verdict: str = ""
    unsupported: str = ""
    constants: tuple[ConstantRow, ...] = ()


def equation_rows(
    equations: Equations, units: Units, own: Sequence[Equation] = ()
) -> tuple[EquationRow, ...]:
    """Return the equations of a run, and after them the user's own."""
    found = equations.equations
    return tuple(
        replace(
            equation_row(one.equation, units, one.key),
            delta_bic=one.delta,
            weight=one.weight,
            chosen=one.chosen,
            close=one.possible,
            own=one.own,
            verdict=verdict(one.equation, found) if one.own else "",
        )
        for one in standings(found, own)
    )


def own_rows(own: Iterable[Equation], units: Units, first_key: int = 0) -> list[EquationRow]:
    """Return equations that the user typed or edited."""
    return [
        replace(equation_row(equation, units, first_key + number), own=True)
        for number, equation in enumerate(own)
    ]


def equation_row(equation: Equation, units: Units, key: int = 0) -> EquationRow:
    """Return one equation without its place among the others."""
    from ..equations.grammar import complexity, parse

    D, G = equation.D, equation.G
    size = _score(equation, "complexity")
    if not math.isfinite(size):
        size = sum(f.complexity or complexity(parse(f.text)) for f in (D, G))
    return EquationRow(
        key,
        D.text,
        G.text,
        latex_or_text(D.text),
        latex_or_text(G.text),
        _name(D, G),
        int(size),
        deviance=_score(equation, "deviance_per_bin"),
        forecast=_score(equation, "forecast_deviance_per_bin"),
        unsupported=unsupported_in_words(equation),
        constants=(
            *constants_of(equation, "D", units.diffusivity),
            *constants_of(equation, "G", units.growth),
        ),
    )


def own_equation(D: str, G: str) -> Equation:
    """Return the equation that a user typed.

    Raises
    ------
    UserError
        If one of them is not a formula.
    """
    from ..equations.grammar import complexity, parse

    law = [Formula(text.strip(), complexity(parse(text)), "", "user") for text in (D, G)]
    return Equation(law[0], law[1])


def with_constants(row: EquationRow, values: Sequence[float]) -> tuple[str, str]:
    """Return D and G of ``row``, as they are written, with other constants.

    Parameters
    ----------
    values
        One for each of ``row.constants``, in their order.
    """
    pairs = list(zip(row.constants, values, strict=True))
    D, G = (
        replaced(text, [(constant, value) for constant, value in pairs if constant.which == which])
        for which, text in (("D", row.D_text), ("G", row.G_text))
    )
    return D, G


@lru_cache(maxsize=512)  # a table is made again whenever something about it changes
def latex_or_text(text: str) -> str:
    """Return a formula as LaTeX; what cannot be read stays text."""
    from ..errors import UserError
    from ..run.latex import formula_latex

    try:
        return formula_latex(text, _DIGITS)
    except UserError:
        return text


def _score(equation: Equation, name: str) -> float:
    return equation.scores.get(name, _NAN)


def _name(D: Formula, G: Formula) -> str:
    """Return what the forms of a pair are called, or once where they come from."""
    parts = [formula.name or _ORIGINS.get(formula.source, formula.source) for formula in (D, G)]
    return parts[0] if parts[0] == parts[1] and not D.name else " · ".join(parts)
