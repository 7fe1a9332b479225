"""The table of the equations that were found, each as a typeset picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeVar

from qtpy.QtCore import (
    QAbstractTableModel,
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from qtpy.QtGui import QColor, QShowEvent
from qtpy.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableView,
    QWidget,
)

from ...equations.ranking import percent
from ..formulas import EquationRow
from .formula_delegate import ROW_ROLE, FormulaDelegate

T = TypeVar("T")
AnyIndex = QModelIndex | QPersistentModelIndex
SORT_ROLE = Qt.ItemDataRole.UserRole + 1
FORMULA, SCORE, WEIGHT = range(3)
_HEADERS = ("formula", "ΔBIC", "weight")
_HEADER_TIPS = (
    "The pair of formulas: D(u), how fast cells spread, and G(u), how fast they multiply.",
    "How much worse than the best, with a penalty per constant. Below 2 the data cannot tell; "
    "≈ marks those that they do not exclude.",
    "How probable the formula is, if one of those that were found is the true one.",
)
_PADDING = 4
_ARROW = 8  # of the column that is sorted by [pixels]
#: Rows that are shown before the table scrolls, in a low and in a high window [pixels].
ROWS_SHOWN, MORE_ROWS_SHOWN, HIGH = 4, 6, 900


def _explained(row: EquationRow) -> str:
    """Return the tooltip of a row: its formulas in plain text and what its remark means."""
    lines = [f"D = {row.D_text}", f"G = {row.G_text}", row.name]
    if row.chosen:
        lines.append("✓ Chosen: the simplest of those that the data cannot tell apart.")
    elif row.close and not row.own:
        lines.append("≈ The data do not speak against it.")
    lines += [sentence for sentence in (row.verdict, row.unsupported) if sentence]
    lines.append(f"{row.complexity} symbols")
    if scores := scores_in_words(row):
        lines.append(scores)
    return "\n".join(lines)


def scores_in_words(row: EquationRow) -> str:
    """Return how far the movie is from an equation, in a sentence; "" if that is not known."""
    if not math.isfinite(row.deviance):
        return ""
    ahead = f"; of the last frames, predicted from the first, {row.forecast:.3f}"
    return (
        f"Misfit: {row.deviance:.3f} per bin (about 1 where only noise is left)"
        f"{ahead if math.isfinite(row.forecast) else ''}."
    )


class EquationModel(QAbstractTableModel):
    """The rows as Qt reads them."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: tuple[EquationRow, ...] = ()

    def set_rows(self, rows: Sequence[EquationRow]) -> None:
        """Replace all rows."""
        self.beginResetModel()
        self.rows = tuple(rows)
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """Return the number of equations."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """Return the number of columns."""
        return 0 if parent.isValid() else len(_HEADERS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return the headers and their explanations."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return _HEADERS[section]
        return _HEADER_TIPS[section] if role == Qt.ItemDataRole.ToolTipRole else None

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the contents of a cell."""
        row, column = self.rows[index.row()], index.column()
        if role == ROW_ROLE:
            return row
        if role == SORT_ROLE:
            return _sort_value(row, column)
        if role == Qt.ItemDataRole.DisplayRole:
            return _shown(row, column)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return _explained(row)
        if role == Qt.ItemDataRole.TextAlignmentRole and column != FORMULA:
            return Qt.AlignmentFlag.AlignCenter
        return None


def _shown(row: EquationRow, column: int) -> str:
    if column == FORMULA:
        return ""
    if column == WEIGHT:
        return percent(row.weight) if math.isfinite(row.weight) else "–"
    return f"{row.delta_bic:.1f}" if math.isfinite(row.delta_bic) else "–"


def _sort_value(row: EquationRow, column: int) -> float:
    """Return what to sort by; what has no score comes last."""
    if column == WEIGHT:
        return -row.weight if math.isfinite(row.weight) else math.inf
    if column == FORMULA:
        return float(row.key)
    return row.delta_bic if math.isfinite(row.delta_bic) else math.inf


class EquationTable(QTableView):
    """The equations sorted by their score; a click or the arrow keys select one."""

    selected = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = EquationModel(self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self._model)
        self._sorted.setSortRole(int(SORT_ROLE))
        self._delegate = FormulaDelegate(self)
        self._quiet = False
        self.setModel(self._sorted)
        self._selection = _there(self.selectionModel())
        self.setItemDelegateForColumn(FORMULA, self._delegate)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setSortingEnabled(True)
        self.sortByColumn(SCORE, Qt.SortOrder.AscendingOrder)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setAccessibleName("Formulas")
        self._set_up_headers()
        self._selection.currentRowChanged.connect(self._on_current)

    def set_rows(self, rows: Sequence[EquationRow]) -> None:
        """Show other equations; the selected key stays selected."""
        key = self.selected_key()
        self._quiet = True
        self._model.set_rows(rows)
        self._quiet = False
        self.resizeRowsToContents()
        self._fit_height()
        if key is not None:
            self.select(key)

    def select(self, key: int) -> None:
        """Select the equation ``key`` without saying so."""
        for row, equation in enumerate(self._model.rows):
            if equation.key == key:
                index = self._sorted.mapFromSource(self._model.index(row, 0))
                self._quiet = True
                self._selection.setCurrentIndex(
                    index,
                    QItemSelectionModel.SelectionFlag.ClearAndSelect
                    | QItemSelectionModel.SelectionFlag.Rows,
                )
                self._quiet = False
                self.scrollTo(index)

    def deselect(self) -> None:
        """Select nothing, without saying so."""
        self._quiet = True
        self._selection.clear()
        self._quiet = False

    def selected_key(self) -> int | None:
        """Return the key of the selected equation."""
        index = self.currentIndex()
        return index.data(ROW_ROLE).key if index.isValid() else None

    def row(self, key: int) -> EquationRow | None:
        """Return the equation ``key``."""
        return next((row for row in self._model.rows if row.key == key), None)

    def set_theme(self, color: str) -> None:
        """Draw the formulas in ``color`` instead of the colour of the table's text."""
        self._delegate.color = QColor(color)
        _there(self.viewport()).update()

    def _set_up_headers(self) -> None:
        _there(self.verticalHeader()).hide()
        header = _there(self.horizontalHeader())
        header.setSectionsMovable(False)
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setMinimumSectionSize(24)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(FORMULA, QHeaderView.ResizeMode.Stretch)
        self._fit_columns()
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow another font, which comes with another theme."""
        super().changeEvent(event)
        fonts = (QEvent.Type.FontChange, QEvent.Type.StyleChange)
        if event is not None and event.type() in fonts and hasattr(self, "_delegate"):
            self._fit_columns()
            self.resizeRowsToContents()
            self._fit_height()

    def showEvent(self, event: QShowEvent | None) -> None:
        """Follow the height of the window that it is now in."""
        super().showEvent(event)
        self._fit_height()

    def _fit_columns(self) -> None:
        """Leave the formulas all the width that the numbers do not need."""
        metrics = self.fontMetrics()
        for column in (SCORE, WEIGHT):
            width = max(metrics.horizontalAdvance(text) for text in (_HEADERS[column], "< 1 %"))
            self.setColumnWidth(column, width + 2 * _PADDING + _ARROW)

    def _fit_height(self) -> None:
        """Be as high as the first rows, so that no more than that scrolls inside the dock."""
        heights = [self.rowHeight(row) for row in range(self._sorted.rowCount())]
        most = MORE_ROWS_SHOWN if _there(self.window()).height() >= HIGH else ROWS_SHOWN
        inside = sum(heights[:most]) or 3 * self.fontMetrics().height()
        header = _there(self.horizontalHeader()).sizeHint().height()
        self.setFixedHeight(inside + header + 2 * self.frameWidth())

    def _on_current(self, current: QModelIndex, previous: QModelIndex) -> None:
        if not self._quiet and current.isValid():
            self.selected.emit(current.data(ROW_ROLE).key)


def _there(part: T | None) -> T:
    """Return a part that Qt's views always have, whatever their stubs say."""
    assert part is not None
    return part
