"""A child process that talks in lines: its pipes, and threads that never let them fill up."""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import IO

#: Lines of the standard error that are kept.
TAIL = 200


class Child:
    """A running process.

    Parameters
    ----------
    command, env
        What is started, with which environment.
    on_line
        Called in a thread with each line of the standard output.
    on_end
        Called once in a thread, after the last line, when the process is gone.

    Raises
    ------
    OSError
        The process cannot be started.
    """

    def __init__(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        on_line: Callable[[Child, str], None],
        on_end: Callable[[Child], None],
    ) -> None:
        self._on_line = on_line
        self._on_end = on_end
        self._tail: deque[str] = deque(maxlen=TAIL)
        self._gone = threading.Event()
        self._writing = threading.Lock()
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(env),
            text=True,
            encoding="utf-8",
            errors="replace",
            close_fds=True,  # nobody else holds our end of its input, which ends when we end
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self._in: IO[str] = process.stdin
        self._out: IO[str] = process.stdout
        self._err: IO[str] = process.stderr
        self._process = process
        self._readers = [self._thread(self._read_output), self._thread(self._read_errors)]
        self._watcher = self._thread(self._watch)

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return not self._gone.is_set()

    @property
    def ending(self) -> str:
        """How the process ended, in words."""
        code = self._process.returncode
        return f"killed by signal {-code}" if code < 0 else f"exit code {code}"

    @property
    def killed(self) -> bool:
        """Whether the operating system killed it, as it does when the memory is full."""
        return self._process.returncode == -getattr(signal, "SIGKILL", 9)

    @property
    def errors(self) -> str:
        """The last lines of the standard error."""
        return "".join(self._tail.copy())

    def write(self, line: str) -> bool:
        """Send a line; return False where nobody reads any more."""
        try:
            with self._writing:
                self._in.write(line + "\n")
                self._in.flush()
        except (OSError, ValueError):
            return False
        return True

    def close(self, force_after: float) -> None:
        """End its input, on which it should end itself, and kill it after some seconds."""
        self._close_input()
        if not self._gone.wait(force_after):
            self.kill()
        self._gone.wait(force_after + 5)
        if threading.current_thread() is not self._watcher:
            self._watcher.join(2)

    def kill(self) -> None:
        """Kill the process and what it started."""
        children = _descendants(self.pid)
        self._process.kill()
        for child in children:
            with contextlib.suppress(OSError):
                os.kill(child, getattr(signal, "SIGKILL", signal.SIGTERM))

    def _thread(self, work: Callable[[], None]) -> threading.Thread:
        name = f"napari-binn{work.__name__} of {self.pid}"
        thread = threading.Thread(target=work, name=name, daemon=True)
        thread.start()
        return thread

    def _read_output(self) -> None:
        with self._out:
            for line in self._out:
                self._on_line(self, line)

    def _read_errors(self) -> None:
        with self._err:
            self._tail.extend(self._err)

    def _watch(self) -> None:
        self._process.wait()
        for reader in self._readers:
            # A grandchild that lives on may hold a pipe open.
            reader.join(1)
        self._close_input()
        self._gone.set()
        self._on_end(self)

    def _close_input(self) -> None:
        with contextlib.suppress(OSError, ValueError), self._writing:
            self._in.close()


def _descendants(pid: int) -> list[int]:
    """Return the processes below ``pid``, where psutil is there to tell."""
    try:
        psutil = importlib.import_module("psutil")
    except ImportError:
        return []
    try:
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    except psutil.Error:
        return []
