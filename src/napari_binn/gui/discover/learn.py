"""Step ③: learning D(u) and G(u)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QObject

from ...events import Event, Progress, StageFinished, StageStarted
from ..eta import Eta
from ..state import Action
from .learn_step import LearnStep

if TYPE_CHECKING:
    from ..session import Session

_ACTIONS: tuple[Action, ...] = ("learn", "pause", "resume", "stop")


class LearnPresenter(QObject):
    """Connects the view of step ③ with the session."""

    def __init__(self, session: Session, view: LearnStep) -> None:
        super().__init__(view)
        self._session, self._view = session, view
        self._eta = Eta()
        view.learn_requested.connect(lambda: session.start("learn"))
        view.pause_requested.connect(session.pause)
        view.resume_requested.connect(session.resume)
        view.stop_requested.connect(session.stop)
        view.watch_toggled.connect(session.room.watch)
        view.changed.connect(session.choose)
        session.changed.connect(self.refresh)
        session.choices_changed.connect(self.refresh_choices)
        session.run_changed.connect(self._show_result)
        session.stage_done.connect(lambda _: self._show_result())
        session.reported.connect(self._on_event)
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

    def _show_result(self) -> None:
        results = self._session.results
        terms = None if results is None else results.terms
        self._view.set_result([] if terms is None else list(terms.sentences))

    def _on_event(self, event: Event) -> None:
        match event:
            case StageStarted(stage="learn"):
                self._eta = Eta()
                self._view.set_progress(0.0, event.text)
            case Progress(stage="learn"):
                self._eta.add(event.done / max(event.total, 1e-300))
                self._view.set_progress(
                    event.done / max(event.total, 1e-300), event.text, self._eta.remaining()
                )
            case StageFinished(stage="learn"):
                self._view.set_progress(None, "")
