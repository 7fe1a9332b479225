"""Libraries that only some users need."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from ..errors import UserError


def library(module: str, path: Path) -> Any:
    """Return an optional library that reads ``path``.

    Parameters
    ----------
    module
        Its name in Python; the first part is that of the package.
    path
        The file that needs it.

    Raises
    ------
    UserError
        It is not installed, or does not load here.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.split(".")[0]
        missing = isinstance(error, ModuleNotFoundError)
        problem = "is not installed" if missing else f"does not load ({error})"
        raise UserError(
            f"{path.name} is read by the package {package}, which {problem}: run "
            f"'pip install {package}' and start again."
        ) from None
