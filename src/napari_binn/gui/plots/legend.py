"""A heading and a legend above a plot, in one line where there is room, covering no curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qtpy.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from qtpy.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from qtpy.QtWidgets import QSizePolicy, QWidget

from .strokes import Stroke
from .theme import DARK, PlotTheme

SWATCH, GAP, SPACING, LEADING = 17, 4, 8, 2


@dataclass(frozen=True)
class Entry:
    """What a curve is, and the band around it if it has one."""

    label: str
    stroke: Stroke
    band: Stroke | None = None


@dataclass(frozen=True)
class _Placed:
    entry: Entry
    x: int
    line: int


class Legend(QWidget):
    """The name of a plot, followed by what its curves are.

    A name may have a shorter form, which is used where everything fits on one line only with it.
    """

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._titles: tuple[str, ...] = (title,)
        self._title = title
        self._one_line = self._hugs = False
        self._entries: tuple[Entry, ...] = ()
        self._placed: list[_Placed] = []
        self._theme = DARK
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._arrange()

    @property
    def labels(self) -> list[str]:
        """What the legend names."""
        return [entry.label for entry in self._entries]

    @property
    def title(self) -> str:
        """The whole heading."""
        return self._titles[0]

    @property
    def shown(self) -> str:
        """The form of the heading that is shown."""
        return self._title

    def set_title(self, *titles: str) -> None:
        """Change the heading: its whole form and, if there are any, shorter ones."""
        if titles != self._titles:
            self._titles = titles
            self._arrange()

    def set_one_line(self, one_line: bool) -> None:
        """Leave out what does not fit on the first line, or wrap it; a tool tip names it all."""
        if one_line != self._one_line:
            self._one_line = one_line
            self._arrange()

    def hug_title(self) -> None:
        """Be as wide as the heading, because something stands beside it."""
        self._hugs = True
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._arrange()

    def set_entries(self, entries: Sequence[Entry]) -> None:
        """Name these curves."""
        if tuple(entries) != self._entries:
            self._entries = tuple(entries)
            self._arrange()

    def set_theme(self, theme: PlotTheme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of one line."""
        width = self._advance(self._title) + SPACING if self._hugs else 180
        return QSize(width, self._line_height())

    def minimumSizeHint(self) -> QSize:
        """Return a size that never makes a plot wider than there is room."""
        return QSize(60, self._line_height())

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Wrap to the new width."""
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent | None) -> None:
        """Wrap anew when a style sheet brings another font."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.FontChange:
            self._arrange()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw heading and entries."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._bold())
        painter.setPen(Stroke("foreground").colour(self._theme))
        height = self._line_height()
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        shown = self._title_metrics().elidedText(
            self._title, Qt.TextElideMode.ElideRight, self.width()
        )
        painter.drawText(QRectF(0, 0, self.width(), height), flags, shown)
        painter.setFont(self.font())
        for placed in self._placed:
            top = placed.line * height
            swatch = QRectF(placed.x, top, SWATCH, height)
            for stroke in (placed.entry.band, placed.entry.stroke):
                if stroke is not None:
                    _draw_swatch(painter, swatch, stroke, self._theme)
            painter.setPen(Stroke("foreground").colour(self._theme))
            left = placed.x + SWATCH + GAP
            text = self.fontMetrics().elidedText(
                placed.entry.label, Qt.TextElideMode.ElideRight, max(self.width() - left, 0)
            )
            painter.drawText(QRectF(left, top, self.width() - left, height), flags, text)
        painter.end()

    def _arrange(self) -> None:
        """Choose the heading and place the entries from left to right, line by line."""
        widths = [self._width(entry) for entry in self._entries]
        room = self.width() - sum(widths) - SPACING * len(widths)
        fitting = [title for title in self._titles if self._advance(title) <= room]
        self._title = self._titles[0] if self._hugs else [*fitting, self._titles[-1]][0]
        x, line = self._advance(self._title), 0
        x += SPACING if x else 0
        placed = []
        for entry, width in zip(self._entries, widths, strict=True):
            if x > 0 and x + width > self.width():
                if self._one_line:
                    continue
                x, line = 0, line + 1
            placed.append(_Placed(entry, x, line))
            x += width + SPACING
        self._placed = placed
        left_out = len(placed) < len(self._entries)
        self.setToolTip("\n".join([self.title, *self.labels]) if left_out else "")
        self.setFixedHeight(self._line_height() * (line + 1))
        if self._hugs:
            self.updateGeometry()
        self.update()

    def _width(self, entry: Entry) -> int:
        return SWATCH + GAP + self.fontMetrics().horizontalAdvance(entry.label)

    def _advance(self, title: str) -> int:
        return self._title_metrics().horizontalAdvance(title)

    def _line_height(self) -> int:
        return self.fontMetrics().height() + LEADING

    def _bold(self) -> QFont:
        font = QFont(self.font())
        font.setBold(True)
        return font

    def _title_metrics(self) -> QFontMetrics:
        return QFontMetrics(self._bold())


def _draw_swatch(painter: QPainter, box: QRectF, stroke: Stroke, theme: PlotTheme) -> None:
    middle = box.center()
    match stroke.kind:
        case "area" | "bars":
            height = 10.0
            area = QRectF(box.left(), middle.y() - height / 2, box.width(), height)
            painter.fillRect(area, stroke.brush(theme))
        case "points" | "diamonds" | "ring":
            draw_point(painter, middle, stroke, theme)
        case _:
            pen = stroke.pen(theme)
            pen.setWidthF(max(stroke.width, 1.6))
            painter.setPen(pen)
            painter.drawLine(QPointF(box.left(), middle.y()), QPointF(box.right(), middle.y()))


def draw_point(painter: QPainter, at: QPointF, stroke: Stroke, theme: PlotTheme) -> None:
    """Draw one point of a stroke at a place of the painter."""
    radius = stroke.width / 2
    painter.setPen(QPen(Qt.PenStyle.NoPen))
    painter.setBrush(stroke.brush(theme))
    if stroke.kind == "ring":
        radius *= 0.6
        painter.setPen(QPen(stroke.colour(theme), 2.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
    if stroke.kind == "diamonds":
        corners = [(0.0, -radius), (radius, 0.0), (0.0, radius), (-radius, 0.0)]
        painter.drawPolygon(QPolygonF([at + QPointF(x, y) for x, y in corners]))
    else:
        painter.drawEllipse(at, radius, radius)
