"""An engine room in which nothing is computed: a test says what the engine says."""

from __future__ import annotations

from qtpy.QtCore import QObject, Signal

from napari_binn.engine.protocol import LAST, Paused, Request
from napari_binn.events import Event


class ScriptedRoom(QObject):
    """Notes what it is asked for and reports what the test tells it to."""

    reported = Signal(object)
    busy_changed = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[Request] = []
        self.commands: list[str] = []
        self.busy = self.paused = self.forced = False

    def submit(self, request: Request) -> None:
        """Note a request; it is busy until the test says the last word."""
        assert not self.busy
        self.requests.append(request)
        self.busy = True
        self.busy_changed.emit(True)

    def say(self, *events: Event) -> None:
        """Report events as the engine would."""
        for event in events:
            self.paused = isinstance(event, Paused)
            last = isinstance(event, LAST)
            self.busy = self.busy and not last
            self.reported.emit(event)
            if last:
                self.busy_changed.emit(False)

    def pause(self) -> None:
        """Note it."""
        self.commands.append("pause")

    def proceed(self) -> None:
        """Note it."""
        self.commands.append("continue")

    def stop(self) -> None:
        """Note it."""
        self.commands.append("stop")

    def watch(self, on: bool) -> None:
        """Note it."""
        self.commands.append("watch" if on else "unwatch")

    def close(self) -> None:
        """Note it."""
        self.commands.append("close")
