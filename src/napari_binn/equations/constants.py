"""The numbers in a formula's text: which are constants, and how to write others in their place.

The text is kept as it is written; sympy would multiply 1.1*(1 - u/0.9) out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ..quantities import diffusivity_unit
from .model import Equation
from .ranking import unsupported

Which = Literal["D", "G"]
_NAN = float("nan")
_WHICH: tuple[Which, ...] = ("D", "G")
_TOKEN = re.compile(r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|[A-Za-z_]\w*|\*\*|[^\s\w]")
_MINUS = ("-", "−")
_POWER = ("**", "^")


@dataclass(frozen=True)
class ConstantRow:
    """One number of a formula.

    Attributes
    ----------
    name
        D₁, D₂, … in the order in which they are read.
    half_width
        Of the 90 % interval; NaN where there is none.
    unit
        Empty for a pure number, such as an exponent.
    span
        Where the number stands in the formula's text.
    """

    name: str
    value: float
    half_width: float
    unit: str
    which: Which
    span: tuple[int, int]


def fitted_constants(equation: Equation, length: str, time: str) -> list[dict[str, object]]:
    """Return the fitted constants with unit, 90 % interval and whether the data support them."""
    units = {"D": diffusivity_unit(length, time), "G": f"1/{time}"}
    rows = {which: constants_of(equation, which, units[which]) for which in _WHICH}
    dropped = unsupported(equation)
    found: list[dict[str, object]] = []
    for name, value, half in equation.constants:
        same = (
            row.unit
            for row in rows["D" if name[:1] == "D" else "G"]
            if math.isclose(abs(row.value), abs(value), rel_tol=1e-5, abs_tol=1e-300)
        )
        found.append(
            {
                "name": name,
                "value": value,
                "low": value - half,
                "high": value + half,
                "unit": next(same, ""),
                "supported": name not in dropped,
            }
        )
    return found


def replaced(text: str, values: Sequence[tuple[ConstantRow, float]]) -> str:
    """Return a formula with other constants, given in their order."""
    for constant, value in reversed(values):
        start, end = constant.span
        if value != constant.value:
            before, after = text[:start].rstrip(), text[end:].lstrip()
            bare = (not before or before.endswith("(")) and not after.startswith(_POWER)
            text = text[:start] + _written(value, bare=bare) + text[end:]
    return text


@dataclass(frozen=True)
class _Number:
    """A number in a text: where, its value, and whether it stands in an exponent."""

    start: int
    end: int
    value: float
    is_float: bool
    exponent: bool


def constants_of(equation: Equation, which: Which, unit: str) -> list[ConstantRow]:
    """Return the numbers of a formula that may be changed."""
    formula = equation.D if which == "D" else equation.G
    numbers = list(_numbers(formula.text))
    known = [(value, half) for name, value, half in equation.constants if name[:1] == which]
    halves = _matched(numbers, known)
    typed = formula.source == "user"
    free = [n for n in numbers if n in halves or n.is_float or (typed and _is_size(n, numbers))]
    carrying = _carriers(formula.text, free)
    return [
        ConstantRow(
            which + str(place + 1).translate(_SUBSCRIPT),
            number.value,
            halves.get(number, _NAN),
            unit if place in carrying else "",
            which,
            (number.start, number.end),
        )
        for place, number in enumerate(free)
    ]


_SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def _is_size(number: _Number, numbers: list[_Number]) -> bool:
    """Whether a whole number that a user typed is a constant, not a part of the form."""
    return len(numbers) == 1 or (not number.exponent and number.value != 1)


def _numbers(text: str) -> Iterator[_Number]:
    """Find the numbers of a formula; a sign that belongs to one is part of it."""
    tokens = list(_TOKEN.finditer(text))
    words = ["", "", "", *(token.group() for token in tokens), ""]
    for k, token in enumerate(tokens):
        if token["number"] is None:
            continue
        third, second, first, here, after = words[k : k + 5]
        start, end, value, head = token.start(), token.end(), float(here), first
        if first in _MINUS and second in ("", "(") and after not in _POWER:
            start, value, head = tokens[k - 1].start(), -value, second
            if second == "(" and after == ")" and not third.isidentifier():
                start, end, head = tokens[k - 2].start(), tokens[k + 1].end(), third
        yield _Number(start, end, value, not here.isdigit(), head in _POWER)


def _matched(numbers: list[_Number], known: list[tuple[float, float]]) -> dict[_Number, float]:
    """Find the fitted constants among the numbers of a text, which holds six digits of them.

    A whole number can be a constant that happens to be whole; exponents are the last to be that.
    """
    left = sorted(numbers, key=lambda n: (not n.is_float, n.exponent))
    found: dict[_Number, float] = {}
    for value, half in known:
        for number in left:
            if math.isclose(abs(number.value), abs(value), rel_tol=1e-5, abs_tol=1e-300):
                found[number] = half
                left.remove(number)
                break
    return found


def _carriers(text: str, free: list[_Number]) -> set[int]:
    """Return which of the constants carry the unit of the curve; u itself is a pure number."""
    from ..errors import UserError
    from .grammar import parse

    names = [f"c{place}" for place in range(len(free))]
    for name, number in reversed(list(zip(names, free, strict=True))):
        text = f"{text[: number.start]} {name} {text[number.end :]}"
    try:
        expression = parse(text, names)
    except UserError:
        return set()
    return {names.index(name) for name in _carrying(expression, frozenset(names))}


def _carrying(expression: object, names: frozenset[str]) -> set[str]:
    """Return one constant a term: the first that the term is proportional to."""
    import sympy as sp

    if isinstance(expression, sp.Add):
        return set().union(*(_carrying(term, names) for term in expression.args))
    factors = sorted(sp.Mul.make_args(expression), key=str)
    for factor in factors:
        if factor.is_Symbol and factor.name in names:
            return {factor.name}
    sums = [factor for factor in factors if factor.is_Add]
    return _carrying(sums[0], names) if len(sums) == 1 else set()


def _written(value: float, *, bare: bool) -> str:
    """Write a constant so that it reads as one again: six digits, with a point, signed safely."""
    text = f"{value:.6g}"
    if text.lstrip("-").isdigit():
        text += ".0"
    return text if value >= 0 or bare else f"({text})"
