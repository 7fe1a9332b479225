"""First and last frame that are analysed."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import QSignalBlocker, Signal
from qtpy.QtWidgets import QAbstractSpinBox, QHBoxLayout, QSpinBox, QWidget

from ..forms.quiet import leave_the_wheel
from ..labels import ToneLabel
from .wording import time_span


class FrameRange(QWidget):
    """Two frame numbers, from 0 as on napari's slider; the first stays below the last."""

    #: First and last frame, changed by the user.
    edited = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.first = QSpinBox()
        self.last = QSpinBox()
        self._times: tuple[float, ...] = ()
        self._unit: str | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.first, 1)
        row.addWidget(ToneLabel("to"))
        row.addWidget(self.last, 1)
        for box, name in ((self.first, "First frame"), (self.last, "Last frame")):
            leave_the_wheel(box)
            box.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
            box.setStyleSheet("min-width: 32px; padding: 1px 4px;")  # two must fit a narrow dock
            box.setAccessibleName(name)
            box.setToolTip(f"{name} that is analysed.")
            box.valueChanged.connect(lambda _: self._on_edited())
        self.set_frames(0, (), None)

    def set_frames(self, count: int, times: Sequence[float], unit: str | None) -> None:
        """State the frames of the movie; the range is kept where it still fits the same frames."""
        same = count == self.last.maximum() + 1
        first, last = self.frames() if same else (0, count - 1)
        self._times, self._unit = tuple(times), unit
        self.setEnabled(count > 2)
        self._show(first, last, count)

    def frames(self) -> tuple[int, int]:
        """Return first and last frame."""
        return self.first.value(), self.last.value()

    def set_times(self, span: Sequence[float] | None) -> None:
        """Show the frames between two times; None: all frames."""
        count = self.last.maximum() + 1
        if span is None or not self._times:
            self._show(0, count - 1, count)
            return
        slack = 1e-9 * (abs(span[0]) + abs(span[1]))
        inside = [
            index
            for index, time in enumerate(self._times)
            if span[0] - slack <= time <= span[1] + slack
        ]
        if inside:
            self._show(inside[0], inside[-1], count)

    def words(self) -> str:
        """Return the range as times: "0 to 39 h"."""
        return time_span(self._times, *self.frames(), self._unit)

    def _show(self, first: int, last: int, count: int) -> None:
        blockers = (QSignalBlocker(self.first), QSignalBlocker(self.last))
        top = max(count - 1, 0)
        self.first.setRange(0, top)
        self.last.setRange(0, top)
        self.first.setValue(first)
        self.last.setValue(last)
        for blocker in blockers:
            blocker.unblock()
        self._limit()

    def _limit(self) -> None:
        """Keep at least two frames."""
        top = self.last.maximum()
        for box, low, high in (
            (self.first, 0, max(self.last.value() - 1, 0)),
            (self.last, min(self.first.value() + 1, top), top),
        ):
            blocker = QSignalBlocker(box)
            box.setRange(low, high)
            blocker.unblock()

    def _on_edited(self) -> None:
        self._limit()
        self.edited.emit(*self.frames())
