"""How curves look, in terms of the theme, so that they can be recoloured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pyqtgraph as pg
from qtpy.QtCore import Qt
from qtpy.QtGui import QBrush, QColor, QPen

from .theme import PlotTheme

Kind = Literal["line", "dashes", "dots", "area", "bars", "points", "diamonds", "ring"]
_PATTERN = {"dashes": [3.0, 1.8], "dots": [1.0, 2.0]}


@dataclass(frozen=True)
class Stroke:
    """A way to draw a curve, an area or points.

    Attributes
    ----------
    role
        Field of the theme that gives the colour ("D", "accent", …, "series0", "series1", …).
    kind
        What is drawn.
    width
        Width of a line or size of a point [pixel].
    opacity
        0 (nothing is seen) to 1.
    """

    role: str
    kind: Kind = "line"
    width: float = 2.0
    opacity: float = 1.0

    def colour(self, theme: PlotTheme) -> QColor:
        """Return the colour in this theme."""
        colour = QColor(theme.colour(self.role))
        colour.setAlphaF(self.opacity)
        return colour

    def pen(self, theme: PlotTheme) -> QPen:
        """Return the pen of a line, whose width does not follow the zoom."""
        pen: QPen = pg.mkPen(self.colour(theme), width=self.width)
        if self.kind in _PATTERN:
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            pen.setDashPattern(_PATTERN[self.kind])
        return pen

    def brush(self, theme: PlotTheme) -> QBrush:
        """Return the brush of an area or of points."""
        return QBrush(self.colour(theme))
