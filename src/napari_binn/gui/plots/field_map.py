"""A small picture of a field: green where there are more cells, pink where there are fewer."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from qtpy.QtCore import QRectF, QSize, Qt
from qtpy.QtGui import QImage, QPainter, QPaintEvent
from qtpy.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from .legend import Legend
from .strokes import Stroke
from .theme import DARK, PlotTheme

Array = NDArray[np.float64]
#: The colours of the layer "residual" (PiYG of ColorBrewer), so that both read alike.
_COLOURS = ("#8E0152", "#C51B7D", "#DE77AE", "#F7F7F7", "#7FBC41", "#4D9221", "#276419")
_LEVELS = 256
_MARGIN = 2


class FieldMap(QWidget):
    """One map under a heading, as large as its place allows, in the shape of the field."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.legend = Legend("")
        self._picture = _Picture()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 0, 2, 4)
        layout.setSpacing(2)
        layout.addWidget(self.legend)
        layout.addWidget(self._picture, 1)

    def minimumSizeHint(self) -> QSize:
        """Return a size at which bins can be told apart."""
        return QSize(90, 80)

    def set_map(self, values: Array, limit: float, aspect: float, *titles: str) -> None:
        """Show ``values`` (Y, X), white at zero and darkest at ±``limit``; NaN is not drawn.

        Parameters
        ----------
        aspect
            Height / width of the field.
        titles
            The heading and, if there are any, shorter forms of it.
        """
        self.legend.set_title(*titles)
        self._picture.show_image(colour_image(values, limit), aspect)

    def image(self) -> QImage:
        """Return the map, a pixel for each bin."""
        return self._picture.picture

    def set_theme(self, theme: PlotTheme) -> None:
        """Recolour heading and frame; what is shown keeps its colours."""
        self.legend.set_theme(theme)
        self._picture.set_theme(theme)


class _Picture(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.picture = QImage()
        self._aspect = 1.0
        self._theme = DARK
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)

    def show_image(self, picture: QImage, aspect: float) -> None:
        self.picture, self._aspect = picture, aspect
        self.update()

    def set_theme(self, theme: PlotTheme) -> None:
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        if self.picture.isNull():
            return
        painter = QPainter(self)
        wide, high = self.width() - 2 * _MARGIN, self.height() - 2 * _MARGIN
        width = min(wide, high / self._aspect)
        place = QRectF(
            _MARGIN, _MARGIN + (high - width * self._aspect) / 2, width, width * self._aspect
        )
        painter.drawImage(place, self.picture, QRectF(self.picture.rect()))
        painter.setPen(Stroke("muted", width=1.0).pen(self._theme))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(place)
        painter.end()


def colour_image(values: Array, limit: float) -> QImage:
    """Return ``values`` (Y, X) as an image; NaN becomes transparent."""
    shares = np.clip(values / (limit or 1.0), -1, 1)
    seen = np.isfinite(shares)
    table = pg.ColorMap(None, list(_COLOURS)).getLookupTable(nPts=_LEVELS, alpha=True)
    places = np.where(seen, (np.nan_to_num(shares) + 1) / 2 * (_LEVELS - 1), 0)
    pixels = np.ascontiguousarray(table[np.rint(places).astype(int)], dtype=np.uint8)
    pixels[~seen] = 0
    rows, columns = values.shape
    image = QImage(pixels.tobytes(), columns, rows, 4 * columns, QImage.Format.Format_RGBA8888)
    return image.copy()  # which owns its pixels
