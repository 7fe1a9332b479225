"""Stopping on Ctrl-C, SIGTERM and a reader that went away, so that the run is kept."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from ..errors import Stopped
from ..events import Event, Report

# SIGBREAK is how one process asks another to stop on Windows.
_SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)
]


@contextmanager
def stoppable(report: Report, sentence: str) -> Iterator[Report]:
    """Turn the first request to stop into :class:`Stopped` with ``sentence``.

    Yields the ``report`` function to hand to the stages: it raises, too, once a stop was asked
    for, in case the exception was swallowed where it surfaced. A second request ends the process
    the usual way. Outside the main thread, where Python delivers no signals, nothing is changed.
    """
    asked = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        asked.set()
        for known in before:
            signal.signal(known, signal.SIG_DFL)
        raise Stopped(sentence)

    def watched(event: Event) -> None:
        if asked.is_set():
            raise Stopped(sentence)
        try:
            report(event)
        except BrokenPipeError:
            raise Stopped(sentence) from None

    before = {}
    if threading.current_thread() is threading.main_thread():
        # A signal that is ignored (nohup, background jobs) stays ignored.
        before = {n: signal.getsignal(n) for n in _SIGNALS if signal.getsignal(n) != signal.SIG_IGN}
    for number in before:
        signal.signal(number, on_signal)
    try:
        yield watched
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
