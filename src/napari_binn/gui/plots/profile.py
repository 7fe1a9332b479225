"""Density along a line through the field, observed and simulated."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from qtpy.QtWidgets import QVBoxLayout, QWidget

from ...quantities import length_name
from .canvas import Canvas, set_curve
from .legend import Entry
from .limits import Range, finite_range, padded
from .points import Points
from .strokes import Stroke
from .text import with_unit
from .theme import PlotTheme

_TITLE = "Density along the line"
_HINT = "Draw a line across the field to see the density along it."
_OBSERVED = Stroke("observed", "points", width=6.0)
_SIMULATED = Stroke("simulated", width=2.2)


class ProfilePlot(QWidget):
    """What was observed along a line, as points, and what was simulated, as a curve."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = Canvas(_TITLE, _HINT)
        self._simulated = self.canvas.add_curve(_SIMULATED, 1)
        self._observed = Points(self.canvas, _OBSERVED, 2)
        self._limits: Range | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.canvas)

    def set_profile(
        self,
        distance: ArrayLike,
        observed: ArrayLike,
        simulated: ArrayLike | None,
        length_unit: str,
        density_unit: str,
        title: str,
    ) -> None:
        """Show the densities at these distances from the beginning of the line.

        Parameters
        ----------
        title
            Which moment is shown, such as "day 1.25".
        """
        x = np.asarray(distance, dtype=np.float64)
        seen = np.asarray(observed, dtype=np.float64)
        has = simulated is not None
        curve = np.asarray(simulated, dtype=np.float64) if has else np.empty(0)
        self._observed.set(x, seen)
        set_curve(self._simulated, x if has else np.empty(0), curve)
        when = f" · {title}" if title else ""
        whole = with_unit("Density along the line", density_unit)
        self.canvas.legend.set_title(f"{whole}{when}", f"Density{when}", "Density")
        self.canvas.set_label(with_unit("distance", length_name(length_unit)))
        entries = [Entry("observed", _OBSERVED)]
        self.canvas.set_entries(entries + [Entry("simulated", _SIMULATED)] * has)
        self.canvas.set_message("" if len(x) else _HINT)
        y = self._limits or finite_range([seen, curve, np.zeros(1)]) or (0.0, 1.0)
        if len(x):
            self.canvas.set_range(padded(float(x.min()), float(x.max()), 0.02), padded(*y))

    def set_limits(self, low: float, high: float) -> None:
        """Fix the range of densities, so that frames can be compared by eye."""
        self._limits = (low, high)
        self.canvas.set_range(self.canvas.home[0], padded(low, high))

    def set_hint(self, text: str) -> None:
        """Say in the plot's place what is missing; empty shows the plot."""
        self.canvas.set_message(text)

    def clear(self) -> None:
        """Take the profile away."""
        self._limits = None
        self._observed.set(np.empty(0), np.empty(0))
        set_curve(self._simulated, np.empty(0), np.empty(0))
        self.canvas.legend.set_title(_TITLE)
        self.canvas.set_entries([])
        self.canvas.reset_view()
        self.canvas.set_message(_HINT)

    def set_theme(self, theme: PlotTheme) -> None:
        """Recolour everything."""
        self.canvas.set_theme(theme)
        self._observed.set_theme(theme)
