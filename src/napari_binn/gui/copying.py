"""An equation in the forms that people paste elsewhere."""

from __future__ import annotations

from typing import Literal

from .formulas import Units

CopyKind = Literal["latex", "text", "python", "c", "sympy", "srepr", "mathml", "json"]

#: What the choices are called.
COPY_KINDS: dict[CopyKind, str] = {
    "latex": "LaTeX",
    "text": "Plain text, also in physical units",
    "python": "Python function",
    "c": "C function",
    "sympy": "sympy",
    "srepr": "sympy, as srepr writes it",
    "mathml": "MathML (for word processors)",
    "json": "JSON",
}


def copy_as(D: str, G: str, kind: CopyKind, units: Units) -> str:
    """Return the equation with the formulas ``D`` and ``G`` in one of :data:`COPY_KINDS`.

    Raises
    ------
    UserError
        If one of them is not a formula.
    """
    from ..equations.naming import LawUnits
    from ..run.formats import write_law

    law_units = LawUnits(units.length, units.time, units.density, units.density_scale)
    return write_law(D, G, kind, law_units)
