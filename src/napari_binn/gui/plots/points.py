"""Observations as points that follow the theme."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from qtpy.QtCore import Qt
from qtpy.QtGui import QPen

from .canvas import Canvas
from .strokes import Stroke
from .theme import PlotTheme


class Points:
    """Points of one stroke on a canvas; those that are not finite are left out."""

    def __init__(self, canvas: Canvas, stroke: Stroke, z: float = 0.0) -> None:
        self._stroke = stroke
        self.item = pg.ScatterPlotItem(
            size=stroke.width,
            brush=stroke.brush(canvas.theme),
            pen=QPen(Qt.PenStyle.NoPen),
            pxMode=True,
            antialias=True,
        )
        self.item.setZValue(z)
        canvas.view.addItem(self.item, ignoreBounds=True)

    def set(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
        """Draw these points."""
        finite = np.isfinite(x) & np.isfinite(y)
        self.item.setData(x=x[finite], y=y[finite])

    def set_theme(self, theme: PlotTheme) -> None:
        """Take the colours of a theme."""
        self.item.setBrush(self._stroke.brush(theme))
