"""Forms of the user's own, from a small TOML or JSON file.

    [[D]]
    name = "jammed"
    formula = "D0*(1 - (u/K)^2)"
    reference = "our hypothesis"
    constants.D0 = { start = 0.01, low = 0.0, meaning = "diffusivity of sparse cells" }
    constants.K = 1.2

    [[G]]
    name = "late brake"
    formula = "r*(1 - u^3)"
    constants.r = 1.0

A constant is its starting value, or a table with start, and where wanted low, high, meaning and
kind (diffusivity, rate, density or number). Formulas are read by the grammar, never run.
"""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import numpy as np

from ...errors import UserError
from ..grammar import FUNCTIONS, U, constant_symbol, parse
from .form import Constant, Form, Kind, Which

_FORM_KEYS = ("name", "formula", "reference", "constants")
_CONSTANT_KEYS = ("start", "low", "high", "meaning", "kind")
_MOST_BYTES, _MOST_FORMS, _MOST_CONSTANTS = 200_000, 200, 4
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,19}")


def read_forms(path: Path) -> tuple[Form, ...]:
    """Return the forms in a file.

    Raises
    ------
    UserError
        The first mistake in it: one sentence with the file and the key.
    """
    values = _load(path)
    for key in values:
        if key not in ("D", "G"):
            raise _wrong(path, key, "is not known: forms stand under [[D]] or [[G]]")
    forms = []
    for which in get_args(Which):
        entries = values.get(which, [])
        if not isinstance(entries, list) or len(entries) > _MOST_FORMS:
            raise _wrong(path, which, f"has to be a list of at most {_MOST_FORMS} forms")
        forms += [_form(path, which, k, entry) for k, entry in enumerate(entries, start=1)]
    names = [(form.which, form.name) for form in forms]
    for k, name in enumerate(names):
        if name in names[:k]:
            raise _wrong(path, f"{name[0]}.name", f"{name[1]!r} is used twice")
    return tuple(forms)


def _load(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise UserError(f"The file of formulas {path} is larger than {_MOST_BYTES} bytes.")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text in UTF-8"
        raise UserError(f"The file of formulas {path} cannot be read: {reason}.") from None
    try:
        values = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        kind = "JSON" if path.suffix.lower() == ".json" else "TOML"
        raise UserError(f"The file of formulas {path} is not valid {kind}: {error}.") from None
    if not isinstance(values, dict):
        raise UserError(f"The file of formulas {path} has to hold the lists D and G.")
    return values


def _form(path: Path, which: Which, number: int, entry: Any) -> Form:
    where = f"{which}[{number}]"
    if not isinstance(entry, Mapping):
        raise _wrong(path, where, "has to be a table with name, formula and constants")
    for key in entry:
        if key not in _FORM_KEYS:
            raise _wrong(path, f"{where}.{key}", f"is not known (use {', '.join(_FORM_KEYS)})")
    name, text = (_text(path, where, entry, key) for key in ("name", "formula"))
    given = entry.get("constants", {})
    if not isinstance(given, Mapping) or len(given) > _MOST_CONSTANTS:
        raise _wrong(
            path, f"{where}.constants", f"has to be a table of at most {_MOST_CONSTANTS} constants"
        )
    read = [
        _constant(path, which, f"{where}.constants.{key}", key, value)
        for key, value in given.items()
    ]
    try:
        expression = parse(text, given)
    except UserError as error:
        raise _wrong(path, f"{where}.formula", f"is wrong: {error}") from None
    for key in given:
        if constant_symbol(key) not in expression.free_symbols:
            raise _wrong(path, f"{where}.constants.{key}", "does not occur in the formula")
    start = tuple(value for _, value in read)
    return Form(
        which,
        name,
        text,
        str(entry.get("reference", ""))[:300],
        tuple(constant for constant, _ in read),
        lambda u, y: [start, *_rescaled(expression, tuple(given), start, u, y)],
        "user",
    )


def _rescaled(
    expression: Any, names: tuple[str, ...], start: tuple[float, ...], u: Any, y: Any
) -> list[tuple[float, ...]]:
    """Return the starting values with the formula's factors scaled to the height of the curve."""
    import sympy as sp

    symbols = [constant_symbol(name) for name in names]
    factors = [s for s in symbols if sp.diff(expression, s, 2) == 0 and expression.subs(s, 0) == 0]
    if not factors:
        return []
    with np.errstate(all="ignore"):
        values = np.asarray(sp.lambdify([U, *symbols], expression, "numpy")(u, *start), np.float64)
    height = float(np.sqrt(np.mean(values**2)))
    if not (math.isfinite(height) and height > 0):
        return []
    ratio = float(np.sqrt(np.mean(np.square(y)))) / height
    return [tuple(v * ratio if s == factors[0] else v for s, v in zip(symbols, start, strict=True))]


def _constant(
    path: Path, which: Which, where: str, name: str, value: Any
) -> tuple[Constant, float]:
    if not _NAME.fullmatch(name) or name == "u" or name in FUNCTIONS:
        raise _wrong(path, where, "is not a name for a constant: use letters and digits, not u")
    table = value if isinstance(value, Mapping) else {"start": value}
    for key in table:
        if key not in _CONSTANT_KEYS:
            raise _wrong(path, f"{where}.{key}", f"is not known (use {', '.join(_CONSTANT_KEYS)})")
    start = _number(path, f"{where}.start", table.get("start"))
    low = _number(path, f"{where}.low", table.get("low", -math.inf))
    high = _number(path, f"{where}.high", table.get("high", math.inf))
    if not low <= start <= high or low == high:
        raise _wrong(path, where, "needs low below high and start between them")
    kind = table.get("kind", "diffusivity" if which == "D" else "rate")
    kinds = get_args(Kind)
    if kind not in kinds:
        raise _wrong(path, f"{where}.kind", f"has to be one of {', '.join(kinds)}")
    return Constant(name, str(table.get("meaning", ""))[:200], kind, low, high), start


def _number(path: Path, where: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        raise _wrong(path, where, "has to be a number")
    if math.isinf(value) and where.endswith(".start"):
        raise _wrong(path, where, "has to be finite")
    return float(value)


def _text(path: Path, where: str, entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise _wrong(path, f"{where}.{key}", "has to be a text in quotation marks")
    return value.strip()


def _wrong(path: Path, where: str, why: str) -> UserError:
    return UserError(f"In the file of formulas {path}, {where} {why}".rstrip(".") + ".")
