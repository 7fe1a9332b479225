"""What the density settings do to the frame on the screen, while they are being changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QObject, QTimer, Signal

from ..density.preview import Preview, Previewer
from ..errors import UserError
from ..events import Event, Notice
from ..prepare.model import Prepared
from ..prepare.movie import prepare
from ..settings import PrepareSettings, Settings
from .sources import LayerSource

if TYPE_CHECKING:
    from .session import Session

#: A preview, or that the frame is left out, and what was said when the frames were corrected.
Found = tuple[Preview | str, tuple[Notice, ...]]
#: Milliseconds that a change waits for the next one.
SETTLE = 40


class LivePreview(QObject):
    """Computes previews in a thread, one at a time; of several wishes only the last counts."""

    #: A preview is there.
    ready = Signal(object)
    #: The frame on the screen is not measured: a sentence.
    left_out = Signal(str)
    #: What was found when the frames were corrected (a tuple of Notices).
    prepared = Signal(tuple)
    #: There can be none: a sentence, or "" where there is nothing to preview.
    failed = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._enabled = False
        self._busy = self._again = False
        self._last: tuple[Any, ...] | None = None
        self._desk = _Desk()
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE)
        self._settle.timeout.connect(self._begin)
        session.changed.connect(self.ask)
        session.viewer.dims.events.current_step.connect(self._moved)

    @property
    def wanted(self) -> bool:
        """Whether a preview makes sense: there is a movie, and its density is still to be set."""
        facts = self._session.facts()
        return (
            self._enabled
            and facts.layer
            and not facts.movie_problem
            and not facts.busy
            and "density" not in facts.done
        )

    def enable(self, on: bool) -> None:
        """Compute previews, or do not (which is how it begins)."""
        if on != self._enabled:
            self._enabled, self._last = on, None
            self.ask()

    def ask(self) -> None:
        """Note that something may have changed."""
        self._settle.start()

    def close(self) -> None:
        """Compute nothing from now on."""
        self._enabled = False
        self._settle.stop()
        self._session.viewer.dims.events.current_step.disconnect(self._moved)

    def _moved(self, _: Any = None) -> None:
        self.ask()

    def frame(self) -> int:
        """Return the index of the frame on the screen."""
        source = self._session.source
        assert isinstance(source, LayerSource)
        axis = source.calibration.time_axis or 0
        layer, dims = source.layer, self._session.viewer.dims
        world = [dims.point[dims.ndim - layer.ndim + i] for i in range(layer.ndim)]
        frames = source.calibration.axes[axis].size
        return min(max(round(float(layer.world_to_data(world)[axis])), 0), frames - 1)

    def _begin(self) -> None:
        if not self.wanted:
            self._last = None
            self.failed.emit("")
            return
        if self._busy:
            self._again = True
            return
        source = self._session.source
        assert isinstance(source, LayerSource)
        try:
            settings = self._session.settings()
        except UserError as error:
            self.failed.emit(str(error))
            return
        chosen = (settings.prepare, settings.density)
        wish = (source.layer, source.calibration, source.version, chosen, self.frame())
        if wish == self._last:
            return
        self._last = wish
        self._compute(source, settings, wish[-1])

    def _compute(self, source: LayerSource, settings: Settings, index: int) -> None:
        from napari.qt.threading import create_worker

        self._busy = True
        worker = create_worker(_preview, self._desk, source, settings, index, _start_thread=False)
        worker.returned.connect(self._done)
        worker.errored.connect(self._broken)
        worker.start()

    def _done(self, result: Found | str) -> None:
        self._busy = False
        if self._again:
            self._again = False
            self._settle.start()
        if not self.wanted:
            self.failed.emit("")
        elif isinstance(result, str):
            self.failed.emit(result)
        else:
            preview, notices = result
            self.prepared.emit(notices)
            (self.left_out if isinstance(preview, str) else self.ready).emit(preview)

    def _broken(self, error: Exception) -> None:
        self._busy = False
        self.failed.emit(f"The preview failed: {type(error).__name__}: {error}.")


class _Desk:
    """Keeps the previewer of the movie, with all that it need not compute again."""

    def __init__(self) -> None:
        self._for: tuple[LayerSource, PrepareSettings] | None = None
        self._kept: tuple[Prepared, tuple[Notice, ...], Previewer] | None = None

    def previewer(
        self, source: LayerSource, settings: PrepareSettings
    ) -> tuple[Prepared, tuple[Notice, ...], Previewer]:
        """Return the corrected movie, what was said about it, and what previews it."""
        if self._kept is None or self._for != (source, settings):
            self.close()
            notices: list[Notice] = []

            def hear(event: Event) -> None:
                if isinstance(event, Notice):
                    notices.append(event)

            done = prepare(source.movie(), settings, hear, inspect=False)
            self._kept = done, tuple(notices), Previewer(done.movie)
            self._for = source, settings
        return self._kept

    def close(self) -> None:
        """Forget everything."""
        if self._kept is not None:
            self._kept[-1].close()
        self._for = self._kept = None


def _preview(desk: _Desk, source: LayerSource, settings: Settings, index: int) -> Found | str:
    """Return the preview, or why there is none (superqt raises what is an exception).

    It lies on the frame as it was recorded, which is what is on the screen.
    No method of a QObject: the window may be closed, and the object gone, before it is done.
    """
    try:
        prepared, notices, previewer = desk.previewer(source, settings.prepare)
        place = prepared.position(index)
        if place is None:
            return f"Frame {index + 1} is left out.", notices
        found = previewer.preview(settings.density, place)
    except UserError as error:
        return str(error)
    down, right = prepared.offset(place)
    positions = found.positions
    moved = replace(
        found,
        index=index,
        y=found.y + down,
        x=found.x + right,
        positions=None if positions is None else positions + np.array([right, down]),
    )
    return moved, notices
