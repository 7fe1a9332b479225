"""What the density settings do to the frame on the screen, while they are being changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, QTimer, Signal

from ..density.preview import Preview, Previewer
from ..errors import UserError
from ..settings import DensitySettings
from .sources import LayerSource

if TYPE_CHECKING:
    from .session import Session

#: Milliseconds that a change waits for the next one.
SETTLE = 40


class LivePreview(QObject):
    """Computes previews in a thread, one at a time; of several wishes only the last counts."""

    #: A preview is there.
    ready = Signal(object)
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
            settings = self._session.settings().density
        except UserError as error:
            self.failed.emit(str(error))
            return
        wish = (source.layer, source.calibration, source.version, settings, self.frame())
        if wish == self._last:
            return
        self._last = wish
        self._compute(source, settings, wish[-1])

    def _compute(self, source: LayerSource, settings: DensitySettings, index: int) -> None:
        from napari.qt.threading import create_worker

        self._busy = True
        worker = create_worker(_preview, self._desk, source, settings, index, _start_thread=False)
        worker.returned.connect(self._done)
        worker.errored.connect(self._broken)
        worker.start()

    def _done(self, result: Preview | str) -> None:
        self._busy = False
        if self._again:
            self._again = False
            self._settle.start()
        if not self.wanted:
            self.failed.emit("")
        elif isinstance(result, str):
            self.failed.emit(result)
        else:
            self.ready.emit(result)

    def _broken(self, error: Exception) -> None:
        self._busy = False
        self.failed.emit(f"The preview failed: {type(error).__name__}: {error}.")


class _Desk:
    """Keeps the previewer of the movie, with all that it need not compute again."""

    def __init__(self) -> None:
        self._previewer: tuple[LayerSource, Previewer] | None = None

    def previewer(self, source: LayerSource) -> Previewer:
        if self._previewer is None or self._previewer[0] != source:
            self._previewer = (source, Previewer(source.movie()))
        return self._previewer[1]


def _preview(
    desk: _Desk, source: LayerSource, settings: DensitySettings, index: int
) -> Preview | str:
    """Return the preview, or why there is none (superqt raises what is an exception).

    No method of a QObject: the window may be closed, and the object gone, before it is done.
    """
    try:
        return desk.previewer(source).preview(settings, index)
    except UserError as error:
        return str(error)
