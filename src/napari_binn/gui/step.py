"""The foldable parts that a dock is made of: a step of the workflow, and a fold within one."""

from __future__ import annotations

from typing import Literal

from qtpy.QtCore import QEvent, QRect, Qt, Signal
from qtpy.QtGui import QColor, QPainter, QPaintEvent, QPalette
from qtpy.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QSizePolicy,
    QStyle,
    QStyleOptionFocusRect,
    QVBoxLayout,
    QWidget,
)

from .labels import FieldProblem, Tone, ToneLabel, WrapLabel

__all__ = ["FieldProblem", "Fold", "StatusKind", "StepBox", "WrapLabel"]

StatusKind = Literal["ready", "todo", "running", "later", "failed"]

_MARKS: dict[StatusKind, tuple[str, Tone]] = {
    "ready": ("● ready", "good"),
    "todo": ("○ to do", "warning"),
    "running": ("▶ running", "busy"),
    "later": ("– not yet", "muted"),
    "failed": ("✕ failed", "bad"),
}
_NUMBERS = "①②③④⑤⑥⑦⑧⑨"


class Header(QAbstractButton):
    """A flat, full-width button with labels of its own; Space and Enter press it."""

    def __init__(self, tinted: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tinted = tinted
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw a tint that follows the theme, stronger below the pointer, and the focus."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = QColor(self.palette().color(QPalette.ColorRole.WindowText))
        colour.setAlpha(34 if self.underMouse() else 18 if self._tinted else 0)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(self.rect(), 3, 3)
        if self.hasFocus():
            self._draw_focus(painter)
        painter.end()

    def _draw_focus(self, painter: QPainter) -> None:
        option = QStyleOptionFocusRect()
        option.initFrom(self)
        option.rect = QRect(self.rect()).adjusted(1, 1, -1, -1)
        style = self.style()
        if style is not None:
            style.drawPrimitive(QStyle.PrimitiveElement.PE_FrameFocusRect, option, painter, self)

    def changeEvent(self, event: QEvent | None) -> None:
        """Draw again in another theme."""
        super().changeEvent(event)
        self.update()


class _Foldable(QWidget):
    """A header above a body that it folds away."""

    #: Whether the user opened (True) or closed it.
    toggled = Signal(bool)

    def __init__(self, tinted: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.header = Header(tinted, self)
        self._arrow = ToneLabel("▸", "muted")
        self._body = QWidget(self)
        self._column = QVBoxLayout(self._body)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(self._body)
        self.header.clicked.connect(self._on_clicked)
        self.set_open(False)

    @property
    def is_open(self) -> bool:
        """Whether the body is unfolded."""
        return self.header.isChecked()

    def set_open(self, is_open: bool) -> None:
        """Fold or unfold the body."""
        self.header.setChecked(is_open)
        self._arrow.setText("▾" if is_open else "▸")
        self._body.setVisible(is_open)

    def set_body(self, body: QWidget) -> None:
        """Show ``body`` below the header."""
        while (item := self._column.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()  # at once: it is deleted later
                old.deleteLater()
        self._column.addWidget(body)

    def _on_clicked(self) -> None:
        self.set_open(self.header.isChecked())
        self.toggled.emit(self.is_open)


class StepBox(_Foldable):
    """A step of the workflow: number, title, state in one word and in one line, and its body.

    Parameters
    ----------
    number
        Place in the workflow, from 1.
    """

    def __init__(
        self,
        number: int,
        title: str,
        body: QWidget | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(True, parent)
        self._title = f"{_NUMBERS[number - 1]} {title}"
        self._mark = ToneLabel()
        self._status = WrapLabel(tone="muted")
        self._kind: StatusKind = "later"
        self._lay_out_header()
        self._column.setContentsMargins(6, 6, 4, 8)
        if body is not None:
            self.set_body(body)
        self.set_status("later", "")

    @property
    def status(self) -> tuple[StatusKind, str]:
        """The state that is shown: its kind and its line."""
        return self._kind, self._status.text()

    def set_status(self, kind: StatusKind, text: str) -> None:
        """Show how the step stands, in a mark and one line."""
        self._kind = kind
        mark, tone = _MARKS[kind]
        self._mark.setText(mark)
        self._mark.set_tone(tone)
        self._status.setText(text)
        self._status.set_tone("bad" if kind == "failed" else "muted")
        self._status.setVisible(bool(text))
        self._describe()

    def set_open(self, is_open: bool) -> None:
        """Fold or unfold the body."""
        super().set_open(is_open)
        if hasattr(self, "_title"):
            self._describe()

    def _lay_out_header(self) -> None:
        first = QHBoxLayout()
        first.setSpacing(6)
        first.addWidget(self._arrow)
        first.addWidget(ToneLabel(self._title, bold=True), 1)
        first.addWidget(self._mark)
        layout = QVBoxLayout(self.header)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.setSpacing(2)
        layout.addLayout(first)
        layout.addWidget(self._status)

    def _describe(self) -> None:
        self.header.setAccessibleName(f"{self._title}: {self._mark.text()}. {self._status.text()}")
        self.header.setToolTip(f"{'Close' if self.is_open else 'Open'} step {self._title}.")


class Fold(_Foldable):
    """Settings that most users never need, below "Advanced ▸"."""

    def __init__(
        self, title: str = "Advanced", body: QWidget | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(False, parent)
        layout = QHBoxLayout(self.header)
        layout.setContentsMargins(2, 2, 4, 2)
        layout.setSpacing(6)
        layout.addWidget(self._arrow)
        layout.addWidget(ToneLabel(title), 1)
        self.header.setAccessibleName(title)
        self.header.setToolTip(f"Show or hide: {title}.")
        self._column.setContentsMargins(8, 4, 0, 4)
        if body is not None:
            self.set_body(body)
