"""What the simulation misses in each frame, or how alike it is at a distance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from qtpy.QtWidgets import QVBoxLayout, QWidget

from ...inference.diagnostics_model import CheckName, Picture
from ...inference.terms import Z90
from .canvas import Canvas, set_area, set_curve
from .legend import Entry
from .limits import finite_range, padded
from .points import Points
from .strokes import Stroke
from .text import with_unit
from .theme import PlotTheme

Array = NDArray[np.float64]

_NEIGHBOURS = (
    "The first point, of bins that touch, is not judged: what they share is the scatter of cells."
)
_SEEN = Stroke("observed", "points", width=6.0)
_LEFT = Stroke("accent", width=2.2)
_CHANCE = Stroke("muted", "area", opacity=0.3)


class CoursePlot(QWidget):
    """Points, and what an effect would leave (a curve) or chance would (a band around zero)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = Canvas("", "")
        self._zero = self.canvas.add_curve(Stroke("muted", width=1.0), -5)
        self._left = self.canvas.add_curve(_LEFT, 1)
        self._chance = self.canvas.add_area(_CHANCE, 0)
        self._points = Points(self.canvas, _SEEN, 2)
        self.canvas.set_message("")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.canvas)

    def set_deviation(self, picture: Picture, scale: float, unit: str, effect: str) -> None:
        """Show each frame's mean deviation in ``unit``, beside what ``effect`` would leave."""
        seen, left = scale * picture.course, scale * picture.course_expected
        self._draw(picture, seen, left, None)
        self.canvas.setToolTip("")
        title = "Mean deviation of each frame"
        self.canvas.legend.set_title(with_unit(title, unit), title, "Mean deviation")
        self.canvas.set_entries([Entry("seen", _SEEN), Entry(effect, _LEFT)])

    def set_correlation(self, picture: Picture, name: CheckName) -> None:
        """Show how alike deviations are at a distance in space or time."""
        self._draw(picture, picture.course, None, Z90 * picture.course_expected)
        other = "bins" if name == "patches" else "frames"
        self.canvas.legend.set_title(f"Correlation between {other}", "Correlation")
        self.canvas.set_entries([Entry("seen", _SEEN), Entry("chance (90 %)", _CHANCE)])
        self.canvas.setToolTip(_NEIGHBOURS if name == "patches" else "")

    def set_theme(self, theme: PlotTheme) -> None:
        """Recolour everything."""
        self.canvas.set_theme(theme)
        self._points.set_theme(theme)

    def _draw(
        self, picture: Picture, seen: Array, left: Array | None, chance: Array | None
    ) -> None:
        x, nothing = picture.position, np.empty(0)
        low, high = finite_range([x]) or (0.0, 1.0)
        self._points.set(x, seen)
        set_curve(self._left, nothing if left is None else x, nothing if left is None else left)
        reach = max(high - low, abs(high), 1e-12)
        set_curve(self._zero, np.array([low - 9 * reach, high + 9 * reach]), np.zeros(2))
        around = (nothing, nothing, nothing) if chance is None else (x, -chance, chance)
        set_area(self._chance, *around)
        shown = [seen, np.zeros(1), *(each for each in (left, chance) if each is not None)]
        if chance is not None:
            shown.append(-chance)
        y = finite_range(shown) or (-1.0, 1.0)
        self.canvas.set_label(picture.label)
        self.canvas.set_range(padded(low, high, 0.05), padded(*y, 0.1))
