"""An equation in the forms that people paste elsewhere: manuscripts and other programs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Literal, get_args

import sympy as sp

from ..equations.grammar import parse, rounded, to_text
from ..equations.naming import LawUnits
from ..equations.physical import physical_text, unit_factor
from ..quantities import diffusivity_unit
from .latex import equation_latex, equation_text, unexpanded

FormatKind = Literal["latex", "text", "sympy", "srepr", "python", "c", "mathml", "json"]
_OPERATORS = {"×": "*", "·": "*", "÷": "/", "−": "-", "^": "**"}
_DIGITS = 12


def write_law(D: str, G: str, kind: FormatKind, units: LawUnits) -> str:
    """Return the equation with the formulas ``D`` and ``G`` in u.

    Parameters
    ----------
    kind
        "latex" and "mathml" for documents; "text", the equation in u and in the density itself;
        "sympy" and "srepr" for sympy; "python" and "c", functions of u; "json".
    units
        Units of D and G, and the density of u = 1.

    Raises
    ------
    UserError
        If one of them is not a formula.
    """
    for text in (D, G):
        parse(text)
    return _WRITERS[kind](D, G, units)


def physical_law(D: str, G: str, units: LawUnits) -> dict[str, Any]:
    """Return the formulas in the density n itself, also in µm and hours where lengths are mm."""
    law: dict[str, Any] = {
        "density_unit": units.density,
        "D": physical_text(D, units.density_scale),
        "D_unit": diffusivity_unit(units.length, units.time),
        "G": physical_text(G, units.density_scale),
        "G_unit": f"1/{units.time}",
    }
    if (units.length, units.time) == ("mm", "day"):
        for name, text, unit in (("D", D, "µm²/h"), ("G", G, "1/h")):
            factor = unit_factor(name, "mm", "day", "um", "hour")
            law[f"{name}_fine"] = physical_text(text, units.density_scale, factor)
            law[f"{name}_fine_unit"] = unit
    return law


def python_text(formula: str) -> str:
    """Write a formula of the grammar, as it is, in Python's operators."""
    for own, python in _OPERATORS.items():
        formula = formula.replace(own, python)
    return re.sub(r"\bln\b", "log", formula.strip())


def meaning(units: LawUnits) -> str:
    """Return what u is."""
    return f"u = density / ({units.density_scale:.6g} {units.density})"


def _latex(D: str, G: str, units: LawUnits) -> str:
    return equation_latex(D, G)


def _text(D: str, G: str, units: LawUnits) -> str:
    law = physical_law(D, G, units)
    lines = [
        equation_text(D, G),
        f"{meaning(units)} · D in {law['D_unit']} · G in {law['G_unit']}",
        "",
        f"In the density n [{units.density}]: ∂n/∂t = ∇·(D ∇n) + G n with",
        f"D = {law['D']}   [{law['D_unit']}]",
        f"G = {law['G']}   [{law['G_unit']}]",
    ]
    if "D_fine" in law:
        lines.insert(5, f"  = {law['D_fine']}   [{law['D_fine_unit']}]")
        lines.append(f"  = {law['G_fine']}   [{law['G_fine_unit']}]")
    return "\n".join(lines) + "\n"


def _sympy(D: str, G: str, units: LawUnits) -> str:
    return (
        "from sympy import Symbol, exp, log, sqrt\n\n"
        f'u = Symbol("u", positive=True)  # {_comment(meaning(units))}\n'
        f"D = {python_text(D)}  # {_comment(diffusivity_unit(units.length, units.time))}\n"
        f"G = {python_text(G)}  # {_comment(f'1/{units.time}')}\n"
    )


def _srepr(D: str, G: str, units: LawUnits) -> str:
    return "".join(f"{n} = {sp.srepr(rounded(parse(t), 15))}\n" for n, t in (("D", D), ("G", G)))


def _python(D: str, G: str, units: LawUnits) -> str:
    functions = "\n\n".join(
        f'''
def {name}(u):
    """{what} [{_quoted(unit)}] in u_t = div(D(u) grad u) + G(u) u.

    u is the density divided by {units.density_scale:.6g} {_quoted(units.density)}.
    """
    return {python_text(text)} + 0 * u
'''.rstrip()
        for name, what, text, unit in _named(D, G, units)
    )
    return f"from numpy import exp, log, sqrt\n\n{functions}\n"


def _c(D: str, G: str, units: LawUnits) -> str:
    functions = "\n".join(
        f"/* {what} [{_comment(unit)}] in u_t = div(D(u) grad u) + G(u) u;\n"
        f"   {_comment(meaning(units))}. */\n"
        f"double {name}(double u)\n{{\n    return {_c_text(text)};\n}}\n"
        for name, what, text, unit in _named(D, G, units)
    )
    return f"#include <math.h>\n\n{functions}"


def _c_text(text: str) -> str:
    # Floats throughout: C divides integers without a remainder.
    return str(sp.ccode(parse(to_text(parse(text), _DIGITS)), standard="C99"))


def _mathml(D: str, G: str, units: LawUnits) -> str:
    blocks = "\n".join(
        f'<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">'
        f"<mrow><mi>{name}</mi><mo>(</mo><mi>u</mi><mo>)</mo><mo>=</mo>"
        f"{_mathml_text(text)}</mrow></math>"
        for name, _, text, _ in _named(D, G, units)
    )
    return f"{blocks}\n"


def _mathml_text(formula: str) -> str:
    expression = unexpanded(formula, 6)
    # The entity is known to HTML alone, the character to every reader.
    text = str(sp.mathml(expression, printer="presentation", order="none"))
    return text.replace("&InvisibleTimes;", "&#8290;")


def _json(D: str, G: str, units: LawUnits) -> str:
    values = {
        "equation": {"D": D, "G": G},
        "units": {"length": units.length, "time": units.time, "density": units.density},
        "density_scale": units.density_scale,
        "physical": physical_law(D, G, units),
    }
    return json.dumps(values, indent=1, ensure_ascii=False) + "\n"


def _named(D: str, G: str, units: LawUnits) -> tuple[tuple[str, str, str, str], ...]:
    return (
        ("D", "Diffusivity", D, diffusivity_unit(units.length, units.time)),
        ("G", "Growth rate", G, f"1/{units.time}"),
    )


def _comment(text: str) -> str:
    """Return text from a file so that it cannot end a comment."""
    return " ".join(text.replace("*/", "").split())


def _quoted(text: str) -> str:
    """Return text from a file so that it cannot end a docstring."""
    return " ".join(text.replace("\\", "").replace('"', "'").split())


_WRITERS: dict[FormatKind, Callable[[str, str, LawUnits], str]] = {
    "latex": _latex,
    "text": _text,
    "sympy": _sympy,
    "srepr": _srepr,
    "python": _python,
    "c": _c,
    "mathml": _mathml,
    "json": _json,
}
assert set(_WRITERS) == set(get_args(FormatKind))
