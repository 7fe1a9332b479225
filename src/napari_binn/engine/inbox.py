"""What the engine said and the window has not yet read."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from itertools import count

from ..events import Curves, Event, Losses, Progress
from .protocol import LAST, Surface

#: Kinds of which only the newest matters to somebody who reads slowly.
CHATTY = (Progress, Losses, Curves, Surface)


class Inbox:
    """The unread events of one request at a time, in order; safe between threads.

    An unread event of a chatty kind gives way to a newer one of its kind, so the box stays small
    however slowly it is emptied. It is open from :meth:`begin` to the last reply or :meth:`end`;
    what arrives while it is closed is dropped.
    """

    def __init__(self) -> None:
        self._unread: OrderedDict[Hashable, Event] = OrderedDict()
        self._change = threading.Condition()
        self._number = count()
        self._urgent = False
        self._open = False

    @property
    def open(self) -> bool:
        """Whether a request waits for its last reply."""
        return self._open

    def begin(self) -> None:
        """Forget everything and wait for the replies to a new request."""
        with self._change:
            self._unread.clear()
            self._urgent = False
            self._open = True

    def end(self) -> None:
        """Expect nothing more; what is unread stays."""
        with self._change:
            self._open = False
            self._change.notify_all()

    def put(self, event: Event) -> None:
        """Add an event."""
        with self._change:
            if not self._open:
                return
            key = self._key(event)
            self._unread[key] = event
            self._unread.move_to_end(key)
            if isinstance(event, LAST):
                self._open = False
            if not isinstance(event, CHATTY):
                self._urgent = True
                self._change.notify_all()

    def wait(self, seconds: float) -> bool:
        """Wait until something happens that cannot wait, at most ``seconds``; return :attr:`open`.

        Events of chatty kinds can wait: who reads after each call reads them at a steady pace.
        """
        with self._change:
            self._change.wait_for(lambda: self._urgent or not self._open, seconds)
            self._urgent = False
            return self._open

    def take(self) -> list[Event]:
        """Empty the box."""
        with self._change:
            events = list(self._unread.values())
            self._unread.clear()
            return events

    def _key(self, event: Event) -> Hashable:
        if isinstance(event, Progress):
            return Progress, event.stage
        if isinstance(event, CHATTY):
            return type(event).__name__
        return next(self._number)
