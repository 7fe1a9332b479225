"""The verdict on a movie, what was checked, and how well its curves are known."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from ...inference.diagnostics_model import CheckName, Finding
from ..labels import ToneLabel, WrapLabel
from ..step import Fold, Header
from ..verdicts import FINDINGS, LEVELS, TITLES
from .findings import Findings


class FindingsBox(QWidget):
    """Sentences; the single checks and what would help are folded away below them.

    Attributes
    ----------
    checked, help
        The two folds.
    """

    #: The user wants to see the picture of a check.
    check_clicked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: Findings | None = None
        self._verdict = WrapLabel()
        self._known = WrapLabel()
        self._agreement = WrapLabel()
        self._others = WrapLabel(tone="muted")
        self._advice = WrapLabel()
        self.checked = Fold("What was checked")
        self.help = Fold("What would help", self._advice)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(4)
        for part in self._parts():
            layout.addWidget(part)
        for label in self._labels():
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.set_findings(None)

    def set_findings(self, findings: Findings | None) -> None:
        """Say what was found, or nothing."""
        found = findings or Findings()
        self.setVisible(findings is not None)
        if found == self._shown:
            return
        self._shown = found
        mark, tone = LEVELS[found.level] if found.level else ("", "plain")
        self._verdict.set_tone(tone)
        self._show(self._verdict, f"{mark} {found.verdict}" if found.level else "")
        self._checks = _Checks(found.checks, self)
        self.checked.set_body(self._checks)
        self.checked.setVisible(bool(found.checks))
        self._show(self._known, found.known)
        self._agreement.set_tone("muted" if found.agree else "warning")
        warned = "" if found.agree or not found.agreement else "⚠ "
        self._show(self._agreement, warned + found.agreement)
        self._show(self._others, "\n".join(found.others))
        self._show(self._advice, "\n".join(found.advice))
        self.help.setVisible(bool(found.advice))

    def rows(self) -> dict[CheckName, Header]:
        """Return the button of each check."""
        return self._checks.rows

    def text(self) -> str:
        """Return all that is said outside of the folds."""
        shown = [label for label in self._labels() if label is not self._advice]
        return "\n".join(label.text() for label in shown if label.text())

    def _parts(self) -> tuple[QWidget, ...]:
        return (
            self._verdict, self.checked, self._known, self.help, self._agreement, self._others,
        )  # fmt: skip

    def _labels(self) -> tuple[WrapLabel, ...]:
        return self._verdict, self._known, self._agreement, self._others, self._advice

    def _show(self, label: WrapLabel, text: str) -> None:
        label.setText(text)
        if label is not self._advice:
            label.setVisible(bool(text))


class _Checks(QWidget):
    """One row for each check: a mark and a sentence; a click asks for its picture."""

    def __init__(self, checks: Sequence[tuple[CheckName, Finding, str]], box: FindingsBox) -> None:
        super().__init__()
        self.rows: dict[CheckName, Header] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for name, finding, sentence in checks:
            row = self.rows[name] = _row(finding, sentence)
            row.setToolTip("Show the picture of it below, under “Checks”.")
            row.setAccessibleName(f"{TITLES[name]}: {FINDINGS[finding][2]}. {sentence}")
            row.clicked.connect(lambda _=False, name=name: box.check_clicked.emit(name))
            layout.addWidget(row)


def _row(finding: Finding, sentence: str) -> Header:
    row = Header(False)
    row.setCheckable(False)
    policy = row.sizePolicy()  # as high as its text: its hint is that of a very narrow row
    policy.setVerticalPolicy(QSizePolicy.Policy.Preferred)
    row.setSizePolicy(policy)
    mark, tone, _ = FINDINGS[finding]
    symbol, text = ToneLabel(mark, tone), WrapLabel(sentence)
    symbol.setFixedWidth(14)
    for label in (symbol, text):
        label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    layout = QHBoxLayout(row)
    layout.setContentsMargins(2, 2, 2, 2)
    layout.setSpacing(2)
    layout.addWidget(symbol, 0, Qt.AlignmentFlag.AlignTop)
    layout.addWidget(text, 1)
    return row
