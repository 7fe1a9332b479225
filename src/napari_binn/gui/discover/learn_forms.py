"""The settings behind the fold of step ③."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QVBoxLayout, QWidget

from ...settings import BinnSettings, InferenceSettings, Settings, merge_all
from ..forms import SettingsForm

_STANDARD = (
    "members", "steps", "width", "learning_rate", "data_batch", "collocation", "residual_weight",
    "validation", "dtype",
)  # fmt: skip
_PAPER = ("members", "patience", "dtype")
_BINN = (*_STANDARD[:2], "patience", *_STANDARD[2:])
_INFERENCE = ("boundary", "noise", "knots")
_GENERAL = ("device", "seed")
_WORDS = {
    "cpu": "processor (cpu)",
    "cuda": "NVIDIA graphics (cuda)",
    "mps": "Apple graphics (mps)",
    "float32": "single (float32)",
    "float64": "double (float64)",
}
_INFERENCE_WORDS = {
    "boundary.auto": "let the movie tell",
    "boundary.open": "yes (open)",
    "boundary.closed": "no (closed)",
    "counts": "like counts",
    "fraction": "like a covered share",
    "proportional": "in proportion",
    "additive": "the same everywhere",
}
_QUESTION = "Is the region cut from a larger field of the same cells?"


class LearnForms(QWidget):
    """Forms for the estimate, the network, and where and from which seed they run."""

    #: Nested settings that the user changed.
    changed = Signal(dict)
    #: {section.field: sentence} of all that is wrong with what was typed.
    problems_changed = Signal(dict)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.binn = SettingsForm(BinnSettings, _BINN, _WORDS)
        self.inference = SettingsForm(InferenceSettings, _INFERENCE, _INFERENCE_WORDS)
        self.inference.set_note("boundary", _QUESTION)
        self.general = SettingsForm(Settings, _GENERAL, _WORDS)
        self._by_paper = False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for section, form in self._forms().items():
            layout.addWidget(form)
            form.changed.connect(lambda values, section=section: self._emit(section, values))
            form.problems_changed.connect(lambda _: self.problems_changed.emit(self.problems()))

    def values(self) -> dict[str, Any]:
        """Return the nested settings that differ from the defaults."""
        nested = merge_all(
            *(_nest(section, form.values()) for section, form in self._forms().items())
        )
        recipe = {"binn": {"recipe": "paper"}} if self._by_paper else {}
        return merge_all({name: value for name, value in nested.items() if value != {}}, recipe)

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show nested settings; the others return to their defaults."""
        for section, form in self._forms().items():
            form.set_values(values.get(section, {}) if section else values)
        recipe = values.get("binn", {}).get("recipe", BinnSettings().recipe)
        self._by_paper = recipe == "paper"
        self.binn.show_fields(_PAPER if self._by_paper else _STANDARD)

    def merge(self, values: dict[str, Any]) -> None:
        """Show nested settings; the others stay as they are, those that are hidden now too."""
        self.binn.show_fields(_BINN)
        self.set_values(merge_all(self.values(), values))

    def problems(self) -> dict[str, str]:
        """Return what is wrong with what was typed, by names with their section."""
        return {
            f"{section}.{field}" if section else field: text
            for section, form in self._forms().items()
            for field, text in form.problems().items()
        }

    def set_problems(self, problems: Mapping[str, str]) -> None:
        """Show sentences at their fields; a name may carry its section."""
        plain = {name.rpartition(".")[2]: text for name, text in problems.items()}
        for form in self._forms().values():
            form.set_problems(plain)

    def _forms(self) -> dict[str, SettingsForm]:
        return {"inference": self.inference, "binn": self.binn, "": self.general}

    def _emit(self, section: str, values: dict[str, Any]) -> None:
        self.changed.emit(_nest(section, values))


def _nest(section: str, values: dict[str, Any]) -> dict[str, Any]:
    return {section: values} if section else values
