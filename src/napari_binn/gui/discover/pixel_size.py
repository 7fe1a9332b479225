"""The size of a pixel, as step ① asks for it."""

from __future__ import annotations

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from ..forms.numbers import NumberEdit
from .movie_form import SETTLE, MovieForm
from .unit_combo import LENGTH_UNITS, UnitCombo


class PixelSizeEditor(QWidget):
    """One number for square pixels, width × height for others, and the unit."""

    #: {"pixel_size": (dy, dx) or None} or {"length_unit": …}, changed by the user.
    edited = Signal(dict)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.width_edit = NumberEdit("?", SETTLE)
        self.width_edit.setToolTip("Width (and height) of a pixel.")
        self.width_edit.setAccessibleName("Pixel width")
        self.height_edit = NumberEdit("height", SETTLE)
        self.height_edit.setToolTip("Height of a pixel.")
        self.height_edit.setAccessibleName("Pixel height")
        self.unit = UnitCombo(LENGTH_UNITS, "Unit of the pixel size.")
        self.unit.setAccessibleName("Length unit")
        self.oblong = QCheckBox("not square")
        self.oblong.setToolTip("Give width and height of a pixel separately.")
        self._lay_out()
        for edit in (self.width_edit, self.height_edit):
            edit.edited.connect(self._emit_size)
        self.unit.activated.connect(self._on_unit)
        self.oblong.clicked.connect(self._on_oblong)
        self._follow_unit()

    def set_values(self, form: MovieForm) -> None:
        """Show what is known; nothing is emitted. What is not finished yet stays as it is typed."""
        size = form.pixel_size
        self.unit.set_unit(form.length_unit)
        if size is not None:
            oblong = abs(size[0] - size[1]) > 1e-9 * size[1]
            self.oblong.setChecked(oblong or self.height_edit.hasFocus())
            self.width_edit.set_value(size[1])
            self.height_edit.set_value(size[0])
        elif self.value() is not None:
            self.clear()
        self._follow_unit()

    def clear(self) -> None:
        """Forget what was typed."""
        for edit in (self.width_edit, self.height_edit):
            edit.set_value(None)
            edit.clear()
        self.oblong.setChecked(False)
        self._follow_unit()

    def problem(self) -> str:
        """Return what is wrong with the numbers, or nothing."""
        edits = [self.width_edit, *([self.height_edit] if self.oblong.isChecked() else [])]
        for edit in edits:
            if edit.problem():
                return edit.problem()
            number = edit.value()
            if number is not None and number <= 0:
                return "The pixel size must be more than 0."
        return ""

    def value(self) -> tuple[float, float] | None:
        """Return height and width, or None unless both are right."""
        if self.problem():
            return None
        width = self.width_edit.value()
        height = self.height_edit.value() if self.oblong.isChecked() else width
        return None if width is None or height is None else (height, width)

    def _lay_out(self) -> None:
        first = QHBoxLayout()
        first.setSpacing(4)
        first.addWidget(self.width_edit, 1)
        first.addWidget(self.unit, 1)
        second = QHBoxLayout()
        second.setSpacing(4)
        second.addWidget(self.oblong)
        second.addWidget(self.height_edit, 1)
        second.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(first)
        column.addLayout(second)

    def _follow_unit(self) -> None:
        """Ask for no size where lengths are counted in pixels."""
        calibrated = self.unit.currentData() != "pixel"
        self.width_edit.setVisible(calibrated)
        self.oblong.setVisible(calibrated)
        self.height_edit.setVisible(calibrated and self.oblong.isChecked())

    def _on_oblong(self) -> None:
        self._follow_unit()
        if self.oblong.isChecked() and not self.height_edit.text():
            self.height_edit.set_value(self.width_edit.number())
        self._emit_size()

    def _on_unit(self) -> None:
        self._follow_unit()
        self.edited.emit({"length_unit": self.unit.currentData()})

    def _emit_size(self) -> None:
        self.edited.emit({"pixel_size": self.value()})
