"""The equation that is selected: typeset, its constants editable, ready to be copied."""

from __future__ import annotations

from functools import partial

from qtpy.QtCore import Signal
from qtpy.QtGui import QAction
from qtpy.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from ..copying import COPY_KINDS
from ..formula_label import FormulaLabel
from ..formulas import EquationRow, Units, latex_or_text, with_constants
from ..labels import WrapLabel
from ..law_words import flaws, law_sentence
from .constants import ConstantsEditor
from .equation_table import scores_in_words

LAW = r"\dfrac{\partial u}{\partial t} = \nabla\cdot(D\,\nabla u) + G\,u"
_EMPTY = "Select a formula to see it large and to change its constants."
_UNEDITED = "Change a constant first: what was found is kept anyway."


class SelectedEquation(QWidget):
    """Shows one equation; what the user changes is drawn at once and then announced."""

    constants_edited = Signal(object)  # list[float], in the order of the row's constants
    keep_requested = Signal(str, str)  # D, G
    remove_requested = Signal(int)  # the key of one of the user's own
    copy_requested = Signal(str)  # one of COPY_KINDS

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row: EquationRow | None = None
        self._units = Units()
        self._blocked: dict[str, str] = {}
        self.hint = WrapLabel(_EMPTY, "muted")
        self.picture = FormulaLabel(1.15)
        self.units_label = WrapLabel(tone="muted")
        self.scores_label = WrapLabel(tone="muted")
        self.law_label = WrapLabel()
        self.flaw_label = WrapLabel(tone="warning")
        self.constants = ConstantsEditor()
        self.reset_button = QPushButton("Reset")
        self.keep_button = QPushButton("Keep as mine")
        self.remove_button = QPushButton("Remove")
        self.copy_button = self._make_copy_button()
        self._lay_out()
        self.constants.edited.connect(self._on_edited)
        self.reset_button.clicked.connect(self.constants.reset)
        self.keep_button.clicked.connect(lambda: self.keep_requested.emit(*self.texts()))
        self.remove_button.clicked.connect(self._remove)
        self.show_row(None)

    def show_row(self, row: EquationRow | None) -> None:
        """Show an equation, or that none is selected."""
        self._row = row
        self.constants.set_constants(() if row is None else row.constants)
        self.hint.setVisible(row is None)
        for widget in (self.picture, self.units_label, self.constants):
            widget.setVisible(row is not None)
        self._refresh()
        self._read()

    @property
    def row(self) -> EquationRow | None:
        """The equation as it was found, before any edit."""
        return self._row

    def texts(self) -> tuple[str, str]:
        """Return D and G as they are shown, edits included; empty if nothing is selected."""
        if self._row is None:
            return "", ""
        return with_constants(self._row, self.constants.values())

    def set_units(self, units: Units) -> None:
        """Say in which units the equation is read."""
        self._units = units
        self.units_label.setText(units.line())
        self._read()

    def set_theme(self, color: str) -> None:
        """Draw the formulas in ``color``."""
        self.picture.set_theme(color)

    def set_blocked(self, action: str, reason: str) -> None:
        """Forbid "edit", "keep" or "copy" for a reason, or allow it again (no reason)."""
        self._blocked[action] = reason
        self._enable()

    def _on_edited(self, values: list[float]) -> None:
        self._refresh()
        self._read()
        self.constants_edited.emit(values)

    def _read(self) -> None:
        """Say what the law is called, what it says, and what is wrong with it."""
        D, G = self.texts()
        if self._row is None or not D:
            for label in (self.law_label, self.flaw_label, self.scores_label):
                label.setText("")
            return
        # What was fitted says nothing about the certainty of what the user typed.
        fitted = () if self.constants.is_edited() else self._row.constants
        self.law_label.setText(law_sentence(D, G, fitted, self._units))
        scores = "" if self.constants.is_edited() else scores_in_words(self._row)
        self.scores_label.setText(scores)
        found = (*flaws("D", D), *flaws("G", G))
        self.flaw_label.setText("\n".join(sentence for sentence, _ in found))

    def _refresh(self) -> None:
        D, G = self.texts()
        if D:
            lines = (LAW, f"D = {_large(D)}", f"G = {_large(G)}")
            self.picture.set_lines(lines, f"∂u/∂t = ∇·(D ∇u) + G u\nD = {D}\nG = {G}")
        self._enable()

    def _enable(self) -> None:
        nothing = "" if self._row is not None else "Select a formula first."
        unedited = "" if nothing or self.constants.is_edited() else _UNEDITED
        blocked = self._blocked.get
        typed = self._row is not None and self._row.key < 0  # not in the table yet
        edit = nothing or blocked("edit", "")
        self.remove_button.setVisible(self._row is not None and self._row.own and not typed)
        _allow(self.remove_button, edit, "Remove this equation of yours from the run.")
        self.constants.setEnabled(not edit)
        self.constants.setToolTip(edit)
        _allow(self.reset_button, edit or unedited, "Set all constants back to what was found.")
        _allow(
            self.keep_button,
            nothing or blocked("keep", "") or ("" if typed else unedited),
            "Add this equation to the table and save it with the run.",
        )
        _allow(
            self.copy_button,
            nothing or blocked("copy", ""),
            "Copy the equation, for a manuscript or for your own code.",
        )

    def _make_copy_button(self) -> QPushButton:
        button, menu = QPushButton("Copy as"), QMenu(self)
        for kind, title in COPY_KINDS.items():
            action = QAction(title, menu)
            action.triggered.connect(partial(self._copy, kind))
            menu.addAction(action)
        button.setMenu(menu)
        return button

    def _remove(self) -> None:
        if self._row is not None:
            self.remove_requested.emit(self._row.key)

    def _copy(self, kind: str, checked: bool = False) -> None:
        self.copy_requested.emit(kind)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        for button in (self.reset_button, self.keep_button, self.remove_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.copy_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (
            self.hint, self.picture, self.units_label, self.scores_label, self.law_label,
            self.flaw_label, self.constants,
        ):  # fmt: skip
            layout.addWidget(widget)
        layout.addLayout(buttons)


def _large(text: str) -> str:
    """Return a formula as LaTeX, its fractions as high as those in a displayed equation."""
    latex = latex_or_text(text)
    return latex if "^{\\frac" in latex else latex.replace(r"\frac", r"\dfrac")


def _allow(button: QPushButton, reason: str, tooltip: str) -> None:
    button.setEnabled(not reason)
    button.setToolTip(reason or tooltip)
