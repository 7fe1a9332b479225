"""How far the stage is that runs, and how long it still takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, QTimer, Signal

from ..engine.protocol import Continued, Failed, Finished, Halted, Paused
from ..events import Event, Losses, Progress, StageFinished, StageName, StageStarted
from .eta import Eta, remaining_words
from .length import bound_of, step_words

if TYPE_CHECKING:
    from .session import Session

#: Milliseconds after which the remaining time counts down although nothing was reported.
TICK = 1000


class Pace(QObject):
    """Follows the running stage; what it says is for a progress bar and the line beside it."""

    #: Something is to be shown differently.
    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.stage: StageName | None = None
        self._fraction = 0.0
        self._doing = ""
        self._about = "about"
        self._steps = 0  # of the training, as was said last
        self._eta = Eta()
        self._tick = QTimer(self)
        self._tick.setInterval(TICK)
        self._tick.timeout.connect(self.changed)
        session.reported.connect(self._on_event)

    def of(self, stage: StageName) -> float | None:
        """Return how much of ``stage`` is done (0 to 1); None while it is not running."""
        return self._fraction if self.stage == stage else None

    def words(self) -> str:
        """Return "step 680 of 2,000 · 34 % · about 0:12 left", or "" while nothing runs."""
        if self.stage is None:
            return ""
        percent = f"{100 * self._fraction:.0f} %" if self._fraction else ""
        parts = (self._doing, percent, remaining_words(self._eta.remaining(), self._about))
        return " · ".join(part for part in parts if part)

    def _on_event(self, event: Event) -> None:
        match event:
            case StageStarted():
                self._begin(event)
            case Progress() if event.stage == self.stage:
                self._fraction = min(max(event.done / max(event.total, 1e-300), 0.0), 1.0)
                self._eta.add(self._fraction)
                if event.text:
                    self._doing, self._about = event.text, "about"
            case Losses() if self.stage == "learn":
                self._learns(event)
            case Paused():
                self._eta.pause()
                self._tick.stop()
            case Continued():
                self._tick.start()
            case StageFinished() | Finished() | Failed() | Halted():
                self._end()
            case _:
                return
        self.changed.emit()

    def _begin(self, event: StageStarted) -> None:
        self.stage, self._fraction, self._doing = event.stage, 0.0, event.text
        self._about, self._steps = "about", 0
        self._eta.reset()
        self._tick.start()

    def _learns(self, event: Losses) -> None:
        """Take note of the step, and of an end that has moved."""
        settings = self._session.run_settings
        bound = bound_of(None if settings is None else settings.binn, event.total_steps)
        if self._steps and event.total_steps != self._steps:
            self._eta.revise(event.total_steps / self._steps)
        self._steps = event.total_steps
        self._about = "at least" if bound == "least" else "about"
        # A bound of the end is named below the losses: here is no room for it.
        self._doing = "step " + step_words(event.step, self._steps * (bound == "exact"), bound)

    def _end(self) -> None:
        self.stage = None
        self._tick.stop()
