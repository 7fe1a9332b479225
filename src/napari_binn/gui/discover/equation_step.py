"""Step ④: the formulas that were found, one of them in hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from ...errors import UserError
from ..formulas import EquationRow, Units, equation_row, own_equation
from ..labels import ToneLabel, WrapLabel
from ..step import Fold
from .equation_table import EquationTable
from .own_formula import OwnFormula
from .search_form import SearchForm
from .selected_equation import SelectedEquation

Action = Literal["find", "stop", "edit", "keep", "copy", "simulate"]
#: Key of an equation that is not in the table (yet).
DRAFT = -1


class EquationStep(QWidget):
    """View of step ④. It emits what the user wants and shows what it is told."""

    find_requested = Signal()
    stop_requested = Signal()
    selected = Signal(int)
    constants_edited = Signal(object)  # list[float], in the order of the row's constants
    keep_requested = Signal(str, str)  # D, G
    own_requested = Signal(str, str)  # to be simulated: D, G
    fit_requested = Signal(str, str)  # to be fitted and ranked: D, G
    remove_requested = Signal(int)  # the key of one of the user's own
    copy_requested = Signal(str)  # one of COPY_KINDS
    search_changed = Signal(dict)  # {field: value} of the settings of the search

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.find_button = QPushButton("Find formulas")
        self.stop_button = QPushButton("Stop")
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.table = EquationTable()
        self.equation = SelectedEquation()
        self.own = OwnFormula()
        self.search = SearchForm()
        self.advanced = Fold("Advanced", self.search)
        self.status = WrapLabel(tone="muted")
        self._result, self._simulating, self._fitting = "", False, False
        self._units = Units()
        self._lay_out()
        self._connect()
        self.clear()

    def set_available(self, action: Action, enabled: bool, tooltip: str = "") -> None:
        """Enable or disable what the user can do; ``tooltip`` says what is missing."""
        if action in ("find", "stop"):
            button = self.find_button if action == "find" else self.stop_button
            button.setEnabled(enabled)
            button.setToolTip(tooltip or _TIPS[action])
            return
        reason = "" if enabled else tooltip or "This cannot be done now."
        if action in ("edit", "simulate"):
            self.own.set_blocked(reason)
        if action != "simulate":
            self.equation.set_blocked(action, reason)

    def set_progress(self, fraction: float | None, text: str = "") -> None:
        """Show how far the search is (0 to 1), or that none runs (None)."""
        self.progress.setVisible(fraction is not None)
        if fraction is not None:
            self.progress.setValue(round(1000 * min(max(fraction, 0.0), 1.0)))
            self.progress.setFormat(text or "%p %")

    def set_units(self, units: Units) -> None:
        """Say in which units the equations are read."""
        self._units = units
        self.equation.set_units(units)

    def set_rows(self, rows: Sequence[EquationRow]) -> None:
        """Show the equations of a run; what is selected stays selected if it is still there."""
        key = self.table.selected_key()
        self.table.set_rows(rows)
        self.table.setVisible(bool(rows))
        if key is not None:
            self._take(self.table.row(key))

    def select(self, key: int) -> None:
        """Select an equation of the table."""
        row = self.table.row(key)
        if row is not None:
            self.table.select(key)
            self._take(row)

    def show_own(self, D: str, G: str) -> None:
        """Show an equation that is not in the table."""
        try:
            row = equation_row(own_equation(D, G), self._units, DRAFT)
        except UserError:
            return
        self.table.deselect()
        self.equation.show_row(row)

    def texts(self) -> tuple[str, str]:
        """Return D and G of the equation in hand, edits included."""
        return self.equation.texts()

    def set_simulating(self, simulating: bool) -> None:
        """Say that the equation in hand is being simulated, or no longer."""
        self._simulating = simulating
        self._say()

    def set_fitting(self, fitting: bool) -> None:
        """Say that a typed formula is being fitted, or no longer."""
        self._fitting = fitting
        self._say()

    def set_result(self, text: str) -> None:
        """Say how well the equation in hand fits, or why it could not be simulated."""
        self._result = text
        self._say()

    def set_theme(self, color: str) -> None:
        """Draw the formulas in ``color``; without this they follow the text around them."""
        self.table.set_theme(color)
        self.equation.set_theme(color)

    def clear(self) -> None:
        """Show nothing: there is no run, or it has no equations yet."""
        self.table.set_rows(())
        self.table.hide()
        self.equation.show_row(None)
        self.equation.set_units(self._units)
        self.set_progress(None)
        self._simulating = False
        self.set_result("")

    def _take(self, row: EquationRow | None) -> None:
        """Take an equation in hand; one that already is keeps what the user changed in it."""
        if row is None or not _same(row, self.equation.row):
            self.equation.show_row(row)

    def _say(self) -> None:
        text = "Simulating…" if self._simulating else self._result
        text = "Fitting your formula to the movie…" if self._fitting else text
        self.status.setText(text)
        self.status.setVisible(bool(text))

    def _on_selected(self, key: int) -> None:
        self.selected.emit(key)  # first: the engine can compute while the law is read and drawn
        self.equation.show_row(self.table.row(key))

    def _on_own(self, D: str, G: str) -> None:
        self.show_own(D, G)
        self.own_requested.emit(D, G)

    def _connect(self) -> None:
        self.find_button.clicked.connect(lambda: self.find_requested.emit())
        self.stop_button.clicked.connect(lambda: self.stop_requested.emit())
        self.table.selected.connect(self._on_selected)
        self.equation.constants_edited.connect(self.constants_edited)
        self.equation.keep_requested.connect(self.keep_requested)
        self.equation.copy_requested.connect(self.copy_requested)
        self.equation.remove_requested.connect(self.remove_requested)
        self.own.requested.connect(self._on_own)
        self.own.fit_requested.connect(self.fit_requested)
        self.search.changed.connect(self.search_changed)
        for action in ("find", "stop"):
            self.set_available(action, True)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self.find_button, 1)
        buttons.addWidget(self.stop_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(buttons)
        for widget in (self.progress, self.table, self.equation, self.status):
            layout.addWidget(widget)
        layout.addWidget(ToneLabel("Own formula", bold=True))
        layout.addWidget(self.own)
        layout.addWidget(self.advanced)


_TIPS = {
    "find": "Search formulas for the learned curves and rank them by how well they simulate.",
    "stop": "Stop the search; what was learned is kept.",
}


def _same(row: EquationRow, other: EquationRow | None) -> bool:
    if other is None or row.key != other.key:
        return False
    units = [[constant.unit for constant in one.constants] for one in (row, other)]
    return (row.D_text, row.G_text) == (other.D_text, other.G_text) and units[0] == units[1]
