"""The small language of formulas, and nothing else: text to sympy without ever running text.

    expression = term { ("+" | "-") term }
    term       = factor { ("*" | "/" | "×" | "·" | "÷") factor }
    factor     = ("+" | "-") factor | power
    power      = atom [ ("^" | "**") factor ]
    atom       = number | name | function "(" expression ")" | "(" expression ")"

Names are ``u`` and the constants that the caller allows; functions are exp, log (or ln) and sqrt.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import sympy as sp

from ..errors import UserError

U = sp.Symbol("u", real=True)
FUNCTIONS: dict[str, Callable[[sp.Expr], sp.Expr]] = {
    "exp": sp.exp,
    "log": sp.log,
    "ln": sp.log,
    "sqrt": sp.sqrt,
}
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<symbol>\*\*|[-+*/^()×·÷−]))"
)
_SAME = {"×": "*", "·": "*", "÷": "/", "−": "-", "^": "**"}
MOST_CHARACTERS, DEEPEST = 2000, 60


def parse(text: str, constants: Iterable[str] = ()) -> sp.Expr:
    """Return the formula written in ``text`` as an expression in :data:`U`.

    Parameters
    ----------
    text
        Such as ``"0.02*u^2 + exp(-u)"``.
    constants
        Names that may stand for unknown constants, such as ``"a"``.

    Raises
    ------
    UserError
        If the text is not a formula of the grammar, or divides by zero.
    """
    expression = _Parser(text, frozenset(constants)).parse()
    if expression.has(sp.zoo, sp.nan, sp.oo, -sp.oo, sp.I):
        raise UserError(f"The formula {text!r} has no finite real value: check its divisions.")
    return expression


class _Parser:
    """Recursive descent over the tokens of one formula."""

    def __init__(self, text: str, constants: frozenset[str]) -> None:
        if len(text) > MOST_CHARACTERS:
            raise UserError(f"The formula is longer than {MOST_CHARACTERS} characters.")
        self.text = text
        self.constants = constants
        self.tokens = self._tokens()
        self.at = 0
        self.depth = 0

    def parse(self) -> sp.Expr:
        if not self.tokens:
            raise UserError("The formula is empty: write one in u, such as 0.01 + 0.02*u.")
        result = self._expression()
        if self.at < len(self.tokens):
            raise self._wrong(f"{self.tokens[self.at][1]!r} was not expected there")
        return result

    def _tokens(self) -> list[tuple[str, str]]:
        tokens, position, text = [], 0, self.text.rstrip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise self._wrong(f"{text[position:].strip()[:1]!r} is not part of a formula")
            kind = str(match.lastgroup)
            value = match.group(kind)
            tokens.append((kind, _SAME.get(value, value)))
            position = match.end()
        return tokens

    def _wrong(self, why: str) -> UserError:
        return UserError(f"The formula {self.text!r} cannot be read: {why}.")

    def _peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def _take(self) -> tuple[str, str]:
        if self.at >= len(self.tokens):
            raise self._wrong("it ends too early")
        self.at += 1
        return self.tokens[self.at - 1]

    def _expression(self) -> sp.Expr:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self._wrong("it is nested too deeply")
        result = self._term()
        while self._peek() in ("+", "-"):
            sign = self._take()[1]
            term = self._term()
            result = result + term if sign == "+" else result - term
        self.depth -= 1
        return result

    def _term(self) -> sp.Expr:
        result = self._factor()
        while self._peek() in ("*", "/"):
            operator = self._take()[1]
            factor = self._factor()
            result = result * factor if operator == "*" else result / factor
        return result

    def _factor(self) -> sp.Expr:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self._wrong("it is nested too deeply")
        if self._peek() in ("+", "-"):
            sign = self._take()[1]
            factor = self._factor()
            result = factor if sign == "+" else -factor
        else:
            result = self._power()
        self.depth -= 1
        return result

    def _power(self) -> sp.Expr:
        base = self._atom()
        if self._peek() != "**":
            return base
        self._take()
        exponent = self._factor()
        if exponent.is_number and abs(float(exponent)) > 100:
            raise self._wrong("an exponent is larger than 100")
        if base.is_Integer and exponent.is_number:
            # A tower of integer powers would be computed exactly, digit by digit.
            base = sp.Float(base, 17) if abs(int(base)) > 1000 or not exponent.is_Integer else base
        return base**exponent

    def _atom(self) -> sp.Expr:
        kind, value = self._take()
        if kind == "number":
            return _number(value)
        if kind == "name":
            return self._name(value)
        if value != "(":
            raise self._wrong(f"{value!r} was not expected there")
        result = self._expression()
        self._close()
        return result

    def _name(self, name: str) -> sp.Expr:
        if name == "u":
            return U
        if name in self.constants:
            return sp.Symbol(name, real=True)
        if name not in FUNCTIONS:
            known = ", ".join(["u", *sorted(self.constants), *FUNCTIONS])
            raise self._wrong(f"{name!r} is not known (use {known})")
        if self._peek() != "(":
            raise self._wrong(f"{name} needs parentheses")
        self._take()
        argument = self._expression()
        self._close()
        return FUNCTIONS[name](argument)

    def _close(self) -> None:
        if self._peek() != ")":
            raise self._wrong("a closing parenthesis is missing")
        self._take()


def _number(text: str) -> sp.Expr:
    """Integers stay exact (so that u^2 is a square), everything else is a float."""
    if text.isdigit() and len(text) < 16:
        return sp.Integer(int(text))
    return sp.Float(text, 17)


def to_text(expression: sp.Expr, digits: int = 6) -> str:
    """Write an expression in the grammar (Python syntax), floats with ``digits`` digits."""
    return str(sp.sstr(rounded(expression, digits), full_prec=False))


def to_latex(expression: sp.Expr, digits: int = 4) -> str:
    """Write an expression as LaTeX, floats with ``digits`` digits."""
    return str(sp.latex(rounded(expression, digits), full_prec=False, imaginary_unit="i"))


def rounded(expression: sp.Expr, digits: int) -> sp.Expr:
    """Round every float of an expression to a number of significant digits."""
    return expression.xreplace(
        {number: sp.Float(f"{float(number):.{digits}g}", digits) for number in
         expression.atoms(sp.Float)}
    )  # fmt: skip


def complexity(expression: sp.Expr) -> int:
    """Count the symbols of a formula: constants, u, operators and functions."""
    if expression.is_Atom:
        return 1
    inner = sum(complexity(argument) for argument in expression.args)
    if expression.is_Add or expression.is_Mul:
        return inner + len(expression.args) - 1
    return inner + 1
