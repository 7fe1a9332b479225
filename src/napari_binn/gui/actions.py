"""Buttons that follow the state machine, and the bar that shows how far they got."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QProgressBar, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from .labels import WrapLabel

# White on it is legible whatever the theme; a disabled button looks as all others do.
_PRIMARY = """
QPushButton:enabled { background-color: #4560c4; color: white; }
QPushButton:enabled:hover { background-color: #5470d6; }
"""


class ActionButton(QPushButton):
    """A button that says what it does and, while it is disabled, what is missing.

    Parameters
    ----------
    primary
        Whether it is the one that leads on.
    """

    def __init__(
        self, text: str, tooltip: str, primary: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(text, parent)
        if primary:
            self.setStyleSheet(_PRIMARY)
        self._tooltip = tooltip
        self.setToolTip(tooltip)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_available(self, enabled: bool, tooltip: str = "") -> None:
        """Enable or disable; ``tooltip`` replaces the button's own, if it is given."""
        self.setEnabled(enabled)
        self.setToolTip(tooltip or self._tooltip)


class ProgressLine(QWidget):
    """A bar while something runs, and a line of text below it; neither takes room when empty."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bar = QProgressBar()
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(8)
        self._text = WrapLabel(tone="muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self._bar)
        layout.addWidget(self._text)
        self.set_progress(None, "")

    @property
    def running(self) -> bool:
        """Whether the bar is shown."""
        return not self._bar.isHidden()

    def text(self) -> str:
        """Return the line below the bar."""
        return self._text.text()

    def fraction(self) -> float:
        """Return how much of the bar is filled."""
        return self._bar.value() / self._bar.maximum()

    def set_progress(self, fraction: float | None, text: str) -> None:
        """Fill the bar to ``fraction``, or hide it (None: nothing runs), and show a line."""
        self._bar.setVisible(fraction is not None)
        self._bar.setValue(round(1000 * (fraction or 0.0)))
        self._text.setText(text)
        self._text.setVisible(bool(text))
        self.setVisible(fraction is not None or bool(text))
