"""Formulas by simplicity and fit; a click chooses one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from qtpy.QtCore import QPointF, Qt, Signal
from qtpy.QtGui import QCursor, QPen
from qtpy.QtWidgets import QToolTip, QVBoxLayout, QWidget

from ...quantities import number
from .canvas import Canvas, set_area, set_curve
from .legend import Entry
from .limits import padded
from .strokes import Stroke
from .theme import PlotTheme

Array = NDArray[np.float64]

_EMPTY = "The formulas that were found appear here: the simpler, the further left."
_REACH, _SAME_PLACE = 12.0, 5.0  # [pixel]
_WIDE = 10.0  # scores that differ by more than this factor of their median get a log axis
_LEAST_REACH = 12.0  # of the axis, so that differences without meaning look small
_FAR = 1e4  # further than any axis reaches
_SPOTS = Stroke("D", "points", width=9.0)
_OWN = Stroke("G", "diamonds", width=12.0)
_FRONT = Stroke("muted", width=1.4)
_CHOSEN = Stroke("accent", "ring", width=16.0)
_CLOSE = Stroke("unsupported", "area")
_TITLES = ("Simple or exact? ΔBIC", "ΔBIC")
_HELP = (
    "ΔBIC: how much worse a formula explains the movie than the best one, its length counted "
    "against it. In the grey band the movie cannot tell it from the best."
)


@dataclass(frozen=True)
class ParetoPoint:
    """One formula, or pair of formulas.

    Attributes
    ----------
    key
        What :attr:`ParetoPlot.selected` says when it is clicked.
    complexity
        Number of symbols.
    score
        How much worse than the best (ΔBIC).
    label
        The formula, shown when the mouse is over it.
    chosen
        Whether it is the one in use.
    own
        Whether the user wrote it.
    """

    key: int
    complexity: float
    score: float
    label: str
    chosen: bool = False
    own: bool = False


class ParetoPlot(QWidget):
    """Formulas as points: complexity to the right, ΔBIC upwards; the best trade-offs as steps.

    Parameters
    ----------
    close
        Formulas whose scores differ by less cannot be told apart by the data; they lie in a band.
    """

    selected = Signal(int)

    def __init__(self, parent: QWidget | None = None, *, close: float = 2.0) -> None:
        super().__init__(parent)
        self.canvas = Canvas(_TITLES[0], _EMPTY)
        self.canvas.legend.set_title(*_TITLES)
        self.canvas.set_label("symbols in the formulas")
        self.canvas.setToolTip(_HELP)
        self._close = close
        self._band = self.canvas.add_area(_CLOSE, -5)
        self._points: list[ParetoPoint] = []
        self._key: int | None = None
        self._log = False
        self._front = self.canvas.add_curve(_FRONT)
        self._scatter = pg.ScatterPlotItem(pxMode=True, antialias=True)
        self._ring = pg.ScatterPlotItem(pxMode=True, antialias=True)
        for z, item in enumerate((self._ring, self._scatter), start=1):
            item.setZValue(z)
            self.canvas.view.addItem(item, ignoreBounds=True)
        scene = self.canvas.view.scene()
        scene.sigMouseClicked.connect(self._clicked)
        scene.sigMouseMoved.connect(self._hovered)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.canvas)

    @property
    def key(self) -> int | None:
        """Key of the point that is chosen."""
        return self._key

    def set_points(self, points: Sequence[ParetoPoint]) -> None:
        """Show these formulas; points whose score is not finite are left out."""
        self._points = [point for point in points if np.isfinite(point.score)]
        self._key = next((point.key for point in self._points if point.chosen), None)
        self._log = _needs_log(self._scores())
        self.canvas.axes["left"].setTicks(log_ticks(self._scores()) if self._log else None)
        ends = np.array([-_FAR, _FAR])
        top = self._place(np.array([self._close, self._close]))
        set_area(self._band, ends, np.full(2, -_FAR), top)
        self._draw()

    def select(self, key: int) -> None:
        """Highlight a point; nothing is emitted."""
        self._key = key
        self._draw()

    def clear(self) -> None:
        """Take all points away."""
        self.set_points([])
        self.canvas.reset_view()

    def set_theme(self, theme: PlotTheme) -> None:
        """Recolour everything."""
        self.canvas.set_theme(theme)
        self._draw()

    def position(self, key: int) -> QPointF:
        """Return where a point is drawn, in pixels of the plot's viewport."""
        point = next(point for point in self._points if point.key == key)
        x, y = point.complexity, float(self._place(np.array([point.score]))[0])
        scene = self.canvas.view.mapViewToScene(QPointF(x, y))
        return QPointF(self.canvas.viewport_position(scene))

    def pick(self, scene: QPointF) -> list[int]:
        """Return the keys at a place of the scene: the nearest, and what lies under it."""
        if not self._points:
            return []
        distances = [self._distance(point, scene) for point in self._points]
        nearest = min(distances)
        if nearest > _REACH:
            return []
        order = sorted(range(len(distances)), key=distances.__getitem__)
        return [self._points[k].key for k in order if distances[k] <= nearest + _SAME_PLACE]

    def _clicked(self, event: Any) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        keys = self.pick(event.scenePos())
        if not keys:
            return
        event.accept()
        # Clicking again on points that cover each other goes through them one by one.
        following = keys.index(self._key) + 1 if self._key in keys else 0
        key = keys[following % len(keys)]
        self.select(key)
        self.selected.emit(key)

    def _hovered(self, scene: QPointF) -> None:
        keys = self.pick(scene)
        lines = [point.label for key in keys for point in self._points if point.key == key]
        self.canvas.setCursor(
            Qt.CursorShape.PointingHandCursor if keys else Qt.CursorShape.ArrowCursor
        )
        if lines:
            QToolTip.showText(QCursor.pos(), "\n".join(lines), self.canvas)
        else:
            QToolTip.hideText()

    def _distance(self, point: ParetoPoint, scene: QPointF) -> float:
        y = float(self._place(np.array([point.score]))[0])
        at = self.canvas.view.mapViewToScene(QPointF(point.complexity, y)) - scene
        return float(np.hypot(at.x(), at.y()))

    def _scores(self) -> Array:
        return np.array([point.score for point in self._points], dtype=np.float64)

    def _place(self, scores: Array) -> Array:
        """Return the height at which scores are drawn."""
        return np.asarray(np.log10(1 + scores), dtype=np.float64) if self._log else scores

    def _least_top(self) -> float:
        return float(self._place(np.array([_LEAST_REACH]))[0])

    def _draw(self) -> None:
        theme = self.canvas.theme
        x = np.array([point.complexity for point in self._points], dtype=np.float64)
        y = self._place(self._scores())
        strokes = [_OWN if point.own else _SPOTS for point in self._points]
        self._scatter.setData(
            x=x,
            y=y,
            symbol=["d" if point.own else "o" for point in self._points],
            size=[stroke.width for stroke in strokes],
            brush=[stroke.brush(theme) for stroke in strokes],
            pen=QPen(Qt.PenStyle.NoPen),
        )
        set_curve(self._front, *front(x, y))
        self._draw_ring(x, y)
        self.canvas.set_message("" if self._points else _EMPTY)
        self.canvas.set_entries(self._entries())
        if self._points:
            ends = padded(float(x.min()), float(x.max()), 0.08)
            low, high = min(float(y.min()), 0.0), max(float(y.max()), self._least_top())
            self.canvas.set_range(ends, padded(low, high, 0.1))

    def _draw_ring(self, x: Array, y: Array) -> None:
        at = [k for k, point in enumerate(self._points) if point.key == self._key]
        self._ring.setData(
            x=x[at],
            y=y[at],
            size=_CHOSEN.width,
            brush=_CHOSEN.brush(self.canvas.theme),
            pen=QPen(Qt.PenStyle.NoPen),
        )

    def _entries(self) -> list[Entry]:
        if not self._points:
            return []
        entries = [Entry("formula", _SPOTS)]
        if any(point.own for point in self._points):
            entries.append(Entry("yours", _OWN))
        if self._key is not None:
            entries.append(Entry("selected", _CHOSEN))
        close = Entry(f"equally good (Δ < {number(self._close)})", _CLOSE)
        return [*entries, close, Entry("best trade-off", _FRONT)]


def front(x: Array, y: Array) -> tuple[Array, Array]:
    """Return the steps along the points that nothing simpler beats."""
    order = np.lexsort((y, x))
    best, corners = np.inf, []
    for k in order:
        if y[k] < best:
            corners.append((float(x[k]), float(best)))
            corners.append((float(x[k]), float(y[k])))
            best = y[k]
    if not corners:
        return np.empty(0), np.empty(0)
    corners = [*corners[1:], (float(x.max()), float(best))]
    steps = np.array(corners)
    return steps[:, 0], steps[:, 1]


def log_ticks(scores: Array) -> list[list[tuple[float, str]]]:
    """Return ticks at 0, 1, 10, 100, … of scores that are drawn as log10(1 + score)."""
    values = [0.0] + [10.0**k for k in range(int(np.log10(scores.max() + 1)) + 2)]
    return [[(float(np.log10(1 + value)), number(value)) for value in values]]


def _needs_log(scores: Array) -> bool:
    """Return whether a few bad scores would squeeze all others together on a linear axis."""
    if len(scores) < 3 or scores.min() < 0:
        return False
    usual = max(float(np.median(scores)), 1.0)
    return bool(scores.max() > _WIDE * usual)
