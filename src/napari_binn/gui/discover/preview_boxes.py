"""What the live preview of step ② shows on the movie."""

from __future__ import annotations

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QWidget

from ...density.methods import MethodInfo
from ..forms.rows import LABEL_WIDTH

_TIPS = {
    "cells": "Mark the cells that are found in the frame on the screen.",
    "density": "Show the density of the frame on the screen.",
}
_NO_CELLS = "This method counts no cells."


class PreviewBoxes(QWidget):
    """Two boxes, cells and density; the method decides until the user does."""

    #: The user chose: cells, density.
    chosen = Signal(bool, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cells, self.density = QCheckBox("cells"), QCheckBox("density")
        self._method: MethodInfo | None = None
        self._wish: dict[str, bool] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        title = QLabel("Live preview")
        title.setFixedWidth(LABEL_WIDTH)
        row.addWidget(title)
        for name, box in self._boxes().items():
            box.setToolTip(_TIPS[name])
            box.setAccessibleName(f"Preview of {name}")
            box.clicked.connect(lambda on, name=name: self._choose(name, on))
            row.addWidget(box)
        row.addStretch(1)
        self.set_method(None)

    def set_method(self, method: MethodInfo | None) -> None:
        """Offer what a method has to show."""
        self._method = method
        self._show()

    def untick(self, name: str) -> None:
        """Show "cells" or "density" no longer, because the user removed its layer."""
        self._wish[name] = False
        self._show()

    def shown(self) -> tuple[bool, bool]:
        """Return whether cells and density are to be shown."""
        return self.cells.isChecked(), self.density.isChecked()

    def _boxes(self) -> dict[str, QCheckBox]:
        return {"cells": self.cells, "density": self.density}

    def _choose(self, name: str, on: bool) -> None:
        self._wish[name] = on
        self.chosen.emit(*self.shown())

    def _show(self) -> None:
        method = self._method
        counting = method is None or method.counts
        # Labels and positions show the cells themselves; only nuclei have to be found.
        found = counting and (method is None or method.finds)
        self.cells.setChecked(counting and self._wish.get("cells", found))
        self.cells.setEnabled(counting)
        self.cells.setToolTip(_TIPS["cells"] if counting else _NO_CELLS)
        self.density.setChecked(self._wish.get("density", not found))
