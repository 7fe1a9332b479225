"""Step ④: formulas, one of them selected, its constants in the user's hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, QTimer
from qtpy.QtWidgets import QApplication

from ...errors import UserError
from ..copying import CopyKind, copy_as
from ..formulas import Units, equation_rows, with_constants
from ..metrics import result_sentence
from ..pictures import warm_up
from ..replays import DRAFT, Replay
from .equation_step import EquationStep

if TYPE_CHECKING:
    from ..session import Session

#: Milliseconds after the dock was made at which it is assumed to be shown and left alone.
IDLE = 1500


class EquationPresenter(QObject):
    """Connects the view of step ④ with the session."""

    def __init__(self, session: Session, view: EquationStep) -> None:
        super().__init__(view)
        self._session, self._view = session, view
        view.find_requested.connect(lambda: session.start("discover"))
        view.stop_requested.connect(session.stop)
        view.selected.connect(session.replays.select)
        view.constants_edited.connect(self._edit)
        view.own_requested.connect(self._simulate)
        view.fit_requested.connect(session.replays.try_formula)
        view.remove_requested.connect(session.replays.remove)
        view.keep_requested.connect(self._keep)
        view.copy_requested.connect(self._copy)
        view.search_changed.connect(lambda values: session.choose({"equations": values}))
        session.choices_changed.connect(self.refresh_choices)
        session.changed.connect(self.refresh)
        session.run_changed.connect(self.refresh_rows)
        session.stage_done.connect(self.refresh_rows)
        session.stage_begun.connect(self.refresh_rows)
        session.replays.changed.connect(self._show_selected)
        session.replays.kept.connect(self.refresh_rows)
        session.pace.changed.connect(self._show_progress)
        # Formulas take a moment to load: while nobody waits, and before the first one is found.
        self._warmed = False
        session.stage_begun.connect(self._warm_up)
        idle = QTimer(self)
        idle.setSingleShot(True)
        idle.timeout.connect(self._warm_up)
        idle.start(IDLE)
        self.refresh_choices()
        self.refresh_rows()
        self.refresh()

    def refresh_choices(self) -> None:
        """Show choices that came from elsewhere."""
        self._view.search.set_values(self._session.choices().get("equations", {}))

    def refresh(self) -> None:
        """Enable what can be done now."""
        session, view = self._session, self._view
        for action in ("find", "stop"):
            reason = session.obstacle(action)
            view.set_available(action, not reason, reason)
        reason = session.obstacle("edit")
        for part in ("edit", "keep", "simulate"):
            view.set_available(part, not reason, reason)
        nothing = "" if session.replays.selected else "Select a formula first."
        view.set_available("copy", not nothing, nothing)

    def units(self) -> Units:
        """Return the units of the run that is shown."""
        density = None if self._session.results is None else self._session.results.density
        if density is None:
            return Units()
        return Units(density.length_unit, density.time_unit, density.density_unit, density.scale)

    def refresh_rows(self, _: str = "") -> None:
        """Show the equations of the run."""
        results = self._session.results
        try:
            equations = None if results is None else results.equations
            own = () if results is None else results.own
            if equations is None:
                self._view.clear()
                return
            units = self.units()
        except UserError as error:
            self._session.problem.emit(str(error), "")
            self._view.clear()
            return
        self._view.set_units(units)
        self._view.set_rows(equation_rows(equations, units, own))
        self._show_selected()

    def _show_selected(self) -> None:
        selected = self._session.replays.selected
        if selected is None:
            self._view.set_fitting(False)
            self._view.set_simulating(False)
            self._view.set_result("")
            return
        if selected.key != DRAFT:
            self._view.select(selected.key)
        self._view.set_fitting(self._session.replays.trying)
        self._view.set_simulating(selected.values is None and not selected.problem)
        row = self._view.table.row(selected.key)
        known = "" if row is None else " ".join(filter(None, (row.verdict, row.unsupported)))
        refused = self._session.replays.refused
        result = refused or selected.problem or result_sentence(selected.metrics or {})
        self._view.set_result(result if refused else f"{known} {result}".strip())
        self.refresh()

    def _edit(self, values: list[float]) -> None:
        row = self._view.equation.row
        if row is not None:
            self._simulate(*with_constants(row, values))

    def _simulate(self, D: str, G: str) -> None:
        self._session.replays.ask(Replay(DRAFT, D, G))

    def _keep(self, D: str, G: str) -> None:
        selected = self._session.replays.selected
        if selected is None or (selected.D, selected.G) != (D, G):
            return
        try:
            self._session.replays.keep()
        except UserError as error:
            self._session.problem.emit(str(error), "")
        self.refresh_rows()

    def _copy(self, kind: CopyKind) -> None:
        D, G = self._view.texts()
        clipboard = QApplication.clipboard()
        if clipboard is not None and D:
            clipboard.setText(copy_as(D, G, kind, self.units()))

    def _show_progress(self) -> None:
        self._view.set_progress(self._session.pace.of("discover"))

    def _warm_up(self, _: str = "") -> None:
        if not self._warmed:
            self._warmed = True
            warm_up()
