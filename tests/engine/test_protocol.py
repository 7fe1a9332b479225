"""What is written to the engine, and by it, is read as what it was."""

from __future__ import annotations

import math

import pytest

from napari_binn import events
from napari_binn.engine import protocol
from napari_binn.events import Event


@pytest.mark.parametrize(
    "request_",
    [
        protocol.Resume("runs/größe 1"),
        protocol.Resume("run", "learn"),
        protocol.Simulate("run", "0.01", "1 - u", "out.npz"),
        protocol.CheckBands("run", 20),
    ],
)
def test_requests_come_back(request_: protocol.Request) -> None:
    line = protocol.request_line(request_)
    assert "\n" not in line
    assert protocol.parse_line(line) == request_


@pytest.mark.parametrize("command", protocol.COMMANDS)
def test_commands_come_back(command: protocol.Command) -> None:
    assert protocol.parse_line(protocol.command_line(command)) == command


@pytest.mark.parametrize(
    "line",
    [
        "", "rubbish", "3", "[]", "{}", '{"request": "dinner"}', '{"command": "dance"}',
        '{"request": "resume"}', '{"request": "resume", "run": "a", "more": 1}',
    ],
)  # fmt: skip
def test_other_lines_are_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        protocol.parse_line(line)


@pytest.mark.parametrize(
    "event",
    [
        events.StageStarted("learn", "learning"),
        events.Progress("learn", 1.0, 2.0, "text\nwith a break"),
        events.Losses(5, 10, {"data": 0.5}),
        events.Curves(5, [0.0], [[1.0], [2.0]], [[3.0], [4.0]]),
        events.Notice("Größe", "warning"),
        events.StageFinished("learn", 1.5, {"members": 5}),
        protocol.Finished({"metrics": {"relative_l2": None}}),
        protocol.Failed("A sentence.", "Traceback"),
        protocol.Halted(),
        protocol.Paused(),
        protocol.Continued(),
        protocol.Surface(7, "run/live/surface.npy"),
    ],
)
def test_events_come_back(event: Event) -> None:
    line = event.to_json()
    assert "\n" not in line
    assert protocol.parse_event(line) == event


def test_losses_that_are_no_numbers_come_back() -> None:
    event = protocol.parse_event(events.Losses(1, 2, {"validation": math.nan}).to_json())
    assert isinstance(event, events.Losses)
    assert math.isnan(event.terms["validation"])


@pytest.mark.parametrize(
    "line", ["", "loading…", "[1]", '{"event": "Party"}', '{"event": "Halted", "a": 1}']
)
def test_stray_prints_are_no_events(line: str) -> None:
    assert protocol.parse_event(line) is None
