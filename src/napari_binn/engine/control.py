"""What the user can do to work that is under way: pause it, go on, stop it, watch it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from ..errors import Stopped
from ..events import Curves, Event, Losses, Progress, Report, StageFinished, StageStarted
from .protocol import Command, Continued, Paused

#: Events of these kinds come at most once in this time each [s].
INTERVAL = 0.1
_FREQUENT = (Progress, Losses, Curves)


class Control:
    """Commands for the request that is being worked on; any thread may give them.

    The work asks by calling the function that :meth:`wrap` returned.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._paused = self._stop = self._watching = False
        self._raised = False

    def obey(self, command: Command) -> None:
        """Do what ``command`` says."""
        with self._changed:
            match command:
                case "pause":
                    self._paused = True
                case "continue":
                    self._paused = False
                case "stop":
                    self._stop = True
                case "watch":
                    self._watching = True
                case "unwatch":
                    self._watching = False
            self._changed.notify_all()

    def reset(self) -> None:
        """Forget a pause and a stop: they were meant for work that has ended."""
        with self._changed:
            self._paused = self._stop = self._raised = False

    @property
    def watching(self) -> bool:
        """Whether someone looks at the fitted surface."""
        return self._watching

    @property
    def stopping(self) -> bool:
        """Whether a stop was asked for."""
        return self._stop

    def interrupt(self) -> None:
        """Raise :class:`Stopped` if a stop was asked for and the work does not know it yet."""
        if self._stop and not self._raised:
            self._check()

    def wrap(self, report: Report) -> Report:
        """Return what the stages report to.

        It stands still while the work is paused, raises :class:`Stopped` once a stop was asked
        for, and tells ``report`` of each kind of frequent event at most ten times a second; the
        latest before the end of a stage always come.
        """
        throttle = _Throttle(report, self._clock)

        def told(event: Event) -> None:
            self._check()
            throttle(event)
            if self._paused:
                throttle.flush()
                self._stand_still(report)

        return told

    def _stand_still(self, report: Report) -> None:
        report(Paused())
        with self._changed:
            self._changed.wait_for(lambda: self._stop or not self._paused)
        self._check()
        report(Continued())

    def _check(self) -> None:
        if self._stop:
            self._raised = True
            raise Stopped("Stopped.")


class _Throttle:
    """Passes frequent events on now and then, the others at once."""

    def __init__(self, report: Report, clock: Callable[[], float]) -> None:
        self._report, self._clock = report, clock
        self._waiting: dict[type[Event], Event] = {}
        self._last: dict[type[Event], float] = {}

    def __call__(self, event: Event) -> None:
        kind = type(event)
        if not isinstance(event, _FREQUENT):
            if isinstance(event, StageStarted | StageFinished):
                self.flush()
            self._report(event)
            return
        self._waiting.pop(kind, None)
        now = self._clock()
        if now - self._last.get(kind, float("-inf")) < INTERVAL:
            self._waiting[kind] = event
            return
        self._last[kind] = now
        self._report(event)

    def flush(self) -> None:
        """Pass on the latest of each kind that was held back."""
        waiting, self._waiting = self._waiting, {}
        for event in waiting.values():
            self._report(event)
