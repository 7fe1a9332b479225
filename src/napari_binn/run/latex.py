"""The equation as text and as LaTeX, its formulas in the form in which they are written.

sympy multiplies out 1.1*(1 - u/0.9) as soon as it sees it; a biologist wants to see the growth rate
and the carrying density.
"""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp

from napari_binn.equations.grammar import parse, rounded


def equation_text(D: str, G: str) -> str:
    """Return the equation with these formulas as one line of text."""
    return f"∂u/∂t = ∇·(({D}) ∇u) + ({G}) u"


def equation_latex(D: str, G: str) -> str:
    """Return the equation with these formulas as LaTeX.

    Raises
    ------
    UserError
        If one of them is not a formula of the grammar.
    """
    diffusivity, growth = parse(D), parse(G)
    left = r"\frac{\partial u}{\partial t}"
    if diffusivity.is_number:
        spread = rf"{_factor(D)} \, \nabla^2 u"
    else:
        spread = rf"\nabla \cdot \left( {_factor(D)} \, \nabla u \right)"
    if growth.is_zero:
        return f"{left} = {spread}"
    return rf"{left} = {spread} + {_factor(G)} \, u"


def formula_latex(text: str, digits: int = 4) -> str:
    """Return a formula of the grammar as LaTeX, not multiplied out, floats with ``digits`` digits.

    Raises
    ------
    UserError
        If the text is not a formula.
    """
    return _latex(unexpanded(text, digits))


def _factor(text: str) -> str:
    """Return a formula's LaTeX, in parentheses unless it is a product."""
    expression = unexpanded(text, 4)
    latex = _latex(expression)
    bare = not expression.is_Add and not latex.startswith("-")
    return latex if bare else rf"\left( {latex} \right)"


def unexpanded(text: str, digits: int) -> sp.Expr:
    """Return a formula of the grammar as it is written, floats with ``digits`` digits.

    Raises
    ------
    UserError
        If the text is not a formula.
    """
    parse(text)  # what has no value is refused in its evaluated form only
    with sp.evaluate(False):
        return _flat(rounded(parse(text), digits))


def _latex(expression: sp.Expr) -> str:
    return str(sp.latex(expression, full_prec=False, order="none"))


def _flat(expression: sp.Expr) -> sp.Expr:
    """Join nested sums and nested products, numbers first in a product."""
    if expression.is_Atom:
        return expression
    parts = [_flat(part) for part in expression.args]
    make: Callable[..., sp.Expr] = expression.func
    if expression.is_Add or expression.is_Mul:
        parts = [x for part in parts for x in (part.args if part.func is make else (part,))]
    if expression.is_Mul:
        parts.sort(key=lambda part: not part.is_number)
    return make(*parts)
