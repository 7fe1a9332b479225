"""Pause, continue and stop reach the work; the window is not flooded."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue

import pytest

from napari_binn.engine.control import Control
from napari_binn.engine.protocol import Continued, Paused
from napari_binn.errors import Stopped
from napari_binn.events import Curves, Event, Losses, Notice, Progress, StageFinished, StageStarted

PATIENCE = 30.0


def progress(done: float) -> Progress:
    return Progress("learn", done, 10.0)


@pytest.fixture
def now() -> list[float]:
    """Return the time, to be changed in place."""
    return [100.0]


@pytest.fixture
def control(now: list[float]) -> Control:
    return Control(clock=lambda: now[0])


def working(report: Callable[[Event], None]) -> SimpleQueue[str]:
    """Report from another thread until stopped; the queue says when that is."""
    ended: SimpleQueue[str] = SimpleQueue()

    def work() -> None:
        try:
            report(Notice("work"))
            ended.put("done")
        except Stopped:
            ended.put("stopped")

    threading.Thread(target=work, daemon=True).start()
    return ended


def test_frequent_events_come_at_most_ten_times_a_second(
    control: Control, now: list[float]
) -> None:
    heard: list[Event] = []
    report = control.wrap(heard.append)
    for step in range(50):
        now[0] = 100.0 + 0.02 * step
        report(progress(step))
        report(Losses(step, 50, {}))
    for kind in (Progress, Losses):
        assert 9 <= sum(isinstance(event, kind) for event in heard) <= 10


def test_the_latest_comes_before_the_end_of_a_stage(control: Control) -> None:
    heard: list[Event] = []
    report = control.wrap(heard.append)
    told = [StageStarted("learn", ""), progress(1), progress(2), Losses(1, 9, {}), progress(3)]
    last = [Losses(2, 9, {}), Curves(2, [], [], []), Notice("a"), StageFinished("learn", 1.0)]
    for event in (*told, *last):
        report(event)
    assert heard == [
        told[0], progress(1), Losses(1, 9, {}), last[1], last[2], progress(3), last[0], last[3],
    ]  # fmt: skip


def test_paused_work_stands_still_until_it_is_continued(control: Control) -> None:
    heard: SimpleQueue[Event] = SimpleQueue()
    control.obey("pause")
    ended = working(control.wrap(heard.put))
    assert [heard.get(timeout=PATIENCE) for _ in range(2)] == [Notice("work"), Paused()]
    assert ended.empty()
    control.obey("continue")
    assert heard.get(timeout=PATIENCE) == Continued()
    assert ended.get(timeout=PATIENCE) == "done"


def test_a_stop_ends_a_pause(control: Control) -> None:
    heard: SimpleQueue[Event] = SimpleQueue()
    control.obey("pause")
    ended = working(control.wrap(heard.put))
    assert [heard.get(timeout=PATIENCE) for _ in range(2)][-1] == Paused()
    control.obey("stop")
    assert ended.get(timeout=PATIENCE) == "stopped"
    assert heard.empty()


def test_a_stop_is_raised_at_every_report_and_once_in_between(control: Control) -> None:
    report = control.wrap(lambda _: None)
    control.interrupt()
    report(progress(1))
    control.obey("stop")
    with pytest.raises(Stopped):
        control.interrupt()
    control.interrupt()  # the work knows
    with pytest.raises(Stopped):
        report(progress(2))


def test_the_next_work_starts_afresh_but_is_still_watched(control: Control) -> None:
    for command in ("watch", "pause", "stop"):
        control.obey(command)  # type: ignore[arg-type]
    control.reset()
    heard: list[Event] = []
    control.wrap(heard.append)(progress(1))
    assert heard == [progress(1)]
    assert control.watching
    control.obey("unwatch")
    assert not control.watching
