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
from sympy.printing.str import StrPrinter

from ..errors import UserError
from .magnitude import LARGEST_EXPONENT, SMALLEST, Absurd, Magnitudes, plain_number

U = sp.Symbol("u", real=True)
FUNCTIONS: dict[str, Callable[[sp.Expr], sp.Expr]] = {
    "exp": sp.exp,
    "log": sp.log,
    "ln": sp.log,
    "sqrt": sp.sqrt,
}
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<symbol>\*\*|[-+*/^()×·÷−]))"
)
_SAME = {"×": "*", "·": "*", "÷": "/", "−": "-", "^": "**"}
MOST_CHARACTERS, DEEPEST = 2000, 60
_QUOTED = 80


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
        If the text is not a formula of the grammar, divides by zero, or holds numbers or exponents
        that no measured quantity has.
    """
    return _Parser(text, frozenset(constants)).parse()


def constant_symbol(name: str) -> sp.Symbol:
    """Return the symbol that stands for an unknown constant."""
    return sp.Symbol(name, real=True)


class _Parser:
    """Recursive descent over the tokens of one formula."""

    def __init__(self, text: str, constants: frozenset[str]) -> None:
        if len(text) > MOST_CHARACTERS:
            raise UserError(f"The formula is longer than {MOST_CHARACTERS} characters.")
        self.text = text
        self.constants = constants
        self.magnitudes = Magnitudes()
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
        shown = self.text if len(self.text) <= _QUOTED else f"{self.text[:_QUOTED]}…"
        return UserError(f"The formula {shown!r} cannot be read: {why}.")

    def _peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def _take(self) -> tuple[str, str]:
        if self.at >= len(self.tokens):
            raise self._wrong("it ends too early")
        self.at += 1
        return self.tokens[self.at - 1]

    def _sane(self, expression: sp.Expr) -> sp.Expr:
        """Return an expression that sympy made if what it is made of next cannot run away."""
        try:
            self.magnitudes.check(expression)
        except Absurd as absurd:
            raise self._wrong(str(absurd)) from None
        return expression

    def _expression(self) -> sp.Expr:
        self._deeper()
        terms = [self._term()]
        while self._peek() in ("+", "-"):
            sign = self._take()[1]
            term = self._term()
            terms.append(term if sign == "+" else -term)
        self.depth -= 1
        return self._sane(sp.Add(*terms)) if len(terms) > 1 else terms[0]

    def _term(self) -> sp.Expr:
        factors = [self._factor()]
        while self._peek() in ("*", "/"):
            operator = self._take()[1]
            factor = self._factor()
            factors.append(factor if operator == "*" else self._sane(1 / factor))
        return self._sane(sp.Mul(*factors)) if len(factors) > 1 else factors[0]

    def _factor(self) -> sp.Expr:
        self._deeper()
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
        try:
            self.magnitudes.check_power(base, exponent)
        except Absurd as absurd:
            raise self._wrong(str(absurd)) from None
        if base.is_Rational and exponent.is_number and not _small(base, exponent):
            # What is not a square or a cube of a short number needs no exact digits.
            base = sp.Float(base, 17)
        return self._sane(base**exponent)

    def _atom(self) -> sp.Expr:
        kind, value = self._take()
        if kind == "number":
            return self._number(value)
        if kind == "name":
            return self._name(value)
        if value != "(":
            raise self._wrong(f"{value!r} was not expected there")
        result = self._expression()
        self._close()
        return result

    def _number(self, text: str) -> sp.Expr:
        """Integers stay exact (so that u^2 is a square), everything else is a float."""
        value = float(text)
        lost = value == 0 and re.search("[1-9]", text.lower().partition("e")[0])
        if lost or not plain_number(value):
            raise self._wrong(f"{text[:20]} is not a number between {SMALLEST:g} and 1e+100")
        if text.isdigit() and len(text) < 16:
            return sp.Integer(int(text))
        return sp.Float(text, 17) if value else sp.Float(0, 17)

    def _name(self, name: str) -> sp.Expr:
        if name == "u":
            return U
        if name in self.constants:
            return constant_symbol(name)
        if name not in FUNCTIONS:
            known = ", ".join(["u", *sorted(self.constants), *FUNCTIONS])
            raise self._wrong(f"{name[:40]!r} is not known (use {known})")
        if self._peek() != "(":
            raise self._wrong(f"{name} needs parentheses")
        self._take()
        argument = self._expression()
        self._close()
        if name == "exp":
            try:
                self.magnitudes.check_exp(argument)
            except Absurd as absurd:
                raise self._wrong(str(absurd)) from None
        return self._sane(FUNCTIONS[name](argument))

    def _deeper(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self._wrong("it is nested too deeply")

    def _close(self) -> None:
        if self._peek() != ")":
            raise self._wrong("a closing parenthesis is missing")
        self._take()


def _small(base: sp.Expr, exponent: sp.Expr) -> bool:
    return bool(base.is_Integer and abs(base) <= 1000 and exponent.is_Rational)


class _Writer(StrPrinter):  # type: ignore[misc]
    """Python syntax within the grammar: what sympy has names of its own for is spelled out."""

    def _print_Exp1(self, expression: sp.Expr) -> str:
        return "exp(1)"

    def _print_Abs(self, expression: sp.Expr) -> str:
        return f"sqrt(({self._print(expression.args[0])})**2)"


def to_text(expression: sp.Expr, digits: int = 6) -> str:
    """Write an expression in the grammar (Python syntax), floats with ``digits`` digits."""
    return str(_Writer({"full_prec": False}).doprint(rounded(expression, digits)))


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


__all__ = [
    "DEEPEST",
    "FUNCTIONS",
    "LARGEST_EXPONENT",
    "MOST_CHARACTERS",
    "U",
    "complexity",
    "constant_symbol",
    "parse",
    "rounded",
    "to_latex",
    "to_text",
]
