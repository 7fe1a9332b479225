"""Candidate formulas: a form with unknown constants, from a library or from a search."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from .grammar import U, complexity, constant_symbol, to_text
from .model import Formula

if TYPE_CHECKING:
    from .library.form import Constant

Array = NDArray[np.float64]
_MOST_TERMS = 100
#: Constants below this are written as zero: they are what is left at a bound.
_ZERO = 1e-99


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
    constants
        What the constants of a library form are called, mean and measure, and their bounds.
    """

    form: sp.Expr
    symbols: tuple[sp.Symbol, ...]
    start: tuple[float, ...]
    name: str
    source: str
    size: int
    template: str = ""
    constants: tuple[Constant, ...] = ()

    @property
    def bounds(self) -> tuple[Array, Array]:
        """Lower and upper bounds of the constants, (P,) each, infinite where there are none."""
        none = np.full(len(self.symbols), np.inf)
        if not self.constants:
            return -none, none
        return (
            np.array([constant.low for constant in self.constants], dtype=np.float64),
            np.array([constant.high for constant in self.constants], dtype=np.float64),
        )

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
        constants = np.where(np.abs(constants) < _ZERO, 0.0, constants)
        if not self.template:
            text = to_text(self.with_constants(constants))
        else:
            text = self.template.replace("^", "**")
            numbers = {
                symbol.name: _written(float(value))
                for symbol, value in zip(self.symbols, constants, strict=True)
            }
            text = re.sub(r"p\d+", lambda name: numbers.get(name[0], name[0]), text)
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
            symbols.append(constant_symbol(f"p{len(symbols)}"))
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


def _written(value: float) -> str:
    text = f"{value:.6g}"
    return text if value >= 0 else f"({text})"


def _shape(node: sp.Expr) -> str:
    return str(node.xreplace({number: sp.Symbol("c") for number in node.atoms(sp.Float)}))


def tidy(expression: sp.Expr) -> sp.Expr:
    """Merge the constants of a searched formula; of equals, what is multiplied out is preferred.

    0.6/(0.2 + 0.4*u) holds three numbers and two constants: it becomes 3.0/(1 + 2.0*u).
    """
    if terms_when_expanded(expression) > _MOST_TERMS:
        return expression
    normal, expanded = _normalised(expression), _normalised(sp.expand(expression))
    return min((expanded, normal, expression), key=lambda e: (len(_floats(e)), complexity(e)))


def terms_when_expanded(expression: sp.Expr) -> float:
    """Return how many terms a formula has at most when all its products are multiplied out."""
    inner = [terms_when_expanded(argument) for argument in expression.args]
    if expression.is_Add:
        return sum(inner)
    if expression.is_Mul:
        return math.prod(inner)
    if expression.is_Pow and expression.exp.is_Integer:
        power = abs(int(expression.exp))
        return float(math.comb(power + min(int(inner[0]), 1000) - 1, power))
    return max([1, *inner])


def _normalised(expression: sp.Expr) -> sp.Expr:
    """Write sums that are raised to a power as 1 + …, their first number in front."""

    def normal(node: sp.Expr) -> sp.Expr:
        if node.is_Atom:
            return node
        arguments = [normal(argument) for argument in node.args]
        if node.is_Pow and arguments[0].is_Add and arguments[1].is_number:
            offset = arguments[0].as_coeff_Add()[0]
            if offset.is_Float and offset > 0:
                rest = sp.Add(*[term / offset for term in arguments[0].args if term != offset])
                return offset ** arguments[1] * (1 + rest) ** arguments[1]
        return node.func(*arguments)

    return normal(expression)


def _floats(expression: sp.Expr) -> list[sp.Expr]:
    return [node for node in sp.preorder_traversal(expression) if node.is_Float]
