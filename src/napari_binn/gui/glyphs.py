"""The letters of the formula on the canvas, drawn beforehand.

napari computes each letter once, when it is first seen, which takes some 20 ms: a first formula
would stop the window for more than half a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, QTimer

if TYPE_CHECKING:
    import napari

#: What formulas are written with, and the line below them.
LETTERS = "∂u/t=∇·(0123456789. )+−⁰¹²³⁴⁵⁶⁷⁸⁹⁻^√×,densiycl²hgmapxorbk\N{NO-BREAK SPACE}"
#: Time from one letter to the next [ms].
PACE = 250


class Glyphs(QObject):
    """Writes the letters one after the other, unseen, until somebody else writes something."""

    def __init__(self, viewer: napari.Viewer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._overlay = viewer.canvas.overlays.text
        self._done = 0
        self._writing = False
        self._before: tuple[float, bool] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(PACE)
        self._timer.timeout.connect(self._next)

    @property
    def active(self) -> bool:
        """Whether there are letters to come."""
        return self._timer.isActive()

    def begin(self) -> None:
        """Draw what was not drawn yet, if nothing stands on the canvas."""
        if self._done < len(LETTERS) and not self.active and not self._overlay.visible:
            self._overlay.events.text.connect(self._written)
            self._timer.start()

    def end(self) -> None:
        """Draw no more letters for now."""
        if not self.active:
            return
        self._timer.stop()
        self._overlay.events.text.disconnect(self._written)
        if self._before is not None:
            self._overlay.opacity, self._overlay.box = self._before
            self._before = None

    def _next(self) -> None:
        overlay = self._overlay
        if self._before is None:
            if overlay.visible:  # something was shown meanwhile
                self.end()
                return
            self._before = overlay.opacity, overlay.box
            overlay.opacity, overlay.box = 0.0, False
        finished = self._done == len(LETTERS)
        self._writing = True
        overlay.text = "" if finished else LETTERS[self._done]
        overlay.visible = not finished
        self._writing = False
        if finished:
            self.end()
        self._done += not finished

    def _written(self, _: Any = None) -> None:
        if not self._writing:
            self.end()
