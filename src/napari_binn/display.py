"""Whether a window can be opened here."""

from __future__ import annotations

import os
import sys

_PLACES = ("WAYLAND_DISPLAY", "DISPLAY", "QT_QPA_PLATFORM")


def display() -> str:
    """Return what windows are shown on, such as "DISPLAY=:0"; "" where there is nothing."""
    if not sys.platform.startswith("linux"):
        return "of the system"
    return next((f"{name}={os.environ[name]}" for name in _PLACES if os.environ.get(name)), "")
