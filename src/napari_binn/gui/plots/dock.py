"""The dock *Curves*: losses, D(u) and G(u), the Pareto front, profiles and totals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtWidgets import QVBoxLayout, QWidget

from ...errors import UserError
from ...events import Curves, Event, Losses
from ...run.compare import Comparison, RunSide
from ..formulas import Units, equation_rows
from ..glyphs import Glyphs
from ..length import bound_of
from ..overlay import unicode_formula
from ..sessions import session_of, tie
from .bands import BandsPresenter
from .checks import Field
from .compare import CompareCurves
from .panel import CurvesPanel, TabName
from .pareto import ParetoPoint
from .scores import scored
from .terms import Compared
from .theme import PlotTheme

if TYPE_CHECKING:
    import napari

    from ...density.model import Density
    from ..results import Results
    from ..session import Session

#: What is looked at in a step.
_TABS: dict[str, TabName] = {"learn": "Learning", "equation": "Equation", "compare": "Compare"}


class CurvesDock(QWidget):
    """The plots of a session."""

    def __init__(self, napari_viewer: napari.Viewer, session: Session | None = None) -> None:
        super().__init__()
        self.session = session or session_of(napari_viewer)
        tie(self.session, self)
        self.panel = CurvesPanel()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.panel)
        self._compare = CompareCurves(self.session, self.panel)
        session = self.session
        self._glyphs = Glyphs(session.viewer, session)
        session.viewer.events.theme.connect(self._theme_changed)
        self.destroyed.connect(self._compare.close)
        session.reported.connect(self._on_event)
        session.run_changed.connect(self.show_run)
        session.stage_begun.connect(self._stage_begun)
        session.stage_done.connect(self._stage_done)
        session.replays.changed.connect(self._show_formula)
        session.replays.kept.connect(self._show_equations)
        session.compared.connect(self._show_comparison)
        session.turned_to.connect(self._turn_to)
        session.check_shown.connect(self._turn_to_check)
        session.runs_touched.connect(self._show_late_checks)
        self.panel.pareto.selected.connect(session.replays.select)
        self._theme_changed()
        self.show_run()
        BandsPresenter(session, self.panel)

    # The run

    def show_run(self) -> None:
        """Show all that the run has."""
        self.panel.clear()
        try:
            self._show_density()
            self._show_learned()
            self._show_equations()
        except UserError as error:
            self.session.problem.emit(str(error), "")
        self._compare.refresh()

    def _stage_begun(self, stage: str) -> None:
        if stage == "learn":
            self._glyphs.begin()
            self.panel.clear_learning()
            self._show_truth()
            self.panel.show_tab("Learning")
        elif stage == "discover":
            self.panel.pareto.clear()

    def _stage_done(self, stage: str) -> None:
        try:
            if stage == "density":
                self._show_density()
            elif stage == "learn":
                self._show_learned()
            elif stage == "discover":
                self._show_equations()
                self.panel.show_tab("Equation")
        except UserError as error:
            self.session.problem.emit(str(error), "")
        self._compare.refresh()

    def _turn_to(self, step: str) -> None:
        if step in _TABS:
            self.panel.show_tab(_TABS[step])

    def _turn_to_check(self, name: Any) -> None:
        self.panel.checks.select(name)
        self.panel.show_tab("Checks")

    def _show_density(self) -> None:
        results = self.session.results
        density = None if results is None else results.density
        if results is None or density is None:
            return
        self.panel.set_units(
            density.length_unit, density.time_unit, density.scale, density.density_unit
        )
        histogram = results.histogram()
        if histogram is not None:
            self.panel.set_histogram(*histogram)
        self._show_truth()

    def _show_truth(self) -> None:
        results = self.session.results
        u = np.linspace(0.0, 1.0, 101)
        curves = None if results is None else results.true_curves(u)
        if curves is not None:
            self.panel.set_truth(u, *curves)

    def _show_learned(self) -> None:
        results = self.session.results
        if results is None or results.binn is None:
            return
        binn = results.binn
        self.panel.losses.set_history(binn.losses)
        self.panel.set_members(binn.u, binn.D, binn.G, self._observed_range())
        if results.terms is not None:
            self.panel.set_estimate(results.terms)
            self._show_checks(results)

    def _show_checks(self, results: Results) -> None:
        agreement, diagnosis, density = results.agreement, results.diagnosis, results.density
        if agreement is not None and not agreement.agree:
            self.panel.set_note(f"⚠ {agreement.sentence}", "warning")
        if diagnosis is not None and density is not None:
            self.panel.checks.set_diagnosis(diagnosis, field_of(density))

    def _show_late_checks(self) -> None:
        """Show checks that were made after the stage was shown."""
        results = self.session.results
        if results is not None and results.run.has("diagnosis") and self.panel.checks.message:
            try:
                self._show_checks(results)
            except UserError as error:
                self.session.problem.emit(str(error), "")

    def _show_equations(self) -> None:
        results = self.session.results
        if results is None or results.equations is None:
            return
        found = results.equations
        rows = scored(equation_rows(found, Units(), results.own), found.equations)
        points = [
            ParetoPoint(
                row.key,
                row.complexity,
                row.delta_bic,
                f"D = {unicode_formula(row.D_text)}\nG = {unicode_formula(row.G_text)}",
                row.chosen,
                row.own,
            )
            for row in rows
            if np.isfinite(row.delta_bic)
        ]
        self.panel.pareto.set_points(points)
        self._show_formula()

    def _observed_range(self) -> tuple[float, float] | None:
        density = None if self.session.results is None else self.session.results.density
        if density is None:
            return None
        return float(density.observed().min()) / density.scale, 1.0

    # While it learns

    def _on_event(self, event: Event) -> None:
        match event:
            case Losses():
                settings = self.session.run_settings
                bound = bound_of(None if settings is None else settings.binn, event.total_steps)
                self.panel.losses.append(event.step, event.total_steps, event.terms, bound)
            case Curves():
                self.panel.set_members(
                    np.array(event.u), np.array(event.D), np.array(event.G), self._observed_range()
                )

    # The selected equation

    def _show_formula(self) -> None:
        selected = self.session.replays.selected
        if selected is None:
            self.panel.clear_formula()
        else:
            from ...equations.evaluate import evaluate

            u = np.linspace(0.0, 1.0, 201)
            self.panel.set_formula(u, evaluate(selected.D, u), evaluate(selected.G, u))
            self.panel.pareto.select(selected.key)
        self._compare.refresh()

    # Two runs

    def _show_comparison(self, comparison: Comparison | None) -> None:
        if comparison is None or not comparison.same_units:
            self.panel.set_comparison((), ())
            return
        scale = comparison.a.density_scale or 1.0
        D, G = [], []
        for side in (comparison.a, comparison.b):
            curves = _side_curves(side, scale)
            if curves is not None:
                D.append(curves[0])
                G.append(curves[1])
        self.panel.set_comparison(D, G)

    def _theme_changed(self, _: Any = None) -> None:
        self.panel.set_theme(PlotTheme.of(self.session.viewer.theme))


def field_of(density: Density) -> Field:
    """Return what the pictures of a diagnosis have to know of the density it was made on."""
    _, ny, nx = density.shape
    sides = [
        count * (float(np.diff(axis).mean()) if count > 1 else 1.0)
        for count, axis in ((ny, density.y), (nx, density.x))
    ]
    return Field(
        density.t, density.time_unit, sides[0] / sides[1], density.scale, density.density_unit
    )


def _side_curves(side: RunSide, scale: float) -> tuple[Compared, Compared] | None:
    """Return D and G of a run over densities in units of ``scale``."""
    curves = side.curves
    if curves is None:
        return None
    u = curves.density / scale
    return (
        (side.name, u, curves.D, curves.D_low, curves.D_high),
        (side.name, u, curves.G, curves.G_low, curves.G_high),
    )
