"""What can be wrong with the search for formulas, told before a movie is analysed for minutes."""

from __future__ import annotations

from pathlib import Path

from ..settings import EquationSettings
from .julia import pysr_state, require
from .library import forms


def check_search(settings: EquationSettings) -> None:
    """Read the user's own forms and look for the engine.

    Raises
    ------
    UserError
        A file of own forms is wrong, or PySR is asked for and cannot be used.
    """
    forms("D", None if settings.library is None else Path(settings.library))
    if settings.engine == "pysr":
        require(pysr_state())
