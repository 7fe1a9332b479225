"""The engine without a process answers like the one with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from napari_binn.engine.control import Control
from napari_binn.engine.protocol import Failed, Finished, Halted, Request, Resume
from napari_binn.errors import Stopped
from napari_binn.events import Event, Progress, Report

if TYPE_CHECKING:
    from napari_binn.gui.in_process_room import InProcessRoom

pytestmark = pytest.mark.gui


def count(request: Request, report: Report, control: Control) -> Event:
    """Count to five unless it is stopped."""
    told = control.wrap(report)
    try:
        for done in range(5):
            told(Progress("learn", done, 5))
    except Stopped:
        return Halted()
    assert isinstance(request, Resume)
    return Finished({"run": request.run})


@pytest.fixture
def room(qapp: object, monkeypatch: pytest.MonkeyPatch) -> InProcessRoom:
    from napari_binn.gui.in_process_room import InProcessRoom

    monkeypatch.setattr("napari_binn.engine.serve.handle", count)
    return InProcessRoom()


@pytest.fixture
def said(room: InProcessRoom) -> list[object]:
    said: list[object] = []
    room.reported.connect(said.append)
    room.busy_changed.connect(said.append)
    return said


def test_a_request_is_done_when_submit_returns(room: InProcessRoom, said: list[object]) -> None:
    room.submit(Resume("a"))
    assert not room.busy
    assert (said[0], said[-2], said[-1]) == (True, Finished({"run": "a"}), False)
    assert isinstance(said[1], Progress)


def test_it_can_be_stopped_from_a_report(room: InProcessRoom, said: list[object]) -> None:
    room.reported.connect(lambda event: room.stop())
    room.submit(Resume("a"))
    assert said[-2:] == [Halted(), False]
    room.reported.disconnect()
    room.reported.connect(said.append)
    room.submit(Resume("b"))
    assert said[-2:] == [Finished({"run": "b"}), False]


def test_the_next_request_can_follow_from_the_last_reply(
    room: InProcessRoom, said: list[object]
) -> None:
    runs = ["b", "c"]

    def go_on(event: Event) -> None:
        if isinstance(event, Finished) and runs:
            room.submit(Resume(runs.pop()))

    room.reported.connect(go_on)
    room.submit(Resume("a"))
    assert len([event for event in said if isinstance(event, Finished)]) == 3
    assert said[-1] is False
    assert not room.busy


def test_one_request_at_a_time_and_none_after_closing(room: InProcessRoom) -> None:
    errors: list[str] = []

    def again(event: Event) -> None:
        if isinstance(event, Progress):
            with pytest.raises(RuntimeError, match="busy"):
                room.submit(Resume("b"))
            errors.append("busy")

    room.reported.connect(again)
    room.submit(Resume("a"))
    assert errors
    room.close()
    with pytest.raises(RuntimeError, match="closed"):
        room.submit(Resume("b"))


@pytest.mark.usefixtures("qapp")
def test_the_real_engine_answers(tmp_path: Path) -> None:
    from napari_binn.gui.in_process_room import InProcessRoom

    room = InProcessRoom()
    said: list[Event] = []
    room.reported.connect(said.append)
    room.submit(Resume(str(tmp_path / "nothing")))
    (last,) = said
    assert isinstance(last, Failed)
    assert "There is no run" in last.sentence


def test_both_rooms_offer_what_a_controller_needs() -> None:
    from napari_binn.gui.engine_room import EngineRoom, Room
    from napari_binn.gui.in_process_room import InProcessRoom

    needed = {name for name in (*vars(Room), *Room.__annotations__) if not name.startswith("_")}
    assert {"submit", "reported", "close"} <= needed
    kinds: list[Callable[..., Room]] = [EngineRoom, InProcessRoom]
    assert all(hasattr(kind, name) for kind in kinds for name in needed)
