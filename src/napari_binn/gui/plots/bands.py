"""The check of the bands: its line on the tab Checks, and the bands that it gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QObject

from ...errors import UserError
from .panel import CurvesPanel

if TYPE_CHECKING:
    from ..results import Results
    from ..session import Session

_UNCHECKED = "Not checked yet: the bands follow from the curvature of the fit."


class BandsPresenter(QObject):
    """Connects the line of the check with the session."""

    def __init__(self, session: Session, panel: CurvesPanel) -> None:
        super().__init__(panel)
        self._session, self._panel = session, panel
        self._strip = panel.checks.bands
        self._strip.expected = session.bands.expected
        self._strip.requested.connect(session.bands.start)
        self._strip.stop_requested.connect(session.bands.stop)
        session.bands.changed.connect(self.refresh_running)
        session.changed.connect(self.refresh)
        for signal in (session.run_changed, session.stage_done, session.runs_touched):
            signal.connect(self._show)
        session.stage_begun.connect(self._show)
        self._show()
        self.refresh()

    def refresh(self) -> None:
        """Enable what can be done now."""
        reason = self._session.obstacle("check")
        self._strip.set_available(not reason, reason)
        self.refresh_running()

    def refresh_running(self) -> None:
        """Say how far the check is."""
        bands = self._session.bands
        self._strip.set_progress(bands.fraction, bands.words())
        if not bands.busy:
            self._show()

    def _show(self, _: str = "") -> None:
        """Show what was found, in words and on the curves."""
        if self._session.bands.busy:
            return
        try:
            self._show_results(self._session.results)
        except UserError as error:
            self._session.problem.emit(str(error), "")

    def _show_results(self, results: Results | None) -> None:
        terms = None if results is None else results.terms
        found = None if results is None or terms is None else results.bootstrap
        self._panel.set_checked_bands(found)
        if terms is None:
            self._strip.set_result("", "plain")
        elif found is None:
            self._strip.set_result(_UNCHECKED, "muted")
        else:
            narrow = found.too_narrow(terms.supported)
            self._strip.set_result(found.sentence, "warning" if narrow else "plain")
