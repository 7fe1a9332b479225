"""The cell of a table that shows an equation: D over G over the names of their forms."""

from __future__ import annotations

from qtpy.QtCore import QModelIndex, QRectF, QSize, Qt
from qtpy.QtGui import QColor, QFont, QPainter, QPalette
from qtpy.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ..formulas import EquationRow
from ..pictures import Typesetter, draw_formula, font_pixels, formula_size

#: Under which a model hands out the :class:`EquationRow` itself.
ROW_ROLE = Qt.ItemDataRole.UserRole
_MARGIN, _GAP = 5.0, 3.0
_TOP = int(Qt.AlignmentFlag.AlignTop)
_LEAST = 0.55  # to this part of their size long formulas shrink
_HIGH, _LOW = 1.9, 1.3  # heights of formulas with and without a fraction [font heights]
_WIDTH = 140


def named(row: EquationRow) -> str:
    """Return the names of the forms, with a mark that the row's tooltip explains."""
    mark = "✓ " if row.chosen else "≈ " if row.close else ""
    return f"{mark}{row.name}{' (yours)' if row.own and row.name != 'yours' else ''}"


def _lines(row: EquationRow) -> tuple[str, str]:
    return f"D = {row.D_latex}", f"G = {row.G_latex}"


class FormulaDelegate(QStyledItemDelegate):
    """Draws D over G over the name of the forms."""

    color: QColor | None = None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._typesetter = Typesetter(self)
        if isinstance(parent, QAbstractItemView):
            viewport = parent.viewport()
            assert viewport is not None
            self._typesetter.ready.connect(viewport.update)

    def paint(
        self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        """Draw the ground as the theme has it, and the formulas on it."""
        assert painter is not None
        self.initStyleOption(option, index)
        widget = option.widget
        style = None if widget is None else widget.style()
        if style is not None:
            style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, widget)
        row: EquationRow = index.data(ROW_ROLE)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        role = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text
        color = self.color or option.palette.color(role)
        rect = QRectF(option.rect).adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        lines, pixels = _lines(row), font_pixels(option.font)
        if not self._typesetter.has(lines):
            self._draw_plainly(painter, rect, row, color, option.font)
            return
        widest = max(formula_size(latex, pixels)[0] for latex in lines)
        shrunk = pixels * min(max(rect.width() / widest, _LEAST), 1.0)  # both alike
        for latex in lines:
            height = formula_size(latex, pixels)[1] + _GAP
            place = QRectF(rect.left(), rect.top(), rect.width(), height)
            draw_formula(painter, place, latex, color, shrunk, 1.0)
            rect.setTop(rect.top() + height)
        self._draw_name(painter, rect, row, color, option.font)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        """Return a height that is enough; the width is what the table has to give."""
        self.initStyleOption(option, index)
        row: EquationRow = index.data(ROW_ROLE)
        pixels = font_pixels(option.font)
        heights = [pixels * (_HIGH if r"\frac" in latex else _LOW) for latex in _lines(row)]
        lines = sum(height + _GAP for height in heights) + 0.95 * option.fontMetrics.height()
        return QSize(_WIDTH, int(lines + 2 * _MARGIN))

    @staticmethod
    def _draw_plainly(
        painter: QPainter, place: QRectF, row: EquationRow, color: QColor, font: QFont
    ) -> None:
        """Draw the formulas as text, for the moment until they are typeset."""
        painter.save()
        painter.setPen(color)
        painter.setFont(font)
        text = f"D = {row.D_text}\nG = {row.G_text}"
        painter.drawText(place, _TOP, text)
        painter.restore()

    @staticmethod
    def _draw_name(
        painter: QPainter, place: QRectF, row: EquationRow, color: QColor, font: QFont
    ) -> None:
        painter.save()
        small = QFont(font)
        small.setPixelSize(max(int(0.92 * font_pixels(font)), 9))
        faint = QColor(color)
        faint.setAlphaF(0.8)
        painter.setPen(faint)
        small.setBold(row.chosen)
        painter.setFont(small)
        metrics = painter.fontMetrics()
        elided = metrics.elidedText(
            named(row), Qt.TextElideMode.ElideRight, int(place.width() + _MARGIN)
        )
        painter.drawText(place.adjusted(0, 0, _MARGIN, _MARGIN), _TOP, elided)
        painter.restore()
