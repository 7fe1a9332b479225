"""An equation in the forms that people paste elsewhere."""

from __future__ import annotations

import re
from typing import Literal

from .formulas import Units

CopyKind = Literal["latex", "sympy", "python", "text"]
#: What the choices are called.
COPY_KINDS: dict[CopyKind, str] = {
    "latex": "LaTeX",
    "sympy": "sympy",
    "python": "Python",
    "text": "Plain text",
}
_OPERATORS = {"×": "*", "·": "*", "÷": "/", "−": "-", "^": "**"}


def copy_as(D: str, G: str, kind: CopyKind, units: Units) -> str:
    """Return the equation with the formulas ``D`` and ``G`` in one of :data:`COPY_KINDS`.

    Raises
    ------
    UserError
        If one of them is not a formula.
    """
    from ..equations.grammar import parse

    for text in (D, G):
        parse(text)
    if kind == "latex":
        from ..run.latex import equation_latex

        return equation_latex(D, G)
    if kind == "text":
        from ..run.latex import equation_text

        return f"{equation_text(D, G)}\n{units.line()}\n"
    return _sympy(D, G, units) if kind == "sympy" else _python(D, G, units)


def python_text(formula: str) -> str:
    """Write a formula of the grammar, as it is, in Python's operators."""
    for own, python in _OPERATORS.items():
        formula = formula.replace(own, python)
    return re.sub(r"\bln\b", "log", formula.strip())


def _sympy(D: str, G: str, units: Units) -> str:
    return (
        "from sympy import Symbol, exp, log, sqrt\n\n"
        f'u = Symbol("u", real=True)  # density / ({units.density_scale:.6g} {units.density})\n'
        f"D = {python_text(D)}  # {units.diffusivity}\n"
        f"G = {python_text(G)}  # {units.growth}\n"
    )


def _python(D: str, G: str, units: Units) -> str:
    return f'''from numpy import exp, log, sqrt


def D(u):
    """Diffusivity [{units.diffusivity}] in u_t = div(D(u) grad u) + G(u) u.

    u is the density divided by {units.density_scale:.6g} {units.density}.
    """
    return {python_text(D)} + 0 * u


def G(u):
    """Growth rate [{units.growth}] in u_t = div(D(u) grad u) + G(u) u.

    u is the density divided by {units.density_scale:.6g} {units.density}.
    """
    return {python_text(G)} + 0 * u
'''
