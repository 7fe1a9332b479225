"""The check of the bands on simulated movies: asked for, followed, stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, QTimer, Signal

from ..engine.protocol import LAST, CheckBands, Failed
from ..events import Event, Progress
from .eta import Eta, remaining_words

if TYPE_CHECKING:
    from .session import Session

#: Time of one simulated movie as a share of that of the estimate: measured on movies of several
#: sizes (0.15 to 0.3).
SHARE = 0.2
#: Milliseconds after which the remaining time counts down although nothing was reported.
TICK = 1000


class BandCheck(QObject):
    """Lets the engine check the bands of the run that is shown."""

    #: It has begun, is further on, or has ended.
    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._request: CheckBands | None = None
        self._asked = False  # the engine has it
        self._fraction = 0.0
        self._eta = Eta()
        self._tick = QTimer(self)
        self._tick.setInterval(TICK)
        self._tick.timeout.connect(self.changed)
        self.stopping = False

    @property
    def busy(self) -> bool:
        """Whether the bands are being checked, or are about to."""
        return self._request is not None

    @property
    def fraction(self) -> float | None:
        """How much is done (0 to 1); None while nothing is checked."""
        return self._fraction if self.busy else None

    def words(self) -> str:
        """Return "movie 6 of 20 · about 0:40 left", or "" while nothing is checked."""
        if self._request is None:
            return ""
        if self.stopping:
            return "stopping"
        count = self._request.replicates
        movie = min(round(self._fraction * count) + 1, count)
        left = remaining_words(self._eta.remaining())
        return " · ".join(part for part in (f"movie {movie} of {count}", left) if part)

    def expected(self, replicates: int) -> float | None:
        """Return about how long it will take [s]; None without an estimate."""
        results = self._session.results
        terms = None if results is None else results.terms
        return None if terms is None or not terms.seconds else SHARE * terms.seconds * replicates

    def start(self, replicates: int) -> None:
        """Check the bands of the shown run, as soon as the engine is free."""
        session = self._session
        if session.run is None or session.obstacle("check"):
            return
        self._request = CheckBands(str(session.run.path), replicates)
        self._asked, self._fraction, self.stopping = False, 0.0, False
        self._eta.reset()
        self._tick.start()
        if session.replays.busy:
            session.room.stop()  # it gives way: see go_on
        else:
            self.go_on()
        self._tell()

    def go_on(self) -> None:
        """Ask the engine, which is free."""
        if self._request is None or self._asked:
            return
        if self.stopping:  # before it began
            self._end()
            return
        self._asked = True
        self._session.room.submit(self._request)

    def stop(self) -> None:
        """Give it up; nothing of it is kept."""
        if self.busy and not self.stopping:
            self.stopping = True
            self._session.room.stop()
            self._tell()

    def owns(self, event: Event) -> bool:
        """Take an event of a check; False for all others."""
        if not self._asked:
            return False
        if isinstance(event, Progress):
            self._fraction = min(event.done / max(event.total, 1e-300), 1.0)
            self._eta.add(self._fraction)
            self.changed.emit()
        elif isinstance(event, LAST):
            self._end()
            if isinstance(event, Failed):
                self._session.problem.emit(event.sentence, event.details)
        return True

    def _end(self) -> None:
        self._request = None
        self._asked = self.stopping = False
        self._tick.stop()
        self._session.checked()
        self.changed.emit()

    def _tell(self) -> None:
        self.changed.emit()
        self._session.changed.emit()
