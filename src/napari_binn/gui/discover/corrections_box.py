"""The part of step ② that says what is done to the frames before they are measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFileDialog, QPushButton, QVBoxLayout, QWidget

from ...movie.model import Kind
from ...settings import PrepareSettings
from ..actions import ActionButton
from ..forms import SettingsForm
from ..labels import WrapLabel
from ..step import Fold

_FIELDS = ("drift", "illumination", "dark_level", "overlays", "leave_out", "auto_leave_out", "mask")
#: What can be corrected in a movie of a kind.
_SUITED: dict[Kind, tuple[str, ...]] = {
    "image": _FIELDS,
    "labels": ("drift", "leave_out", "mask"),
    "points": ("leave_out",),
}
_WORDS = {
    "drift.off": "leave as it is",
    "drift.on": "find and take out",
    "illumination.off": "leave as it is",
    "illumination.on": "find and divide out",
    "overlays.find": "find and leave out",
    "overlays.keep": "measure everything",
}
_TITLE = "Corrections"


class CorrectionsBox(Fold):
    """Drift, uneven light, burned-in text, bad frames and masks, folded away."""

    #: {field of PrepareSettings: value}, changed by the user.
    changed = Signal(dict)
    problems_changed = Signal(dict)
    #: The user leaves out the frame on the screen.
    this_left_out = Signal()
    #: The user wants to see the movie as it is measured.
    show_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        self.form = SettingsForm(PrepareSettings, _FIELDS, _WORDS)
        self.form.editor("mask").setPlaceholderText("none")
        self.form.editor("leave_out").setPlaceholderText("none, or such as 3, 7-9")
        self._kind: Kind = "image"
        self._values: dict[str, Any] = {}
        self.leave_out_this = QPushButton("Leave out this frame")
        self.leave_out_this.setToolTip("The frame on the screen is not used.")
        self.browse = QPushButton("Choose a mask…")
        self.browse.setToolTip("Choose an image or a movie of masks on the disk.")
        self.show_button = ActionButton(
            "Show the corrected movie",
            "Add the movie as it is measured as a layer: frames are corrected when you look.",
        )
        self._said = WrapLabel(tone="muted")
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for part in (self.form, self.leave_out_this, self.browse, self.show_button, self._said):
            layout.addWidget(part)
        super().__init__(_TITLE, body, parent)
        self.form.changed.connect(self._on_changed)
        self.form.problems_changed.connect(self.problems_changed)
        self.leave_out_this.clicked.connect(lambda: self.this_left_out.emit())
        self.browse.clicked.connect(self._choose_mask)
        self.show_button.clicked.connect(lambda: self.show_requested.emit())
        self._refresh()
        self.set_said("")

    def set_kind(self, kind: Kind) -> None:
        """Offer what suits a kind of movie."""
        self._kind = kind
        self._refresh()

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show settings; nothing is emitted."""
        self._values = dict(values)
        self.form.set_values(values)
        self._refresh()

    def change(self, values: Mapping[str, Any]) -> None:
        """Change settings as if the user had typed them."""
        self.set_values({**self._values, **values})
        self.changed.emit(dict(values))

    def set_said(self, text: str, warning: bool = False) -> None:
        """Say what was found in the movie."""
        self._said.set_tone("warning" if warning else "muted")
        self._said.setText(text)
        self._said.setVisible(bool(text))

    def said(self) -> str:
        """Return what is said to have been found."""
        return self._said.text()

    def problems(self) -> dict[str, str]:
        """Return what is wrong with what was typed."""
        return self.form.problems()

    def _on_changed(self, values: dict[str, Any]) -> None:
        self._values |= values
        self._refresh()
        self.changed.emit(values)

    def _refresh(self) -> None:
        shown = set(_SUITED[self._kind])
        if self._values.get("illumination", "off") == "off":
            shown.discard("dark_level")
        self.form.show_fields(shown)
        self.browse.setVisible("mask" in shown)
        self.show_button.setVisible(self._kind == "image")

    def _choose_mask(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Choose a mask", filter="Images (*.*)")
        if path:
            self.change({"mask": path})
