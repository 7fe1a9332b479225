"""Whether the numbers in an expression are of a size that a computer algebra can be trusted with.

sympy evaluates constants as soon as it sees them, with all their digits: 9^9^9 would fill the
memory. So the parts of a formula are looked at, with ordinary floating-point numbers, before and
after each step that puts them together.
"""

from __future__ import annotations

import math

import sympy as sp

#: No measured quantity is beyond these, in any unit.
LARGEST, SMALLEST = 1e100, 1e-100
LARGEST_EXPONENT = 100.0
_LARGE = "a number in it is larger than 1e+100"
_SMALL = "a number in it is smaller than 1e-100"
_NO_VALUE = "it has no finite real value: check its divisions, roots and logarithms"
_EXPONENT = f"an exponent is larger than {LARGEST_EXPONENT:g}"


class Absurd(Exception):
    """Why an expression is refused: the end of a sentence."""


def plain_number(value: float) -> bool:
    """Whether a number is zero or of a size that a measured quantity may have."""
    return value == 0 or SMALLEST <= abs(value) <= LARGEST


class Magnitudes:
    """Values of the constant parts of expressions, each computed once."""

    def __init__(self) -> None:
        self._known: dict[sp.Expr, float | None] = {}

    def check(self, expression: sp.Expr) -> float | None:
        """Return the value of a constant expression, None for others.

        Raises
        ------
        Absurd
            If a constant part of it has no finite real value or an absurd one, or if something is
            raised to an absurd power.
        """
        if expression not in self._known:
            self._known[expression] = self._value(expression)
        return self._known[expression]

    def check_power(self, base: sp.Expr, exponent: sp.Expr) -> None:
        """Refuse ``base**exponent`` before it is made if making it may not end."""
        value = self.check(exponent)
        if value is None and base.is_number:
            # 7^(1000000 - u) must not be split up into 7^1000000 and 7^(-u).
            value = self.check(exponent.as_coeff_Add()[0])
        if value is not None and abs(value) > LARGEST_EXPONENT:
            raise Absurd(_EXPONENT)

    def check_exp(self, argument: sp.Expr) -> None:
        """Refuse ``exp(argument)`` before it is made: exp(n log(7 u)) is 7^n u^n."""
        for term in sp.Add.make_args(argument):
            factors = sp.Mul.make_args(term)
            if any(isinstance(factor, sp.log) for factor in factors):
                sizes = [self.check(factor) for factor in factors if factor.is_number]
                product = math.prod(abs(size) for size in sizes if size is not None)
                if sizes and product > LARGEST_EXPONENT:
                    raise Absurd(_EXPONENT)

    def _value(self, node: sp.Expr) -> float | None:
        if node in (sp.zoo, sp.nan, sp.oo, -sp.oo, sp.I):
            raise Absurd(_NO_VALUE)
        if node.is_Number:
            return _sized(_rational(node) if node.is_Rational else _float(node))
        if node.is_Symbol:
            return None
        values = [self.check(argument) for argument in node.args]
        if node.is_Pow and values[1] is not None and abs(values[1]) > LARGEST_EXPONENT:
            raise Absurd(_EXPONENT)
        if any(value is None for value in values):
            return None
        return _sized(_evaluated(node, [value for value in values if value is not None]))


def _float(number: sp.Float) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf


def _rational(number: sp.Rational) -> float:
    if max(abs(number.p), number.q) > 10**100:
        raise Absurd(_LARGE)
    return int(number.p) / int(number.q)


def _sized(value: float) -> float:
    if math.isnan(value):
        raise Absurd(_NO_VALUE)
    if abs(value) > LARGEST:
        raise Absurd(_LARGE)
    if 0 < abs(value) < SMALLEST:
        raise Absurd(_SMALL)
    return value


def _evaluated(node: sp.Expr, values: list[float]) -> float:
    try:
        if node.is_Add:
            return math.fsum(values)
        if node.is_Mul:
            return math.prod(values)
        if node.is_Pow:
            result = values[0] ** values[1]
            return math.nan if isinstance(result, complex) else result
        if isinstance(node, sp.exp):
            return math.exp(values[0])
        if isinstance(node, sp.log):
            return math.log(values[0])
        if isinstance(node, sp.Abs):
            return abs(values[0])
        return math.e if node is sp.E else float(node)
    except OverflowError:
        return math.inf
    except (ValueError, ZeroDivisionError, TypeError):
        return math.nan
