"""The bar above *Discover*: what went wrong, or what was assumed."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ...events import Event, Notice, StageStarted


class MessageBar(QFrame):
    """The last problem with *Copy details*, or the notices of the running computation."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messages")
        self._details = ""
        self._notices: list[str] = []
        self.label = QLabel()
        self.label.setWordWrap(True)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.copy = QPushButton("Copy details")
        self.copy.setToolTip("Copy what a developer needs to know about this to the clipboard.")
        self.copy.clicked.connect(self._copy)
        self.dismiss = QToolButton()
        self.dismiss.setText("✕")
        self.dismiss.setToolTip("Hide this message.")
        self.dismiss.clicked.connect(self.clear)
        top = QHBoxLayout()
        top.addWidget(self.label, 1)
        top.addWidget(self.dismiss, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 4)
        column.addLayout(top)
        column.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignLeft)
        self.clear()

    def show_problem(self, sentence: str, details: str = "") -> None:
        """Show a sentence and, if there are details, the button that copies them."""
        self._details = details
        self._show(f"⚠ {sentence}")

    def on_event(self, event: Event) -> None:
        """Show what the engine assumes or warns of."""
        if isinstance(event, StageStarted) and event.stage == "density":
            self.clear()
        elif isinstance(event, Notice) and not self._details:
            self._notices = [*self._notices, event.text][-3:]
            mark = "⚠ " if event.level == "warning" else ""
            self._notices[-1] = mark + self._notices[-1]
            self._show("\n".join(self._notices))

    def clear(self) -> None:
        """Hide the bar."""
        self._details, self._notices = "", []
        self.hide()

    def _show(self, text: str) -> None:
        self.label.setText(text)
        self.copy.setVisible(bool(self._details))
        self.show()

    def _copy(self) -> None:
        clipboard = QApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(f"{self.label.text()}\n\n{self._details}")
