"""What is loaded when: the command line and the package have to answer at once."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {
    "torch", "napari", "qtpy", "PyQt6", "PySide6", "matplotlib", "skimage", "scipy", "sympy",
    "numpy", "pysr", "pyoperon", "juliacall", "pydantic",
}  # fmt: skip


def loaded_by(code: str) -> set[str]:
    """Return the top-level packages that a fresh Python has loaded after ``code``."""
    listing = "\nimport sys; sys.stderr.write(' '.join({n.partition('.')[0] for n in sys.modules}))"
    result = subprocess.run(
        [sys.executable, "-c", code + listing], capture_output=True, text=True, check=True
    )
    return set(result.stderr.split())


def test_the_package_loads_nothing_heavy() -> None:
    assert not loaded_by("import napari_binn") & (HEAVY | {"rich", "typer"})


def test_help_loads_nothing_heavy() -> None:
    code = "from napari_binn.cli import main; assert main(['--help']) == 0"
    assert not loaded_by(code) & HEAVY


@pytest.mark.parametrize("args", [["--version"], ["run", "--help"]])
def test_other_quick_answers_load_no_numerics_and_no_window(args: list[str]) -> None:
    code = f"from napari_binn.cli import main; assert main({args!r}) == 0"
    assert not loaded_by(code) & (HEAVY - {"pydantic"})


def test_the_layers_of_napari_are_made_without_qt_and_torch() -> None:
    loaded = loaded_by("import napari_binn.gui.layers, napari_binn.gui.viewer")
    assert not loaded & {"torch", "napari", "qtpy", "PyQt6", "PySide6"}


def test_numbers_are_written_and_the_report_is_found_without_drawing_anything() -> None:
    loaded = loaded_by("import napari_binn.quantities, napari_binn.report")
    assert not loaded & (HEAVY - {"pydantic"})


def test_no_stage_loads_the_gui() -> None:
    code = (
        "import importlib, pathlib, napari_binn\n"
        "root = pathlib.Path(napari_binn.__path__[0])\n"
        "for path in root.rglob('*.py'):\n"
        "    parts = path.relative_to(root).with_suffix('').parts\n"
        "    if parts[0] not in ('gui', '__main__') and parts[-1] != '__init__':\n"
        "        importlib.import_module('.'.join(('napari_binn', *parts)))\n"
    )
    assert not loaded_by(code) & {"napari", "qtpy", "PyQt6", "PySide6", "pysr", "juliacall"}
