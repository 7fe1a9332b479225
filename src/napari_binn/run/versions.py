"""Versions of what a result was computed with, read without importing any of it."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("torch", "numpy", "scipy", "sympy", "pyoperon", "pysr")


def versions() -> dict[str, str]:
    """Return the version of napari-binn, Python and each package that is installed."""
    found = {"napari-binn": _version("napari-binn"), "python": platform.python_version()}
    found.update({name: _version(name) for name in PACKAGES})
    return {name: number for name, number in found.items() if number is not None}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        if package != "napari-binn":
            return None
    from napari_binn import __version__  # run from a source tree that was not installed

    return __version__
