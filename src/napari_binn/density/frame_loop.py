"""Measuring frame after frame: in order, a few at once, not twice, and stopped at any moment."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from contextlib import contextmanager
from functools import partial
from queue import SimpleQueue
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
R = TypeVar("R")
Array = NDArray[np.float64]
#: What frames gave, by their index, such as a folder that keeps it for when a run is resumed.
Store = MutableMapping[int, Array]
#: More would hold more frames in memory, and wait for each other and the disk.
_WORKERS = 2
#: How often who waits for a frame is asked whether to go on [s].
_BEAT = 0.1
_here = threading.local()


class Halted(Exception):
    """A frame was given up, because nobody waits for it any more."""


def check_halted() -> None:
    """Raise :class:`Halted` if nobody waits any more for what this thread does.

    To be called now and then by what takes longer than half a second.
    """
    halted = _event()
    if halted is not None and halted.is_set():
        raise Halted


def measured_frames(
    indices: Sequence[int],
    work: Callable[[int], Array],
    store: Store,
    *,
    parallel: bool,
    beat: Callable[[int], None] = lambda done: None,
) -> Iterator[Array]:
    """Yield what ``work`` gives for each frame, in order, and keep it in ``store``.

    The results do not depend on how many frames are measured at once.

    Parameters
    ----------
    indices
        The frames.
    work
        Measures one.
    store
        What is in it is not measured again.
    parallel
        Whether a few frames may be measured at once, in threads.
    beat
        Called ten times a second, while a frame is waited for, with the number of those that are
        done. What it raises ends the loop, and frames that were begun are given up.
    """
    workers = min(_WORKERS, _cores()) if parallel else 1
    waiting: deque[Future[Array]] = deque()
    todo = iter([index for index in indices if index not in store])
    with _pool(workers) as pool:
        for done, index in enumerate(indices):
            if index not in store:
                while len(waiting) < workers and (following := next(todo, None)) is not None:
                    waiting.append(pool.submit(partial(work, following)))
                store[index] = _awaited(waiting.popleft(), beat, done)
            yield store[index]


def awaited(work: Callable[[], T], beat: Callable[[], None]) -> T:
    """Return what ``work`` gives, which is done in a thread; for ``beat`` see above."""
    with _pool(1) as pool:
        return _awaited(pool.submit(work), lambda done: beat(), 0)


def side_by_side(work: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Return ``work(item)`` of each item, in their order, a few at once in threads."""
    with _pool(_WORKERS, _event()) as pool:
        futures = [pool.submit(partial(work, item)) for item in items]
        return [future.result() for future in futures]


class _Pool:
    """Threads that nobody has to wait for, not even at the end of the program.

    Those of ``concurrent.futures`` are waited for then, so that a program that was stopped would
    end only when the frame that it was at is done.
    """

    def __init__(self, workers: int, halted: threading.Event) -> None:
        self._tasks: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._workers, self._halted = workers, halted
        for _ in range(workers):
            threading.Thread(target=self._run, name="density", daemon=True).start()

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Have something done by the next thread that is free."""
        future: Future[T] = Future()

        def task() -> None:
            if self._halted.is_set():
                future.set_exception(Halted())
                return
            try:
                future.set_result(work())
            except BaseException as error:  # for who waits for it
                future.set_exception(error)

        self._tasks.put(task)
        return future

    def close(self) -> None:
        """Let the threads end when all is done that they were given."""
        for _ in range(self._workers):
            self._tasks.put(None)

    def _run(self) -> None:
        _here.halted = self._halted
        while (task := self._tasks.get()) is not None:
            task()


@contextmanager
def _pool(workers: int, outer: threading.Event | None = None) -> Iterator[_Pool]:
    """Yield threads that are told, at the end, that nobody waits for them any more.

    With ``outer``, they are told so when the thread is that uses them.
    """
    halted = threading.Event() if outer is None else outer
    pool = _Pool(workers, halted)
    try:
        yield pool
    finally:
        if outer is None:
            halted.set()
        pool.close()


def _event() -> threading.Event | None:
    """Return what tells this thread that nobody waits for it, if anything does."""
    halted: threading.Event | None = getattr(_here, "halted", None)
    return halted


def _awaited(future: Future[T], beat: Callable[[int], None], done: int) -> T:
    while True:
        try:
            return future.result(_BEAT)
        except NotYet:
            if future.done():  # the work itself raised it
                raise
            beat(done)


def _cores() -> int:
    """Return how many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1
