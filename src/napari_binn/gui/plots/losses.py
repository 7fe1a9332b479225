"""The losses of the network while it learns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QPointF, QSize, Qt
from qtpy.QtGui import QIcon, QPainter, QPen, QPixmap
from qtpy.QtWidgets import QCheckBox, QVBoxLayout, QWidget
from superqt import QFlowLayout

from ...quantities import number
from ..length import Bound, step_words
from .canvas import Canvas, set_curve
from .history import History
from .limits import finite_range, padded, settled
from .strokes import Stroke
from .theme import DARK, PlotTheme

Array = NDArray[np.float64]

_EMPTY = "The losses appear here while the networks learn."
_ICON = QSize(8, 10)
_FEWEST_DECADES = 0.3


@dataclass(frozen=True)
class _Title:
    short: str
    tip: str
    role: str

    def sentences(self, newest: str) -> str:
        return f"Now {newest}. {self.tip} Untick to hide the curve.".replace("  ", " ")


_TITLES = {
    "data": _Title("data", "How far the learned density is from the observed one.", "series0"),
    "residual": _Title(
        "equation", "How far the learned density is from obeying the equation.", "series1"
    ),
    "validation": _Title(
        "held-out",
        "How far the learned density is from observations that it was not shown. "
        "If this rises while the others fall, the networks learn the noise.",
        "series2",
    ),
}


@dataclass
class _Term:
    curve: Any
    toggle: QCheckBox
    title: _Title


class LossPlot(QWidget):
    """Losses per term on a log axis, each with a check box to hide it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._history = History()
        self._terms: dict[str, _Term] = {}
        self._theme = DARK
        self._room = 0.0  # to the right of the newest step, so that the axis moves now and then
        self.canvas = Canvas("Losses", _EMPTY)
        self.canvas.axes["left"].log = True
        self._toggles = QWidget()
        self._flow = QFlowLayout(self._toggles)
        self._flow.setContentsMargins(0, 0, 0, 0)
        self._flow.setHorizontalSpacing(2)
        self._flow.setVerticalSpacing(1)
        self._toggles.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.canvas)
        self.canvas.add_beside_heading(self._toggles)

    @property
    def toggles(self) -> dict[str, QCheckBox]:
        """The check box of each term."""
        return {name: term.toggle for name, term in self._terms.items()}

    @property
    def curves(self) -> dict[str, Any]:
        """The curve of each term."""
        return {name: term.curve for name, term in self._terms.items()}

    def append(
        self, step: int, total_steps: int, terms: Mapping[str, float], bound: Bound = "exact"
    ) -> None:
        """Add the losses at a step.

        Parameters
        ----------
        total_steps
            Steps in all; 0 if that is not known.
        bound
            Whether it will be so many, at most or at least.
        """
        self._history.append(step, terms)
        self._room = 0.15
        self.canvas.set_label(f"training step ({step_words(step, total_steps, bound)})")
        self._draw()

    def set_history(self, columns: Mapping[str, Array]) -> None:
        """Show whole curves: "step" and one column of equal length for each term."""
        steps = np.asarray(columns.get("step", np.empty(0)), dtype=np.float64)
        self._history.load(steps, {name: v for name, v in columns.items() if name != "step"})
        self._room = 0.0
        self.canvas.set_label("training step")
        self._draw()

    def clear(self) -> None:
        """Forget all losses; what was hidden stays hidden."""
        self._history.clear()
        self.canvas.reset_view()
        self._draw()

    def set_theme(self, theme: PlotTheme) -> None:
        """Recolour everything."""
        self._theme = theme
        self.canvas.set_theme(theme)
        for term in self._terms.values():
            term.toggle.setIcon(_icon(term.title.role, theme))

    def _draw(self) -> None:
        steps = self._history.steps
        for name in self._history.names:
            term = self._terms.get(name) or self._add_term(name)
            values = self._history.values(name)
            term.toggle.setToolTip(term.title.sentences(_newest(values)))
            set_curve(term.curve, steps, logarithm(values))
        self._toggles.setVisible(len(steps) > 0)
        self.canvas.set_message("" if len(steps) else _EMPTY)
        self._fit()

    def _fit(self) -> None:
        """Show the curves that are switched on, over all steps."""
        shown = []
        for name, term in self._terms.items():
            known = name in self._history.names
            visible = term.toggle.isChecked() and known
            term.curve.setVisible(visible)
            if visible:
                shown.append(logarithm(self._history.values(name)))
        y, steps = finite_range(shown), self._history.steps
        if y is None or not len(steps):
            return
        middle, half = (y[0] + y[1]) / 2, max((y[1] - y[0]) / 2, _FEWEST_DECADES)
        last = max(float(steps[-1]), float(steps[0]) + 1.0)
        before = self.canvas.home
        x = settled(before[0], (0.0, last))
        if x == (0.0, last):
            x = (0.0, (1.0 + self._room) * last)
        self.canvas.set_range(x, settled(before[1], padded(middle - half, middle + half)))

    def _add_term(self, name: str) -> _Term:
        place = len(self._terms)
        title = _TITLES.get(name) or _Title(name.replace("_", " "), "", f"series{place}")
        toggle = QCheckBox(title.short)
        toggle.setChecked(True)
        toggle.setIcon(_icon(title.role, self._theme))
        toggle.setIconSize(_ICON)
        toggle.toggled.connect(self._fit)
        self._flow.addWidget(toggle)
        curve = self.canvas.add_curve(Stroke(title.role, width=1.8))
        term = self._terms[name] = _Term(curve, toggle, title)
        return term


def logarithm(values: Array) -> Array:
    """Return log10 of the positive values and NaN, which is not drawn, for all others."""
    logs = np.full(len(values), np.nan)
    positive = np.isfinite(values) & (values > 0)
    logs[positive] = np.log10(values[positive])
    return logs


def _newest(values: Array) -> str:
    finite = values[np.isfinite(values)]
    return number(float(finite[-1]), 2) if len(finite) else "–"


def _icon(role: str, theme: PlotTheme) -> QIcon:
    pixmap = QPixmap(_ICON)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setPen(QPen(Stroke(role).colour(theme), 3.0))
    painter.drawLine(QPointF(0, _ICON.height() / 2), QPointF(_ICON.width(), _ICON.height() / 2))
    painter.end()
    return QIcon(pixmap)
