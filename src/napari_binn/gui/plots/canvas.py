"""The frame that all plots share: heading, legend, axes, a message while there is nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from qtpy.QtCore import QPointF, QSize, Qt
from qtpy.QtGui import QFontMetrics, QPainterPath, QPen, QResizeEvent
from qtpy.QtWidgets import (
    QGraphicsPathItem,
    QGraphicsView,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from .legend import Entry, Legend
from .limits import Range
from .strokes import Stroke
from .theme import DARK, PlotTheme
from .ticks import Axis

Array = NDArray[np.float64]
_TICK_POINTS = -1.0  # smaller than the text around it
_OVERHANG = 8  # by how much a label may be longer than its axis [pixel]
_TALL = 280  # from this height on, a legend may take several lines [pixel]


class Canvas(QWidget):
    """An empty plot in the colours of a theme.

    The view keeps the range it was given by :meth:`set_range` until the user drags or turns the
    wheel; then it stays there until *Reset view* is clicked.

    Parameters
    ----------
    title
        Heading.
    message
        Shown instead of the plot while there is nothing to draw.
    """

    def __init__(self, title: str, message: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = DARK
        self.view = pg.ViewBox(enableMenu=False)
        self.axes: dict[str, Any] = {}
        self._label = ""
        self._curves: list[tuple[Any, Stroke]] = []
        self._areas: list[tuple[QGraphicsPathItem, Stroke]] = []
        self._home: tuple[Range, Range] = ((0.0, 1.0), (0.0, 1.0))
        self._graphics = pg.GraphicsView()
        self._build_axes()
        self.legend = Legend(title)
        self._reset = QToolButton()
        self._reset.setText("Reset view")
        self._reset.setToolTip("Show everything again.")
        self._reset.setAutoRaise(True)
        self._reset.hide()
        self._reset.clicked.connect(self.reset_view)
        self._message = QLabel(message)
        self._message.setWordWrap(True)
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._build_layout()
        self.view.sigResized.connect(self._fit_label)
        self.view.sigRangeChangedManually.connect(self._zoomed)
        self.set_theme(self.theme)

    def sizeHint(self) -> QSize:
        """Return a size that leaves most of a window to the images."""
        return QSize(320, 220)

    def minimumSizeHint(self) -> QSize:
        """Return a size at which the plot can still be read."""
        return QSize(150, 110)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Leave the height to the curves where there is little of it."""
        super().resizeEvent(event)
        self.legend.set_one_line(self.height() < _TALL)

    @property
    def message(self) -> str:
        """What stands where the plot would be; empty when the plot is shown."""
        return self._message.text() if self._stack.currentIndex() == 1 else ""

    @property
    def is_zoomed(self) -> bool:
        """Whether the user chose the range in view."""
        return self._reset.isVisibleTo(self)

    @property
    def home(self) -> tuple[Range, Range]:
        """Ranges of x and y of the whole picture."""
        return self._home

    @property
    def viewport(self) -> QWidget:
        """The widget that takes the mouse."""
        viewport = self._graphics.viewport()
        assert isinstance(viewport, QWidget)
        return viewport

    def viewport_position(self, scene: QPointF) -> QPointF:
        """Return a place of the scene in pixels of the viewport."""
        return QPointF(self._graphics.mapFromScene(scene))

    def set_message(self, text: str) -> None:
        """Show a sentence instead of the plot, or the plot if the sentence is empty."""
        if text:
            self._message.setText(text)
        self._stack.setCurrentIndex(1 if text else 0)

    @property
    def label(self) -> str:
        """The whole name of the horizontal axis."""
        return self._label

    def set_label(self, text: str) -> None:
        """Name the horizontal axis; a name that is longer than the axis ends in an ellipsis.

        What is drawn upwards is named in the heading, where there is room for it.
        """
        self._label = text
        self._fit_label()

    def set_range(self, x: Range, y: Range) -> None:
        """Say what the whole picture is; it is shown unless the user zoomed."""
        if (x, y) == self._home:
            return
        self._home = (x, y)
        if not self.is_zoomed:
            self.view.setRange(xRange=x, yRange=y, padding=0)

    def reset_view(self) -> None:
        """Show the whole picture again."""
        self._reset.hide()
        self.view.setRange(xRange=self._home[0], yRange=self._home[1], padding=0)

    def set_theme(self, theme: PlotTheme) -> None:
        """Recolour everything."""
        self.theme = theme
        self._graphics.setBackground(theme.background)
        for axis in self.axes.values():
            axis.setPen(theme.muted)
            axis.setTextPen(theme.muted)
        for curve, stroke in self._curves:
            curve.setPen(stroke.pen(theme))
        for area, stroke in self._areas:
            area.setBrush(stroke.brush(theme))
        self._message.setStyleSheet(f"color: {theme.muted}; background: {theme.background};")
        self.legend.set_theme(theme)

    def add_curve(self, stroke: Stroke, z: float = 0.0) -> Any:
        """Return a new, empty curve; NaN interrupt it."""
        curve = pg.PlotCurveItem(
            pen=stroke.pen(self.theme),
            antialias=True,
            connect="finite",
            skipFiniteCheck=False,
        )
        curve.setZValue(z)
        curve.setVisible(False)
        self.view.addItem(curve, ignoreBounds=True)
        self._curves.append((curve, stroke))
        return curve

    def add_area(self, stroke: Stroke, z: float = 0.0) -> QGraphicsPathItem:
        """Return a new, empty area, to be filled by :func:`set_area`."""
        area = QGraphicsPathItem()
        area.setPen(QPen(Qt.PenStyle.NoPen))
        area.setBrush(stroke.brush(self.theme))
        area.setZValue(z)
        self.view.addItem(area, ignoreBounds=True)
        self._areas.append((area, stroke))
        return area

    def add_beside_heading(self, widget: QWidget) -> None:
        """Put a widget to the right of the heading, in place of a legend."""
        self.legend.hug_title()
        self._head.insertWidget(1, widget, 1)

    def set_entries(self, entries: Sequence[Entry]) -> None:
        """Name what is drawn."""
        self.legend.set_entries(entries)

    def _build_axes(self) -> None:
        layout = pg.GraphicsLayout()
        layout.setContentsMargins(0, 6, 6, 4)
        layout.setSpacing(0)
        self._graphics.setCentralItem(layout)
        self._graphics.setFrameStyle(0)
        # By itself, each plot has the whole window painted at once when it changes, so that three
        # plots take three times as long. Asked for like this, all are painted together.
        self._graphics.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.NoViewportUpdate)
        self._graphics.scene().changed.connect(self._paint_soon)
        layout.addItem(self.view, row=0, col=1)
        font = self.font()
        font.setPointSizeF(max(font.pointSizeF() + _TICK_POINTS, 7.0))
        for side, row, column in (("left", 0, 0), ("bottom", 1, 1)):
            axis = Axis(side, font)
            axis.linkToView(self.view)
            axis.setZValue(-20)
            axis.label.setFont(self.font())
            layout.addItem(axis, row=row, col=column)
            self.axes[side] = axis
        # By itself, pyqtgraph leaves a gap above the label and cuts its descenders off.
        ticks, label = QFontMetrics(font).height(), QFontMetrics(self.font()).height()
        self.axes["bottom"].setHeight(ticks + label + 5)

    def _build_layout(self) -> None:
        self._head = head = QHBoxLayout()
        head.setContentsMargins(6, 0, 2, 0)
        head.addWidget(self.legend, 1)
        head.addWidget(self._reset, 0, Qt.AlignmentFlag.AlignTop)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._graphics)
        self._stack.addWidget(self._message)
        self._stack.setCurrentIndex(1)
        self._stack.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        body = QVBoxLayout(self)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(0)
        body.addLayout(head)
        body.addWidget(self._stack, 1)

    def _fit_label(self, *_: Any) -> None:
        room = int(self.view.width()) + _OVERHANG
        shown = self.fontMetrics().elidedText(self._label, Qt.TextElideMode.ElideRight, room)
        axis = self.axes["bottom"]
        if axis.labelText != shown:
            axis.setLabel(shown)
            axis.resizeEvent()  # else the new label keeps the place of the old one

    def _paint_soon(self, *_: Any) -> None:
        self.viewport.update()

    def _zoomed(self, *_: Any) -> None:
        self._reset.show()


def set_curve(curve: Any, x: Array, y: Array) -> None:
    """Draw a curve and show it, or hide it where it has no points."""
    if len(x):
        curve.setData(x, y)
    curve.setVisible(len(x) > 0)


def set_area(area: QGraphicsPathItem, x: Array, low: Array, high: Array) -> None:
    """Fill between two curves wherever both are finite."""
    finite = np.isfinite(low) & np.isfinite(high)
    path = QPainterPath()
    if finite.sum() > 1:
        x, low, high = x[finite], low[finite], high[finite]
        around = (np.concatenate([x, x[::-1]]), np.concatenate([low, high[::-1]]))
        path = pg.arrayToQPath(*around)
        path.closeSubpath()
    area.setPath(path)
