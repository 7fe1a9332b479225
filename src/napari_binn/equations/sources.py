"""Where candidate formulas come from: the library of mechanistic forms and the search engines."""

from __future__ import annotations

from pathlib import Path

import sympy as sp

from ..events import Notice, Report
from ..progress import Tick
from ..settings import EquationSettings
from . import operon, pysr
from .candidates import Candidate, from_expression, nested
from .conditioning import meaningful, without_negligible
from .library import forms
from .screening import CurveTarget
from .weights import weighted_samples


def takes_long(settings: EquationSettings) -> bool:
    """Whether a search engine runs: the library alone takes no time."""
    return settings.engine == "pysr" or (settings.engine == "operon" and operon.available())


def candidates(
    which: str,
    target: CurveTarget,
    settings: EquationSettings,
    seed: int,
    report: Report,
    tick: Tick,
) -> list[Candidate]:
    """Return the candidates for ``which`` = "D" or "G", several of the same form among them."""
    u, curve = target.search_points()
    own = None if settings.library is None else Path(settings.library)
    known = forms("D" if which == "D" else "G", own)
    found = [candidate for form in known for candidate in form(u, curve)]
    if settings.engine == "pysr":
        options = pysr.PysrOptions(
            settings.max_length, settings.seconds, settings.repeats, seed, settings.parsimony
        )
        if not pysr.warm():
            report(Notice("PySR starts Julia: the first search takes about a minute longer."))
        expressions = pysr.search(*weighted_samples(target), options, tick)
        found += _sane(expressions, "pysr", target)
    if settings.engine == "operon":
        if not operon.available():
            report(
                Notice(
                    "Operon is not installed for this platform: only the library of mechanistic "
                    "formulas is searched.",
                    "warning",
                )
            )
            return found
        expressions = operon.search(
            u, curve, settings.max_length, settings.seconds, settings.repeats, seed, tick
        )
        found += _sane(expressions, "operon", target)
    return found


def _sane(expressions: list[sp.Expr], source: str, target: CurveTarget) -> list[Candidate]:
    """Return the formulas that could be a mechanism as candidates."""
    found = [
        from_expression(without_negligible(one, target.u), source)
        for one in expressions
        if not nested(one)
    ]
    return [candidate for candidate in found if meaningful(candidate, target.u)]
