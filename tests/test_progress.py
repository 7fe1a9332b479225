"""The bar of a stage moves on through its parts and never back."""

from __future__ import annotations

from napari_binn.events import Event, Notice, Progress
from napari_binn.progress import part, steps, within


def test_a_part_fills_its_share_of_the_bar() -> None:
    told: list[Event] = []
    report = part(told.append, 0.6, 1.0)
    report(Progress("learn", 5, 10, "fitting"))
    assert told == [Progress("learn", 0.8, 1.0, "fitting")]


def test_steps_end_at_their_end_however_many_there_are() -> None:
    told: list[Event] = []
    tick = steps(told.append, "discover", "searching", 0.0, 0.5, 2)
    for _ in range(3):
        tick()
    assert [event.done for event in told if isinstance(event, Progress)] == [0.25, 0.5, 0.5]


def test_work_within_another_stage_moves_the_bar_of_that_stage_only() -> None:
    told: list[Event] = []
    report = within(told.append, "simulate", "forecasting")
    report(Notice("Operon is not installed."))
    report(Progress("learn", 0.5, 1.0, "fitting by simulation"))
    assert told == [Progress("simulate", 0.5, 1.0, "forecasting")]
