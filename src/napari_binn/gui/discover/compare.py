"""Step ⑤: the simulation beside the observation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, QUrl
from qtpy.QtGui import QDesktopServices
from qtpy.QtWidgets import QFileDialog

from ...errors import UserError
from ..metrics import metric_rows
from .compare_step import CompareStep

if TYPE_CHECKING:
    from ..session import Session

_FORMATS = (
    "Equation, LaTeX (*.tex);;Equation, text (*.txt);;Equation, Python (*.py);;"
    "Equation, JSON (*.json);;Curves D and G (*.csv);;Observed and simulated movie (*.tif);;"
    "Observed and simulated movie, NumPy (*.npz)"
)


class ComparePresenter(QObject):
    """Connects the view of step ⑤ with the session and the canvas."""

    def __init__(self, session: Session, view: CompareStep) -> None:
        super().__init__(view)
        self._session, self._view = session, view
        canvas = session.canvas
        view.arrangement_requested.connect(canvas.set_mode)
        view.formula_toggled.connect(canvas.show_formula)
        view.profile_requested.connect(canvas.draw_line)
        view.report_requested.connect(self._open_report)
        view.export_requested.connect(self._export)
        canvas.mode_changed.connect(view.set_arrangement)
        session.changed.connect(self.refresh)
        session.run_changed.connect(self.refresh)
        session.replays.changed.connect(self.refresh)
        view.set_formula_shown(canvas.formula_shown)
        view.set_arrangement(canvas.mode)
        self.refresh()

    def refresh(self) -> None:
        """Show the numbers of the selected equation, and enable what can be done now."""
        session, view = self._session, self._view
        selected = session.replays.selected
        metrics = None if selected is None else selected.metrics
        view.set_metrics(metric_rows(metrics or {}))
        simulated = selected is not None and selected.values is not None
        lacks = "" if simulated else "Nothing is simulated yet."
        view.set_available("arrange", simulated, lacks)
        view.set_available("formula", selected is not None, "No formula is found yet.")
        reason = session.obstacle("compare")
        view.set_available("profile", not reason, reason)
        has_report = session.run is not None and session.run.has("report")
        lacks_report = "The report is written when all steps are done."
        view.set_available("report", has_report, lacks_report)
        view.set_available("export", has_report, "There is no result to export yet.")

    def _open_report(self) -> None:
        run = self._session.run
        if run is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(run.file("report"))))

    def _export(self) -> None:
        run = self._session.run
        if run is None:
            return
        start = str(run.path / "equation.tex")
        name, chosen = QFileDialog.getSaveFileName(self._view, "Export", start, _FORMATS)
        if not name:
            return
        path = Path(name)
        if not path.suffix:
            path = path.with_suffix(chosen.rpartition("*")[2].rstrip(")"))
        from ...run.export import export_run

        try:
            export_run(run, path)
        except UserError as error:
            self._session.problem.emit(str(error), "")
