"""Numbers typed in a line: any magnitude, decimal point or comma, 1e-2 as well as 0.01."""

from __future__ import annotations

import math
import re

from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import QLineEdit, QWidget

# What one types on the way to a number: "0", "0.0", "-", "1e-".
_UNFINISHED = re.compile(r"[+-]?(0?[.,]?0*|\d+[.,]?\d*[eE][+-]?)")


class NumberError(ValueError):
    """The text is not a number; the message is a sentence."""


def parse_number(text: str) -> float | None:
    """Return the number in ``text``, or None if it is empty; else raise :class:`NumberError`."""
    plain = text.strip().replace(",", ".")
    if not plain:
        return None
    try:
        number = float(plain)
    except ValueError:
        raise NumberError(f"“{text.strip()}” is not a number.") from None
    if not math.isfinite(number):
        raise NumberError("The number must be finite.")
    return number


def parse_numbers(text: str) -> tuple[float, ...]:
    """Return the numbers of a list, separated by commas, blanks, semicolons or new lines."""
    parts = [part for part in re.split(r"[,;\s]+", text) if part]
    return tuple(number for part in parts if (number := parse_number(part)) is not None)


class NumberEdit(QLineEdit):
    """A line that holds a number or nothing.

    Parameters
    ----------
    settle
        Milliseconds without a key after which a number counts as typed; Enter and leaving the line
        end the wait. For numbers whose every digit would change much.
    """

    #: The user changed the number (or emptied the line, or typed what is none).
    edited = Signal()

    def __init__(
        self, placeholder: str = "", settle: int = 0, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setPlaceholderText(placeholder)
        self.setMinimumWidth(40)
        self._exact: float | None = None
        self._announced = ""
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(settle)
        self._settled.timeout.connect(self._announce)
        self.textEdited.connect(self._on_text)
        self.editingFinished.connect(self._announce)

    def value(self) -> float | None:
        """Return the number, None if there is none; raise :class:`NumberError` if it is wrong."""
        if self._exact is not None:
            return self._exact
        return parse_number(self.text())

    def number(self) -> float | None:
        """Return the number, None if there is none or it is wrong."""
        return None if self.problem() else self.value()

    def problem(self) -> str:
        """Return what is wrong with the text, or nothing."""
        try:
            self.value()
        except NumberError as error:
            return str(error)
        return ""

    def set_value(self, value: float | None) -> None:
        """Show a number, or nothing. What is being typed and means the same stays as it is."""
        try:
            unchanged = self.value() == value
        except NumberError:
            unchanged = value is None and self.hasFocus()
        if unchanged:
            return
        self._exact = value
        self.setText("" if value is None else f"{value:.6g}")
        self._announced = self.text()

    def _on_text(self, text: str) -> None:
        self._exact = None
        self._settled.stop()
        if not text or not _UNFINISHED.fullmatch(text.strip()):
            if self._settled.interval():
                self._settled.start()
            else:
                self._announce()

    def _announce(self) -> None:
        self._settled.stop()
        if self.text() != self._announced:
            self._announced = self.text()
            self.edited.emit()
