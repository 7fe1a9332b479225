"""The mean density over time: observed, simulated and forecast."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from qtpy.QtWidgets import QVBoxLayout, QWidget

from .canvas import Canvas, set_curve
from .legend import Entry
from .limits import finite_range, padded
from .points import Points
from .strokes import Stroke
from .text import with_unit
from .theme import PlotTheme

Array = NDArray[np.float64]

_EMPTY = "The density over time appears here once it was measured."
_OBSERVED = Stroke("observed", "points", width=6.0)
_SIMULATED = Stroke("simulated", width=2.2)
_FORECAST = Stroke("G", "dashes", width=2.2)
_BEGIN = Stroke("muted", "dashes", width=1.4)
_NOW = Stroke("foreground", width=1.2)


class TotalsPlot(QWidget):
    """One number a frame, with a cursor at the frame that is shown in the viewer.

    Attributes
    ----------
    time, forecast_from
        Where the cursor is and where the forecast begins, or None.
    now_line
        The vertical line at :attr:`time`.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = Canvas("Mean density", _EMPTY)
        add = self.canvas.add_curve
        self._simulated, self._forecast = add(_SIMULATED, 2), add(_FORECAST, 3)
        self._begin, self.now_line = add(_BEGIN, 1), add(_NOW, 0)
        self._observed = Points(self.canvas, _OBSERVED, 4)
        self.time: float | None = None
        self.forecast_from: float | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.canvas)

    def set_series(
        self,
        t: ArrayLike,
        observed: ArrayLike,
        simulated: ArrayLike | None,
        forecast: tuple[ArrayLike, ArrayLike] | None,
        time_unit: str,
        label_unit: str,
    ) -> None:
        """Show the series.

        Parameters
        ----------
        forecast
            Times and values that were predicted from the earlier frames alone.
        label_unit
            Unit of the values, such as "cells/mm²".
        """
        times, seen = _array(t), _array(observed)
        curve = _array(simulated if simulated is not None else [])
        ahead = (_array([]), _array([])) if forecast is None else tuple(map(_array, forecast))
        self._observed.set(times, seen)
        set_curve(self._simulated, times[: len(curve)], curve)
        set_curve(self._forecast, ahead[0], ahead[1])
        self.forecast_from = float(ahead[0][0]) if len(ahead[0]) else None
        self.canvas.legend.set_title(with_unit("Mean density", label_unit), "Mean density")
        self.canvas.set_label(with_unit("time", time_unit))
        self.canvas.set_entries(self._entries(len(curve) > 0))
        self.canvas.set_message("" if len(times) else _EMPTY)
        y = finite_range([seen, curve, ahead[1], np.zeros(1)])
        x = finite_range([times, ahead[0]])
        if x is not None and y is not None:
            self.canvas.set_range(padded(*x, 0.03), padded(y[0], y[1] or 1.0))
        self._draw_verticals()

    def set_time(self, t: float) -> None:
        """Put the cursor at a time."""
        self.time = t
        self._draw_verticals()

    def clear(self) -> None:
        """Take everything away."""
        self.time = None
        self.set_series([], [], None, None, "", "")
        self.canvas.set_entries([])
        self.canvas.reset_view()

    def set_theme(self, theme: PlotTheme) -> None:
        """Recolour everything."""
        self.canvas.set_theme(theme)
        self._observed.set_theme(theme)

    def _draw_verticals(self) -> None:
        low, high = self.canvas.home[1]
        reach = high - low
        ends = np.array([low - 10 * reach, high + 10 * reach])
        for curve, at in ((self._begin, self.forecast_from), (self.now_line, self.time)):
            none = np.empty(0)
            set_curve(curve, none if at is None else np.full(2, at), none if at is None else ends)

    def _entries(self, has_simulation: bool) -> list[Entry]:
        entries = [Entry("observed", _OBSERVED)]
        if has_simulation:
            entries.append(Entry("simulated", _SIMULATED))
        if self.forecast_from is not None:
            entries += [Entry("forecast", _FORECAST), Entry("forecast begins", _BEGIN)]
        return entries


def _array(values: ArrayLike) -> Array:
    return np.asarray(values, dtype=np.float64)
