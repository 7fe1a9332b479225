"""A widget that shows formulas one below the other."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import QRectF, QSize
from qtpy.QtGui import QColor, QPainter, QPaintEvent
from qtpy.QtWidgets import QSizePolicy, QWidget

from .pictures import draw_formula, font_pixels, formula_size

_GAP = 8.0


class FormulaLabel(QWidget):
    """Typeset formulas, a line each, in the colour of the text around them.

    A formula that is too long for the width is drawn smaller.

    Parameters
    ----------
    magnified
        Size of the formulas relative to the text around them.
    """

    def __init__(self, magnified: float = 1.0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._magnified = magnified
        self._color: QColor | None = None
        self._lines: tuple[str, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def lines(self) -> tuple[str, ...]:
        """The formulas as LaTeX."""
        return self._lines

    def set_lines(self, lines: Sequence[str], plain: str = "") -> None:
        """Show formulas; ``plain`` is the same in words, for tooltip and screen readers."""
        self._lines = tuple(lines)
        self.setToolTip(plain)
        self.setAccessibleName(plain)
        self.updateGeometry()
        self.update()

    def set_theme(self, color: str) -> None:
        """Draw in ``color`` instead of the text colour of the surrounding widgets."""
        self._color = QColor(color)
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size at which no formula is shrunk."""
        sizes = [formula_size(line, self._pixels()) for line in self._lines]
        width = max((size[0] for size in sizes), default=0.0)
        return QSize(int(width) + 2, int(sum(size[1] + _GAP for size in sizes)))

    def minimumSizeHint(self) -> QSize:
        """Return the same height and nearly no width: formulas shrink."""
        return QSize(60, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the lines."""
        painter = QPainter(self)
        color = self._color or self.palette().color(self.foregroundRole())
        top, pixels = 0.0, self._pixels()
        for line in self._lines:
            height = formula_size(line, pixels)[1] + _GAP
            place = QRectF(1.0, top, self.width() - 2.0, height)
            draw_formula(painter, place, line, color, pixels)
            top += height
        painter.end()

    def _pixels(self) -> float:
        return self._magnified * font_pixels(self.font())
