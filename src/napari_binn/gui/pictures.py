"""Formulas as pictures that need no TeX, sharp at any size and in the colour of the text."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QObject, QPointF, QRectF, Qt, QTimer, Signal
from qtpy.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPixmap

if TYPE_CHECKING:
    from matplotlib.font_manager import FontProperties

#: Font size of the paths that are cached [units of the path].
UNITS = 100.0
#: Computer Modern is drawn smaller than the fonts of a user interface of the same size.
_LARGER = 1.25
_PEN = {1: 1, 2: 1, 3: 2, 4: 3, 79: 1}  # vertices that matplotlib's path codes take
PAUSE = 5  # between two formulas of a table [ms]
_parser = threading.Lock()  # matplotlib's is not made for several threads


def warm_up() -> threading.Thread:
    """Load what draws formulas in the background; the first one would freeze the window else."""
    thread = threading.Thread(target=_load, name="formula fonts", daemon=True)
    thread.start()
    return thread


def formula_path(latex: str) -> QPainterPath | None:
    """Return a formula as an outline at font size :data:`UNITS`, its baseline at y = 0.

    None if it is not in the subset of LaTeX that matplotlib's mathtext draws.
    """
    outline = _outline(latex)
    return None if outline is None else _qt_path(*outline)


def text_path(text: str) -> QPainterPath:
    """Return plain text as an outline, for what cannot be drawn as a formula."""
    font = QFont()
    font.setPixelSize(int(0.8 * UNITS))
    path = QPainterPath()
    path.addText(0.0, 0.0, font, text)
    return path


def draw_formula(
    painter: QPainter, place: QRectF, latex: str, color: QColor, pixels: float, least: float = 0.55
) -> None:
    """Draw a formula at the left of ``place``, vertically centred, smaller if it is too long.

    Parameters
    ----------
    pixels
        Height of the surrounding text's font.
    least
        Smallest part of its size to which a long formula shrinks; what still does not fit is cut.
    """
    path, bounds = _drawn(latex)
    if bounds.isEmpty():
        return
    scale = pixels * _LARGER / UNITS
    fitting = min(place.width() / bounds.width(), place.height() / bounds.height())
    scale = min(scale, max(fitting, least * scale))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setClipRect(place, Qt.ClipOperation.IntersectClip)
    painter.translate(
        place.left() - scale * bounds.left(), place.center().y() - scale * bounds.center().y()
    )
    painter.scale(scale, scale)
    painter.fillPath(path, color)
    painter.restore()


def formula_size(latex: str, pixels: float) -> tuple[float, float]:
    """Return width and height that a formula takes beside text of a font height [pixels]."""
    _, bounds = _drawn(latex)
    scale = pixels * _LARGER / UNITS
    return scale * bounds.width(), scale * bounds.height()


class Typesetter(QObject):
    """Typesets formulas one at a time, between other things that the window has to do.

    Typesetting takes 10 to 40 ms a formula: a table of them at once would stop the window.
    """

    #: One more formula is typeset.
    ready = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._done: set[str] = set()
        self._waiting: list[str] = []
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.setInterval(PAUSE)
        self._next.timeout.connect(self._typeset)

    def has(self, formulas: Iterable[str]) -> bool:
        """Return whether all of these are typeset; those that are not will be."""
        missing = [latex for latex in formulas if latex not in self._done]
        self._waiting += [latex for latex in missing if latex not in self._waiting]
        if self._waiting and not self._next.isActive():
            self._next.start()
        return not missing

    def _typeset(self) -> None:
        latex = self._waiting.pop(0)
        _drawn(latex)
        self._done.add(latex)
        self.ready.emit()
        if self._waiting:
            self._next.start()


@lru_cache(maxsize=512)
def _drawn(latex: str) -> tuple[QPainterPath, QRectF]:
    path = formula_path(latex) or text_path(latex)
    return path, path.boundingRect()


@lru_cache(maxsize=128)
def formula_pixmap(latex: str, color: str, point_size: float, dpr: float) -> QPixmap:
    """Return a formula as a picture on a transparent ground.

    Parameters
    ----------
    color
        As Qt reads it, such as "#f0f1f2".
    dpr
        Device pixels per pixel of the screen that it is for.
    """
    font = QFont()
    font.setPointSizeF(point_size)
    pixels = font_pixels(font)
    width, height = (size + 2.0 for size in formula_size(latex, pixels))
    pixmap = QPixmap(int(np.ceil(width * dpr)), int(np.ceil(height * dpr)))
    pixmap.setDevicePixelRatio(dpr)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    draw_formula(painter, QRectF(1, 1, width - 2, height - 2), latex, QColor(color), pixels, 1.0)
    painter.end()
    return pixmap


def font_pixels(font: QFont) -> float:
    """Return the size of a font in pixels, however it was given."""
    metrics = QFontMetricsF(font)
    return float(font.pixelSize()) if font.pixelSize() > 0 else 0.8 * float(metrics.height())


def _load() -> None:
    """Import what draws formulas, and read the fonts."""
    # A full garbage collection, which so many new objects set off, holds all threads for as long
    # as it lasts: measured 600 ms on a busy machine, against 40 ms without it.
    collecting = gc.isenabled()
    gc.disable()
    try:
        from ..run.latex import formula_latex

        _outline(formula_latex("0.1*(1 - u/0.5)"))
    finally:
        if collecting:
            gc.enable()


@lru_cache(maxsize=512)
def _outline(latex: str) -> tuple[NDArray[np.float64], NDArray[np.uint8]] | None:
    """Return the vertices and codes of a formula, y pointing down."""
    with _parser:
        from matplotlib.textpath import text_to_path

        try:
            vertices, codes = text_to_path.get_text_path(_font(), f"${latex}$", ismath=True)
        except (ValueError, RuntimeError):
            return None
    points = np.asarray(vertices, dtype=np.float64).reshape(-1, 2) * (1.0, -1.0)
    return (points, np.asarray(codes, dtype=np.uint8)) if len(points) else None


@lru_cache(maxsize=1)
def _font() -> FontProperties:
    from matplotlib.font_manager import FontProperties

    return FontProperties(size=UNITS, math_fontfamily="cm")


def _qt_path(points: NDArray[np.float64], codes: NDArray[np.uint8]) -> QPainterPath:
    """Redraw matplotlib's path with Qt's pen."""
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    pens: dict[int, Any] = {1: path.moveTo, 2: path.lineTo, 3: path.quadTo, 4: path.cubicTo}
    at = 0
    while at < len(codes):
        code = int(codes[at])
        count = _PEN[code]
        if code in pens:
            pens[code](*(QPointF(float(x), float(y)) for x, y in points[at : at + count]))
        else:
            path.closeSubpath()
        at += count
    return path
