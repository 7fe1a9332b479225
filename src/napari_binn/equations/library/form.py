"""What a mechanistic form is: a formula whose constants have a meaning, a unit and bounds."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from ...quantities import diffusivity_unit
from ..candidates import Candidate
from ..grammar import complexity, constant_symbol, parse

Array = NDArray[np.float64]
Which = Literal["D", "G"]
#: What a constant measures: spread, growth, how dense cells are, or a pure number.
Kind = Literal["diffusivity", "rate", "density", "number"]
Starts = Callable[[Array, Array], list[tuple[float, ...]]]


@dataclass(frozen=True)
class Constant:
    """One constant of a form.

    Attributes
    ----------
    name
        As in the literature and in the text of the form, such as ``"K"``.
    meaning
        What it says about the cells.
    kind
        What it measures. Its value is in length²/time (diffusivity), 1/time (rate), multiples of
        the density of u = 1 (density), or a pure number.
    low, high
        Bounds of the value, which fits respect.
    """

    name: str
    meaning: str
    kind: Kind
    low: float = -math.inf
    high: float = math.inf

    def unit(self, length: str, time: str, density: str) -> str:
        """Return the unit of the constant where lengths, times and densities have these."""
        units = {
            "diffusivity": diffusivity_unit(length, time),
            "rate": f"1/{time}",
            "density": density,
            "number": "",
        }
        return units[self.kind]


@dataclass(frozen=True)
class Form:
    """A mechanistic form of D(u) or G(u); called with a curve, it makes its candidates.

    Attributes
    ----------
    which
        The curve that it describes.
    name
        Such as "logistic".
    text
        The formula in u and the names of its constants.
    reference
        Where the form comes from.
    constants
        Its constants, in the order of the candidates' values.
    starts
        Takes samples (u, curve), (M,) each, to the starting values of one or more fits.
    source
        "library" or "user".
    """

    which: Which
    name: str
    text: str
    reference: str
    constants: tuple[Constant, ...]
    starts: Starts
    source: str = "library"

    @cached_property
    def template(self) -> str:
        """The text with p0, p1, … in place of the constants' names."""
        numbered = {constant.name: f"p{k}" for k, constant in enumerate(self.constants)}
        return re.sub(r"[A-Za-z_]\w*", lambda word: numbered.get(word[0], word[0]), self.text)

    @cached_property
    def symbols(self) -> tuple[sp.Symbol, ...]:
        """The constants in :attr:`expression`."""
        return tuple(constant_symbol(f"p{k}") for k in range(len(self.constants)))

    @cached_property
    def expression(self) -> sp.Expr:
        """The formula in u and :attr:`symbols`."""
        return parse(self.template, [symbol.name for symbol in self.symbols])

    @property
    def bounds(self) -> tuple[Array, Array]:
        """Lower and upper bounds of the constants, (P,) each."""
        return (
            np.array([constant.low for constant in self.constants], dtype=np.float64),
            np.array([constant.high for constant in self.constants], dtype=np.float64),
        )

    def candidate(self, start: tuple[float, ...]) -> Candidate:
        """Return the form with these starting values, moved into the bounds."""
        low, high = self.bounds
        return Candidate(
            self.expression,
            self.symbols,
            tuple(float(value) for value in _inside(np.asarray(start, np.float64), low, high)),
            self.name,
            self.source,
            complexity(self.expression),
            self.template,
            self.constants,
        )

    def __call__(self, u: Array, curve: Array) -> list[Candidate]:
        """Return the form with starting values that suit a curve."""
        return [self.candidate(start) for start in self.starts(u, curve)]


def _inside(values: Array, low: Array, high: Array) -> Array:
    """Return values strictly between their bounds, where a fit can start."""
    width = np.where(np.isfinite(high - low), high - low, np.maximum(np.abs(values), 1.0))
    return np.clip(values, low + 1e-6 * width, high - 1e-6 * width)
