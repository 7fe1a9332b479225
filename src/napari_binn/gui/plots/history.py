"""A bounded record of losses: evenly thinned, never longer than can be drawn quickly."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
MOST_POINTS = 2000


class History:
    """Values of named terms against the step; when full, every second point is dropped.

    From then on only every second (fourth, eighth, …) new point stays, so that early and late
    points are equally dense. The newest is always there.
    """

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._steps: Array = np.empty(MOST_POINTS)
        self._values: dict[str, Array] = {}
        self._count = 0
        self._stride = 1
        self._newest = -1  # index of the newest point among all that came

    @property
    def names(self) -> list[str]:
        """Names of the terms, in the order in which they came."""
        return list(self._values)

    @property
    def steps(self) -> Array:
        """Steps that are kept, at most :data:`MOST_POINTS`."""
        return self._steps[: self._count]

    def values(self, name: str) -> Array:
        """Values of one term at :attr:`steps`; NaN where it was not reported."""
        return self._values[name][: self._count]

    def append(self, step: float, terms: Mapping[str, float]) -> None:
        """Add the newest point, or replace those from this step on: a training may go back."""
        again = int(np.searchsorted(self.steps, step))
        if again == 0:
            self.clear()
        elif again < self._count:
            self._forget_from(again)
        for name in terms:
            self._values.setdefault(name, np.full(MOST_POINTS, np.nan))
        self._write(self._next_place(), step, terms)

    def load(self, steps: Array, terms: Mapping[str, Array]) -> None:
        """Replace the record by whole arrays, thinned if they are long."""
        self.clear()
        if not len(steps):
            return
        self._newest = len(steps) - 1
        while self._newest // self._stride + 2 > MOST_POINTS:
            self._stride *= 2
        chosen = np.arange(0, len(steps), self._stride)
        if self._newest % self._stride:
            chosen = np.append(chosen, self._newest)
        self._count = len(chosen)
        self._steps[: self._count] = np.asarray(steps)[chosen]
        for name, values in terms.items():
            self._values[name] = np.full(MOST_POINTS, np.nan)
            self._values[name][: self._count] = np.asarray(values)[chosen]

    def _next_place(self) -> int:
        """Return where the newest point goes: after the one before, or over it if it is thinned."""
        if self._count == 0 or self._newest % self._stride == 0:
            if self._count == MOST_POINTS:
                self._halve()
            self._count += 1
        self._newest += 1
        return self._count - 1

    def _forget_from(self, place: int) -> None:
        self._count = place
        self._newest = (place - 1) * self._stride  # thinned points lie so far apart
        for values in self._values.values():
            values[place:] = np.nan

    def _halve(self) -> None:
        kept = MOST_POINTS // 2
        for array in (self._steps, *self._values.values()):
            array[:kept] = array[: 2 * kept : 2].copy()
            array[kept:] = np.nan
        self._count, self._stride = kept, 2 * self._stride

    def _write(self, place: int, step: float, terms: Mapping[str, float]) -> None:
        self._steps[place] = step
        for name, values in self._values.items():
            values[place] = terms.get(name, np.nan)
