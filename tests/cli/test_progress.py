"""What a user sees while the stages run."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console
from rich.progress import Progress

from napari_binn import events
from napari_binn.cli.progress import TimesColumn, clock, losses_text, reporting
from napari_binn.errors import UserError

STORY = (
    events.StageStarted("density", "finding nuclei"),
    events.Progress("density", 3, 12),
    events.Notice("The pixel size was assumed to be [bold]0.65 um[/bold]."),
    events.StageFinished("density", 1.5, {"frames": 12}),
    events.StageStarted("learn", "training"),
    events.Progress("learn", 10, 100, "member 1"),
    events.Losses(10, 100, {"data": 0.0123456, "residual": 4.5e-5}),
    events.Notice("No GPU: this takes longer.", "warning"),
)


def test_a_pipe_gets_notices_on_stderr_and_nothing_on_stdout(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with reporting(console=Console(file=io.StringIO())) as report:
        for event in STORY:
            report(event)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "The pixel size was assumed to be [bold]0.65 um[/bold].",
        "warning: No GPU: this takes longer.",
    ]


def test_nothing_is_said_about_an_input_that_turns_out_to_be_wrong(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def measure() -> None:
        with reporting(console=Console(file=io.StringIO())) as report:
            for event in STORY[:3]:
                report(event)
            raise UserError("The region lies outside the movie.")

    with pytest.raises(UserError):
        measure()
    assert capsys.readouterr().err == ""


def test_notices_are_said_when_a_resumed_run_begins_later(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with reporting(console=Console(file=io.StringIO())) as report:
        report(STORY[2])
        report(STORY[4])
        assert "pixel size" in capsys.readouterr().err


def test_json_is_one_line_an_event_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    with reporting(json=True) as report:
        for event in STORY:
            report(event)
    captured = capsys.readouterr()
    lines = [json.loads(line) for line in captured.out.splitlines()]
    assert [line["event"] for line in lines] == [type(event).__name__ for event in STORY]
    assert lines[1] == {
        "event": "Progress", "stage": "density", "done": 3, "total": 12, "text": ""
    }  # fmt: skip
    assert captured.err == ""


def test_a_terminal_shows_stages_losses_and_notices_as_they_are_written() -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=120, color_system=None)
    with reporting(console=console) as report:
        for event in STORY:
            report(event)
    shown = screen.getvalue()
    assert "[bold]0.65 um[/bold]" in shown
    assert "warning: No GPU" in shown
    last = shown[shown.rindex("density ") :]
    assert "100%" in last.splitlines()[0]
    assert "10%" in last.splitlines()[1]
    assert "data 0.0123 · residual 4.5e-05" in last


def test_the_time_left_follows_from_the_speed() -> None:
    now = [0.0]
    column = TimesColumn()
    progress = Progress(column, get_time=lambda: now[0])
    task = progress.add_task("learn", total=1.0)
    progress.start_task(task)
    for step in range(1, 6):
        now[0] = 2.0 * step
        progress.update(task, completed=0.02 * step)
    # 10 % took 10 s, so 90 % take 90 s.
    assert str(column.render(progress.tasks[0])) == "0:10, 1:30 left"
    progress.update(task, completed=1.0)
    now[0] = 50.0
    assert str(column.render(progress.tasks[0])) == "0:10"


def test_a_revised_total_neither_breaks_the_bar_nor_runs_over_it() -> None:
    screen = io.StringIO()
    with reporting(console=Console(file=screen, force_terminal=True, width=100)) as report:
        report(events.StageStarted("discover", "searching"))
        for done, total in ((5, 10), (6, 20), (30, 20), (1, 0)):
            report(events.Progress("discover", done, total))
    assert "100%" in screen.getvalue()


def test_progress_of_a_stage_that_never_began_is_passed_over() -> None:
    with reporting(console=Console(file=io.StringIO(), force_terminal=True)) as report:
        report(events.Progress("learn", 1, 2))
        report(events.StageFinished("learn", 1.0))


def test_clock() -> None:
    assert [clock(s) for s in (0, 59.6, 61, 3723)] == ["0:00", "1:00", "1:01", "1:02:03"]


def test_losses_are_short() -> None:
    assert losses_text({"data": 0.5, "residual": 1.23456e-3}) == "data 0.5 · residual 0.00123"
