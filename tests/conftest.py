"""Tests that open a window need Qt and a display; where there is none they are skipped."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    marked = [item for item in items if item.get_closest_marker("gui")]
    reason = why_no_window() if marked else ""
    if reason:
        for item in marked:
            item.add_marker(pytest.mark.skip(reason=reason))


def why_no_window() -> str:
    """Return why no window can be opened here, or nothing where it can."""
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        return "no display (a virtual one will do: xvfb-run)"
    try:
        from qtpy import QtWidgets  # noqa: F401
    except ImportError as error:
        return f"Qt does not load: {error}"
    return ""


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real movies beside the repository; tests that need them are skipped without."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real movies (../shared/data) are not here")
    return folder
