"""Step ①: which layer is analysed, and how it is calibrated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QObject

from ..calibration import problems
from ..layer_watch import LayerWatch
from ..sources import LayerSource, RunSource
from .headlines import movie_words
from .movie_step import MovieForm, MovieStep

if TYPE_CHECKING:
    from napari.layers import Layer

    from ..session import Session

#: The sample that "Try the sample" opens.
SAMPLE = "growth"


class MoviePresenter(QObject):
    """Keeps the view of step ① and the session in step with the viewer's layers."""

    def __init__(self, session: Session, view: MovieStep) -> None:
        super().__init__(view)
        self._session, self._view = session, view
        self._followed: Layer | None = None
        watch = LayerWatch(session.viewer, self)
        watch.changed.connect(self.refresh_layers)
        view.destroyed.connect(watch.close)
        view.layer_chosen.connect(self._choose)
        view.changed.connect(self._edit)
        view.sample_requested.connect(self.open_sample)
        view.frame_requested.connect(self._go_to_frame)
        session.source_changed.connect(self.refresh)
        session.changed.connect(self._refresh_problems)
        view.destroyed.connect(lambda: self._follow(None))
        self.refresh_layers()

    def refresh_layers(self) -> None:
        """Offer the layers that can be analysed; go on with another one if ours is gone."""
        session = self._session
        offered = [layer for layer in session.viewer.layers if can_be_analysed(layer)]
        current = session.source.layer if isinstance(session.source, LayerSource) else None
        if current is not None and current not in offered:
            session.set_layer(None)
            current = None
        if session.source is None and offered:
            active = session.viewer.layers.selection.active
            current = active if active in offered else offered[-1]
            session.set_layer(current)
        self._view.set_layers(
            [(layer.name, kind_of(layer)) for layer in offered],
            None if current is None else current.name,
        )
        self.refresh()

    def refresh(self) -> None:
        """Show what is analysed."""
        source = self._session.source
        if isinstance(source, LayerSource):
            self._follow(source.layer)
            self._view.set_calibration(_form(source))
            self._view.set_summary(summary(source))
        else:
            self._follow(None)
            self._view.set_calibration(None)
            text = f"The movie of the run: {source.input}" if isinstance(source, RunSource) else ""
            self._view.set_summary(text)
        self._refresh_problems()

    def _refresh_problems(self) -> None:
        source = self._session.source
        found = problems(source.calibration) if isinstance(source, LayerSource) else {}
        self._view.set_problems(found)
        self._session.set_problem("movie", next(iter(self._view.problems().values()), ""))

    def _follow(self, layer: Layer | None) -> None:
        """Watch the layer for data that are replaced under us."""
        if layer is self._followed:
            return
        if self._followed is not None:
            self._followed.events.data.disconnect(self._data_replaced)
        self._followed = layer
        if layer is not None:
            layer.events.data.connect(self._data_replaced)

    def _data_replaced(self, _: Any = None) -> None:
        self._session.data_replaced()

    def _choose(self, name: str) -> None:
        named = (layer for layer in self._session.viewer.layers if layer.name == name)
        self._session.set_layer(next(named, None))

    def _edit(self, values: dict[str, Any]) -> None:
        source = self._session.source
        if not isinstance(source, LayerSource):
            return
        with self._view_kept(source.layer):
            self._session.set_calibration(source.calibration.typed(**values))

    @contextmanager
    def _view_kept(self, layer: Layer) -> Iterator[None]:
        """Stay at the same frame and the same part of it while a layer gets another scale."""
        dims, camera = self._session.viewer.dims, self._session.viewer.scene.camera
        steps, sides = dims.current_step, np.array(layer.scale[-2:])
        centre = layer.world_to_data((*dims.point[-layer.ndim : -2], *camera.center[-2:]))
        yield
        changed = np.array(layer.scale[-2:])
        if not np.allclose(changed, sides) and dims.ndisplay == 2:
            camera.zoom *= float(np.sqrt(np.prod(sides) / np.prod(changed)))
            camera.center = (camera.center[0], *layer.data_to_world(centre)[-2:])
        dims.current_step = steps

    def open_sample(self) -> None:
        """Open the sample movie and choose it."""
        (layer, *_) = self._session.viewer.open_sample("napari-binn", SAMPLE)
        self._session.set_layer(layer)

    def _go_to_frame(self, index: int) -> None:
        source = self._session.source
        if not isinstance(source, LayerSource) or source.calibration.time_axis is None:
            return
        dims = self._session.viewer.dims
        axis = dims.ndim - source.layer.ndim + source.calibration.time_axis
        last = source.calibration.axes[source.calibration.time_axis].size - 1
        dims.set_current_step(axis, last if index < 0 else min(index, last))


def can_be_analysed(layer: Layer) -> bool:
    """Whether a layer holds a movie: pixels, labels or positions with a time axis."""
    from napari.layers import Image, Labels, Points

    ours = "run" in layer.metadata or "preview" in layer.metadata
    return isinstance(layer, Image | Labels | Points) and layer.ndim >= 3 and not ours


def kind_of(layer: Layer) -> str:
    """Return "image", "labels" or "points"."""
    return str(type(layer).__name__).lower()


def summary(source: LayerSource) -> str:
    """Return the size of the field and the duration in words."""
    if source.problem():
        return ""
    return movie_words(source.calibration)


def _form(source: LayerSource) -> MovieForm:
    shared = {field.name for field in fields(MovieForm)}
    calibration = source.calibration
    values = {
        field.name: getattr(calibration, field.name)
        for field in fields(calibration)
        if field.name in shared
    }
    values["axes"] = tuple(
        (_axis_name(index, axis.label), axis.size) for index, axis in enumerate(calibration.axes)
    )
    channel_axis = calibration.channel_axis
    values["channels"] = 0 if channel_axis is None else calibration.axes[channel_axis].size
    return MovieForm(**values)


def _axis_name(index: int, label: str) -> str:
    """Return the label of an axis; napari calls those without one -1, -2, …."""
    return f"axis {index + 1}" if label.lstrip("-").isdigit() else label
