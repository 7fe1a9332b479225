"""The list of runs as Qt's views read it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from qtpy.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from qtpy.QtGui import QFont

from ...run.row import RunRow
from . import words
from .dots import StateDots

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole

COLUMNS = ("Name", "State", "When", "Duration", "Count error", "Formula")
NAME, STATE, WHEN, DURATION, COUNT_ERROR, FORMULA = range(len(COLUMNS))
#: Roles of the value a column is sorted by, and of the text the filter looks into.
SORT_ROLE = int(Role.UserRole)
FILTER_ROLE = int(Role.UserRole) + 1

_HEADER_TIPS = {
    DURATION: "Computing time of the stages that are done.",
    COUNT_ERROR: "How far the simulated total (cells, area, brightness) is from the observed one.",
    FORMULA: "D (spreading) and G (growth) as functions of the density u; u = 1 is the highest "
    "density of the movie.",
}
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_STATE_ORDER = ("running", "new", "stopped", "failed", "done", "unreadable")


class RunsModel(QAbstractTableModel):
    """One row a run.

    Signals
    -------
    rename_asked
        (path, new name): the user typed a name; the row keeps its own until the run has it.
    """

    rename_asked = Signal(object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[RunRow, ...] = ()
        self._current: Path | None = None
        self._busy: Path | None = None
        self._dots = StateDots()

    @property
    def runs(self) -> tuple[RunRow, ...]:
        """The rows shown."""
        return self._rows

    def set_rows(self, rows: Sequence[RunRow]) -> bool:
        """Show ``rows``; return whether the view has to find its selection again."""
        rows = tuple(rows)
        if rows == self._rows:
            return False
        if [row.path for row in rows] == [row.path for row in self._rows]:
            self._rows = rows
            self._redraw()
            return False
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()
        return True

    def set_current(self, path: Path | None) -> None:
        """Print the run in ``path`` in bold: it is the one that is shown now."""
        if path != self._current:
            self._current = path
            self._redraw()

    def set_busy(self, path: Path | None) -> None:
        """Keep the run in ``path`` from being renamed: it is being worked on."""
        self._busy = path

    def set_theme(self, theme: str) -> None:
        """Take the colours that suit napari's theme."""
        self._dots.set_theme(theme)
        self._redraw()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of runs."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of columns."""
        return 0 if parent.isValid() else len(COLUMNS)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Let the name be edited, unless the run is being worked on."""
        flags = super().flags(QModelIndex(index))
        if not index.isValid() or index.column() != NAME:
            return flags
        row = self._rows[index.row()]
        held = row.state == "running" or row.path == self._busy
        return flags if held else flags | Qt.ItemFlag.ItemIsEditable

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole
    ) -> Any:
        """Return the titles of the columns."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Role.DisplayRole:
            return COLUMNS[section]
        if role == Role.TextAlignmentRole and section in (DURATION, COUNT_ERROR):
            return _RIGHT
        return _HEADER_TIPS.get(section) if role == Role.ToolTipRole else None

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        """Return what is shown, sorted by or searched in."""
        if not index.isValid():
            return None
        row, column = self._rows[index.row()], index.column()
        if role == Role.DisplayRole or (role == Role.EditRole and column == NAME):
            return _text(row, column)
        if role == Role.ToolTipRole:
            return _tip(row, column)
        if role == Role.DecorationRole and column == STATE:
            return self._dots.icon(row.state)
        if role == Role.FontRole and row.path == self._current:
            font = QFont()
            font.setBold(True)
            return font
        if role == Role.TextAlignmentRole and column in (DURATION, COUNT_ERROR):
            return _RIGHT
        if role == SORT_ROLE:
            return _sort_value(row, column)
        return _searched(row) if role == FILTER_ROLE else None

    def setData(self, index: Index, value: Any, role: int = Role.EditRole) -> bool:
        """Ask for another name; the row follows when the run has it."""
        row = self._rows[index.row()]
        if role == Role.EditRole and str(value).strip() != row.name:
            self.rename_asked.emit(row.path, str(value))
        return False

    def _redraw(self) -> None:
        if self._rows:
            last = self.index(len(self._rows) - 1, len(COLUMNS) - 1)
            self.dataChanged.emit(self.index(0, 0), last)


class RunsOrder(QSortFilterProxyModel):
    """The runs that match the filter, in the order of a column, unknown values last."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setSortRole(SORT_ROLE)
        self.setFilterRole(FILTER_ROLE)
        self.setFilterKeyColumn(NAME)
        self.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)

    def lessThan(self, left: Index, right: Index) -> bool:
        """Compare two values of the column that is sorted by."""
        first, second = left.data(SORT_ROLE), right.data(SORT_ROLE)
        if first is None or second is None:
            # Qt turns the comparison round for a descending order.
            last, other = (second, first) if self._ascending() else (first, second)
            return last is None and other is not None
        return bool(first < second)

    def _ascending(self) -> bool:
        return self.sortOrder() == Qt.SortOrder.AscendingOrder


def _text(row: RunRow, column: int) -> str:
    if column == NAME:
        return row.name
    if column == STATE:
        return words.STATE_WORDS[row.state]
    if column == WHEN:
        return words.when(row.created, datetime.now(row.created.tzinfo))
    if column == DURATION:
        return words.duration(row.seconds)
    if column == COUNT_ERROR:
        return words.percent(row.count_error_percent)
    return words.law(row) or words.MISSING


def _tip(row: RunRow, column: int) -> str:
    if column == NAME:
        return f"{row.path}\n{row.input}".strip()
    if column == STATE:
        return words.state_sentence(row)
    if column == WHEN:
        return f"{row.created:%Y-%m-%d %H:%M}"
    return words.law(row, digits=4) if column == FORMULA else ""


def _sort_value(row: RunRow, column: int) -> Any:
    if column == NAME:
        return row.name.casefold()
    if column == STATE:
        return _STATE_ORDER.index(row.state)
    if column == WHEN:
        return row.created.timestamp()
    if column == DURATION:
        return row.seconds
    return row.count_error_percent if column == COUNT_ERROR else words.law(row) or None


def _searched(row: RunRow) -> str:
    return " ".join([row.name, words.STATE_WORDS[row.state], words.law(row), row.input])
