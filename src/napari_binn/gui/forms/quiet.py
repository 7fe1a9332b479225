"""Editors that leave the mouse wheel to the dock that scrolls, unless they have the focus."""

from __future__ import annotations

from collections.abc import Iterable

from qtpy.QtCore import QEvent, QObject, Qt
from qtpy.QtWidgets import QComboBox, QWidget


class _WheelGuard(QObject):
    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if event is None or event.type() != QEvent.Type.Wheel:
            return False
        if isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()  # so that it goes on to the parent, which scrolls
            return True
        return False


def leave_the_wheel(editor: QWidget) -> None:
    """Let ``editor`` change by the wheel only while it has the focus, and not take it thereby."""
    editor.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    editor.installEventFilter(_WheelGuard(editor))


class Combo(QComboBox):
    """A choice among texts, each with a value; it never asks for the width of the longest.

    ``activated`` is emitted by the user alone, ``currentIndexChanged`` also by the program.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        policy = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        self.setSizeAdjustPolicy(policy)
        self.setMinimumContentsLength(6)
        leave_the_wheel(self)

    def set_items(self, items: Iterable[tuple[str, object]]) -> None:
        """Offer (text, value) pairs; the chosen value is kept where it is among them."""
        chosen = self.currentData()
        self.blockSignals(True)
        self.clear()
        for text, value in items:
            self.addItem(text, value)
        self.choose(chosen)
        self.blockSignals(False)

    def choose(self, value: object) -> None:
        """Show ``value``, or nothing if it is not among those offered."""
        values = [self.itemData(index) for index in range(self.count())]
        self.setCurrentIndex(values.index(value) if value in values else -1)
