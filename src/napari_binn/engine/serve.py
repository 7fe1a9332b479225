"""The engine process: requests and commands come in on stdin, events go out on stdout.

A thread reads the input. Commands act at once; requests are worked off one at a time on the main
thread. Whoever started the engine holds the other end of its input: when that ends, for whatever
reason, the engine stops what it does, and soon afterwards it is gone.
"""

from __future__ import annotations

import _thread
import contextlib
import os
import queue
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType

from ..errors import Stopped
from ..events import Event
from .answer import handle
from .control import Control
from .protocol import Command, Failed, Halted, Request, parse_line

__all__ = ["handle", "main"]

DONE, STOPPED = 0, 130
IDLE = 300.0
#: How long work that was left may take to end by itself, and how long nothing is asked for before
#: the engine makes itself ready for more [s].
PATIENCE, QUIET = 3.0, 0.3
_NICE = 10
_UNKNOWN = "The engine was asked for something it does not know."


def main(idle: float = IDLE) -> int:
    """Serve until the input ends or ``idle`` seconds pass without a request; return the exit code.

    Standard output belongs to the events: what libraries print goes to standard error.
    """
    # Ctrl-C in the terminal of the window reaches every process of its group.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _step_back()
    return Engine(*_private_pipes()).serve(idle)


class Engine:
    """Works off what comes in on one file descriptor and tells of it on another."""

    def __init__(self, requests: int, events: int) -> None:
        self._input, self._output = requests, events
        self._control = Control()
        self._queue: queue.SimpleQueue[Request | Failed | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._open = 0  # requests that wait or are worked on
        self._left = False  # nobody is at the other end any more
        self._working = self._writing = self._poked = False

    def serve(self, idle: float) -> int:
        """Answer requests until there will be no more; return the exit code."""
        threading.Thread(target=self._read, name="commands", daemon=True).start()
        before = signal.signal(signal.SIGTERM, self._on_signal)
        try:
            with contextlib.suppress(queue.Empty):
                self._work_off(idle)
        finally:
            signal.signal(signal.SIGTERM, before)
        return STOPPED if self._left else DONE

    def _work_off(self, idle: float) -> None:
        try:
            asked = self._queue.get(timeout=QUIET)
        except queue.Empty:
            _warm_up()
            asked = self._queue.get(timeout=idle)
        while asked is not None:
            self._end(asked if isinstance(asked, Failed) else self._answer(asked))
            if self._left:
                return
            asked = self._queue.get(timeout=idle)

    def _answer(self, request: Request) -> Event:
        try:
            self._working = True
            return handle(request, self._tell, self._control)
        except Stopped:
            return Halted()
        finally:
            self._working = False

    def _end(self, last: Event) -> None:
        # Before the last event is told: what is asked for after it is meant for the next request.
        with self._lock:
            self._open -= 1
            self._control.reset()
        with contextlib.suppress(Stopped):
            self._tell(last)

    def _tell(self, event: Event) -> None:
        """Write one event; raises Stopped if nobody reads."""
        rest = memoryview(event.to_json().encode() + b"\n")
        self._writing = True
        try:
            while rest:
                rest = rest[os.write(self._output, rest) :]
        except OSError:
            self._left = True
            raise Stopped("Nobody reads the events.") from None
        finally:
            self._writing = False

    def _read(self) -> None:
        """Take in lines until there are no more."""
        for line in _lines(self._input):
            try:
                asked = parse_line(line)
            except (ValueError, TypeError) as error:
                self._ask(Failed(_UNKNOWN, str(error)))
            else:
                if isinstance(asked, str):
                    self._command(asked)
                else:
                    self._ask(asked)
        with self._lock:
            self._left = self._open > 0
        self._queue.put(None)
        timer = threading.Timer(PATIENCE, os._exit, (STOPPED,))
        timer.daemon = True
        timer.start()
        self._command("stop")

    def _ask(self, request: Request | Failed) -> None:
        with self._lock:
            self._open += 1
        self._queue.put(request)

    def _command(self, command: Command) -> None:
        with self._lock:
            if self._open or command in ("watch", "unwatch"):
                self._control.obey(command)
            if self._open and command == "stop":
                # Reaches work that reports seldom: the handler runs on the main thread.
                self._poked = True
                _thread.interrupt_main(signal.SIGTERM)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        poked, self._poked = self._poked, False
        if not poked:  # SIGTERM from outside
            self._left = True
            if not self._open:
                raise SystemExit(STOPPED)
            self._control.obey("stop")
        # An event that is half written and a library that is half loaded are of no use to anyone;
        # the work learns of the stop when it reports next.
        if self._working and not self._writing and not _importing(frame):
            self._control.interrupt()


def _importing(frame: FrameType | None) -> bool:
    """Return whether a module is being loaded somewhere below ``frame``."""
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def _lines(source: int) -> Iterator[str]:
    """Yield the lines that come in, without the locks of Python's own files.

    A thread that waits in one of those keeps the interpreter from ending.
    """
    rest = b""
    while True:
        try:
            data = os.read(source, 65536)
        except OSError:
            return
        if not data:
            return
        *lines, rest = (rest + data).split(b"\n")
        yield from (line.decode("utf-8", "replace") for line in lines if line.strip())


def _private_pipes() -> tuple[int, int]:
    """Return descriptors of the input and the output that nobody else in this process knows.

    Reading and printing by others, processes that they start included, cannot disturb the engine.
    """
    sys.stdout.flush()
    requests, events = os.dup(0), os.dup(1)
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return requests, events


def _step_back() -> None:
    """Let the window come first where there are fewer processors than work."""
    with contextlib.suppress(OSError):
        if hasattr(os, "nice"):
            os.nice(_NICE)
        else:
            import psutil

            psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)


def _warm_up() -> None:
    """Load what the first request will most likely need, while nobody waits."""
    import torch  # noqa: F401

    from .. import pipeline, work  # noqa: F401
