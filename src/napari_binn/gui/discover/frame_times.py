"""When the frames were taken, as step ① asks for it."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from ..forms.numbers import NumberEdit
from .movie_form import SETTLE, MovieForm
from .times import TimesEdit
from .unit_combo import TIME_UNITS, UnitCombo


class FrameTimesEditor(QWidget):
    """One number for even spacing, a list of times for others, and the unit."""

    #: {"frame_interval": …}, {"times": …, "frame_interval": …} or {"time_unit": …}.
    edited = Signal(dict)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.interval = NumberEdit("?", SETTLE)
        self.interval.setToolTip("Time from one frame to the next.")
        self.interval.setAccessibleName("Time between frames")
        self.unit = UnitCombo(TIME_UNITS, "Unit of the times.")
        self.unit.setAccessibleName("Time unit")
        self.irregular = QCheckBox("irregular times…")
        self.irregular.setToolTip("Give the time of each frame as a list.")
        self.times = TimesEdit(SETTLE)
        self.times.setToolTip("Time of each frame, separated by commas, blanks or new lines.")
        self.times.setAccessibleName("Times of the frames")
        self._lay_out()
        self.interval.edited.connect(self._emit_values)
        self.times.edited.connect(self._emit_values)
        self.unit.activated.connect(self._on_unit)
        self.irregular.clicked.connect(self._on_irregular)
        self._show_list(False)

    def set_values(self, form: MovieForm) -> None:
        """Show what is known; nothing is emitted. What is not finished yet stays as it is typed."""
        self.times.set_frames(form.frames)
        self.unit.set_unit(form.time_unit)
        if form.times is not None:
            self._show_list(True)
            self.times.set_value(form.times)
        elif form.frame_interval is not None:
            self._show_list(False)
            self.interval.set_value(form.frame_interval)
        elif any(value is not None for value in self.values().values()):
            self.clear()
        self._follow_unit()

    def clear(self) -> None:
        """Forget what was typed."""
        self.interval.set_value(None)
        self.interval.clear()
        self.times.set_value(())
        self._show_list(False)

    def problem(self) -> str:
        """Return what is wrong with the numbers, or nothing."""
        if self.irregular.isChecked():
            return self.times.problem()
        if self.interval.problem():
            return self.interval.problem()
        number = self.interval.value()
        if number is not None and number <= 0:
            return "The time between frames must be more than 0."
        return ""

    def values(self) -> dict[str, Any]:
        """Return interval and times; both None unless what was typed is right."""
        right = not self.problem()
        if self.irregular.isChecked():
            return {"times": self.times.value() if right else None, "frame_interval": None}
        return {"times": None, "frame_interval": self.interval.value() if right else None}

    def _lay_out(self) -> None:
        first = QHBoxLayout()
        first.setSpacing(4)
        first.addWidget(self.interval, 1)
        first.addWidget(self.unit, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(first)
        column.addWidget(self.irregular)
        column.addWidget(self.times)

    def _show_list(self, visible: bool) -> None:
        self.irregular.setChecked(visible)
        self._follow_unit()

    def _follow_unit(self) -> None:
        """Ask for no interval where time is counted in frames, or is given as a list."""
        calibrated = self.unit.currentData() != "frame"
        irregular = self.irregular.isChecked()
        self.times.setVisible(irregular)
        self.interval.setVisible(calibrated and not irregular)
        self.irregular.setVisible(calibrated or irregular)

    def _on_irregular(self) -> None:
        self._show_list(self.irregular.isChecked())
        interval = self.interval.number()
        if self.irregular.isChecked() and interval and not self.times.toPlainText():
            self.times.set_value(tuple(i * interval for i in range(self.times.frames)))
        self._emit_values()

    def _on_unit(self) -> None:
        self._follow_unit()
        self.edited.emit({"time_unit": self.unit.currentData()})

    def _emit_values(self) -> None:
        self.edited.emit(self.values())
