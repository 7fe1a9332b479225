"""Two lines in which users type an equation of their own."""

from __future__ import annotations

from typing import Literal

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QGridLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from ..labels import FieldProblem
from ..law_words import flaws

_BOTH: tuple[Literal["D", "G"], ...] = ("D", "G")
_HINT = "Type D(u) and G(u), such as 0.01 + 0.02*u and r*(1 - u/K)."
_LETTERS = "Letters have no value to simulate: fit the formula, or type numbers instead."
_FIT = (
    "Fit its constants to the movie, letters and numbers alike, and rank it beside the formulas "
    "that were found: is it excluded?"
)


def read(which: Literal["D", "G"], text: str) -> tuple[list[tuple[str, bool]], bool]:
    """Return what is wrong with a formula, and whether it has constants without a value.

    Each flaw is a sentence and whether it forbids the formula.
    """
    from ...equations.typed import read_typed
    from ...errors import UserError

    try:
        if read_typed(text).letters:
            return [], True
    except UserError as error:
        return [(str(error), True)], False
    return list(flaws(which, text)), False


class OwnFormula(QWidget):
    """D and G in the grammar of formulas, checked while they are typed."""

    requested = Signal(str, str)  # to be simulated as it is: D, G
    fit_requested = Signal(str, str)  # to be fitted and ranked: D, G

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._blocked = ""
        self.D, self.G = QLineEdit(self), QLineEdit(self)
        self.problem_label = FieldProblem(self)
        self.button = QPushButton("Simulate", self)
        self.fit_button = QPushButton("Fit and rank", self)
        layout, grid = QVBoxLayout(self), QGridLayout()
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(grid)
        layout.addWidget(self.problem_label)
        grid.setVerticalSpacing(2)
        for row, (name, edit, example) in enumerate(
            (("D", self.D, "0.01 + 0.02*u"), ("G", self.G, "r*(1 - u/K)"))
        ):
            edit.setPlaceholderText(example)
            edit.setAccessibleName(f"Own formula of {name}(u)")
            edit.setToolTip(
                "Use u, numbers, letters for unknown constants, + - * / ^, exp, log and sqrt."
            )
            edit.textChanged.connect(self._check)
            edit.returnPressed.connect(self._fit)
            grid.addWidget(QLabel(f"{name}(u) =", self), row, 0)
            grid.addWidget(edit, row, 1)
        grid.addWidget(self.fit_button, 0, 2)
        grid.addWidget(self.button, 1, 2)
        grid.setColumnStretch(1, 1)
        self.button.clicked.connect(self._request)
        self.fit_button.clicked.connect(self._fit)
        self._check()

    def set_texts(self, D: str, G: str) -> None:
        """Fill in an equation without asking for its simulation."""
        self.D.setText(D)
        self.G.setText(G)

    def set_blocked(self, reason: str) -> None:
        """Forbid the simulation for a reason, or allow it again (no reason)."""
        self._blocked = reason
        self._check()

    def _texts(self) -> tuple[str, str]:
        return self.D.text().strip(), self.G.text().strip()

    def _check(self) -> None:
        texts = dict(zip("DG", self._texts(), strict=True))
        each = [read(which, text) for which in _BOTH if (text := texts[which])]
        found = [flaw for some, _ in each for flaw in some]
        wrong = [sentence for sentence, severe in found if severe]
        missing = [f"{name}(u)" for name, text in texts.items() if not text]
        self.problem_label.set_problem("\n".join(sentence for sentence, _ in found))
        lacking = _HINT if len(missing) == 2 else f"{''.join(missing)} is missing." * bool(missing)
        reason = self._blocked or "\n".join(wrong) or lacking
        self.fit_button.setEnabled(not reason)
        self.fit_button.setToolTip(reason or _FIT)
        reason = reason or _LETTERS * any(letters for _, letters in each)
        self.button.setEnabled(not reason)
        self.button.setToolTip(reason or "Solve this equation forward, beside the observation.")

    def _fit(self) -> None:
        if self.fit_button.isEnabled():
            self.fit_requested.emit(*self._texts())

    def _request(self) -> None:
        if self.button.isEnabled():
            self.requested.emit(*self._texts())
