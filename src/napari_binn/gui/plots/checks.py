"""Is it reaction–diffusion at all? The verdict, and the picture of each check that shows why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QSignalBlocker, QSize, Qt, Signal
from qtpy.QtGui import QColor
from qtpy.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ...inference.diagnostics_model import (
    LEVEL_WORDS,
    Check,
    CheckName,
    Diagnosis,
    Finding,
    Picture,
)
from ...quantities import number
from ..labels import ElidedLabel, WrapLabel, tone_colour
from ..verdicts import FINDINGS, LEVELS, TITLES
from .band_strip import BandStrip
from .course import CoursePlot
from .field_map import FieldMap
from .theme import DARK, PlotTheme, contrast

Array = NDArray[np.float64]

_EMPTY = (
    "Whether reaction–diffusion explains the movie is said here once D(u) and G(u) are learned."
)
_COLUMN = 250  # width of the list [px]
#: What a departure would leave where the equation does not have it.
_LEAVES: dict[CheckName, str] = {
    "drift": "a drift",
    "growth": "changing growth",
    "spreading": "changing spreading",
    "direction": "directed spreading",
}
#: From what decides the verdict to what is of no interest.
_ORDER: tuple[Finding, ...] = ("strong", "present", "negligible", "unknown", "absent")


@dataclass(frozen=True)
class Field:
    """What a diagnosis was made on.

    Attributes
    ----------
    times, time_unit
        When the frames were taken.
    aspect
        Height / width of the region.
    scale, density_unit
        Density of u = 1.
    """

    times: Array
    time_unit: str
    aspect: float
    scale: float
    density_unit: str


class ChecksPage(QWidget):
    """A list of what was looked for; the one that is selected is shown in maps and a course.

    Attributes
    ----------
    deviation, expected
        What the simulation misses, and what the effect would leave.
    course
        The same over time, or how alike it is at a distance.
    bands
        The line that asks for a check of the bands; it needs no diagnosis.
    """

    #: The user selected a check.
    selected = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = DARK
        self._diagnosis: Diagnosis | None = None
        self._field: Field | None = None
        self.verdict = WrapLabel()
        self.list = QListWidget()
        self.list.setAccessibleName("What was checked")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        self.list.currentRowChanged.connect(self._on_row)
        self.sentence = ElidedLabel()
        self.deviation, self.expected = FieldMap(), FieldMap()
        self.course = CoursePlot()
        self._message = QLabel(_EMPTY)
        self._message.setWordWrap(True)
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedWidget()
        self.bands = BandStrip()
        self._lay_out()
        self.clear()

    def minimumSizeHint(self) -> QSize:
        """Return a size that makes no dock wider than its other tabs do."""
        return QSize(300, 110)

    @property
    def name(self) -> CheckName | None:
        """The check that is shown."""
        row = self.list.currentRow()
        if self._diagnosis is None or row < 0:
            return None
        return self._diagnosis.checks[row].name

    @property
    def message(self) -> str:
        """What stands where the checks would be; empty when there are some."""
        return "" if self._diagnosis is not None else self._message.text()

    def set_diagnosis(self, diagnosis: Diagnosis, field: Field) -> None:
        """Show a diagnosis, first the check that decided the verdict."""
        self._diagnosis, self._field = diagnosis, field
        mark, tone = LEVELS[diagnosis.level]
        self.verdict.setText(f"{mark} {LEVEL_WORDS[diagnosis.level]}")
        self.verdict.set_tone(tone)
        self.verdict.setToolTip(diagnosis.sentence)
        blocker = QSignalBlocker(self.list)
        self.list.clear()
        for check in diagnosis.checks:
            item = QListWidgetItem(f"{FINDINGS[check.finding][0]} {TITLES[check.name]}")
            item.setToolTip(check.sentence)
            self.list.addItem(item)
        blocker.unblock()
        self._colour()
        self._stack.setCurrentIndex(1)
        first = min(diagnosis.checks, key=lambda check: _ORDER.index(check.finding))
        self.select(first.name)

    def select(self, name: CheckName) -> None:
        """Show a check."""
        if self._diagnosis is None:
            return
        names = [check.name for check in self._diagnosis.checks]
        blocker = QSignalBlocker(self.list)
        self.list.setCurrentRow(names.index(name))
        blocker.unblock()
        self._show(self._diagnosis.check(name))

    def clear(self) -> None:
        """Take the diagnosis away."""
        self._diagnosis = self._field = None
        blocker = QSignalBlocker(self.list)
        self.list.clear()
        blocker.unblock()
        self._stack.setCurrentIndex(0)

    def set_theme(self, theme: PlotTheme) -> None:
        """Recolour everything."""
        self._theme = theme
        self._message.setStyleSheet(f"color: {theme.muted}; background: {theme.background};")
        # The tones are made for the background of the window, not for that of napari's lists.
        self.list.setStyleSheet(f"QListWidget {{ background: {theme.background}; }}")
        for part in (self.deviation, self.expected, self.course):
            part.set_theme(theme)
        self._colour()

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(2)
        left.addWidget(self.verdict)
        left.addWidget(self.list, 1)
        column = QWidget()
        column.setMaximumWidth(_COLUMN)
        column.setLayout(left)
        left.setContentsMargins(0, 0, 0, 0)
        pictures = QHBoxLayout()
        pictures.setSpacing(8)
        for part, share in ((self.deviation, 3), (self.expected, 3), (self.course, 4)):
            pictures.addWidget(part, share)
        right = QVBoxLayout()
        right.setSpacing(2)
        right.addWidget(self.sentence)
        right.addLayout(pictures, 1)
        page = QWidget()
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(column, 3)
        row.addLayout(right, 7)
        self._stack.addWidget(self._message)
        self._stack.addWidget(page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._stack, 1)
        whole.addWidget(self.bands)

    def _on_row(self, row: int) -> None:
        if self._diagnosis is not None and row >= 0:
            check = self._diagnosis.checks[row]
            self._show(check)
            self.selected.emit(check.name)

    def _show(self, check: Check) -> None:
        assert self._field is not None
        field, picture = self._field, check.picture
        self.sentence.set_text(check.sentence)
        self.sentence.setToolTip(check.sentence)
        missed, left = field.scale * picture.deviation, field.scale * picture.expected
        limit = _limit(missed, left)
        when = "all frames" if check.name == "persistence" else _moment(picture, field)
        titles = (f"Observed − simulated, {when}", f"Missed, {when}", "Missed")
        self.deviation.set_map(missed, limit, field.aspect, *titles)
        self.deviation.setToolTip(_legend(limit, field.density_unit))
        effect = _LEAVES.get(check.name)
        self.expected.setVisible(effect is not None)
        if effect is None:
            self.course.set_correlation(picture, check.name)
        else:
            titles = (f"What {effect} would leave", f"Left by {effect}", effect.capitalize())
            self.expected.set_map(left, limit, field.aspect, *titles)
            self.expected.setToolTip(_legend(limit, field.density_unit))
            self.course.set_deviation(picture, field.scale, field.density_unit, effect)

    def _colour(self) -> None:
        if self._diagnosis is None:
            return
        background = self._theme.background
        dark = contrast(background, "#FFFFFF") > contrast(background, "#000000")
        for row, check in enumerate(self._diagnosis.checks):
            item = self.list.item(row)
            if item is not None:
                item.setForeground(QColor(tone_colour(FINDINGS[check.finding][1], dark)))


def _limit(*maps: Array) -> float:
    """Return a deviation that hardly any bin exceeds."""
    sizes = [np.abs(values[np.isfinite(values)]) for values in maps]
    return max((float(np.quantile(size, 0.98)) for size in sizes if len(size)), default=1.0) or 1.0


def _moment(picture: Picture, field: Field) -> str:
    if not 0 <= picture.frame < len(field.times):
        return f"frame {picture.frame}"
    return f"{field.time_unit} {number(float(field.times[picture.frame]))}"


def _legend(limit: float, unit: str) -> str:
    return (
        "Green: more cells than the equation explains, pink: fewer. The darkest are off by "
        f"{number(limit, 2)} {unit} or more. Averaged over neighbouring bins."
    )
