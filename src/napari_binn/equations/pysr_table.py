"""The table in which PySR keeps the best formula of each size, read by our own grammar."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path

import sympy as sp

from ..errors import UserError
from .grammar import parse

#: What PySR calls its table; the second is the copy that it makes while it writes the first.
TABLES = ("hall_of_fame.csv", "hall_of_fame.csv.bak")


def read_front(folder: Path) -> list[sp.Expr]:
    """Return the formulas that a search has written into ``folder`` so far, simplest first.

    A search that was killed may leave a table that is cut off: what is whole is read.
    """
    for name in TABLES:
        try:
            text = (folder / name).read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        found = read_table(text)
        if found:
            return found
    return []


def read_table(text: str) -> list[sp.Expr]:
    """Return the formulas of a table with the columns Complexity, Loss and Equation.

    Rows that are cut off, have no finite loss or hold no formula of the grammar are left out.
    """
    found: list[tuple[float, sp.Expr]] = []
    try:
        for row in csv.DictReader(io.StringIO(text)):
            one = _row(row)
            if one is not None:
                found.append(one)
    except csv.Error:
        pass
    return [expression for _, expression in sorted(found, key=lambda pair: pair[0])]


def _row(row: dict[str, str | None]) -> tuple[float, sp.Expr] | None:
    try:
        size, loss = float(row.get("Complexity") or "nan"), float(row.get("Loss") or "nan")
        if not (math.isfinite(size) and math.isfinite(loss)):
            return None
        return size, parse(row.get("Equation") or "")
    except (UserError, ValueError):
        return None
