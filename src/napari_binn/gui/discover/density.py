"""Step ②: the region, the method and the bins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from qtpy.QtCore import QObject

from ...density.methods import methods_for
from ...density.preview import Preview
from ...errors import UserError
from ...events import Notice
from ...frame_numbers import numbers_text, parse_frames
from .. import profile_line, regions
from ..calibration_model import frame_times
from ..corrected import CorrectedMovie
from ..inputs import layer_kind
from ..layer_watch import LayerWatch
from ..live_preview import LivePreview
from ..regions import region_kind
from ..sources import LayerSource
from ..state import Action
from .density_step import DensityStep
from .wording import first_problem

if TYPE_CHECKING:
    from napari.layers import Layer, Shapes

    from ..session import Session

_ACTIONS: tuple[Action, ...] = ("measure", "draw", "stop")
_KINDS: tuple[Literal["include", "exclude"], ...] = ("include", "exclude")


class DensityPresenter(QObject):
    """Connects the view of step ② with the session, the region layers and the live preview."""

    def __init__(self, session: Session, view: DensityStep, preview: LivePreview) -> None:
        super().__init__(view)
        self._session, self._view, self._preview = session, view, preview
        self._open = False
        self._shown: Preview | None = None
        self._analysed: Layer | None = None
        self._corrected = CorrectedMovie(self)
        self._corrected.ready.connect(self._add_corrected)
        self._corrected.failed.connect(lambda text: view.corrections.set_said(text, True))
        view.draw_requested.connect(self.draw)
        view.clear_regions.connect(self.clear_regions)
        view.region_layer_chosen.connect(self._use_layer)
        view.changed.connect(self._change)
        view.corrections_changed.connect(self._change_corrections)
        view.preview_chosen.connect(self._choose_preview)
        view.problems_changed.connect(self._tell_problems)
        view.measure_requested.connect(lambda: session.start("density"))
        view.stop_requested.connect(session.stop)
        preview.ready.connect(self._show_preview)
        preview.left_out.connect(self._show_left_out)
        preview.prepared.connect(self._show_corrections)
        view.corrections.this_left_out.connect(self._leave_out_this)
        view.corrections.show_requested.connect(self._show_corrected)
        preview.failed.connect(self._no_preview)
        session.changed.connect(self.refresh)
        session.source_changed.connect(self.refresh_source)
        session.choices_changed.connect(self._refresh_choices)
        session.pace.changed.connect(self._show_progress)
        session.canvas.preview_removed.connect(self._preview_removed)
        session.viewer.layers.events.removed.connect(self._layer_removed)
        watch = LayerWatch(session.viewer, self)
        watch.changed.connect(self._refresh_layers)
        view.destroyed.connect(watch.close)
        view.destroyed.connect(self._disconnect)
        self.refresh_source()

    def _disconnect(self) -> None:
        self._session.viewer.layers.events.removed.disconnect(self._layer_removed)

    def set_open(self, is_open: bool) -> None:
        """Preview while the step is open only: else nobody changes its settings."""
        self._open = is_open
        self._enable_preview()

    def _enable_preview(self) -> None:
        self._preview.enable(self._open and any(self._view.preview.shown()))

    # The source

    def refresh_source(self) -> None:
        """Offer what suits the movie that is analysed."""
        source, view = self._session.source, self._view
        analysed = source.layer if isinstance(source, LayerSource) else None
        if analysed is not self._analysed:
            self._analysed = analysed
            self._no_preview("")  # what was found in another movie
            view.corrections.set_said("")
        if isinstance(source, LayerSource):
            for layer in self._session.region_layers.values():
                if region_kind(layer) is not None:
                    regions.follow(layer, source.layer)
            kind = layer_kind(source.layer) or "image"
            methods = methods_for(kind)
            view.set_methods(methods)
            view.set_kind(kind)
            self._drop_method({info.key for info in methods})
            view.set_length_unit(source.calibration.length_unit)
            if not source.problem():
                calibration = source.calibration
                times = frame_times(calibration)
                view.set_frames(len(times), list(times), calibration.time_unit or "frame")
        self._refresh_choices()
        self._refresh_regions()
        self._refresh_layers()
        self.refresh()

    def _drop_method(self, offered: set[str]) -> None:
        """Leave the method open if the chosen one is for another kind of movie."""
        chosen = self._session.choices().get("density", {}).get("method")
        if chosen is not None and chosen not in offered:
            self._session.choose({"density": {"method": None}})

    def refresh(self) -> None:
        """Enable what can be done now."""
        for action in _ACTIONS:
            reason = self._session.obstacle(action)
            self._view.set_available(action, not reason, reason)

    def _refresh_choices(self) -> None:
        choices = self._session.choices()
        values = dict(choices.get("density", {}))
        values.pop("include", None)
        values.pop("exclude", None)
        self._view.set_values(values)
        self._view.corrections.set_values(choices.get("prepare", {}))
        self._tell_problems()

    def _tell_problems(self, _: Any = None) -> None:
        """Let nothing be started while a value on the screen is none."""
        view = self._view
        wrong = first_problem(view.problems(), "density")
        wrong = wrong or first_problem(view.corrections.problems(), "prepare")
        self._session.set_problem("density", wrong)

    def _change(self, values: dict[str, Any]) -> None:
        frames = values.pop("frames", None)
        if frames is not None:
            values["t_range"] = self._times_between(*frames)
        if values.get("bin_size") is not None:
            values["bins"] = None  # their number, which a run from the command line may state
        self._session.choose({"density": values})
        self._tell_problems()

    def _change_corrections(self, values: dict[str, Any]) -> None:
        self._session.choose({"prepare": values})
        self._tell_problems()

    def _leave_out_this(self) -> None:
        """Leave out the frame on the screen, beside those that are left out already."""
        if not isinstance(self._session.source, LayerSource):
            return
        try:
            before = self._session.settings().prepare.leave_out
        except UserError:
            return  # which is said where the contradiction is
        left = {k for first, last in parse_frames(before) for k in range(first - 1, last)}
        left.add(self._preview.frame())
        self._view.corrections.change({"leave_out": numbers_text(left)})

    def _times_between(self, first: int, last: int) -> list[float] | None:
        source = self._session.source
        if not isinstance(source, LayerSource):
            return None
        times = frame_times(source.calibration)
        whole = first <= 0 and last >= len(times) - 1
        return None if whole else [float(times[first]), float(times[last])]

    # Regions

    def draw(self, tool: regions.Tool, kind: regions.Kind) -> None:
        """Arm a drawing tool on the region layer, which is made when it is not there."""
        session = self._session
        source = session.source
        if not isinstance(source, LayerSource):
            return
        layer = session.region_layers.get(kind)
        if layer is None or layer not in session.viewer.layers:
            layer = regions.new_region_layer(session.viewer, source.layer, kind)
            self._adopt(layer, kind)
        regions.arm(session.viewer, layer, tool)

    def clear_regions(self) -> None:
        """Analyse the whole field again."""
        session = self._session
        for layer in list(session.region_layers.values()):
            if region_kind(layer) is not None:
                if layer in session.viewer.layers:
                    session.viewer.layers.remove(layer)
            else:
                layer.events.set_data.disconnect(self._regions_edited)
        session.region_layers.clear()
        self._regions_edited()

    def _use_layer(self, name: str) -> None:
        """Take the shapes of a layer as the region; without a name, those drawn here again."""
        session = self._session
        self._abandon()
        found = next((layer for layer in session.viewer.layers if layer.name == name), None)
        if found is None:
            ours = (layer for layer in session.viewer.layers if region_kind(layer) == "include")
            found = next(ours, None)
        if found is not None:
            self._adopt(found, "include")
        self._regions_edited()

    def _abandon(self) -> None:
        """Follow the layer no longer whose shapes are the region."""
        layer = self._session.region_layers.pop("include", None)
        if layer is not None:
            layer.events.set_data.disconnect(self._regions_edited)

    def _refresh_layers(self) -> None:
        """Offer the user's own Shapes layers."""
        offered = [layer for layer in self._session.viewer.layers if can_be_region(layer)]
        current = self._session.region_layers.get("include")
        name = current.name if current is not None and current in offered else None
        self._view.set_region_layers([layer.name for layer in offered], name)

    def _adopt(self, layer: Shapes, kind: str) -> None:
        self._session.region_layers[kind] = layer
        # set_data comes when a shape is finished, moved or deleted.
        layer.events.set_data.connect(self._regions_edited)

    def _layer_removed(self, event: Any) -> None:
        gone = [kind for kind, layer in self._session.region_layers.items() if layer is event.value]
        for kind in gone:
            del self._session.region_layers[kind]
        if gone:
            self._regions_edited()

    def _regions_edited(self, _: Any = None) -> None:
        self._refresh_regions()
        self._session.changed.emit()

    def _refresh_regions(self) -> None:
        density = self._session.choices().get("density", {})
        include, exclude = (len(density.get(kind, ())) for kind in _KINDS)
        self._view.set_region_text(region_text(include, exclude))

    # Preview and progress

    def _show_preview(self, preview: Preview) -> None:
        self._shown = preview
        self._view.set_found_method(preview.method)
        self._draw_preview()
        self._view.set_preview_text(preview_text(preview), bool(preview.warnings))
        self._view.set_words(preview.words, False)
        self._session.set_problem("preview", "")

    def _show_corrections(self, notices: tuple[Notice, ...]) -> None:
        warns = any(notice.level == "warning" for notice in notices)
        self._view.corrections.set_said(" ".join(notice.text for notice in notices), warns)

    def _show_corrected(self) -> None:
        """Add the movie as it is measured as a layer."""
        source = self._session.source
        if not isinstance(source, LayerSource):
            return
        try:
            settings = self._session.settings().prepare
        except UserError as error:
            self._view.corrections.set_said(str(error), True)
            return
        self._view.corrections.set_said("Looking at the frames…")
        self._corrected.ask(source, settings)

    def _add_corrected(self, layer_data: Any, notices: tuple[Notice, ...]) -> None:
        self._session.canvas.show_corrected(layer_data)
        self._show_corrections(notices)

    def _draw_preview(self) -> None:
        if self._shown is not None:
            cells, density = self._view.preview.shown()
            self._session.canvas.show_preview(self._shown, cells=cells, density=density)

    def _show_left_out(self, sentence: str) -> None:
        """Say that the frame on the screen is not measured; the others can be."""
        self._no_preview("")
        self._view.set_preview_text(sentence)

    def _no_preview(self, sentence: str) -> None:
        self._shown = None
        self._session.canvas.hide_preview()
        self._view.set_preview_text("")
        if sentence:
            self._view.set_words(sentence, True)
        self._session.set_problem("preview", sentence)

    def _choose_preview(self) -> None:
        self._enable_preview()
        self._draw_preview()

    def _preview_removed(self, role: str) -> None:
        self._view.preview.untick(role.removeprefix("preview "))
        self._enable_preview()

    def _show_progress(self) -> None:
        self._view.set_progress(self._session.pace.of("density"))


def preview_text(preview: Preview) -> str:
    """Return in words what the preview found."""
    return " ".join((f"{_found(preview)}.", *preview.warnings))


def _found(preview: Preview) -> str:
    frame = f"frame {preview.index + 1}"
    if preview.covered_share is not None:
        return f"{100 * preview.covered_share:.3g} % of {frame} covered by cells"
    if preview.positions is None:
        return f"Density of {frame}"
    count = len(preview.positions)
    return f"{count:,} cell{'s' * (count != 1)} found in {frame}"


def can_be_region(layer: Layer) -> bool:
    """Whether a layer holds shapes that the user drew elsewhere."""
    from napari.layers import Shapes

    ours = region_kind(layer) is not None or profile_line.ROLE in layer.metadata
    return isinstance(layer, Shapes) and not ours


def region_text(include: int, exclude: int) -> str:
    """Return in words what is analysed."""
    if not include and not exclude:
        return "whole field"
    parts = [f"{include} region{'s' * (include > 1)}" if include else "whole field"]
    if exclude:
        parts.append(f"{exclude} excluded")
    return ", ".join(parts)
