"""The movie as it is measured, drift and uneven light taken out, as a layer."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal

from ..errors import UserError
from ..events import Event, Notice
from ..movie.model import Frames
from ..prepare.model import Prepared
from ..prepare.movie import prepare
from ..settings import PrepareSettings
from .layers import LayerData
from .placing import Ground
from .sources import LayerSource

ROLE = "corrected movie"


class CorrectedMovie(QObject):
    """Looks at the frames in a thread; the layer then corrects each one when it is looked at."""

    #: The layer's data, and what was found (a tuple of Notices).
    ready = Signal(object, tuple)
    failed = Signal(str)

    def ask(self, source: LayerSource, settings: PrepareSettings) -> None:
        """Correct the movie of a layer."""
        from napari.qt.threading import create_worker

        worker = create_worker(_correct, source, settings, _start_thread=False)
        worker.returned.connect(self._done)
        worker.errored.connect(
            lambda error: self.failed.emit(
                f"The correction failed: {type(error).__name__}: {error}."
            )
        )
        worker.start()

    def _done(self, result: tuple[LayerData, tuple[Notice, ...]] | str) -> None:
        if isinstance(result, str):
            self.failed.emit(result)
        else:
            self.ready.emit(*result)


def _correct(
    source: LayerSource, settings: PrepareSettings
) -> tuple[LayerData, tuple[Notice, ...]] | str:
    """Return the layer, or why there is none."""
    notices: list[Notice] = []

    def hear(event: Event) -> None:
        if isinstance(event, Notice):
            notices.append(event)

    try:
        done = prepare(source.movie(), settings, hear)
        return corrected_layer(done, source), tuple(notices)
    except UserError as error:
        return str(error)


def corrected_layer(prepared: Prepared, source: LayerSource) -> LayerData:
    """Return the corrected frames on the place of the recorded ones; frames left out are black.

    What is not the specimen is black, too.
    """
    ground = Ground(source.layer, source.calibration)
    frames = _stack(prepared, np.shape(prepared.movie.frames[0]))
    placed = ground.place(np.array([0.5, 0.5]), np.array([1.0, 1.0]))
    layer = source.layer
    options = {
        **placed,
        "name": f"{source.name} (corrected)",
        "contrast_limits": tuple(layer.contrast_limits),
        "colormap": layer.colormap,
        "metadata": {**placed["metadata"], "run": "", "role": ROLE},
    }
    return ground.spread(frames), options, "image"


def _stack(prepared: Prepared, shape: tuple[int, ...]) -> Any:
    """Return a dask array (T, Y, X) whose frames are corrected when they are asked for."""
    import dask.array as da
    from dask.delayed import delayed

    movie = prepared.movie
    total = int(prepared.kept[-1]) + 1
    kind = np.asarray(movie.frames[0]).dtype

    def made(recorded: int) -> NDArray[Any]:
        place = prepared.position(recorded)
        if place is None:
            return np.zeros(shape, kind)
        return shown(movie.frames, movie.valid, place)

    lazily: Any = da  # which has no types
    return lazily.stack([lazily.from_delayed(delayed(made)(k), shape, kind) for k in range(total)])


def shown(frames: Frames, valid: Frames | None, index: int) -> NDArray[Any]:
    """Return a frame, zero where it does not show the specimen."""
    frame = np.array(frames[index])
    if valid is not None:
        frame[~np.asarray(valid[index], dtype=np.bool_)] = 0
    return frame
