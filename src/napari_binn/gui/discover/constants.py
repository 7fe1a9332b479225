"""The editor of an equation's constants, a line each."""

from __future__ import annotations

import math
from collections.abc import Sequence

from qtpy.QtCore import Qt, QTimer, Signal
from qtpy.QtGui import QValidator, QWheelEvent
from qtpy.QtWidgets import QDoubleSpinBox, QGridLayout, QLabel, QToolButton, QWidget

from ..formula_constants import ConstantRow
from ..labels import WrapLabel

DEBOUNCE_MS = 150
_STEP = 0.05
_LARGEST = 1e12
_BUTTONS = 72  # room for the two of a spin box in napari's themes [pixels]


class NumberSpin(QDoubleSpinBox):
    """A number of any size: six digits, 1e-5 where it is small; steps are 5 % of it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDecimals(18)
        self.setRange(-_LARGEST, _LARGEST)
        self.setKeyboardTracking(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)

    def textFromValue(self, v: float) -> str:
        """Write a number with six digits."""
        return f"{v:.6g}"

    def valueFromText(self, text: str | None) -> float:
        """Read a number; a comma is a decimal point."""
        return _read(text or "") or 0.0

    def validate(self, input: str | None, pos: int) -> tuple[QValidator.State, str, int]:
        """Let a number be typed that is not one yet, such as 1e-."""
        text = input or ""
        value = _read(text)
        if value is not None and abs(value) <= _LARGEST:
            return QValidator.State.Acceptable, text, pos
        begun = all(character in "0123456789+-.,eE" for character in text)
        state = QValidator.State.Intermediate if begun else QValidator.State.Invalid
        return state, text, pos

    def fixup(self, str: str | None) -> str:
        """Return to the last number if none was typed."""
        return self.textFromValue(self.value())

    def stepBy(self, steps: int) -> None:
        """Change the number by 5 % a step."""
        value = self.value()
        size = abs(value) * _STEP or 0.01
        self.setValue(float(f"{value + steps * size:.4g}"))

    def wheelEvent(self, e: QWheelEvent | None) -> None:
        """Leave the wheel to the dock unless the number was clicked first."""
        if self.hasFocus():
            super().wheelEvent(e)
        elif e is not None:
            e.ignore()


def _read(text: str) -> float | None:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


class ConstantsEditor(QWidget):
    """Constants with unit and interval, which can be changed and set back."""

    edited = Signal(object)  # list[float], in the order of the constants

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[ConstantRow, ...] = ()
        self._spins: list[NumberSpin] = []
        self._resets: list[QToolButton] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(6)
        self._grid.setVerticalSpacing(2)
        for column in (1, 2):
            self._grid.setColumnStretch(column, 1)
        # Not the width of the boxes: a style sheet may set that.
        widest = self.fontMetrics().horizontalAdvance("-0.00012345")
        self._grid.setColumnMinimumWidth(1, widest + _BUTTONS)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DEBOUNCE_MS)
        self._timer.timeout.connect(self._emit)

    def set_constants(self, rows: Sequence[ConstantRow]) -> None:
        """Show other constants."""
        self._timer.stop()
        self._clear()
        self._rows = tuple(rows)
        for place, row in enumerate(self._rows):
            self._add(place, row)

    def values(self) -> list[float]:
        """Return the constants as they are now."""
        # What was not touched keeps the digits that the spin box does not show.
        return [
            row.value if spin.text() == spin.textFromValue(row.value) else spin.value()
            for row, spin in zip(self._rows, self._spins, strict=True)
        ]

    def is_edited(self) -> bool:
        """Whether a constant differs from what was found."""
        return self.values() != [row.value for row in self._rows]

    def reset(self) -> None:
        """Set all constants back, as if the user had typed them."""
        for place in range(len(self._rows)):
            self._set_back(place)

    def _add(self, place: int, row: ConstantRow) -> None:
        spin, reset = NumberSpin(self), QToolButton(self)
        spin.setValue(row.value)
        spin.setAccessibleName(f"Constant {row.name}")
        spin.setToolTip(
            f"{row.name} of {row.which}(u): the simulation follows what you type; the "
            "arrows change it by 5 %."
        )
        spin.valueChanged.connect(self._on_change)
        reset.setText("↺")
        reset.setAutoRaise(True)
        reset.setEnabled(False)
        reset.setAccessibleName(f"Reset {row.name}")
        reset.setToolTip(f"Set {row.name} back to {row.value:.4g}")
        reset.clicked.connect(lambda _=False, place=place: self._set_back(place))
        self._spins.append(spin)
        self._resets.append(reset)
        cells = (QLabel(row.name, self), spin, _interval(row, self), reset)
        for column, widget in enumerate(cells):
            self._grid.addWidget(widget, place, column)

    def _clear(self) -> None:
        self._spins, self._resets = [], []
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()

    def _set_back(self, place: int) -> None:
        self._spins[place].setValue(self._rows[place].value)

    def _on_change(self) -> None:
        for value, row, reset in zip(self.values(), self._rows, self._resets, strict=True):
            reset.setEnabled(value != row.value)
        self._timer.start()

    def _emit(self) -> None:
        self.edited.emit(self.values())


def _interval(row: ConstantRow, parent: QWidget) -> WrapLabel:
    known = math.isfinite(row.half_width)
    parts = (f"± {row.half_width:.2g}" if known else "", row.unit)
    label = WrapLabel(" ".join(filter(None, parts)), parent=parent)
    if known:
        label.setToolTip("The data leave this much room to both sides (90 % interval).")
    return label
