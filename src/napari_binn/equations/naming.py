"""A pair of formulas as a law that biologists know, with what follows from its constants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from ..inference.terms import Z90
from .derived import LawUnits, Quantity, derived
from .library import Which
from .model import Equation
from .recognise import Recognised, recognise

__all__ = ["LawUnits", "NamedLaw", "Quantity", "name_law"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class NamedLaw:
    """An equation by its name.

    Attributes
    ----------
    name
        Such as "Fisher–KPP"; empty if one of the formulas is of no known form.
    forms
        The names of the forms of D and G, empty where unknown.
    references
        Where the forms come from.
    quantities
        The constants in physical units, then what follows from them.
    """

    name: str
    forms: tuple[str, str]
    references: tuple[str, ...]
    quantities: tuple[Quantity, ...]

    @property
    def sentence(self) -> str:
        """The law in one line."""
        listed = ", ".join(quantity.text for quantity in self.quantities)
        return f"{self.name}: {listed}." if self.name and listed else f"{listed}." * bool(listed)


def name_law(
    equation: Equation,
    units: LawUnits,
    high: float = 1.0,
    covariance: Array | None = None,
) -> NamedLaw:
    """Recognise an equation and derive what its constants mean.

    Parameters
    ----------
    equation
        Formulas in u, and their constants with 90 % intervals.
    units
        Units of D and G, and the density of u = 1.
    high
        The highest density that the formulas are used at [u].
    covariance
        Of the equation's constants in their order (P, P), if not that which the equation holds.
        Without any the constants count as independent, which makes the intervals of what follows
        from several of them approximate.

    Raises
    ------
    UserError
        If one of the formulas is not a formula.
    """
    if covariance is None and equation.covariance:
        covariance = np.asarray(equation.covariance, dtype=np.float64)
    found = {which: _recognised(equation, which, high, covariance) for which in get_args(Which)}
    D, G = found["D"], found["G"]
    quantities: list[Quantity] = []
    for which in ("G", "D"):
        one = found[which]
        if one is not None:
            quantities += _constants(one, units)
    quantities += derived(D, G, units, _between(equation, found, covariance))
    return NamedLaw(
        "" if D is None or G is None else _name(D.form.name, _growth(G)),
        ("" if D is None else D.form.name, "" if G is None else G.form.name),
        tuple(one.form.reference for one in (D, G) if one is not None),
        tuple(quantities),
    )


def _recognised(
    equation: Equation, which: Which, high: float, covariance: Array | None
) -> Recognised | None:
    places = [k for k, (name, _, _) in enumerate(equation.constants) if name.startswith(which)]
    values = np.array([equation.constants[k][1] for k in places])
    if covariance is None:
        halves = np.array([equation.constants[k][2] for k in places])
        own = np.diag((halves / Z90) ** 2)
    else:
        own = covariance[np.ix_(places, places)]
    formula = equation.D if which == "D" else equation.G
    return recognise(which, formula, values, own.reshape(len(places), len(places)), high)


def _between(
    equation: Equation, found: Mapping[Which, Recognised | None], covariance: Array | None
) -> Array | None:
    """Covariance of D's with G's constants, where both are the fitted constants themselves."""
    D, G = found["D"], found["G"]
    if covariance is None or D is None or G is None:
        return None
    split = sum(name.startswith("D") for name, _, _ in equation.constants)
    direct = all(
        formula.source == "library" and formula.name == one.form.name
        for formula, one in ((equation.D, D), (equation.G, G))
    )
    return covariance[:split, split:] if direct else None


def _constants(one: Recognised, units: LawUnits) -> list[Quantity]:
    sigmas = np.sqrt(np.clip(np.diag(one.covariance), 0, None))
    rows = []
    for constant, value, sigma in zip(one.form.constants, one.values, sigmas, strict=True):
        factor = units.density_scale if constant.kind == "density" else 1.0
        half = Z90 * float(sigma)
        rows.append(
            Quantity(
                constant.name,
                constant.meaning,
                float(value) * factor,
                (float(value) - half) * factor,
                (float(value) + half) * factor,
                constant.unit(units.length, units.time, units.density),
            )
        )
    return rows


def _growth(one: Recognised) -> str:
    """Return what a form of growth is called with these constants."""
    if one.form.name == "weak Allee" and one.values[2] >= one.values[1]:
        return "late crowding"  # company helps less than crowding hinders: no Allee effect
    return one.form.name


def _name(D: str, G: str) -> str:
    """What a pair of forms is called."""
    exact = {
        ("constant", "logistic"): "Fisher–KPP",
        ("constant", "exponential growth"): "Skellam (random walk and exponential growth)",
        ("constant", "strong Allee"): "Nagumo (strong Allee effect)",
        ("constant", "weak Allee"): "Fisher–KPP with a weak Allee effect",
        ("constant", "Richards"): "generalised Fisher–KPP (Richards)",
        ("constant", "Gompertz"): "Gompertz growth with diffusion",
        ("linear through zero", "logistic"): "porous Fisher",
        ("power", "logistic"): "porous Fisher",
    }
    if (D, G) in exact:
        return exact[D, G]
    words = {
        "linear through zero": "porous-medium diffusion",
        "power": "porous-medium diffusion",
        "fast diffusion": "fast diffusion",
    }
    spread = words.get(D, f"{D} diffusion")
    return f"{G if 'growth' in G else f'{G} growth'} with {spread}"
