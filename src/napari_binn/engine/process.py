"""The engine process, seen from the window: started, asked, listened to, stopped. No Qt."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence

from ..events import Event
from .child import Child
from .inbox import Inbox
from .protocol import Command, Failed, Halted, Request, command_line, parse_event, request_line
from .resources import thread_limits

MEMORY_HINT = (
    " Often that means that the memory of the computer was full: fewer members, "
    "larger bins or a smaller region need less."
)


class EngineProcess:
    """A warm engine that answers one request at a time.

    It is started with the first request, kept for the next one, and started anew when it died.
    All methods may be called from any thread.

    Parameters
    ----------
    command
        What is started instead of ``python -m napari_binn engine``.
    threads
        Threads that the numerical libraries may use; 0: all physical cores but one, which stays
        with the window. Read when a process is started.
    env
        Environment of the process instead of that of this one.
    """

    def __init__(
        self,
        command: Sequence[str] | None = None,
        *,
        threads: int = 0,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.threads = threads
        self._command = command
        self._env = env
        self._lock = threading.RLock()
        self._inbox = Inbox()
        self._child: Child | None = None
        self._heard = False
        self._deadline: float | None = None
        self._forced = False

    @property
    def alive(self) -> bool:
        """Whether a process is there."""
        child = self._child
        return child is not None and child.alive

    @property
    def pid(self) -> int | None:
        """Number of the process, None where there is none."""
        child = self._child
        return child.pid if child is not None and child.alive else None

    @property
    def busy(self) -> bool:
        """Whether a request waits for its last reply."""
        return self._inbox.open

    @property
    def forced(self) -> bool:
        """Whether the last request was stopped by force: its run may still say "running"."""
        return self._forced

    def start(self) -> None:
        """Start the process unless it runs; raises OSError where that is impossible."""
        with self._lock:
            if not self.alive:
                command = self._command or default_command()
                env = {**(os.environ if self._env is None else self._env)}
                env |= {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
                env |= thread_limits(self.threads, env)
                self._heard = False
                self._child = Child(command, env, self._on_line, self._on_end)

    def submit(self, request: Request) -> None:
        """Ask for something; the answer is a last reply, also where it cannot even be asked.

        Raises
        ------
        RuntimeError
            The previous request is not answered yet.
        """
        with self._lock:
            if self.busy:
                raise RuntimeError("the engine is busy")
            self._forced = False
            self._deadline = None
            self._inbox.begin()
            try:
                self.start()
                if not self._send(request_line(request)):  # it died unnoticed, so start another
                    self._child = None
                    self.start()
                    self._send(request_line(request))
            except OSError as error:
                self._inbox.put(Failed(f"The computation could not be started: {error}."))

    def command(self, word: Command) -> None:
        """Give the engine a command; nothing happens where no engine runs."""
        with self._lock:
            self._send(command_line(word))

    def stop(self, force_after: float = 1.5) -> None:
        """Stop the request and keep what is there; does not wait.

        An engine that has not answered after ``force_after`` seconds is killed, :attr:`forced`
        becomes true and the last reply is ``Halted`` all the same. The clock is looked at by who
        reads :meth:`beats` or :meth:`events`.
        """
        with self._lock:
            if self.busy and self._deadline is None:
                self._deadline = time.monotonic() + force_after
                self.command("stop")

    def beats(self, period: float = 0.1) -> Iterator[None]:
        """Say when to :meth:`take` events, until the last reply is there.

        At once when a stage begins or ends and for other events that cannot wait, else once a
        ``period`` [s], whether there is something to take or not.
        """
        while self._inbox.wait(period):
            yield
            self._kill_if_overdue()

    def take(self) -> list[Event]:
        """Return the events that nobody took yet, without waiting."""
        return self._inbox.take()

    def events(self, period: float = 0.1) -> Iterator[Event]:
        """Return the events of the current request as they come, the last reply included."""
        for _ in self.beats(period):
            yield from self.take()
        yield from self.take()

    def close(self, force_after: float = 2.0) -> None:
        """End the process: by ending its input, and by force after some seconds.

        A request that is being worked on gets no reply. What it finished is kept.
        """
        with self._lock:
            child, self._child = self._child, None
            self._inbox.end()
        if child is not None:
            child.close(force_after)

    def _send(self, line: str) -> bool:
        return self._child is not None and self._child.write(line)

    def _kill_if_overdue(self) -> None:
        with self._lock:
            overdue = self._deadline is not None and time.monotonic() > self._deadline
            if overdue and self.busy and self._child is not None:
                self._child.kill()

    def _on_line(self, child: Child, line: str) -> None:
        event = parse_event(line)
        with self._lock:
            if event is not None and child is self._child:
                self._heard = True
                self._inbox.put(event)

    def _on_end(self, child: Child) -> None:
        with self._lock:
            if child is not self._child:
                return
            self._child = None
            self._forced = self.busy and self._deadline is not None
            self._inbox.put(Halted() if self._forced else self._failure(child))

    def _failure(self, child: Child) -> Failed:
        if self._heard:
            sentence = (
                f"The computation ended unexpectedly ({child.ending}). "
                "What was finished is kept: press the button again to go on."
            )
        else:
            sentence = (
                f"The computation could not be started ({child.ending}): "
                "'napari-binn doctor' says what is missing."
            )
        if child.killed:
            sentence += MEMORY_HINT
        return Failed(sentence, f"{child.ending}\n\n{child.errors}".strip())


def default_command() -> list[str]:
    """Return the command that starts the engine.

    The folder that napari was started in stays out of the import path: a file of the user's, such
    as ``random.py``, would otherwise be imported.
    """
    return [sys.executable, "-P", "-X", "faulthandler", "-m", "napari_binn", "engine"]
