"""Step ③: learning D(u) and G(u)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject

from ...errors import UserError
from ..state import Action
from .findings import findings_of
from .learn_step import LearnStep
from .wording import first_problem

if TYPE_CHECKING:
    from ..session import Session

_ACTIONS: tuple[Action, ...] = ("learn", "pause", "resume", "stop")


class LearnPresenter(QObject):
    """Connects the view of step ③ with the session."""

    def __init__(self, session: Session, view: LearnStep) -> None:
        super().__init__(view)
        self._session, self._view = session, view
        view.learn_requested.connect(lambda: session.start("learn"))
        view.pause_requested.connect(session.pause)
        view.resume_requested.connect(session.resume)
        view.stop_requested.connect(session.stop)
        view.watch_toggled.connect(session.room.watch)
        view.check_clicked.connect(session.check_shown)
        view.changed.connect(self._change)
        view.problems_changed.connect(self._tell_problems)
        session.changed.connect(self.refresh)
        session.choices_changed.connect(self.refresh_choices)
        for signal in (session.run_changed, session.stage_done, session.runs_touched):
            signal.connect(self._show_result)
        session.pace.changed.connect(self._show_progress)
        self.refresh_choices()
        self.refresh()

    def refresh(self) -> None:
        """Enable what can be done now."""
        for action in _ACTIONS:
            reason = self._session.obstacle(action)
            self._view.set_available(action, not reason, reason)

    def refresh_choices(self) -> None:
        """Show choices that came from elsewhere."""
        choices = self._session.choices()
        known = ("binn", "inference", "seed", "device")
        self._view.set_values({name: choices[name] for name in known if name in choices})
        self._tell_problems()

    def _change(self, values: dict[str, Any]) -> None:
        self._session.choose(values)
        self._tell_problems()

    def _tell_problems(self, _: Any = None) -> None:
        """Let nothing be started while a value on the screen is none."""
        self._session.set_problem("learn", first_problem(self._view.problems()))

    def _show_result(self, _: str = "") -> None:
        try:
            findings = findings_of(self._session.results)
        except UserError as error:
            findings = None
            self._session.problem.emit(str(error), "")
        self._view.set_findings(findings)

    def _show_progress(self) -> None:
        self._view.set_progress(self._session.pace.of("learn"))
