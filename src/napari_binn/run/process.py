"""Which process works on a run, and whether it still lives."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass

# A process number is used again, but hardly by a process that started at the same time; the start
# is computed from clocks that get adjusted now and then.
SAME_START = 10.0


@dataclass(frozen=True)
class Process:
    """A process: its number, when it started [s since 1970], and the computer it runs on."""

    pid: int
    started: float
    host: str

    @classmethod
    def this(cls) -> Process:
        """Return the process that asks."""
        import psutil

        return cls(os.getpid(), psutil.Process().create_time(), platform.node())

    def is_this(self) -> bool:
        """Return whether it is the process that asks."""
        return self.pid == os.getpid() and self.host == platform.node() and self.lives()

    def elsewhere(self) -> bool:
        """Return whether it runs on another computer, where nothing can be known about it."""
        return self.host != platform.node()

    def lives(self) -> bool:
        """Return whether it is there still; of another computer that is taken for granted."""
        import psutil

        if self.elsewhere():
            return True
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) < SAME_START
            return same and bool(process.status() != psutil.STATUS_ZOMBIE)
        except psutil.AccessDenied:
            return True
        except psutil.Error:
            return False
