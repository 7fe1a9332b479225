"""What lies under the curves: the observed densities, and where the data say nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QColor, QPainter
from qtpy.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from .strokes import Stroke
from .theme import DARK, PlotTheme

Array = NDArray[np.float64]
Interval = tuple[float, float]

BARS = Stroke("muted", "bars", opacity=0.45)
UNSUPPORTED = Stroke("unsupported", "area")
_BAR_SHARE = 0.26  # of the height of the plot
_NOTE = "no data"


class Ground(QGraphicsItem):
    """Histogram along the bottom of a view and grey intervals of x, whatever part is in view.

    Parameters
    ----------
    view
        The pyqtgraph view box that this is added to.
    """

    def __init__(self, view: Any) -> None:
        super().__init__()
        self._view = view
        self._theme = DARK
        self._edges: Array = np.empty(0)
        self._heights: Array = np.empty(0)
        self.unsupported: list[Interval] = []
        self.setZValue(-10)
        view.sigRangeChanged.connect(self._moved)

    def set_theme(self, theme: PlotTheme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.update()

    def set_histogram(self, edges: Array, weight: Array) -> None:
        """Draw columns between ``edges`` (K + 1,) as high as ``weight`` (K,)."""
        self._edges, self._heights = edges, column_heights(weight)
        self.update()

    def set_unsupported(self, intervals: list[Interval]) -> None:
        """Shade these intervals of x."""
        self.unsupported = intervals
        self.update()

    @property
    def has_histogram(self) -> bool:
        """Whether there are columns."""
        return bool(np.any(self._heights > 0))

    def boundingRect(self) -> QRectF:
        """Return the part of the plot that is in view."""
        return QRectF(self._view.viewRect())

    def paint(
        self,
        painter: QPainter | None,
        option: QStyleOptionGraphicsItem | None,
        widget: QWidget | None = None,
    ) -> None:
        """Draw in the coordinates of the plot, the note in those of the screen."""
        assert painter is not None
        seen = self.boundingRect()
        for low, high in self.unsupported:
            shade = QRectF(low, seen.top(), high - low, seen.height()).intersected(seen)
            painter.fillRect(shade, UNSUPPORTED.brush(self._theme))
        brush = BARS.brush(self._theme)
        height = _BAR_SHARE * seen.height()
        columns = zip(self._edges[:-1], self._edges[1:], self._heights, strict=True)
        for left, right, share in columns:
            if share > 0:
                gap = 0.06 * (right - left)
                bar = QRectF(left + gap, seen.top(), right - left - 2 * gap, share * height)
                painter.fillRect(bar, brush)
        self._note(painter, seen)

    def _note(self, painter: QPainter, seen: QRectF) -> None:
        """Write into the intervals that are wide enough for it."""
        transform = painter.transform()
        painter.save()
        painter.resetTransform()
        painter.setPen(QColor(self._theme.muted))
        needed = painter.fontMetrics().horizontalAdvance(_NOTE) + 6
        for low, high in self.unsupported:
            # The plot's y axis points upwards: its greatest y is the top of the screen.
            left = transform.map(QPointF(max(low, seen.left()), seen.bottom()))
            right = transform.map(QPointF(min(high, seen.right()), seen.bottom()))
            if right.x() - left.x() >= needed:
                box = QRectF(left.x(), left.y() + 2, right.x() - left.x(), 16)
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, _NOTE)
        painter.restore()

    def _moved(self, *_: Any) -> None:
        self.prepareGeometryChange()
        self.update()


def column_heights(weight: Array) -> Array:
    """Return heights from 0 to 1; a column that outgrows all others (empty bins) is cut off."""
    weight = np.nan_to_num(np.asarray(weight, dtype=np.float64), posinf=0.0, neginf=0.0)
    filled = weight[weight > 0]
    if not len(filled):
        return np.zeros_like(weight)
    tallest = min(float(filled.max()), 1.6 * float(np.quantile(filled, 0.9)))
    heights: Array = np.clip(weight / tallest, 0.0, 1.0)
    return heights


def intervals(x: Array, where: NDArray[np.bool_]) -> list[Interval]:
    """Return the intervals of x in which ``where`` holds, each reaching half-way to the next x."""
    edges = np.concatenate([x[:1], 0.5 * (x[1:] + x[:-1]), x[-1:]])
    steps = np.diff(np.concatenate([[0], where.astype(int), [0]]))
    begins, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    return [(float(edges[a]), float(edges[b])) for a, b in zip(begins, ends, strict=True)]
