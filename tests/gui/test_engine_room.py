"""A window's way to the engine: nothing is lost, nothing blocks, nothing stays behind."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from napari_binn.engine.process import EngineProcess
from napari_binn.engine.protocol import Continued, Failed, Finished, Halted, Paused, Resume
from napari_binn.events import Event, Losses, Notice, Progress, StageFinished, StageStarted
from tests.engine.test_process import FAKE, gone

if TYPE_CHECKING:
    import napari
    from pytestqt.qtbot import QtBot

    from napari_binn.gui.engine_room import EngineRoom

pytestmark = pytest.mark.gui


class Listener:
    """What a room said, in order, and in which thread."""

    def __init__(self, room: EngineRoom) -> None:
        self.said: list[Event | bool] = []
        self.threads: set[int] = set()
        room.reported.connect(self.hear)
        room.busy_changed.connect(self.said.append)

    def hear(self, event: Event) -> None:
        self.said.append(event)
        self.threads.add(threading.get_ident())

    @property
    def events(self) -> list[Event]:
        return [item for item in self.said if isinstance(item, Event)]

    def heard(self, kind: type[Event]) -> bool:
        return any(isinstance(event, kind) for event in self.events)


@pytest.fixture
def room(qtbot: QtBot) -> Iterator[EngineRoom]:
    from qtpy.QtCore import QThreadPool

    from napari_binn.gui.engine_room import EngineRoom

    before = set(threading.enumerate())
    room = EngineRoom(EngineProcess(FAKE), rate=50)
    yield room
    room.close()
    pool = QThreadPool.globalInstance()
    assert pool.waitForDone(5000)
    qtbot.waitUntil(lambda: pool.activeThreadCount() == 0)
    mine = {t for t in threading.enumerate() if "napari-binn" in t.name}
    assert mine <= before
    room.deleteLater()


@pytest.fixture
def ask(room: EngineRoom, qtbot: QtBot) -> Callable[[str], list[Event]]:
    def ask(script: str) -> list[Event]:
        listener = Listener(room)
        room.submit(Resume(script))
        qtbot.waitUntil(lambda: not room.busy)
        return listener.events

    return ask


def test_events_arrive_in_order_on_the_main_thread(room: EngineRoom, qtbot: QtBot) -> None:
    listener = Listener(room)
    room.submit(Resume("stage=density finish_stage=density stage=learn progress=3 finish_stage"))
    assert room.busy
    qtbot.waitUntil(lambda: False in listener.said)
    assert [type(item) for item in listener.said] == [
        bool, StageStarted, StageFinished, StageStarted, Progress, StageFinished, Finished, bool,
    ]  # fmt: skip
    assert listener.said[0] is True
    assert listener.threads == {threading.get_ident()}


def test_one_request_at_a_time(room: EngineRoom, qtbot: QtBot) -> None:
    room.submit(Resume("wait"))
    with pytest.raises(RuntimeError, match="busy"):
        room.submit(Resume(""))
    room.stop()
    qtbot.waitUntil(lambda: not room.busy)


def test_collections_of_garbage_are_short_while_it_works(room: EngineRoom, qtbot: QtBot) -> None:
    room.submit(Resume("wait"))
    assert gc.get_freeze_count() > 0
    room.stop()
    qtbot.waitUntil(lambda: not room.busy)
    assert gc.get_freeze_count() == 0
    room.submit(Resume("wait"))
    room.close()
    assert gc.get_freeze_count() == 0


def test_the_next_request_can_follow_from_the_last_reply(room: EngineRoom, qtbot: QtBot) -> None:
    listener = Listener(room)
    scripts = ["stage", "stage=simulate"]

    def go_on(event: Event) -> None:
        if isinstance(event, Finished) and scripts:
            room.submit(Resume(scripts.pop()))

    room.reported.connect(go_on)
    room.submit(Resume(""))
    qtbot.waitUntil(lambda: False in listener.said)
    assert [type(e) for e in listener.events].count(Finished) == 3
    assert not room.busy


def test_the_engine_stays_warm(ask: Callable[[str], list[Event]], room: EngineRoom) -> None:
    (first,), (second,) = ask(""), ask("")
    assert isinstance(first, Finished)
    assert isinstance(second, Finished)
    assert first.result["pid"] == second.result["pid"] == room.engine.pid


def test_pause_continue_watch_and_stop(room: EngineRoom, qtbot: QtBot) -> None:
    listener = Listener(room)
    room.submit(Resume("stage wait"))
    room.pause()
    qtbot.waitUntil(lambda: room.paused)
    room.proceed()
    qtbot.waitUntil(lambda: listener.heard(Continued) and not room.paused)
    room.watch(True)
    qtbot.waitUntil(lambda: Notice("watch") in listener.events)
    room.pause()
    room.stop()
    qtbot.waitUntil(lambda: not room.busy)
    assert not room.paused
    assert isinstance(listener.events[-1], Halted)
    assert not room.forced
    assert listener.heard(Paused)


def test_watching_lasts_to_the_next_request(room: EngineRoom, qtbot: QtBot) -> None:
    listener = Listener(room)
    room.watch(True)
    room.submit(Resume("wait"))
    qtbot.waitUntil(lambda: Notice("watch") in listener.events)
    room.stop()
    qtbot.waitUntil(lambda: not room.busy)


def test_a_hanging_engine_is_stopped_by_force(room: EngineRoom, qtbot: QtBot) -> None:
    listener = Listener(room)
    room.submit(Resume("stage hang"))
    qtbot.waitUntil(lambda: listener.heard(StageStarted))
    began = time.monotonic()
    room.stop()
    assert time.monotonic() - began < 0.2
    qtbot.waitUntil(lambda: not room.busy)
    assert time.monotonic() - began < 4
    assert isinstance(listener.events[-1], Halted)
    assert room.forced


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
def test_a_killed_engine_is_told_and_replaced(
    room: EngineRoom, ask: Callable[[str], list[Event]], qtbot: QtBot
) -> None:
    listener = Listener(room)
    room.submit(Resume("stage wait"))
    qtbot.waitUntil(lambda: listener.heard(StageStarted))
    pid = room.engine.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: not room.busy)
    last = listener.events[-1]
    assert isinstance(last, Failed)
    assert "killed by signal 9" in last.sentence
    assert isinstance(ask("")[-1], Finished)


def test_a_flood_does_not_freeze_the_window(room: EngineRoom, qtbot: QtBot) -> None:
    from qtpy.QtCore import QTimer

    ticks = 0

    def tick() -> None:
        nonlocal ticks
        ticks += 1

    timer = QTimer()
    timer.timeout.connect(tick)
    timer.start(5)
    listener = Listener(room)
    began = time.monotonic()
    room.submit(Resume("stage flood=10000 finish_stage"))
    qtbot.waitUntil(lambda: not room.busy, timeout=60_000)
    seconds = time.monotonic() - began
    timer.stop()
    chatty = [event for event in listener.events if isinstance(event, Progress | Losses)]
    assert len(chatty) <= 2 * (50 * seconds + 2)
    assert chatty[-1].done == 9999 if isinstance(chatty[-1], Progress) else chatty[-1].step == 9999
    assert ticks >= 5
    kinds = [type(event) for event in listener.events if event not in chatty]
    assert kinds == [StageStarted, StageFinished, Finished]


def test_the_work_of_other_plugins_is_not_in_the_way(
    room: EngineRoom, ask: Callable[[str], list[Event]]
) -> None:
    from qtpy.QtCore import QRunnable, QThreadPool

    class Wait(QRunnable):
        def run(self) -> None:
            done.wait(60)

    done = threading.Event()
    pool = QThreadPool.globalInstance()
    others = [Wait() for _ in range(pool.maxThreadCount())]
    for other in others:
        other.setAutoDelete(False)
        pool.start(other)
    assert isinstance(ask("")[-1], Finished)
    done.set()
    assert pool.waitForDone(5000)


@pytest.mark.parametrize("script", ["", "stage wait", "stage hang"])
def test_after_closing_nothing_is_left_and_nothing_is_said(
    room: EngineRoom, qtbot: QtBot, script: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("napari_binn.gui.engine_room.LAST_WORDS", 0.3)
    listener = Listener(room)
    room.submit(Resume(script))
    pid = room.engine.pid
    assert pid is not None
    if script:
        qtbot.waitUntil(lambda: listener.heard(StageStarted))
    else:
        qtbot.waitUntil(lambda: not room.busy)
    said = len(listener.said)
    room.close()
    room.stop()
    assert gone(pid)
    qtbot.wait(100)
    assert len(listener.said) == said
    with pytest.raises(RuntimeError, match="closed"):
        room.submit(Resume(""))


def test_the_engine_ends_with_the_widget_that_owns_it(qtbot: QtBot) -> None:
    from qtpy.QtWidgets import QWidget

    from napari_binn.gui.engine_room import EngineRoom

    widget = QWidget()
    room = EngineRoom(EngineProcess(FAKE), parent=widget)
    listener = Listener(room)
    room.submit(Resume("stage wait"))
    qtbot.waitUntil(lambda: listener.heard(StageStarted))
    pid, engine = room.engine.pid, room.engine
    assert pid is not None
    del room
    widget.deleteLater()
    qtbot.waitUntil(lambda: gone(pid))
    assert not engine.busy


def test_napari_knows_of_the_work_and_can_end_it(
    make_napari_viewer: Callable[[], napari.Viewer], room: EngineRoom, qtbot: QtBot
) -> None:
    viewer = make_napari_viewer()
    listener = Listener(room)
    room.submit(Resume("stage wait"))
    tasks = viewer.window._task_status_manager
    qtbot.waitUntil(lambda: listener.heard(StageStarted) and "Executing" in str(tasks.get_status()))
    assert "the computation of napari-binn" in str(tasks.get_status())
    pid = room.engine.pid
    assert pid is not None
    tasks.cancel_all()  # what the window does once the user said yes
    qtbot.waitUntil(lambda: not room.busy)
    assert isinstance(listener.events[-1], Halted)
    assert gone(pid)


def test_quitting_the_application_while_it_works_ends_the_engine() -> None:
    code = (
        "from napari.qt import get_qapp\n"
        "app = get_qapp()\n"
        "from napari_binn.engine.process import EngineProcess\n"
        "from napari_binn.engine.protocol import Resume\n"
        "from napari_binn.gui.engine_room import EngineRoom\n"
        f"room = EngineRoom(EngineProcess({FAKE!r}))\n"
        "room.reported.connect(lambda event: app.quit())\n"
        "room.submit(Resume('stage wait'))\n"
        "print(room.engine.pid, flush=True)\n"
        "app.exec_()\n"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert gone(int(done.stdout))
    assert not done.stderr
