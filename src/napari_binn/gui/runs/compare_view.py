"""Two runs side by side: the settings that differ, formulas and metrics."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QFrame,
    QGridLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ...run.compare import Comparison, Metric, RunSide
from ..labels import WrapLabel
from .words import MISSING, formula, percent

Line = tuple[str, str, str]


class ComparisonView(QWidget):
    """A table of what differs between two runs; :meth:`set_comparison` fills it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Two runs compared")
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._scroll)
        self.set_comparison(None)

    def set_comparison(self, comparison: Comparison | None) -> None:
        """Show a comparison; None asks for two runs."""
        self.page = _Page(comparison)
        self._scroll.setWidget(self.page)


class _Page(QWidget):
    """The content, made anew for each comparison."""

    def __init__(self, comparison: Comparison | None) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(8, 8, 8, 8)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnStretch(2, 1)
        if comparison is None:
            self._sentence("Select two runs in the list and press Compare.")
        else:
            self._fill(comparison)
        self._grid.setRowStretch(self._grid.rowCount(), 1)

    def _fill(self, comparison: Comparison) -> None:
        a, b = comparison.a, comparison.b
        self._line(("", a.name, b.name), bold=True)
        if comparison.same:
            self._sentence("Nothing differs: same input, settings, formulas and fit.")
        for note in comparison.notes:
            self._sentence(note)
        if comparison.consistency and not comparison.same:
            self._sentence(comparison.consistency)
        lines = [(item.title, item.a, item.b) for item in comparison.settings]
        self._section("Settings that differ", lines, [item.name for item in comparison.settings])
        if not comparison.settings and not comparison.same:
            self._sentence("The settings are the same.")
        self._section("Formula", formula_lines(a, b))
        self._section("Fit", [metric_line(metric) for metric in comparison.metrics])

    def _section(self, title: str, lines: Sequence[Line], tips: Iterable[str] = ()) -> None:
        if not lines:
            return
        self._sentence(title, bold=True)
        tips = list(tips)
        for position, line in enumerate(lines):
            self._line(line, tip=tips[position] if tips else "")

    def _line(self, line: Line, bold: bool = False, tip: str = "") -> None:
        row = self._grid.rowCount()
        for column, text in enumerate(line):
            label = _label(text, bold)
            label.setToolTip(tip)
            self._grid.addWidget(label, row, column)

    def _sentence(self, text: str, bold: bool = False) -> None:
        self._grid.addWidget(_label(text, bold), self._grid.rowCount(), 0, 1, 3)


def formula_lines(a: RunSide, b: RunSide) -> list[Line]:
    """Return D and G of both runs with their units, where there are any."""
    lines = []
    for name, first, second in (("D", a.D, b.D), ("G", a.G, b.G)):
        if first is not None or second is not None:
            lines.append((f"{name}{_unit(name, a, b)}", _formula(first), _formula(second)))
    return lines


def metric_line(metric: Metric) -> Line:
    """Return a metric with both values."""
    return metric.title, _value(metric.a, metric.unit), _value(metric.b, metric.unit)


def _unit(name: str, a: RunSide, b: RunSide) -> str:
    if a.units is None or (b.units is not None and a.units != b.units):
        return ""
    length, time, _ = a.units
    return f" [{length}²/{time}]" if name == "D" else f" [1/{time}]"


def _formula(text: str | None) -> str:
    return MISSING if text is None else formula(text)


def _value(value: float | None, unit: str) -> str:
    if value is None:
        return MISSING
    return percent(value) if unit == "%" else f"{value:.3g}"


def _label(text: str, bold: bool) -> WrapLabel:
    label = WrapLabel(_breakable(text), bold=bold)
    label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def _breakable(text: str) -> str:
    """Let names and paths wrap where they have no blanks."""
    for mark in ("/", "-", "_"):
        text = text.replace(mark, f"{mark}\N{ZERO WIDTH SPACE}")
    return text
