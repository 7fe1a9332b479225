"""The tab *Compare*: totals over time and a profile along a line, as the time slider says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...density.model import Density
from ...errors import UserError
from .panel import CurvesPanel

if TYPE_CHECKING:
    from ..session import Session

Array = NDArray[np.float64]


class CompareCurves:
    """Feeds the profile and the totals of a panel."""

    def __init__(self, session: Session, panel: CurvesPanel) -> None:
        self._session, self._panel = session, panel
        session.viewer.dims.events.current_step.connect(self._moved)
        session.canvas.line_changed.connect(self._show_profile)

    def close(self) -> None:
        """Follow the slider no longer."""
        self._session.viewer.dims.events.current_step.disconnect(self._moved)

    def refresh(self) -> None:
        """Show the density of the run, and the simulation of the selected equation."""
        try:
            density = self._density()
        except UserError:
            density = None
        if density is None:
            self._panel.totals.clear()
            self._panel.profile.clear()
            return
        selected, results = self._session.replays.selected, self._session.results
        simulated = None if selected is None else selected.values
        ahead = None
        simulation = None if results is None else results.simulation
        if selected is not None and selected.key == 0 and simulation is not None:
            start = simulation.forecast_from
            if simulation.forecast is not None and start is not None:
                ahead = (density.t[start:], mean_density(density, simulation.forecast))
        self._panel.totals.set_series(
            density.t,
            mean_density(density, density.values),
            None if simulated is None else mean_density(density, simulated),
            ahead,
            density.time_unit,
            density.density_unit,
        )
        self._panel.profile.set_limits(0.0, 1.05 * float(density.values.max()))
        self._moved()

    def _density(self) -> Density | None:
        results = self._session.results
        return None if results is None else results.density

    def _moved(self, _: Any = None) -> None:
        frame, density = self._session.canvas.frame(), self._density()
        if frame is not None and density is not None:
            self._panel.totals.set_time(float(density.t[frame]))
            self._show_profile()

    def _show_profile(self) -> None:
        session, profile = self._session, self._panel.profile
        frame, density = session.canvas.frame(), self._density()
        if frame is None or density is None:
            return
        observed = session.canvas.along_line(density.values[frame])
        if observed is None:
            profile.set_hint("Draw a profile line in step ⑤ to see the densities along it.")
            return
        distance, values = observed
        selected = session.replays.selected
        simulated = None
        if selected is not None and selected.values is not None:
            along = session.canvas.along_line(selected.values[frame])
            simulated = None if along is None else along[1]
        title = f"t = {density.t[frame]:.3g} {density.time_unit}"
        profile.set_profile(
            distance, values, simulated, density.length_unit, density.density_unit, title
        )


def mean_density(density: Density, values: Array) -> Array:
    """Return the mean of ``values`` (T, Y, X) over the observed bins, (T,)."""
    mean: Array = density.observed(values).mean(axis=1)
    return mean
