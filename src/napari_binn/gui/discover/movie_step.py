"""Step ①: which layer is the movie, and how large and how long it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QVBoxLayout, QWidget

from ..actions import ActionButton
from ..forms.quiet import Combo
from ..forms.rows import FieldRows, side_by_side
from ..labels import WrapLabel
from .frame_times import FrameTimesEditor
from .movie_form import MovieForm
from .pixel_size import PixelSizeEditor

__all__ = ["MovieForm", "MovieStep"]

_NO_LAYER = "Open a movie in napari: drag its file onto the window. Or try the sample."
_HELP = {
    "layer": "The layer that holds the movie: an image, segmented cells or positions of cells.",
    "time_axis": "The axis of the layer along which time passes.",
    "channel": "The channel in which the cells are seen.",
    "pixel_size": "The side of a pixel in the sample, as the microscope states it.",
    "times": "The time from one frame to the next.",
    "check": "Look at the ends of the movie: is this the first frame, is this the last?",
}


class MovieStep(QWidget):
    """Choose a layer; state what its axes, pixels and frames mean."""

    #: The user chose a layer, by its name.
    layer_chosen = Signal(str)
    #: The user changed fields of :class:`MovieForm`: {name: value}, None for what is not known.
    changed = Signal(dict)
    sample_requested = Signal()
    #: Show a frame, by its index.
    frame_requested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._form: MovieForm | None = None
        self._layer: str | None = None
        self._problems: dict[str, str] = {}
        self.empty = WrapLabel(_NO_LAYER)
        self.sample = ActionButton("Try the sample", "Open a sample movie of growing cells.", True)
        self.layer = Combo()
        self.time_axis = Combo()
        self.channel = Combo()
        self.pixel_size = PixelSizeEditor()
        self.frame_times = FrameTimesEditor()
        self.first = ActionButton("First frame", "Show the first frame.")
        self.last = ActionButton("Last frame", "Show the last frame.")
        self._chooser = FieldRows()
        self._fields = FieldRows()
        self._summary = WrapLabel()
        self._warnings = WrapLabel(tone="warning")
        self._lay_out()
        self._connect()
        self.set_layers([], None)
        self.set_calibration(None)
        self.set_summary("")

    def set_layers(self, layers: Sequence[tuple[str, str]], current: str | None) -> None:
        """Offer layers as (name, kind); without any the sample is offered."""
        self.layer.set_items((f"{name}  ({kind})", name) for name, kind in layers)
        self.layer.choose(current)
        self.layer.setToolTip(f"{current}\n{_HELP['layer']}" if current else _HELP["layer"])
        for widget in (self.empty, self.sample):
            widget.setVisible(not layers)
        self._chooser.setVisible(bool(layers))
        self._take_layer(current)

    def set_calibration(self, form: MovieForm | None) -> None:
        """Show what is known of the chosen layer; None: no layer is chosen."""
        self._form = form
        self._fields.setVisible(form is not None)
        form = form or MovieForm()
        self._show_axes(form)
        self.pixel_size.set_values(form)
        self.frame_times.set_values(form)
        self._fields.set_note("pixel_size", form.source_of("pixel_size", "length_unit"))
        self._fields.set_note("times", form.source_of("times", "frame_interval", "time_unit"))
        self._warnings.setText("\n".join(form.warnings))
        self._warnings.setVisible(bool(form.warnings))
        self._show_problems()

    def set_problems(self, problems: Mapping[str, str]) -> None:
        """Show sentences at their fields: "layer" and the fields of :class:`MovieForm`."""
        self._problems = dict(problems)
        self._show_problems()

    def set_summary(self, text: str) -> None:
        """Say what the movie amounts to, such as "333 × 333 µm, 0 to 39 h"."""
        self._summary.setText(text)
        self._summary.setVisible(bool(text))

    def problems(self) -> dict[str, str]:
        """Return what is wrong with what was typed."""
        own = {"pixel_size": self.pixel_size.problem(), "times": self.frame_times.problem()}
        return {} if self._form is None else {key: text for key, text in own.items() if text}

    def problem(self, field: str) -> str:
        """Return the sentence that is shown at a row: "layer", "time_axis", "pixel_size", …."""
        return (self._chooser if field == "layer" else self._fields).problem(field)

    def note(self, field: str) -> str:
        """Return where the values of a row come from, as it is shown."""
        return self._fields.note(field)

    def _lay_out(self) -> None:
        self._chooser.add("layer", "Layer", self.layer, _HELP["layer"])
        add = self._fields.add
        add("time_axis", "Time axis", self.time_axis, _HELP["time_axis"])
        add("channel", "Channel", self.channel, _HELP["channel"])
        add("pixel_size", "Pixel size", self.pixel_size, _HELP["pixel_size"])
        add("times", "Time between frames", self.frame_times, _HELP["times"])
        add(
            "check",
            "Check",
            side_by_side(self.first, self.last, stretch_first=False),
            _HELP["check"],
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for widget in (self.empty, self.sample, self._chooser, self._fields):
            layout.addWidget(widget)
        layout.addWidget(self._summary)
        layout.addWidget(self._warnings)

    def _connect(self) -> None:
        self.sample.clicked.connect(lambda: self.sample_requested.emit())
        self.layer.activated.connect(lambda _: self._on_layer())
        self.time_axis.activated.connect(lambda _: self._emit("time_axis", self.time_axis))
        self.channel.activated.connect(lambda _: self._emit("channel", self.channel))
        self.pixel_size.edited.connect(self._on_edited)
        self.frame_times.edited.connect(self._on_edited)
        self.first.clicked.connect(lambda: self.frame_requested.emit(0))
        self.last.clicked.connect(self._on_last)

    def _show_axes(self, form: MovieForm) -> None:
        axes = form.possible_times
        self.time_axis.setPlaceholderText("which axis is time?" if axes else "none")
        self.time_axis.set_items(
            (f"{form.axes[index][0]}  ({form.axes[index][1]} frames)", index) for index in axes
        )
        self.time_axis.choose(form.time_axis)
        self.channel.set_items(form.channel_choices)
        self.channel.choose(form.channel)
        self._fields.set_row_visible("channel", form.channel_axis is not None)
        self._fields.set_note("time_axis", form.source_of("time_axis"))
        self._fields.set_note("channel", form.source_of("channel"))
        for button in (self.first, self.last):
            missing = "" if form.frames else "Choose the axis that is time first."
            button.set_available(bool(form.frames), missing)

    def _show_problems(self) -> None:
        given = self._problems
        shown = {key: given.get(key, "") for key in ("layer", "time_axis", "channel")}
        shown["pixel_size"] = given.get("pixel_size") or given.get("length_unit") or ""
        shown["times"] = (
            given.get("times") or given.get("frame_interval") or given.get("time_unit") or ""
        )
        shown |= self.problems()
        self._chooser.set_problems(shown)
        self._fields.set_problems(shown)

    def _on_layer(self) -> None:
        self._take_layer(self.layer.currentData())
        self.layer_chosen.emit(self._layer)

    def _take_layer(self, name: str | None) -> None:
        """Forget what was typed for another layer."""
        if name != self._layer:
            self._layer = name
            self.pixel_size.clear()
            self.frame_times.clear()

    def _on_edited(self, values: dict[str, object]) -> None:
        self._show_problems()
        self.changed.emit(values)

    def _on_last(self) -> None:
        if self._form is not None:
            self.frame_requested.emit(self._form.frames - 1)

    def _emit(self, field: str, combo: Combo) -> None:
        self.changed.emit({field: combo.currentData()})
