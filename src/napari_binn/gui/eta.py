"""How long a stage still takes."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from statistics import median


class Eta:
    """The remaining time, from the fractions done and when they were reported.

    The speed is the median over the recent reports, so that one slow step (a checkpoint, a machine
    that was busy for a moment) does not move it. What was promised counts down and is drawn
    towards what the speed says, so that it never jumps.

    Parameters
    ----------
    clock
        Returns the time [s].
    window
        Reports that count as recent.
    patience
        Time that must be seen before anything is said [s].
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        window: int = 40,
        patience: float = 1.0,
    ) -> None:
        self._clock = clock
        self._speeds: deque[float] = deque(maxlen=window)
        self._patience = patience
        self.reset()

    def reset(self) -> None:
        """Forget everything: another stage begins."""
        self._speeds.clear()
        self._seen = 0.0
        self._last: tuple[float, float] | None = None
        self._promised: float | None = None

    def pause(self) -> None:
        """Leave the time until the next report out."""
        self._promised = self.remaining()
        self._last = None

    def add(self, fraction: float) -> None:
        """Take note that ``fraction`` is done; it may fall back: more is left than was thought."""
        now = self._clock()
        if self._last is None or fraction < self._last[0]:
            self._last = (fraction, now)
            return
        done, since = fraction - self._last[0], now - self._last[1]
        if done <= 0 or since <= 0:
            return
        self._last = (fraction, now)
        self._speeds.append(done / since)
        self._seen += since
        self._promise(fraction, since)

    def revise(self, factor: float) -> None:
        """Take note that the whole has become ``factor`` times as much work, half of it for 0.5.

        What is promised may jump then.
        """
        speeds = [speed / factor for speed in self._speeds]
        self._speeds.clear()
        self._speeds.extend(speeds)
        self._promised = None
        if self._last is not None:
            self._promise(self._last[0], 0.0)

    def remaining(self) -> float | None:
        """Return the remaining time [s], or None while it is not known."""
        if self._promised is None or self._last is None:
            return self._promised
        return max(self._promised - (self._clock() - self._last[1]), 0.0)

    def _promise(self, fraction: float, since: float) -> None:
        if fraction >= 1.0:
            self._promised = 0.0
            return
        if self._seen < self._patience or len(self._speeds) < 3:
            return
        fresh = (1.0 - fraction) / median(self._speeds)
        if self._promised is None:
            self._promised = fresh
            return
        expected = max(self._promised - since, 0.0)
        self._promised = expected + 0.25 * (fresh - expected)


def remaining_words(seconds: float | None, about: str = "about") -> str:
    """Return "about 0:12 left", no finer than it is known, or "" where it is not known at all."""
    if seconds is None:
        return ""
    grain = 1 if seconds < 30 else 5 if seconds < 300 else 30
    whole = round(seconds / grain) * grain
    if whole <= 0:  # the work has no end that is known to the second
        return "a moment left"
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    clock = f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"
    return f"{about} {clock} left"
