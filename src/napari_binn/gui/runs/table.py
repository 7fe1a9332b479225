"""The table of runs: a click shows a run, several can be selected, F2 renames."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import QItemSelectionModel, QModelIndex, QSize, Qt, Signal
from qtpy.QtGui import QKeyEvent, QResizeEvent
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from ...run.row import RunRow
from .model import COLUMNS, COUNT_ERROR, DURATION, FORMULA, NAME, STATE, WHEN, RunsModel, RunsOrder

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_WIDTHS = {NAME: 190, STATE: 102, WHEN: 124, DURATION: 76, COUNT_ERROR: 94, FORMULA: 180}
#: What is hidden where there is not enough room for all, in this order.
_DISPENSABLE = (FORMULA, DURATION, WHEN, COUNT_ERROR)
_NARROWEST_NAME = 150
_PADDING = "QTableView::item { padding: 0px 5px; } QHeaderView::section { padding: 2px 5px; }"


class RunsTable(QTableView):
    """Rows of runs that keep their selection when the list is read again.

    Signals
    -------
    chosen
        (row): a single run was clicked, or Enter was pressed on it.
    columns_changed
        There is room for other columns now.
    """

    chosen = Signal(object)
    columns_changed = Signal()

    def __init__(self, runs: RunsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs = runs
        self._order = RunsOrder(self)
        self._order.setSourceModel(runs)
        self.setModel(self._order)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setStyleSheet(
            "QTableView::item { padding: 0px 5px; } QHeaderView::section { padding: 2px 5px; }"
        )
        self.setIconSize(QSize(12, 12))
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self._arrange_headers()
        self.setSortingEnabled(True)
        self.sortByColumn(WHEN, Qt.SortOrder.DescendingOrder)
        self.clicked.connect(self._choose)

    def selected(self) -> list[RunRow]:
        """Return the selected runs, in the order of the table."""
        indexes = self._selection().selectedRows(NAME)
        rows = sorted(indexes, key=lambda index: index.row())
        return [self._runs.runs[self._order.mapToSource(index).row()] for index in rows]

    def select(self, paths: list[Path]) -> None:
        """Select the runs in ``paths``; those that are not shown are left out."""
        selection = self._selection()
        selection.clearSelection()
        flags = QItemSelectionModel.SelectionFlag
        for position, path in enumerate(paths):
            index = self._index(path)
            if index is None:
                continue
            if position == 0:
                selection.setCurrentIndex(index, flags.NoUpdate)
            selection.select(index, flags.Select | flags.Rows)

    def set_filter(self, text: str) -> None:
        """Show the runs whose name, state, formula or input contains ``text``."""
        self._order.setFilterFixedString(text.strip())

    def shown(self) -> int:
        """Return how many runs match the filter."""
        return self._order.rowCount()

    def editing(self) -> bool:
        """Return whether a name is being typed."""
        return self.state() == QAbstractItemView.State.EditingState

    def edit_name(self, path: Path) -> None:
        """Let the user type another name for a run."""
        index = self._index(path)
        if index is not None:
            self.scrollTo(index)
            self.edit(index)

    def hidden(self) -> set[int]:
        """Return the columns there is no room for."""
        return {column for column in _DISPENSABLE if self.isColumnHidden(column)}

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Show the columns that fit; a column that is cut in two says nothing."""
        super().resizeEvent(event)
        viewport = self.viewport()
        room = viewport.width() if viewport else self.width()
        before, hide = self.hidden(), set(_DISPENSABLE[: _too_many(room)])
        for column in _DISPENSABLE:
            self.setColumnHidden(column, column in hide)
        if hide != before:
            self._stretch(NAME if FORMULA in hide else FORMULA)
            self.columns_changed.emit()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Show the run on Enter; rename works from every column."""
        if event is None:
            return
        current = self.currentIndex()
        if event.key() in _ENTER and not self.editing():
            self._choose(current)
        elif event.key() == Qt.Key.Key_F2 and current.isValid():
            self.edit(current.siblingAtColumn(NAME))
        else:
            super().keyPressEvent(event)

    def _choose(self, index: QModelIndex) -> None:
        rows = self.selected()
        # With Ctrl or Shift the user is selecting, not opening.
        if index.isValid() and len(rows) == 1 and self._index(rows[0].path) == (
            index.siblingAtColumn(NAME)
        ):  # fmt: skip
            self.chosen.emit(rows[0])

    def _index(self, path: Path) -> QModelIndex | None:
        for position, row in enumerate(self._runs.runs):
            if row.path == path:
                index = self._order.mapFromSource(self._runs.index(position, NAME))
                return index if index.isValid() else None
        return None

    def _selection(self) -> QItemSelectionModel:
        selection = self.selectionModel()
        assert selection is not None
        return selection

    def _arrange_headers(self) -> None:
        header, side = self.horizontalHeader(), self.verticalHeader()
        assert header is not None
        assert side is not None
        side.hide()
        side.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        side.setDefaultSectionSize(self.fontMetrics().height() + 8)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        for column in range(len(COLUMNS)):
            header.resizeSection(column, _WIDTHS[column])
        self._stretch(FORMULA)

    def _stretch(self, column: int) -> None:
        """Let one column take the room that the others leave."""
        header = self.horizontalHeader()
        assert header is not None
        modes = QHeaderView.ResizeMode
        for other in (NAME, FORMULA):
            header.setSectionResizeMode(
                other, modes.Stretch if other == column else modes.Interactive
            )


def _too_many(room: int) -> int:
    """Return how many of the dispensable columns have to go."""
    for count in range(len(_DISPENSABLE)):
        hidden = _DISPENSABLE[:count]
        name = _NARROWEST_NAME if count else _WIDTHS[NAME]
        rest = sum(
            width for column, width in _WIDTHS.items() if column not in hidden and column != NAME
        )
        if name + rest <= room:
            return count
    return len(_DISPENSABLE)
