"""An engine without a process of its own, for tests and debugging."""

from __future__ import annotations

from qtpy.QtCore import QObject, Signal

from ..engine.protocol import Request
from ..events import Event


class InProcessRoom(QObject):
    """Works on a request in :meth:`submit`, which returns when the last reply was reported.

    It has the interface of :class:`~napari_binn.gui.engine_room.EngineRoom`. From within a report
    the work can be stopped, but not paused: nobody could let it go on.
    """

    reported = Signal(object)
    busy_changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        from ..engine.control import Control

        super().__init__(parent)
        self._control = Control()
        self._busy = self._closed = False

    @property
    def busy(self) -> bool:
        """Whether a request is worked on."""
        return self._busy

    @property
    def paused(self) -> bool:
        """Whether the work stands still: never."""
        return False

    @property
    def forced(self) -> bool:
        """Whether the last request was stopped by force: never."""
        return False

    def submit(self, request: Request) -> None:
        """Do what is asked for; RuntimeError while busy and after :meth:`close`."""
        from ..engine.serve import handle

        if self._closed:
            raise RuntimeError("the room is closed")
        if self._busy:
            raise RuntimeError("the engine is busy")
        self._control.reset()
        self._busy = True
        self.busy_changed.emit(True)
        last = handle(request, self._report, self._control)
        self._busy = False
        self._report(last)
        # Whoever heard the last reply may have submitted, and finished, the next request.
        if not self._busy and not self._closed:
            self.busy_changed.emit(False)

    def pause(self) -> None:
        """Do nothing."""

    def proceed(self) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """End the work at its next report."""
        if self._busy:
            self._control.obey("stop")

    def watch(self, on: bool) -> None:
        """Choose whether the fitted surface is reported."""
        self._control.obey("watch" if on else "unwatch")

    def close(self) -> None:
        """End the work at its next report; nothing is reported after that."""
        self.stop()
        self._closed = True

    def _report(self, event: Event) -> None:
        if not self._closed:
            self.reported.emit(event)
