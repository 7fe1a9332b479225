"""Word of the viewer's layers: which there are, and what they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, QTimer, Signal

if TYPE_CHECKING:
    import napari


class LayerWatch(QObject):
    """Says a moment later that layers came, went, changed places or were renamed.

    napari tells of a layer before it is fully in place, and in bursts.
    """

    changed = Signal()

    def __init__(self, viewer: napari.Viewer, parent: QObject) -> None:
        super().__init__(parent)
        events = viewer.layers.events
        self._events = (events.inserted, events.removed, events.reordered, events.renamed)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self.changed)
        for event in self._events:
            event.connect(self._heard)

    def close(self) -> None:
        """Listen no longer; to be called before the Qt part of this is gone."""
        self._later.stop()
        for event in self._events:
            event.disconnect(self._heard)

    def _heard(self, _: Any = None) -> None:
        self._later.start()
