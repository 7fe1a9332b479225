"""Two lines in which users type an equation of their own."""

from __future__ import annotations

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QGridLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from ..labels import FieldProblem

_HINT = "Type D(u) and G(u), such as 0.01 + 0.02*u and 1.2*(1 - u)."


def problem(text: str) -> str:
    """Return why a formula cannot be read, or nothing."""
    from ...equations.grammar import parse
    from ...errors import UserError

    try:
        parse(text)
    except UserError as error:
        return str(error)
    return ""


class OwnFormula(QWidget):
    """D and G in the grammar of formulas, checked while they are typed."""

    requested = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._blocked = ""
        self.D, self.G = QLineEdit(self), QLineEdit(self)
        self.problem_label = FieldProblem(self)
        self.button = QPushButton("Simulate", self)
        layout, grid = QVBoxLayout(self), QGridLayout()
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(grid)
        layout.addWidget(self.problem_label)
        grid.setVerticalSpacing(2)
        for row, (name, edit, example) in enumerate(
            (("D", self.D, "0.01 + 0.02*u"), ("G", self.G, "1.2*(1 - u)"))
        ):
            edit.setPlaceholderText(example)
            edit.setAccessibleName(f"Own formula of {name}(u)")
            edit.setToolTip("Use u, numbers, + - * / ^, exp, log and sqrt.")
            edit.textChanged.connect(self._check)
            edit.returnPressed.connect(self._request)
            grid.addWidget(QLabel(f"{name}(u) =", self), row, 0)
            grid.addWidget(edit, row, 1)
        grid.addWidget(self.button, 0, 2, 2, 1)
        grid.setColumnStretch(1, 1)
        self.button.clicked.connect(self._request)
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
        wrong = [sentence for text in texts.values() if text and (sentence := problem(text))]
        missing = [f"{name}(u)" for name, text in texts.items() if not text]
        self.problem_label.set_problem("\n".join(wrong))
        lacking = _HINT if len(missing) == 2 else f"{''.join(missing)} is missing." * bool(missing)
        reason = self._blocked or "\n".join(wrong) or lacking
        self.button.setEnabled(not reason)
        self.button.setToolTip(reason or "Solve this equation forward, beside the observation.")

    def _request(self) -> None:
        if self.button.isEnabled():
            self.requested.emit(*self._texts())
