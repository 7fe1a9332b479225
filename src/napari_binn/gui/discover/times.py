"""The times of frames that are not evenly spaced, as a list that is typed or pasted."""

from __future__ import annotations

from itertools import pairwise

from qtpy.QtCore import QTimer, Signal
from qtpy.QtGui import QFocusEvent
from qtpy.QtWidgets import QTextEdit, QWidget

from ..forms.numbers import NumberError, parse_numbers

Times = tuple[float, ...]


def check_times(text: str, frames: int) -> tuple[Times | None, str]:
    """Return the times in ``text``, or None and one sentence on what is wrong with them."""
    try:
        times = parse_numbers(text)
    except NumberError as error:
        return None, str(error)
    if len(times) != frames:
        return None, f"{len(times)} times are given for {frames} frames: give one for each."
    for index, (before, after) in enumerate(pairwise(times)):
        if after <= before:
            return None, (
                f"Frame {index + 1} ({after:g}) must be later than frame {index} ({before:g})."
            )
    return times, ""


class TimesEdit(QTextEdit):
    """A few lines for the times of all frames.

    Parameters
    ----------
    settle
        Milliseconds without a key after which the times count as typed; so they do when the field
        is left.
    """

    #: The user changed the text.
    edited = Signal()

    def __init__(self, settle: int = 0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText("0, 1, 2.5, 4, …")
        self.setAcceptRichText(False)
        self.setTabChangesFocus(True)
        self.setFixedHeight(3 * self.fontMetrics().lineSpacing() + 14)
        self._frames = 0
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(settle)
        self._settled.timeout.connect(self.edited)
        self.textChanged.connect(self._settled.start)

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        """Take what was typed when the field is left."""
        super().focusOutEvent(event)
        if self._settled.isActive():
            self._settled.stop()
            self.edited.emit()

    @property
    def frames(self) -> int:
        """How many times are needed."""
        return self._frames

    def set_frames(self, frames: int) -> None:
        """State how many times are needed."""
        self._frames = frames

    def value(self) -> Times | None:
        """Return the times, or None while something is wrong with them."""
        return check_times(self.toPlainText(), self._frames)[0]

    def problem(self) -> str:
        """Return what is wrong with the text, or nothing."""
        return check_times(self.toPlainText(), self._frames)[1]

    def set_value(self, times: Times | None) -> None:
        """Show times; what is being typed and means the same stays as it is."""
        if times == self.value():
            return
        self._settled.stop()
        self.blockSignals(True)
        self.setPlainText(", ".join(f"{time:.6g}" for time in times or ()))
        self.blockSignals(False)
