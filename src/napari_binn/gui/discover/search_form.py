"""The settings behind the fold of step ④: where formulas come from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QVBoxLayout, QWidget

from ...settings import EquationSettings
from ..forms import SettingsForm
from .julia_box import JuliaBox

_FIELDS = ("engine", "library", "repeats", "seconds", "max_length", "refits")
_WORDS = {
    "engine.operon": "Operon",
    "engine.pysr": "PySR (needs Julia)",
    "engine.library": "mechanistic forms alone",
}


class SearchForm(QWidget):
    """A form for the search; where PySR is chosen, whether its Julia is there."""

    #: {field: value} of the field that the user changed.
    changed = Signal(dict)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.form = SettingsForm(EquationSettings, _FIELDS, _WORDS)
        self.form.set_note("library", "A TOML or JSON file with forms of your own.")
        self.julia = JuliaBox()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.form)
        layout.addWidget(self.julia)
        self.form.changed.connect(self._on_changed)
        self._show_julia()

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show settings; the others return to their defaults. Nothing is emitted."""
        self.form.set_values(values)
        self._show_julia()

    def problems(self) -> dict[str, str]:
        """Return what is wrong with what was typed."""
        return self.form.problems()

    def _on_changed(self, values: dict[str, Any]) -> None:
        self._show_julia()
        self.changed.emit(values)

    def _show_julia(self) -> None:
        chosen = self.form.values().get("engine") == "pysr"
        self.julia.setVisible(chosen)
        if chosen:
            self.julia.refresh()
