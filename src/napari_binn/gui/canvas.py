"""What a session shows among the viewer's layers: densities, the preview, the formula, a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QObject, QTimer, Signal

from ..engine.protocol import Surface
from ..errors import UserError
from ..events import Event
from . import arrange, overlay, profile_line
from .layers import LayerData, Role, density_layers, find_layer, preview_layers, update_layer
from .placing import Ground
from .regions import region_kind
from .sources import LayerSource

if TYPE_CHECKING:
    from napari.layers import Layer, Shapes

    from ..density.model import Density
    from ..density.preview import Preview
    from .session import Session

Array = NDArray[np.float64]
Mode = Literal["single", "grid", "blended"]
_SHOWN: dict[Mode, tuple[Role, ...]] = {
    "single": (),
    "grid": ("observed", "simulated", "residual"),
    "blended": ("observed", "simulated"),
}
_OURS: tuple[Role, ...] = ("observed", "simulated", "residual", "fitted")
_PREVIEW = ("preview density", "preview cells")


class Canvas(QObject):
    """Keeps the layers of the run that is shown in step with the session.

    A layer that the user removed comes back only with new data; one that was renamed or recoloured
    stays so.
    """

    #: The profile line was drawn, moved or removed.
    line_changed = Signal()
    #: The layers are arranged in another way.
    mode_changed = Signal(str)
    #: The user removed a layer of the preview, by its role.
    preview_removed = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._viewer = session.viewer
        self._run = ""
        self._line: Shapes | None = None
        self._changing = False
        self._before: arrange.Arrangement | None = None
        self.mode: Mode = "single"
        self.formula_shown = True
        # One after the other: a new layer takes napari a moment, in which the window stands still.
        self._residual = self._soon(60, self._show_residual)
        self._grid = self._soon(200, self._to_grid)
        session.run_changed.connect(self.show_run)
        session.stage_done.connect(self._stage_done)
        session.reported.connect(self._on_event)
        session.replays.changed.connect(self._replay_changed)
        self._viewer.layers.events.removed.connect(self._removed)

    def _soon(self, milliseconds: int, action: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(action)
        return timer

    def _to_grid(self) -> None:
        self.set_mode("grid")

    # The run

    def show_run(self) -> None:
        """Show the layers of the run, and no longer those of the one before."""
        self.set_mode("single")
        run = self._session.run
        self._run = "" if run is None else str(run.path)
        stages = frozenset() if self._session.results is None else self._session.results.stages()
        kept = ("observed", "simulated", "residual") if "simulate" in stages else ("observed",)
        self._take_over(kept if "density" in stages else ())
        self._show_density()
        self._show_simulated()
        self._show_residual()
        self._show_formula()
        if self._session.results is not None and "simulate" in self._session.results.stages():
            self.set_mode("grid")

    def _take_over(self, roles: tuple[str, ...]) -> None:
        """Let the layers of the run before show this one, as far as it has something to show."""
        for layer in self._viewer.layers:
            if layer.metadata.get("role") in _OURS:
                layer.metadata["run"] = self._run
        for role in _OURS:
            if role not in roles:
                self._conceal(role, self._run)

    def _stage_done(self, stage: str) -> None:
        if stage == "density":
            preview = find_layer(self._viewer, "preview density", "")
            if preview is not None and self.observed() is None:
                self._relabel(preview, "observed")
                preview.opacity = 1.0
            self.hide_preview()
            self._show_density()
        elif stage == "learn":
            self._conceal("fitted", self._run)
        elif stage == "simulate":
            self._replay_changed()
            self._grid.start()

    def _on_event(self, event: Event) -> None:
        density = self._density()
        if isinstance(event, Surface) and density is not None:
            try:
                surface = np.load(event.path)
            except (OSError, ValueError):
                return  # the next one has taken its place, or the training is over
            self._update(density, ("fitted",), fitted=surface)

    def _show_density(self) -> None:
        density = self._density()
        if density is not None:
            self._update(density, ("observed",))

    def _replay_changed(self) -> None:
        run = self._session.run
        if self._run != ("" if run is None else str(run.path)):
            return  # another run is about to be shown
        selected = self._session.replays.selected
        if selected is not None and selected.values is not None:
            self._show_simulated()
            if find_layer(self._viewer, "residual", self._run) is None:
                self._residual.start()
            else:
                self._show_residual()
        self._show_formula()

    def _show_simulated(self) -> None:
        selected, density = self._session.replays.selected, self._density()
        if selected is not None and selected.values is not None and density is not None:
            self._update(density, ("simulated",), simulated=selected.values)

    def _show_residual(self) -> None:
        selected, density = self._session.replays.selected, self._density()
        if selected is not None and selected.values is not None and density is not None:
            self._update(density, ("residual",), simulated=selected.values)
            if self.mode == "single":
                self._hide("residual")

    def _update(self, density: Density, roles: tuple[Role, ...], **values: Array) -> None:
        made = density_layers(
            density, self._run, ground=self.ground(), beside=self._stranger(), **values
        )
        with self._quietly():
            for layer_data in made:
                role = layer_data[1]["metadata"]["role"]
                if role in roles:
                    self._show(layer_data)

    def _hide(self, role: Role) -> None:
        """Keep a layer that was just made out of sight until it is asked for."""
        layer = find_layer(self._viewer, role, self._run)
        if layer is not None and not layer.metadata.get("seen"):
            layer.visible = False
            layer.metadata["seen"] = True

    def _stranger(self) -> Layer | None:
        """Return a movie in the viewer that is none of our layers."""
        for layer in self._viewer.layers:
            if layer.ndim >= 3 and "role" not in layer.metadata:
                return layer
        return None

    def ground(self) -> Ground | None:
        """Return the movie that the run was measured on, where it is a layer."""
        source = self._session.run_source
        if not isinstance(source, LayerSource) or source.layer not in self._viewer.layers:
            return None
        return Ground(source.layer, source.calibration)

    def _density(self) -> Density | None:
        results = self._session.results
        try:
            return None if results is None else results.density
        except UserError:
            return None

    # The slider and the line

    def observed(self) -> Layer | None:
        """Return the layer of the observed density, if the user has not removed it."""
        return find_layer(self._viewer, "observed", self._run) if self._run else None

    def frame(self) -> int | None:
        """Return which frame of the density the slider is at."""
        layer, density = self.observed(), self._density()
        if layer is None or density is None:
            return None
        ground, dims = self.ground(), self._viewer.dims
        axis = 0 if ground is None else ground.calibration.time_axis or 0
        index = layer.world_to_data(dims.point[dims.ndim - layer.ndim :])[axis]
        return int(np.clip(round(float(index)), 0, len(density.t) - 1))

    def draw_line(self) -> None:
        """Arm the line tool on a layer of its own."""
        layer = self.observed()
        if layer is None:
            return
        self.set_mode("single")
        if self._line is not None and self._line in self._viewer.layers:
            self._viewer.layers.selection.active = self._line
            self._line.mode = "add_line"
            return
        self._line = profile_line.new_line_layer(self._viewer, layer)
        self._line.events.set_data.connect(self._line_edited)

    def _line_edited(self, _: Any = None) -> None:
        self.line_changed.emit()

    def along_line(self, values: Array) -> tuple[Array, Array] | None:
        """Return distances and the values (Y, X) there; None where no line is drawn."""
        layer, density = self.observed(), self._density()
        if self._line is None or layer is None or density is None:
            return None
        return profile_line.profile(self._line, density, values, layer)

    # The formula

    def show_formula(self, shown: bool) -> None:
        """Write the selected equation on the canvas, or do not."""
        self.formula_shown = shown
        self._show_formula()

    def _show_formula(self) -> None:
        selected, density = self._session.replays.selected, self._density()
        if selected is None or density is None or not self.formula_shown:
            overlay.hide_formula(self._viewer)
            return
        units = (density.density_unit, density.length_unit, density.time_unit)
        text = overlay.canvas_text(selected.D, selected.G, density.scale, *units)
        overlay.show_formula(self._viewer, text)

    # The arrangement

    def set_mode(self, mode: Mode) -> None:
        """Show the densities side by side, blended, or as the user arranged them."""
        self._grid.stop()
        if self._before is not None:
            arrange.restore(self._viewer, self._before)
            self._before = None
        found = [find_layer(self._viewer, role, self._run) for role in _SHOWN[mode]]
        layers = [layer for layer in found if layer is not None]
        if len(layers) > 1:
            kind: arrange.Mode = "grid" if mode == "grid" else "blend"
            self._before = arrange.arrange(self._viewer, layers, kind)
        else:
            mode = "single"
        if mode != self.mode:
            self.mode = mode
            self.mode_changed.emit(mode)

    # The preview

    def show_preview(self, preview: Preview, *, cells: bool, density: bool) -> None:
        """Show of what the density settings find in one frame the cells, the density, or both."""
        source = self._session.source
        if not isinstance(source, LayerSource) or source.layer not in self._viewer.layers:
            return
        made = preview_layers(preview, Ground(source.layer, source.calibration))
        wanted = {"preview cells": cells, "preview density": density}
        found = {options["metadata"]["role"]: (data, options, kind) for data, options, kind in made}
        with self._quietly():
            for role, on in wanted.items():
                if on and role in found:
                    self._show(found[role])
                else:
                    self._conceal(role, "")

    def show_corrected(self, layer_data: LayerData) -> None:
        """Show the movie as it is measured, right above the recorded one."""
        source = self._session.source
        with self._quietly():
            self._show(layer_data)
            metadata = layer_data[1]["metadata"]
            layer = find_layer(self._viewer, metadata["role"], metadata["run"])
            layers = self._viewer.layers
            if layer is not None and isinstance(source, LayerSource) and source.layer in layers:
                layer.visible = True
                layers.move(layers.index(layer), layers.index(source.layer) + 1)

    def hide_preview(self) -> None:
        """Take the preview away."""
        for role in _PREVIEW:
            self._conceal(role, "")

    # Layers

    def _conceal(self, role: str, run: str) -> None:
        """Take a layer out of sight until it has something to show again.

        It is not removed: where OpenGL is done in software (Mesa), napari crashes when it draws
        after several layers were removed.
        """
        layer = find_layer(self._viewer, role, run)
        if layer is not None and layer.visible:
            layer.visible = False
            layer.metadata["concealed"] = True

    def _show(self, layer_data: LayerData) -> None:
        """Show new data in a layer; one that the user hid stays hidden."""
        layer = update_layer(self._viewer, layer_data)
        if layer.metadata.pop("concealed", False):
            layer.visible = True

    def _relabel(self, layer: Layer, role: Role) -> None:
        """Let a layer show another thing from now on."""
        layer.metadata.update(role=role, run=self._run)
        layer.name = role

    def _removed(self, event: Any) -> None:
        if event.value is self._line:
            self._line = None
            self.line_changed.emit()
        role = event.value.metadata.get("role")
        if role in _PREVIEW and not self._changing:
            self.preview_removed.emit(role)

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        """Change layers without taking the tool out of the user's hand."""
        layers = self._viewer.layers
        active, before = layers.selection.active, set(layers)
        self._changing = True
        try:
            yield
        finally:
            self._changing = False
        if active is not None and active in layers and set(layers) != before:
            layers.selection.active = active
        for drawn in [layer for layer in layers if region_kind(layer) is not None]:
            if layers.index(drawn) < len(layers) - 1 and set(layers) != before:
                layers.move(layers.index(drawn), len(layers))
