"""Step ⑤: observation and simulation beside each other, in pictures and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ..labels import ToneLabel, WrapLabel
from ..metrics import MetricRow

Arrangement = Literal["grid", "blended", "single"]
Action = Literal["arrange", "formula", "profile", "report", "export"]
_ARRANGEMENTS: dict[Arrangement, tuple[str, str]] = {
    "grid": ("Side by side", "Observed, simulated and residual beside each other."),
    "blended": ("Blended", "Observed in green and simulated in magenta: white where they agree."),
    "single": ("Single", "All layers on top of each other; show and hide them in the layer list."),
}
_NO_METRICS = "The numbers appear here once an equation has been simulated."
_TIPS: dict[Action, str] = {
    "arrange": "",
    "formula": "Write the equation into the picture.",
    "profile": "Draw a line across the movie: the density along it is shown in the Curves dock, "
    "observed and simulated.",
    "report": "Open the report of this run: one page with everything, made to be mailed.",
    "export": "Save equation, curves or simulated movie for other programs.",
}


class MetricsTable(QWidget):
    """Names and numbers; what a number means is in its tooltip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(0, 1)
        self.rows: tuple[MetricRow, ...] = ()

    def set_rows(self, rows: Sequence[MetricRow]) -> None:
        """Show other numbers."""
        self.rows = tuple(rows)
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for place, row in enumerate(self.rows):
            self._add(place, row)

    def _add(self, place: int, row: MetricRow) -> None:
        name, value = WrapLabel(row.name), ToneLabel(row.value, bold=True)
        unit = ToneLabel(row.unit, "muted")
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        name.setAccessibleDescription(row.meaning)
        for column, label in enumerate((name, value, unit)):
            label.setToolTip(row.meaning)
            self._grid.addWidget(label, place, column)
        self._grid.setAlignment(value, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class CompareStep(QWidget):
    """View of step ⑤. It emits what the user wants and shows what it is told."""

    arrangement_requested = Signal(str)  # "grid", "blended" or "single"
    formula_toggled = Signal(bool)
    profile_requested = Signal()
    report_requested = Signal()
    export_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.arrangement_buttons = {
            name: _arrangement_button(name) for name in get_args(Arrangement)
        }
        self._group = QButtonGroup(self)
        for button in self.arrangement_buttons.values():
            self._group.addButton(button)
        self.formula_box = QCheckBox("Formula on the canvas")
        self.profile_button = QPushButton("Draw profile line")
        self.metrics = MetricsTable()
        self.hint = WrapLabel(_NO_METRICS, "muted")
        self.report_button = QPushButton("Open report")
        self.export_button = QPushButton("Export…")
        self._lay_out()
        self._connect()

    def set_arrangement(self, arrangement: Arrangement) -> None:
        """Show how the layers are arranged."""
        self.arrangement_buttons[arrangement].setChecked(True)

    def set_formula_shown(self, shown: bool) -> None:
        """Show whether the formula is on the canvas."""
        blocked = self.formula_box.blockSignals(True)
        self.formula_box.setChecked(shown)
        self.formula_box.blockSignals(blocked)

    def set_metrics(self, rows: Sequence[MetricRow]) -> None:
        """Show how well simulation and observation agree."""
        self.metrics.set_rows(rows)
        self.hint.setVisible(not rows)

    def set_available(self, action: Action, enabled: bool, tooltip: str = "") -> None:
        """Enable or disable what the user can do; ``tooltip`` says what is missing."""
        for name, button in self._buttons(action).items():
            button.setEnabled(enabled)
            usual = _TIPS[action] or _ARRANGEMENTS[name][1]
            button.setToolTip(usual if enabled or not tooltip else tooltip)

    def _buttons(self, action: Action) -> dict[Arrangement, QAbstractButton]:
        if action == "arrange":
            return dict(self.arrangement_buttons)
        single: dict[Action, QAbstractButton] = {
            "formula": self.formula_box,
            "profile": self.profile_button,
            "report": self.report_button,
            "export": self.export_button,
        }
        return {"single": single[action]}

    def _connect(self) -> None:
        for name, button in self.arrangement_buttons.items():
            # "clicked" is only said of the user's clicks, "toggled" also of set_arrangement.
            button.clicked.connect(lambda _=False, name=name: self.arrangement_requested.emit(name))
        self.formula_box.toggled.connect(self.formula_toggled)
        self.profile_button.clicked.connect(lambda: self.profile_requested.emit())
        self.report_button.clicked.connect(lambda: self.report_requested.emit())
        self.export_button.clicked.connect(lambda: self.export_requested.emit())
        for action in get_args(Action):
            self.set_available(action, True)

    def _lay_out(self) -> None:
        arrangement, results = QHBoxLayout(), QHBoxLayout()
        arrangement.setSpacing(2)
        for button in self.arrangement_buttons.values():
            arrangement.addWidget(button, 1)
        results.addWidget(self.report_button, 1)
        results.addWidget(self.export_button, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(arrangement)
        layout.addWidget(self.profile_button)
        layout.addWidget(self.formula_box)
        layout.addWidget(self.hint)
        layout.addWidget(self.metrics)
        layout.addLayout(results)


def _arrangement_button(name: Arrangement) -> QPushButton:
    text, tooltip = _ARRANGEMENTS[name]
    button = QPushButton(text)
    button.setCheckable(True)
    button.setToolTip(tooltip)
    return button
