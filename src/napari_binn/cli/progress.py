"""Three ways to show what a running stage says: live bars, JSON lines, or only what matters."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TaskProgressColumn,
    TextColumn,
)
from rich.text import Text

from .. import events
from ..events import Event, Report, StageName
from .hints import hinted

_TITLES: dict[StageName, str] = {
    "density": "density",
    "learn": "D(u), G(u)",
    "discover": "formula",
    "simulate": "simulation",
}


@contextmanager
def reporting(*, json: bool = False, console: Console | None = None) -> Iterator[Report]:
    """Yield the function that stages report to.

    JSON lines on stdout if ``json``; live bars if stdout is a terminal; else notices on stderr.
    """
    console = console or Console()
    if json:
        yield write_json
    elif console.is_terminal:
        with _progress(console) as progress:
            yield LiveBars(progress)
    else:
        notices = Notices()
        yield notices
        notices.tell()


def write_json(event: Event) -> None:
    """Write the event as one line on stdout, at once."""
    print(event.to_json(), flush=True)


class Notices:
    """Write on stderr what the user should read, and pass over everything else.

    What is said before the density is measured waits until it is: if the input turns out to be
    wrong, the one sentence about that stands alone.
    """

    def __init__(self) -> None:
        self._waiting: list[str] | None = []

    def __call__(self, event: Event) -> None:
        if isinstance(event, events.Notice):
            if self._waiting is None:
                print(_notice(event), file=sys.stderr, flush=True)
            else:
                self._waiting.append(_notice(event))
        elif isinstance(event, events.StageFinished) or getattr(event, "stage", "") != "density":
            self.tell()

    def tell(self) -> None:
        """Write what waits; from now on nothing does."""
        for text in self._waiting or ():
            print(text, file=sys.stderr, flush=True)
        self._waiting = None


class LiveBars:
    """One line a stage: a bar, the time it took and what is left, and the latest losses."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[StageName, TaskID] = {}

    def __call__(self, event: Event) -> None:
        match event:
            case events.StageStarted(stage=stage):
                self._tasks[stage] = self._progress.add_task(
                    _TITLES[stage], total=None, text=event.text
                )
            case events.Progress(stage=stage):
                self._update(stage, event)
            case events.Losses():
                self._show("learn", losses_text(event.terms))
            case events.Notice():
                style = "yellow" if event.level == "warning" else "dim"
                self._progress.console.print(Text(_notice(event), style=style))
            case events.StageFinished(stage=stage):
                self._finish(stage)

    def _update(self, stage: StageName, event: events.Progress) -> None:
        if stage not in self._tasks or event.total <= 0:
            return
        # The share that is done, because rich forgets the speed when the total is revised.
        share = min(max(event.done / event.total, 0.0), 1.0)
        self._progress.update(self._tasks[stage], total=1.0, completed=share)
        if event.text:
            self._show(stage, event.text)

    def _show(self, stage: StageName, text: str) -> None:
        if stage in self._tasks:
            self._progress.update(self._tasks[stage], text=text)

    def _finish(self, stage: StageName) -> None:
        if stage in self._tasks:
            self._progress.update(self._tasks[stage], total=1.0, completed=1.0, text="")
            self._progress.stop_task(self._tasks[stage])


class TimesColumn(ProgressColumn):
    """Time spent on the stage and, while it runs, the time that is left at the present speed."""

    max_refresh = 0.5

    def render(self, task: Task) -> Text:
        """Return, for example, ``0:12, 0:31 left``."""
        elapsed = task.finished_time if task.finished else task.elapsed
        text = clock(elapsed or 0.0)
        if not task.finished and task.total is not None and task.time_remaining is not None:
            text += f", {clock(task.time_remaining)} left"
        return Text(text, style="cyan")


def clock(seconds: float) -> str:
    """Return seconds as ``m:ss`` or ``h:mm:ss``."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def losses_text(terms: dict[str, float]) -> str:
    """Return the losses of the network in one short line."""
    return " · ".join(f"{name} {value:.3g}" for name, value in terms.items())


def _notice(event: events.Notice) -> str:
    text = hinted(event.text)
    return f"warning: {text}" if event.level == "warning" else text


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:<10}"),
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        TimesColumn(),
        TextColumn("{task.fields[text]}", style="dim", markup=False),
        console=console,
        refresh_per_second=8,
    )
