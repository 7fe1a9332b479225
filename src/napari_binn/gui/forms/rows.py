"""Labelled rows whose labels line up, each with room for a note and a problem below it."""

from __future__ import annotations

from collections.abc import Mapping

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QGridLayout, QHBoxLayout, QLayout, QVBoxLayout, QWidget

from ..labels import FieldProblem, ToneLabel, WrapLabel

#: Width of the column of labels, so that those of neighbouring forms line up too [px].
LABEL_WIDTH = 104


class FieldRows(QWidget):
    """Rows of a form: label, editor, a note in small words and a problem below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(6)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnMinimumWidth(0, LABEL_WIDTH)
        self._grid.setColumnStretch(1, 1)
        self._labels: dict[str, WrapLabel] = {}
        self._cells: dict[str, QWidget] = {}
        self._notes: dict[str, WrapLabel] = {}
        self._problems: dict[str, FieldProblem] = {}

    def add(self, key: str, title: str, editor: QWidget | QLayout, tooltip: str = "") -> None:
        """Append a row."""
        row = self._grid.rowCount()
        label = WrapLabel(title)
        label.setFixedWidth(LABEL_WIDTH)
        label.setContentsMargins(4, 2, 0, 0)  # in line with the text of the editor
        label.setToolTip(tooltip)
        if isinstance(editor, QWidget):
            label.setBuddy(editor)
            editor.setToolTip(editor.toolTip() or tooltip)
            editor.setAccessibleName(editor.accessibleName() or title)
        self._labels[key] = label
        self._cells[key] = self._cell(key, editor)
        self._grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(self._cells[key], row, 1)

    def set_note(self, key: str, text: str, warning: bool = False) -> None:
        """Say something about a field below it, such as where its value comes from."""
        note = self._notes[key]
        note.setText(text)
        note.set_tone("warning" if warning else "muted")
        note.setVisible(bool(text))

    def note(self, key: str) -> str:
        """Return what is said below a field."""
        return self._notes[key].text()

    def set_problems(self, problems: Mapping[str, str]) -> None:
        """Show a sentence at each field that has a problem, and none at the others."""
        for key, label in self._problems.items():
            label.set_problem(problems.get(key, ""))

    def problem(self, key: str) -> str:
        """Return the problem that is shown at a field, or nothing."""
        return self._problems[key].text()

    def set_row_visible(self, key: str, visible: bool) -> None:
        """Show or hide a row."""
        self._labels[key].setVisible(visible)
        self._cells[key].setVisible(visible)

    def _cell(self, key: str, editor: QWidget | QLayout) -> QWidget:
        cell = QWidget(self)
        layout = QVBoxLayout(cell)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(1)
        if isinstance(editor, QWidget):
            layout.addWidget(editor)
        else:
            layout.addLayout(editor)
        self._notes[key] = WrapLabel(tone="muted")
        self._notes[key].hide()
        self._problems[key] = FieldProblem()
        layout.addWidget(self._notes[key])
        layout.addWidget(self._problems[key])
        return cell


def side_by_side(*widgets: QWidget, stretch_first: bool = True) -> QHBoxLayout:
    """Return a row of widgets; the first takes what room there is."""
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(4)
    for index, widget in enumerate(widgets):
        row.addWidget(widget, 1 if index == 0 and stretch_first else 0)
    return row


def unit_label(text: str = "") -> ToneLabel:
    """Return a label for the unit behind an editor."""
    return ToneLabel(text, "muted")
