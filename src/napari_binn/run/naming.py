"""Names of run folders that every file system takes."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from ..errors import UserError

LONGEST = 80
_FORBIDDEN = re.compile(r'[\x00-\x1f<>:"/\\|?*]')
_NOT_SAFE = re.compile(r"[^\w.+-]+")
_RESERVED = frozenset(
    ["con", "prn", "aux", "nul", *(f"{name}{k}" for name in ("com", "lpt") for k in range(10))]
)


def safe_stem(text: str) -> str:
    """Return ``text`` (such as the name of a movie) as a part of a folder's name."""
    stem = _NOT_SAFE.sub("-", text).strip("-._")[: LONGEST - 24].rstrip("-._")
    if not stem or stem.split(".")[0].lower() in _RESERVED:
        return f"run-{stem}".rstrip("-")
    return stem


def free_path(folder: Path, stem: str, now: datetime) -> Path:
    """Return a path in ``folder`` that is not taken: stem, date and time, -2 if need be."""
    name = f"{safe_stem(stem)}-{now:%Y-%m-%d-%H%M}"
    path, count = folder / name, 1
    while path.exists():
        count += 1
        path = folder / f"{name}-{count}"
    return path


def check_name(name: str) -> str:
    """Return ``name`` without blanks around it, if it can name a run.

    Raises
    ------
    UserError
        It is empty, too long, or some file system would refuse it.
    """
    name = name.strip()
    if not name:
        raise UserError("A run needs a name.")
    if len(name) > LONGEST:
        raise UserError(f"The name is too long: {LONGEST} characters at most.")
    bad = _FORBIDDEN.search(name)
    if bad:
        shown = bad.group() if bad.group().isprintable() else "a control character"
        raise UserError(f"The name of a run cannot contain {shown}")
    if name.startswith(".") or name.endswith("."):
        raise UserError("The name of a run cannot begin or end with a dot.")
    if name.split(".")[0].lower() in _RESERVED:
        raise UserError(f"{name} is a name that Windows keeps for itself: choose another one.")
    return name
