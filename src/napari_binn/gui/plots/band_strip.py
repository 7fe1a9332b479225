"""The line below the checks that asks for a check of the bands, and says what it found."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ..actions import ActionButton
from ..eta import remaining_words
from ..labels import ElidedLabel, Tone, WrapLabel

#: Simulated movies that are asked for: fewest, usual and most.
REPLICATES = (4, 20, 200)
_WHAT = (
    "Movies are simulated from the estimate, with noise like that of yours, and estimated again. "
    "By how far these estimates miss the law they were simulated from shows whether the 90 % bands "
    "are as wide as they should be (a parametric bootstrap)."
)
_TIP = "Simulate the experiment again and again, and see whether the bands hold the law."
#: Expected time [s] of so many movies; None where it is not known.
Expected = Callable[[int], float | None]


class BandStrip(QWidget):
    """A button, and beside it what was found or how far the check is.

    Attributes
    ----------
    check, stop
        The buttons.
    expected
        Tells how long a check will take.
    """

    #: The user wants the bands checked on so many simulated movies.
    requested = Signal(int)
    #: The user gives the check up.
    stop_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.expected: Expected = lambda _: None
        self.check = ActionButton("Check the bands (bootstrap) …", _TIP)
        self.stop = ActionButton("Stop", "End the check; nothing of it is kept.")
        self._bar = QProgressBar()
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(8)
        self._bar.setMaximumWidth(240)
        self._text = ElidedLabel()
        for button in (self.check, self.stop):
            button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.check.clicked.connect(self._ask)
        self.stop.clicked.connect(lambda: self.stop_requested.emit())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 0, 0)
        row.setSpacing(8)
        for part, share in ((self.check, 0), (self.stop, 0), (self._bar, 1), (self._text, 3)):
            row.addWidget(part, share)
        self.set_progress(None, "")

    def set_available(self, enabled: bool, tooltip: str = "") -> None:
        """Follow the state machine."""
        self.check.set_available(enabled, tooltip)

    def set_progress(self, fraction: float | None, text: str) -> None:
        """Show how far the check is; None: it is not running."""
        running = fraction is not None
        self.check.setVisible(not running)
        self.stop.setVisible(running)
        self._bar.setVisible(running)
        self._bar.setValue(round(1000 * (fraction or 0.0)))
        if running:
            self._say(text, "muted")

    def set_result(self, sentence: str, tone: Tone) -> None:
        """Say what was found, or nothing."""
        self._say(sentence, tone)

    def text(self) -> str:
        """Return the line beside the button, all of it."""
        return self._text.toolTip()

    @property
    def fraction(self) -> float | None:
        """How much of the bar is filled; None while it is not shown."""
        return None if self._bar.isHidden() else self._bar.value() / self._bar.maximum()

    def _say(self, text: str, tone: Tone) -> None:
        self._text.set_text(text)
        self._text.set_tone(tone)
        self._text.setToolTip(text)

    def _ask(self) -> None:
        dialog = BandDialog(self.expected, self)
        dialog.chosen.connect(self.requested)
        dialog.open()


class BandDialog(QDialog):
    """Asks on how many simulated movies the bands shall be checked.

    Attributes
    ----------
    count
        The number of movies.
    """

    #: The user has chosen a number and wants to begin.
    chosen = Signal(int)

    def __init__(self, expected: Expected, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Check the bands")
        self._expected = expected
        fewest, usual, most = REPLICATES
        self.count = QSpinBox()
        self.count.setRange(fewest, most)
        self.count.setValue(usual)
        self.count.setAccessibleName("Simulated movies")
        self.note = WrapLabel(tone="muted")
        self.buttons = QDialogButtonBox()
        begin = self.buttons.addButton("Check", QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
        assert begin is not None
        begin.setDefault(True)
        self.begin = begin
        self.count.valueChanged.connect(self._estimate)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.accepted.connect(lambda: self.chosen.emit(self.count.value()))
        self._lay_out()
        self._estimate()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(QLabel("Simulated movies"))
        row.addWidget(self.count)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(WrapLabel(_WHAT))
        layout.addLayout(row)
        layout.addWidget(self.note)
        layout.addWidget(self.buttons)
        self.setMinimumWidth(420)

    def _estimate(self) -> None:
        count = self.count.value()
        precision = 100 / (2 * count) ** 0.5
        seconds = self._expected(count)
        time = "" if seconds is None else remaining_words(seconds).removesuffix(" left")
        takes = f" It takes {time} (minutes:seconds)." if time.startswith("about") else ""
        self.note.setText(
            f"{count} movies tell the width of the bands to about {precision:.0f} %.{takes} "
            "You can go on looking around, and stop it at any time."
        )
