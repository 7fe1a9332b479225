"""The mechanistic forms of D(u) and G(u) that every search begins with, and the user's own."""

from __future__ import annotations

from pathlib import Path

from .diffusion import DIFFUSIVITIES
from .form import Constant, Form, Kind, Which
from .growth import GROWTH_RATES
from .own import read_forms

__all__ = [
    "DIFFUSIVITIES",
    "GROWTH_RATES",
    "Constant",
    "Form",
    "Kind",
    "Which",
    "form_of",
    "forms",
    "own_file",
    "read_forms",
]


def forms(which: Which, path: Path | None = None) -> tuple[Form, ...]:
    """Return the forms of D or G: the library's, then the user's own.

    Parameters
    ----------
    path
        A file of own forms, read besides the one at :func:`own_file`, if that exists.

    Raises
    ------
    UserError
        If a file of own forms cannot be read or is wrong.
    """
    known = DIFFUSIVITIES if which == "D" else GROWTH_RATES
    files = [file for file in (own_file(),) if file.is_file()]
    if path is not None and path not in files:
        files.append(path)
    own = [form for file in files for form in read_forms(file) if form.which == which]
    return (*known, *own)


def own_file() -> Path:
    """Return where a user's own forms are looked for on this computer."""
    import typer

    return Path(typer.get_app_dir("napari-binn")) / "formulas.toml"


def form_of(which: Which, name: str) -> Form | None:
    """Return the form of the library with this name."""
    known = DIFFUSIVITIES if which == "D" else GROWTH_RATES
    return next((form for form in known if form.name == name), None)
