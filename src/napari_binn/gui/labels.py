"""Labels that wrap, and that say by their colour how much they matter, in either theme."""

from __future__ import annotations

from typing import Literal

from qtpy.QtCore import QCoreApplication, QEvent, QSize, Qt
from qtpy.QtGui import QPalette, QResizeEvent, QShowEvent
from qtpy.QtWidgets import QLabel, QSizePolicy, QWidget

Tone = Literal["plain", "muted", "good", "busy", "warning", "bad"]

# On a dark and on a light background; each has a contrast of at least 4.5 with napari's.
_COLOURS: dict[Tone, tuple[str, str]] = {
    "muted": ("#aeb0b8", "#5c5e66"),
    "good": ("#7bc67e", "#256b29"),
    "busy": ("#8ab4ff", "#2450a0"),
    "warning": ("#e8b964", "#7d4a00"),
    "bad": ("#ff8f85", "#a8201a"),
}


def is_dark(widget: QWidget) -> bool:
    """Return whether the window of ``widget`` is dark (a label's own background is "none")."""
    window = widget.window() or widget
    return window.palette().color(QPalette.ColorRole.Window).lightness() < 128


def tone_colour(tone: Tone, dark: bool) -> str:
    """Return the colour of text of a tone, or "" for that of the theme."""
    return _COLOURS[tone][0 if dark else 1] if tone in _COLOURS else ""


class ToneLabel(QLabel):
    """A label whose colour follows its tone and the theme."""

    def __init__(
        self,
        text: str = "",
        tone: Tone = "plain",
        bold: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._tone: Tone = tone
        self._bold = bold
        self._colour()

    @property
    def tone(self) -> Tone:
        """How much the text matters."""
        return self._tone

    def set_tone(self, tone: Tone) -> None:
        """Say how much the text matters."""
        self._tone = tone
        self._colour()

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event is not None and event.type() in (
            QEvent.Type.StyleChange,
            QEvent.Type.PaletteChange,
            QEvent.Type.ParentChange,
        ):
            self._colour()

    def showEvent(self, event: QShowEvent | None) -> None:
        """Follow the theme of the window it is now in."""
        super().showEvent(event)
        self._colour()

    def _colour(self) -> None:
        colour = tone_colour(self._tone, is_dark(self))
        style = (f"color: {colour};" if colour else "") + (
            "font-weight: bold;" if self._bold else ""
        )
        if style != self.styleSheet():  # setting it is itself a change of style
            self.setStyleSheet(style)


class WrapLabel(ToneLabel):
    """A label that wraps, never asks for width, and is as high as its text needs."""

    def __init__(
        self,
        text: str = "",
        tone: Tone = "plain",
        bold: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, tone, bold, parent)
        self.setWordWrap(True)
        # Qt measures an indent of its own on both sides and draws it on one.
        self.setIndent(0)
        self.setContentsMargins(4, 0, 0, 0)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def setText(self, text: str | None) -> None:
        """Show another text; without one the label takes no room."""
        super().setText(text or "")
        self._fit()

    def sizeHint(self) -> QSize:
        """Return the height for the present width; Qt would guess a width of its own."""
        return QSize(super().sizeHint().width(), self.minimumHeight())

    def minimumSizeHint(self) -> QSize:
        """Ask for no width."""
        return QSize(0, self.minimumHeight())

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Ask for as much height as the new width needs."""
        super().resizeEvent(event)
        # Later: what is asked for while a layout is being done is lost on it.
        QCoreApplication.postEvent(self, QEvent(QEvent.Type.LayoutRequest))

    def event(self, event: QEvent | None) -> bool:
        """Keep all lines visible: nested layouts forget height-for-width."""
        if event is not None and event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().event(event)

    def showEvent(self, event: QShowEvent | None) -> None:
        """Measure with the font of the theme."""
        super().showEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent | None) -> None:
        """Measure again with another font."""
        super().changeEvent(event)
        if event is not None and event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()

    def _fit(self) -> None:
        before = self.minimumHeight()
        self.setMinimumHeight(0)  # which else would be the least height for any width
        height = self.heightForWidth(self.width()) if self.text() else 0
        self.setMinimumHeight(max(height, 0))
        if height != before:
            self.updateGeometry()


class ElidedLabel(ToneLabel):
    """One line of text, cut where it is too long, and how much more there is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._whole, self._more = "", ""
        self.setMinimumWidth(40)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_text(self, text: str, more: str = "") -> None:
        """Show another text; ``more`` is never cut."""
        self._whole, self._more = text, more
        self._elide()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Show as much as the new width holds."""
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        metrics, tail = self.fontMetrics(), f"  {self._more}" if self._more else ""
        room = self.contentsRect().width() - metrics.horizontalAdvance(tail) - 4
        text = metrics.elidedText(self._whole, Qt.TextElideMode.ElideRight, room) + tail
        if text != self.text():
            self.setText(text)


class FieldProblem(WrapLabel):
    """What is wrong with a field, below it; hidden while nothing is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", "warning", parent=parent)
        self.hide()

    def set_problem(self, sentence: str) -> None:
        """Show a sentence, or nothing."""
        self.setText(sentence)
        self.setVisible(bool(sentence))
