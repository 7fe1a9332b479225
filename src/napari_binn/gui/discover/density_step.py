"""Step ②: where, when and how the density is measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QVBoxLayout, QWidget

from ...density.methods import MethodInfo
from ...movie.model import Kind
from ...settings import DensitySettings
from ...units import symbol
from ..actions import ActionButton, ProgressLine
from ..forms import FieldRows, SettingsForm
from ..forms.quiet import Combo
from ..forms.rows import side_by_side
from ..labels import WrapLabel
from .corrections_box import CorrectionsBox
from .frame_range import FrameRange
from .preview_boxes import PreviewBoxes
from .regions_box import RegionsBox

#: Fields of the methods, in the order in which they are shown.
_METHOD_FIELDS = (
    "nucleus_diameter",
    "threshold",
    "detector",
    "cell_diameter",
    "sensitivity",
    "background",
    "intensity_per_cell",
)
_WORDS = {"log": "Laplacian of Gaussian", "dog": "difference of Gaussians"}
_LENGTHS = ("bin_size", "nucleus_diameter", "cell_diameter")
_AUTO = "auto"


class DensityStep(QWidget):
    """Draw regions, choose frames, method and bins, look at the preview, and measure."""

    draw_requested = Signal(str, str)
    clear_regions = Signal()
    region_layer_chosen = Signal(str)
    #: {field of DensitySettings: value}, or {"frames": (first, last)}, changed by the user.
    changed = Signal(dict)
    #: {field of PrepareSettings: value}, changed by the user.
    corrections_changed = Signal(dict)
    problems_changed = Signal(dict)
    #: The user chose what the live preview shows: cells, density.
    preview_chosen = Signal(bool, bool)
    measure_requested = Signal()
    stop_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._methods: dict[str, MethodInfo] = {}
        self._found = ""  # the method that "auto" came to
        self.regions = RegionsBox()
        self.frames = FrameRange()
        self.corrections = CorrectionsBox()
        self.method = Combo()
        self._rows = FieldRows()
        self.parameters = SettingsForm(DensitySettings, _METHOD_FIELDS, _WORDS)
        self.bins = SettingsForm(DensitySettings, ("bin_size",))
        self.preview = PreviewBoxes()
        self.measure = ActionButton(
            "Measure density", "Measure the density in all frames and add it as a layer.", True
        )
        self.stop = ActionButton("Stop", "Stop measuring.")
        self._preview_text = WrapLabel(tone="muted")
        self._progress = ProgressLine()
        self._lay_out()
        self._connect()
        self.set_methods([])
        self.set_available("stop", False, "Nothing is running.")

    def set_methods(self, methods: Sequence[MethodInfo]) -> None:
        """Offer the methods that suit the movie, the default first."""
        offered: dict[str, MethodInfo] = {info.key: info for info in methods}
        if offered != self._methods:
            self._methods, self._found = offered, ""
            automatic = [("Automatic", _AUTO)] if len(offered) > 1 else []
            self.method.set_items([*automatic, *((info.title, info.key) for info in methods)])
            if self.method.currentIndex() < 0 and methods:
                self.method.setCurrentIndex(0)
        self._show_method()

    def set_found_method(self, key: str) -> None:
        """State which method the frames speak for, where the choice is left to them."""
        if key != self._found:
            self._found = key
            self._show_method()

    def set_kind(self, kind: Kind) -> None:
        """Offer what suits a kind of movie."""
        self.corrections.set_kind(kind)

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show density settings; the others return to their defaults. Nothing is emitted."""
        key = values.get("method", _AUTO)
        offered = self.method.findData(key) >= 0
        self.method.choose(key if offered else next(iter(self._methods), None))
        self._show_method()
        self.parameters.set_values(values)
        self.bins.set_values(values)
        self.frames.set_times(values.get("t_range"))
        self._show_times()

    def set_problems(self, problems: Mapping[str, str]) -> None:
        """Show sentences at their fields."""
        self.regions.set_problem(problems.get("region", ""))
        frames = problems.get("frames") or problems.get("t_range") or ""
        self._rows.set_problems({"frames": frames, "method": problems.get("method", "")})
        self.parameters.set_problems(problems)
        self.bins.set_problems(problems)

    def set_frames(self, count: int, times: Sequence[float], unit: str | None) -> None:
        """State how many frames there are, and when they were taken."""
        self.frames.set_frames(count, times, unit)
        self._show_times()

    def set_length_unit(self, unit: str | None) -> None:
        """State the unit of the lengths that are typed."""
        for field in _LENGTHS:
            form = self.bins if field == "bin_size" else self.parameters
            form.set_unit(field, symbol(unit))

    def set_region_text(self, text: str) -> None:
        """Say which part of the field is analysed."""
        self.regions.set_text(text)

    def set_region_layers(self, names: Sequence[str], current: str | None) -> None:
        """Offer Shapes layers whose shapes can be the region."""
        self.regions.set_layers(names, current)

    def set_words(self, text: str, warning: bool) -> None:
        """Say what the bins mean: cells in each, and how noisy that is."""
        self.bins.set_note("bin_size", text, warning)

    def set_preview_text(self, text: str, warning: bool = False) -> None:
        """Say what the preview found, and what makes it doubtful."""
        self._preview_text.set_tone("warning" if warning else "muted")
        self._preview_text.setText(text)
        self._preview_text.setVisible(bool(text))

    def set_available(self, action: str, enabled: bool, tooltip: str = "") -> None:
        """Follow the state machine: "draw", "clear", "measure" or "stop"."""
        match action:
            case "draw" | "clear":
                self.regions.set_available(action, enabled, tooltip)
            case "measure":
                self.measure.set_available(enabled, tooltip)
            case "stop":
                self.stop.set_available(enabled, tooltip)
                self._show_stop()

    def set_progress(self, fraction: float | None, text: str = "") -> None:
        """Show how far the measurement is; None: it is not running."""
        self._progress.set_progress(fraction, text)
        self._show_stop()

    def problems(self) -> dict[str, str]:
        """Return what is wrong with what was typed."""
        return self.parameters.problems() | self.bins.problems()

    def _lay_out(self) -> None:
        self._rows.add("frames", "Frames", self.frames, "First and last frame that are analysed.")
        self._rows.add("method", "Method", self.method, "How cells are counted.")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for part in (self.regions, self._rows, self.parameters, self.bins, self.corrections):
            layout.addWidget(part)
        layout.addWidget(self.preview)
        layout.addWidget(self._preview_text)
        layout.addLayout(side_by_side(self.measure, self.stop))
        layout.addWidget(self._progress)

    def _connect(self) -> None:
        self.regions.draw_requested.connect(self.draw_requested)
        self.regions.clear_regions.connect(self.clear_regions)
        self.regions.region_layer_chosen.connect(self.region_layer_chosen)
        self.frames.edited.connect(self._on_frames)
        self.method.activated.connect(lambda _: self._on_method())
        for form in (self.parameters, self.bins):
            form.changed.connect(self.changed)
            form.problems_changed.connect(self._tell_problems)
        self.corrections.changed.connect(self.corrections_changed)
        self.corrections.problems_changed.connect(self._tell_problems)
        self.preview.chosen.connect(self.preview_chosen)
        self.measure.clicked.connect(lambda: self.measure_requested.emit())
        self.stop.clicked.connect(lambda: self.stop_requested.emit())

    def _tell_problems(self, _: Any = None) -> None:
        self.problems_changed.emit(self.problems())

    def _show_method(self) -> None:
        chosen = self.method.currentData()
        found = self._found or next(iter(self._methods), "")
        info = self._methods.get(found if chosen == _AUTO else chosen)
        note = "" if info is None else info.description
        if info is not None and chosen == _AUTO:
            note = f"By what the frames show: {info.title}. {note}"
        self._rows.set_note("method", note)
        self.parameters.show_fields(() if info is None else info.fields)
        self.parameters.setVisible(info is not None and bool(info.fields))
        self.preview.set_method(info)

    def _show_times(self) -> None:
        self._rows.set_note("frames", self.frames.words())

    def _show_stop(self) -> None:
        self.stop.setVisible(self._progress.running)  # another step may be what can be stopped

    def _on_frames(self, first: int, last: int) -> None:
        self._show_times()
        self.changed.emit({"frames": (first, last)})

    def _on_method(self) -> None:
        self._show_method()
        self.changed.emit({"method": self.method.currentData()})
