"""The question before something is deleted."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QMessageBox, QWidget


def ask_to_trash(parent: QWidget, names: list[str], then: Callable[[], None]) -> QMessageBox:
    """Ask whether runs go to the trash and call ``then`` if they do; returns at once."""
    what = f"the run {names[0]}" if len(names) == 1 else f"{len(names)} runs"
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle("Move to the trash")
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(f"Move {what} to the trash?")
    box.setInformativeText("You can take them back from there." if len(names) > 1 else
                           "You can take it back from there.")  # fmt: skip
    move = box.addButton("Move to trash", QMessageBox.ButtonRole.AcceptRole)
    keep = box.addButton("Keep", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(keep)
    box.setEscapeButton(keep)
    box.buttonClicked.connect(lambda button: then() if button is move else None)
    box.open()
    return box
