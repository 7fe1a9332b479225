"""Coloured dots that tell the state of a run at a glance; the word stands beside them."""

from __future__ import annotations

from qtpy.QtCore import QRectF, Qt
from qtpy.QtGui import QColor, QIcon, QPainter, QPixmap

from ...run.row import RowState

_SIZE, _FINER = 12, 3
_DARK: dict[RowState, str] = {
    "new": "#9aa3ad",
    "running": "#4da3ff",
    "stopped": "#e5a93b",
    "failed": "#f0625d",
    "done": "#4fc06f",
    "unreadable": "#f0625d",
}
_LIGHT: dict[RowState, str] = {
    "new": "#7a828a",
    "running": "#1c6fd0",
    "stopped": "#b97a00",
    "failed": "#c62f2a",
    "done": "#2a8a48",
    "unreadable": "#c62f2a",
}


class StateDots:
    """Icons of the states in the colours of a theme, drawn when first asked for."""

    def __init__(self) -> None:
        self._colors = _DARK
        self._icons: dict[RowState, QIcon] = {}

    def set_theme(self, theme: str) -> None:
        """Take the colours for napari's "dark" or "light" theme."""
        self._colors = _LIGHT if "light" in theme else _DARK
        self._icons.clear()

    def icon(self, state: RowState) -> QIcon:
        """Return the dot of a state."""
        if state not in self._icons:
            self._icons[state] = _dot(QColor(self._colors[state]), hollow=state == "new")
        return self._icons[state]


def _dot(color: QColor, hollow: bool) -> QIcon:
    picture = QPixmap(_SIZE * _FINER, _SIZE * _FINER)
    picture.setDevicePixelRatio(_FINER)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = painter.pen()
    pen.setColor(color)
    pen.setWidthF(1.5)
    painter.setPen(pen)
    if not hollow:
        painter.setBrush(color)
    painter.drawEllipse(QRectF(2.0, 2.0, _SIZE - 4.0, _SIZE - 4.0))
    painter.end()
    icon = QIcon(picture)
    # A selected row would tint the icon otherwise.
    icon.addPixmap(picture, QIcon.Mode.Selected)
    return icon
