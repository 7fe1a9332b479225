"""The part of step ② in which regions are drawn."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ..actions import ActionButton
from ..forms.quiet import Combo
from ..forms.rows import LABEL_WIDTH, FieldRows, side_by_side
from ..labels import FieldProblem, WrapLabel

_TOOLS = {
    "rectangle": "Draw a rectangle on the movie: press, drag, release.",
    "ellipse": "Draw an ellipse on the movie: press, drag, release.",
    "polygon": "Draw a polygon on the movie: click its corners, double-click the last.",
}
_DRAWN_HERE = "drawn here"
#: What is analysed where nothing is drawn; then there is nothing to clear.
WHOLE_FIELD = "whole field"


class RegionsBox(QWidget):
    """Tools to draw what is analysed and what is left out."""

    #: Tool ("rectangle", "ellipse", "polygon") and kind ("include", "exclude").
    draw_requested = Signal(str, str)
    clear_regions = Signal()
    #: Name of the Shapes layer to use; "" for what is drawn here.
    region_layer_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tools = {
            tool: ActionButton(tool.capitalize(), tooltip) for tool, tooltip in _TOOLS.items()
        }
        self.exclude = QCheckBox("Leave out what I draw")
        self.exclude.setToolTip("What is drawn next is left out of the analysis.")
        self.clear = ActionButton("Clear", "Forget all regions: the whole field is analysed.")
        self.layers = Combo()
        self._text = WrapLabel()
        self._rows = FieldRows()
        self._problem = FieldProblem()
        self._lay_out()
        for tool, button in self.tools.items():
            button.clicked.connect(lambda _=False, tool=tool: self._draw(tool))
        self.clear.clicked.connect(lambda: self.clear_regions.emit())
        self.layers.activated.connect(
            lambda _: self.region_layer_chosen.emit(self.layers.currentData())
        )
        self.set_layers([], None)
        self.set_text(WHOLE_FIELD)

    def set_text(self, text: str) -> None:
        """Say what is analysed: "whole field", "2 regions, 1 excluded: 61 % of the field"."""
        self._text.setText(text)
        self.clear.setVisible(text != WHOLE_FIELD)

    def text(self) -> str:
        """Return what is said to be analysed."""
        return self._text.text()

    def set_problem(self, sentence: str) -> None:
        """Show what is wrong with the regions."""
        self._problem.set_problem(sentence)

    def set_layers(self, names: Sequence[str], current: str | None) -> None:
        """Offer Shapes layers of the viewer; hidden where there is none."""
        self.layers.set_items([(_DRAWN_HERE, ""), *((name, name) for name in names)])
        self.layers.choose(current or "")
        self._rows.setVisible(bool(names))

    def set_available(self, action: str, enabled: bool, tooltip: str) -> None:
        """Enable the tools ("draw") or "clear"."""
        buttons = self.tools.values() if action == "draw" else (self.clear,)
        for button in buttons:
            button.set_available(enabled, tooltip)
        if action == "draw":
            self.exclude.setEnabled(enabled)

    def _lay_out(self) -> None:
        title = QLabel("Region")
        title.setFixedWidth(LABEL_WIDTH)
        title.setToolTip("Which part of the field is analysed.")
        self._rows.add("layer", "From layer", self.layers, "Use the shapes of a layer as region.")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        first = QHBoxLayout()
        first.setSpacing(6)
        first.addWidget(title)
        first.addWidget(self._text, 1)
        layout.addLayout(first)
        layout.addLayout(side_by_side(*self.tools.values(), stretch_first=False))
        layout.addLayout(side_by_side(self.exclude, self.clear))
        layout.addWidget(self._rows)
        layout.addWidget(self._problem)

    def _draw(self, tool: str) -> None:
        self.draw_requested.emit(tool, "exclude" if self.exclude.isChecked() else "include")
