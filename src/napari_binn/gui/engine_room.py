"""Where a window sends its requests, and where the answers come from.

The events are called ``reported`` because ``event`` is a method of every QObject, which a signal
must not replace.
"""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import Any, Protocol

from qtpy.QtCore import QCoreApplication, QObject, QThreadPool, Signal

from ..engine.process import EngineProcess
from ..engine.protocol import LAST, Command, Continued, Halted, Paused, Request
from ..events import Event
from . import garbage

#: Seconds that a training has to save itself when its window is closed.
LAST_WORDS = 2.0


class Room(Protocol):
    """What a controller needs: somebody who works on one request at a time.

    Attributes
    ----------
    reported : Signal(Event)
        Each event of the request, the last reply included; on the main thread.
    busy_changed : Signal(bool)
        A request was taken, or its last reply was reported (after that report).
    """

    reported: Any
    busy_changed: Any

    @property
    def busy(self) -> bool:
        """Whether a request is worked on."""

    @property
    def paused(self) -> bool:
        """Whether the work stands still."""

    @property
    def forced(self) -> bool:
        """Whether the last request was stopped by force: its run may still say "running"."""

    def submit(self, request: Request) -> None:
        """Ask for something; RuntimeError while another request is worked on."""

    def pause(self) -> None:
        """Let the work stand still; the event ``Paused`` confirms it."""

    def proceed(self) -> None:
        """Let the work go on; the event ``Continued`` confirms it."""

    def stop(self) -> None:
        """End the work and keep what is there; a last reply follows within two seconds."""

    def watch(self, on: bool) -> None:
        """Choose whether the fitted surface is reported while the network learns."""

    def close(self) -> None:
        """End everything; nothing is reported after that."""


class EngineRoom(QObject):
    """The engine process, listened to by a background worker that napari knows of.

    Parameters
    ----------
    engine
        The process to use; one is made if there is none.
    threads
        Threads that a computation of that one may use; 0: all physical cores but one.
    rate
        How many times a second, at most, progress, losses, curves and surfaces are reported.
    parent
        The engine ends when this object is destroyed.
    """

    reported = Signal(object)
    busy_changed = Signal(bool)

    def __init__(
        self,
        engine: EngineProcess | None = None,
        *,
        threads: int = 0,
        rate: float = 10.0,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._engine = engine or EngineProcess(threads=threads)
        self._period = 1 / rate
        self._worker: Any = None
        self._busy = self._paused = self._watched = self._closed = False
        # No bound method: when it is called there is no self any more.
        self.destroyed.connect(partial(_close, self._engine))
        self.destroyed.connect(partial(garbage.collect_again, self._engine))
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.close)

    @property
    def busy(self) -> bool:
        """Whether a request is worked on."""
        return self._busy

    @property
    def paused(self) -> bool:
        """Whether the work stands still."""
        return self._paused

    @property
    def forced(self) -> bool:
        """Whether the last request was stopped by force: its run may still say "running"."""
        return self._engine.forced

    @property
    def engine(self) -> EngineProcess:
        """The process behind the room."""
        return self._engine

    def submit(self, request: Request) -> None:
        """Ask for something; RuntimeError while busy and after :meth:`close`."""
        if self._closed:
            raise RuntimeError("the room is closed")
        if self._busy:
            raise RuntimeError("the engine is busy")
        self._engine.submit(request)
        self._engine.command("watch" if self._watched else "unwatch")
        self._begin()
        self._listen()

    def pause(self) -> None:
        """Let the work stand still."""
        self._command("pause")

    def proceed(self) -> None:
        """Let the work go on."""
        self._command("continue")

    def stop(self) -> None:
        """End the work and keep what is there, by force if it takes too long."""
        self._engine.stop()

    def watch(self, on: bool) -> None:
        """Choose whether the fitted surface is reported, now and in later requests."""
        self._watched = on
        self._command("watch" if on else "unwatch")

    def close(self) -> None:
        """End the process; a training that goes on saves itself first, if it can."""
        if self._closed:
            return
        self._closed = True
        if self._worker is not None:
            self._worker.quit()
        self._worker = None
        garbage.collect_again(self._engine)
        _close(self._engine)

    def _command(self, word: Command) -> None:
        if self._busy and not self._closed:
            self._engine.command(word)

    def _listen(self) -> None:
        from napari.qt.threading import create_worker

        worker = create_worker(_Work(_beats, self._engine, self._period), _start_thread=False)
        worker.yielded.connect(self._deliver)
        worker.returned.connect(self._deliver)
        worker.aborted.connect(self._give_up)
        worker.errored.connect(self._give_up)
        # A thread more for this worker, which mostly waits: it would take half of the pool of a
        # computer with two cores, and a full pool would leave the engine unheard.
        _pool().releaseThread()
        worker.finished.connect(_give_thread_back)
        self._worker = worker
        worker.start()

    def _deliver(self, _: object = None) -> None:
        for event in self._engine.take():
            if self._closed:
                return
            self._report(event)

    def _report(self, event: Event) -> None:
        if isinstance(event, Paused | Continued):
            self._paused = isinstance(event, Paused)
        if isinstance(event, LAST):
            self._busy = self._paused = False
        self.reported.emit(event)
        # Whoever heard the last reply may have submitted the next request.
        if isinstance(event, LAST) and not self._busy:
            garbage.collect_again(self._engine)
            self.busy_changed.emit(False)

    def _give_up(self, _: object = None) -> None:
        """End the engine: napari ended the worker, as it does when its window is closed."""
        self._deliver()
        if self._busy and not self._closed:
            _close(self._engine)
            self._report(Halted())

    def _begin(self) -> None:
        self._busy = True
        self._paused = False
        garbage.spare(self._engine)
        self.busy_changed.emit(True)


class _Work(partial[Generator[None, None, None]]):
    """A generator function with the name under which napari asks "still running, close anyway?"."""

    def __str__(self) -> str:
        return "the computation of napari-binn (what is finished is kept)"


def _beats(engine: EngineProcess, period: float) -> Generator[None, None, None]:
    yield from engine.beats(period)


def _pool() -> QThreadPool:
    pool = QThreadPool.globalInstance()
    assert pool is not None
    return pool


def _give_thread_back() -> None:
    _pool().reserveThread()


def _close(engine: EngineProcess, *_: object) -> None:
    engine.close(LAST_WORDS if engine.busy else 0.1)
