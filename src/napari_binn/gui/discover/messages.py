"""The bar above *Discover*: what went wrong, or what was assumed."""

from __future__ import annotations

from dataclasses import dataclass

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ...events import Event, Notice, StageStarted
from ..labels import ElidedLabel, Tone, WrapLabel

#: How many notices are kept; a computation has few, and the last matter most.
KEPT = 8


@dataclass(frozen=True)
class _Said:
    text: str
    warning: bool


class MessageBar(QFrame):
    """The last problem in full, with *Copy details*; below it the notices of the computation.

    Notices take one line until they are unfolded.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._details = ""
        self._said: list[_Said] = []
        self.label = WrapLabel(tone="bad")
        self.copy = QPushButton("Copy details")
        self.copy.setToolTip("Copy what a developer needs to know about this to the clipboard.")
        self.copy.clicked.connect(self._copy)
        self.line = ElidedLabel()
        self.all = WrapLabel()
        self.all.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.unfold = QToolButton()
        self.unfold.setCheckable(True)
        self.unfold.clicked.connect(self._refresh)
        self.dismiss = QToolButton()
        self.dismiss.setText("✕")
        self.dismiss.setToolTip("Hide this message.")
        self.dismiss.clicked.connect(self.clear)
        self._lay_out()
        self.clear()

    def show_problem(self, sentence: str, details: str = "") -> None:
        """Show a sentence and, if there are details, the button that copies them."""
        self._details = details
        self.label.setText(f"⚠ {sentence}")
        self._refresh()

    def on_event(self, event: Event) -> None:
        """Take up what the engine assumes or warns of."""
        if isinstance(event, StageStarted) and event.stage == "density":
            self.clear()
        elif isinstance(event, Notice):
            said = _Said(event.text, event.level == "warning")
            self._said = [*(one for one in self._said if one != said), said][-KEPT:]
            self._refresh()

    def clear(self) -> None:
        """Hide the bar."""
        self._details, self._said = "", []
        self.label.setText("")
        self.unfold.setChecked(False)
        self._refresh()

    def notices(self) -> str:
        """Return all notices, a line each."""
        return "\n".join(f"⚠ {one.text}" if one.warning else one.text for one in self._said)

    def _refresh(self) -> None:
        text, unfolded = self.notices(), self.unfold.isChecked()
        self.label.setVisible(bool(self.label.text()))
        self.copy.setVisible(bool(self._details))
        self._show_line(unfolded)
        self.all.setText(text)
        self.all.setVisible(bool(text) and unfolded)
        self.unfold.setVisible(bool(text))
        self.unfold.setText("▴" if unfolded else "▾")
        self.unfold.setToolTip("Show one line." if unfolded else "Show all notes.")
        self.setVisible(bool(text or self.label.text()))

    def _show_line(self, unfolded: bool) -> None:
        """Show the last warning, else the last note, in one line."""
        warnings = [one for one in self._said if one.warning]
        shown = (warnings or self._said)[-1:]
        more = len(self._said) - len(shown)
        self.line.setVisible(bool(shown) and not unfolded)
        for one in shown:
            mark = "⚠ " if one.warning else ""
            self.line.set_text(f"{mark}{one.text}", f"+{more}" if more else "")
            tone: Tone = "warning" if one.warning else "muted"
            self.line.set_tone(tone)
        self.line.setToolTip(self.notices())

    def _copy(self) -> None:
        clipboard = QApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(f"{self.label.text()}\n\n{self._details}")

    def _lay_out(self) -> None:
        texts = QVBoxLayout()
        texts.setSpacing(4)
        for widget in (self.label, self.line, self.all):
            texts.addWidget(widget)
        texts.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignLeft)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 2, 6, 4)
        row.setSpacing(2)
        row.addLayout(texts, 1)
        for button in (self.unfold, self.dismiss):
            button.setAutoRaise(True)
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
