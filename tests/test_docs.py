"""The pages that are made from the code say what the code says."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"


@pytest.mark.parametrize("name", ["settings.md", "commands.md", "library.md"])
def test_reference_pages_are_up_to_date(name: str) -> None:
    pages = runpy.run_path(str(DOCS / "reference.py"))["pages"]()
    assert (DOCS / name).read_text(encoding="utf-8") == pages[DOCS / name], "run: make docs"
