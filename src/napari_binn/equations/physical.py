"""A formula in the density itself, n = density_scale * u, and in other units of length and time.

The form stays as it is written: 1.1*(1 - u/0.9) with 2,000 cells/mm² at u = 1 becomes
1.1*(1 - n/1800), not 1.1 - 0.000611*n.
"""

from __future__ import annotations

import math
import re

import sympy as sp

from ..units import LENGTHS_MM, TIMES_DAY
from .grammar import U, parse, to_text

N = sp.Symbol("n", positive=True)


def physical_text(text: str, density_scale: float, factor: float = 1.0, digits: int = 4) -> str:
    """Return a formula in u as a formula in the density n.

    Parameters
    ----------
    text
        A formula of the grammar in u.
    density_scale
        Density of u = 1.
    factor
        What the values of the formula are multiplied by, such as that of :func:`unit_factor`.

    Raises
    ------
    UserError
        If the text is not a formula.
    """
    parse(text)  # what has no value is refused in its evaluated form only
    with sp.evaluate(False):
        coefficient, rest = _split(parse(text), density_scale)
        written = to_text(_times(factor * coefficient, rest), digits)
    return re.sub(r"(\d)\.0(?![\de])", r"\1", written)  # n/3910.0


def unit_factor(which: str, length: str, time: str, new_length: str, new_time: str) -> float:
    """Return what values of D (length²/time) or G (1/time) are multiplied by for other units."""
    times = TIMES_DAY[new_time] / TIMES_DAY[time]
    return times if which == "G" else times * (LENGTHS_MM[length] / LENGTHS_MM[new_length]) ** 2


def _split(node: sp.Expr, scale: float) -> tuple[float, sp.Expr]:
    """Return an expression in u as a number times an expression in n; not multiplied out."""
    if node == U:
        return 1.0 / scale, N
    if node.is_number:
        return float(node), sp.S.One
    if node.is_Mul:
        parts = [_split(part, scale) for part in node.args]
        rest = [part for _, part in parts if part != 1]
        return math.prod(number for number, _ in parts), sp.Mul(*rest) if rest else sp.S.One
    if node.is_Add:
        terms = [_split(term, scale) for term in node.args]
        one = any(part == 1 and abs(coefficient) == 1 for coefficient, part in terms)
        write = _term if one else _times
        return 1.0, sp.Add(*[write(*term) for term in terms])
    if node.is_Pow:
        return _power(node, scale)
    return 1.0, node.func(*[_term(*_split(argument, scale)) for argument in node.args])


def _power(node: sp.Expr, scale: float) -> tuple[float, sp.Expr]:
    base, exponent = node.args
    coefficient, rest = _split(base, scale)
    if not exponent.is_number:
        return 1.0, sp.Pow(_times(coefficient, rest), _term(*_split(exponent, scale)))
    if exponent.is_Integer and coefficient > 0:
        return coefficient ** int(exponent), sp.Pow(rest, exponent)
    # (u/0.9)^1.7 stays a power of a share of a density: its factor alone has no plain unit.
    return 1.0, sp.Pow(_term(coefficient, rest), exponent)


def _term(coefficient: float, rest: sp.Expr) -> sp.Expr:
    """Write a small multiple of the density as a share of a density: n/1800."""
    if rest == N and 0 < abs(coefficient) < 0.1:
        full = _number(float(f"{1 / abs(coefficient):.6g}"))
        share = sp.Mul(sp.Rational(1, full), rest) if full.is_Integer else rest / full
        return share if coefficient > 0 else sp.Mul(-1, share)
    return _times(coefficient, rest)


def _times(coefficient: float, rest: sp.Expr) -> sp.Expr:
    if rest == 1:
        return _number(coefficient)
    if coefficient == 1:
        return rest
    if coefficient == -1:
        return sp.Mul(-1, rest)
    if rest.is_Add and not _is_share(rest):
        # 400*(0.1 + n/50) reads worse than 40 + 8*n.
        return sp.Add(
            *[_times(coefficient * number, part) for number, part in map(_apart, rest.args)]
        )
    return sp.Mul(_number(coefficient), rest)


def _is_share(total: sp.Expr) -> bool:
    """Whether a sum is one minus (or plus) shares: the form of a carrying density."""
    return any(term in (sp.S.One, sp.S.NegativeOne) for term in total.args)


def _apart(term: sp.Expr) -> tuple[float, sp.Expr]:
    factors = sp.Mul.make_args(term)
    numbers = [float(factor) for factor in factors if factor.is_number]
    rest = [factor for factor in factors if not factor.is_number]
    return math.prod(numbers), sp.Mul(*rest) if rest else sp.S.One


def _number(value: float) -> sp.Expr:
    return (
        sp.Integer(int(value)) if value.is_integer() and abs(value) < 1e6 else sp.Float(value, 17)
    )
