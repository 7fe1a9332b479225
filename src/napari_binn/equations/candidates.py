"""Candidate formulas: a form with unknown constants, from a library or from a search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from .grammar import U, complexity, parse, to_text
from .model import Formula

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Candidate:
    """A formula whose constants are still free.

    Attributes
    ----------
    form
        Expression in u and ``symbols``.
    symbols
        The free constants, in order.
    start
        Their starting values.
    name, source
        As in :class:`napari_binn.equations.model.Formula`.
    size
        Symbols of the formula as it is written (the factored form of the library).
    template
        How a library form is written, such as ``"p0*(1 - u/p1)"``; empty for found formulas.
    """

    form: sp.Expr
    symbols: tuple[sp.Symbol, ...]
    start: tuple[float, ...]
    name: str
    source: str
    size: int
    template: str = ""

    @property
    def key(self) -> str:
        """Text that is the same for candidates of the same form."""
        return str(self.form)

    def function(self) -> Callable[[Array, Array], Array]:
        """Return f(u, constants) on arrays; densities at or below zero count as nearly empty."""
        compiled = sp.lambdify([U, *self.symbols], self.form, modules="numpy", cse=True)

        def evaluate(u: Array, constants: Array) -> Array:
            positive = np.maximum(u, 1e-6)
            return np.asarray(compiled(positive, *constants), dtype=np.float64) + 0.0 * u

        return evaluate

    def with_constants(self, constants: Array) -> sp.Expr:
        """Return the formula with its constants filled in."""
        values = {s: sp.Float(float(c), 17) for s, c in zip(self.symbols, constants, strict=True)}
        with sp.evaluate(True):
            return self.form.xreplace(values)

    def formula(self, constants: Array) -> Formula:
        """Return the finished formula, with constants to six digits."""
        if not self.template:
            text = to_text(self.with_constants(constants))
        else:
            text = self.template.replace("^", "**")
            for symbol, value in zip(self.symbols, constants, strict=True):
                number = f"{float(value):.6g}"
                text = text.replace(symbol.name, number if value >= 0 else f"({number})")
        return Formula(text, self.size, self.name, self.source)


def from_expression(expression: sp.Expr, source: str) -> Candidate:
    """Turn the floats of a found formula into free constants.

    Integers (a square, a sign) belong to the form. Equal shapes get equal symbols, so that
    duplicates from several searches can be recognised.
    """
    expression = tidy(expression)
    symbols: list[sp.Symbol] = []
    values: list[float] = []

    def free(node: sp.Expr) -> sp.Expr:
        if node.is_Float:
            symbols.append(sp.Symbol(f"p{len(symbols)}", real=True))
            values.append(float(node))
            return symbols[-1]
        if node.is_Atom:
            return node
        # A fixed order of the arguments: the shape, not the numbers, decides it.
        arguments = sorted(node.args, key=_shape)
        return node.func(*[free(a) for a in arguments]) if node.func in (sp.Add, sp.Mul) else (
            node.func(*[free(a) for a in node.args])
        )  # fmt: skip

    form = free(expression)
    return Candidate(
        form, tuple(symbols), tuple(values), "", source, complexity(expression)
    )  # fmt: skip


def nested(expression: sp.Expr) -> bool:
    """Whether exp, log or a root stands inside another: no mechanism reads like that."""

    def steep(node: sp.Expr) -> bool:
        return node.func in (sp.exp, sp.log) or (node.is_Pow and not node.exp.is_Integer)

    return any(
        steep(inner)
        for node in sp.preorder_traversal(expression)
        if node.func in (sp.exp, sp.log) or (node.is_Pow and node.exp.is_Rational and steep(node))
        for argument in node.args
        for inner in sp.preorder_traversal(argument)
    )


def _shape(node: sp.Expr) -> str:
    return str(node.xreplace({number: sp.Symbol("c") for number in node.atoms(sp.Float)}))


def tidy(expression: sp.Expr) -> sp.Expr:
    """Merge the constants of a searched formula: expanded if that makes it no longer."""
    expanded = sp.expand(expression)
    return expanded if complexity(expanded) <= complexity(expression) else expression


def _library(
    name: str, text: str, starts: Callable[[Array, Array], list[tuple[float, ...]]]
) -> Callable[[Array, Array], list[Candidate]]:
    names = [f"p{k}" for k in range(6) if f"p{k}" in text]
    form = parse(text, names)
    symbols = tuple(sp.Symbol(n, real=True) for n in names)
    size = complexity(form)

    def make(u: Array, curve: Array) -> list[Candidate]:
        return [
            Candidate(form, symbols, tuple(start), name, "library", size, text)
            for start in starts(u, curve)
        ]

    return make


def _line(u: Array, y: Array) -> tuple[float, float]:
    slope, intercept = np.polyfit(u, y, 1)
    return float(intercept), float(slope)


def _power(u: Array, y: Array) -> tuple[float, float]:
    positive = np.maximum(y, 1e-12)
    exponent, log_factor = np.polyfit(np.log(np.maximum(u, 1e-6)), np.log(positive), 1)
    return float(np.exp(log_factor)), float(np.clip(exponent, 0.2, 8.0))


def _exponential(u: Array, y: Array) -> tuple[float, float]:
    rate, log_factor = np.polyfit(u, np.log(np.maximum(y, 1e-12)), 1)
    return float(np.exp(log_factor)), float(np.clip(rate, -20, 20))


def _zero(u: Array, y: Array) -> float:
    """Density at which the line through a growth curve reaches zero."""
    a, b = _line(u, y)
    return float(-a / b) if b < 0 < a else float(2 * u.max())


#: Mechanistic forms of diffusivity. Murray, Mathematical Biology I (2002), ch. 11 and 13;
#: constant: random walk; linear and power: crowding drives movement (porous medium, Gurney &
#: Nisbet 1975); exponential: as found by the 2D+t BINN paper; Hill: a switch at a density.
DIFFUSIVITIES = (
    _library("constant", "p0", lambda u, y: [(float(np.mean(y)),)]),
    _library("linear through zero", "p0*u", lambda u, y: [(float(np.mean(y) / np.mean(u)),)]),
    _library("linear", "p0 + p1*u", lambda u, y: [_line(u, y)]),
    _library("power", "p0*u^p1", lambda u, y: [_power(u, y)]),
    _library("quadratic", "p0 + p1*u^2", lambda u, y: [_line(u**2, y)]),
    _library("exponential", "p0*exp(p1*u)", lambda u, y: [_exponential(u, y)]),
    _library(
        "constant plus power",
        "p0 + p1*u^p2",
        lambda u, y: [(float(y.min()), _power(u, y)[0], _power(u, y)[1])],
    ),
    _library(
        "Hill",
        "p0 + p1*u^2/(p2^2 + u^2)",
        lambda u, y: [(float(y.min()), float(np.ptp(y)), float(np.median(u)))],
    ),
)
#: Mechanistic forms of the growth rate per cell. Murray (2002), ch. 1; Tsoularis & Wallace,
#: Math. Biosci. 179 (2002); Allee effect: Courchamp, Berec & Gascoigne (2008).
GROWTH_RATES = (
    _library("exponential growth", "p0", lambda u, y: [(float(np.mean(y)),)]),
    _library("logistic", "p0*(1 - u/p1)", lambda u, y: [(_line(u, y)[0], _zero(u, y))]),
    _library(
        "Richards",
        "p0*(1 - (u/p1)^p2)",
        lambda u, y: [(float(y.max()), _zero(u, y), shape) for shape in (0.5, 2.0)],
    ),
    _library("Gompertz", "p0*log(p1/u)", lambda u, y: [(_gompertz(u, y))]),
    _library(
        "Allee",
        "p0*(1 - u/p1)*(u/p2 - 1)",
        lambda u, y: [(float(np.ptp(y)), float(u.max()), float(u.min()) + 1e-3)],
    ),
    _library("quadratic", "p0 + p1*u + p2*u^2", lambda u, y: [_parabola(u, y)]),
)


def _gompertz(u: Array, y: Array) -> tuple[float, float]:
    slope, intercept = np.polyfit(np.log(np.maximum(u, 1e-6)), y, 1)
    rate = max(-float(slope), 1e-3)
    return rate, float(np.exp(np.clip(intercept / rate, -5, 5)))


def _parabola(u: Array, y: Array) -> tuple[float, float, float]:
    c2, c1, c0 = np.polyfit(u, y, 2)
    return float(c0), float(c1), float(c2)
