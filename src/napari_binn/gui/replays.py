"""Simulations on demand: of a formula that was clicked, edited or typed."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal

from ..engine.protocol import DropFormula, Failed, Finished, Halted, Simulate, TryFormula
from ..equations.model import Equation
from ..errors import UserError
from ..events import Event

if TYPE_CHECKING:
    from .session import Session

#: Key of an equation that was edited or typed and is not kept (yet).
DRAFT = -1
_NOT_FITTED = "It was not fitted: something else was started."
_NOT_SIMULATED = "It is not simulated yet: click it in the table to simulate it."


@dataclass(frozen=True)
class Replay:
    """A pair of formulas and, once it is simulated, the movie that it makes.

    Attributes
    ----------
    key
        Place in the run's equations, then in the user's own ones, or ``DRAFT``.
    values
        Simulated density (T, Y, X) [density unit], None while it is computed or if it failed.
    metrics
        How well it fits, as in :class:`~napari_binn.equations.model.Simulation`.
    problem
        Why it could not be simulated.
    """

    key: int
    D: str
    G: str
    values: NDArray[np.float64] | None = None
    metrics: dict[str, float] | None = None
    problem: str = ""

    def same_law(self, other: Replay) -> bool:
        """Whether both have the same formulas."""
        return (self.D, self.G) == (other.D, other.G)

    def equation(self) -> Equation:
        """Return it as an equation of the user's own."""
        from .formulas import own_equation

        return replace(own_equation(self.D, self.G), scores=dict(self.metrics or {}))


class Replays(QObject):
    """Simulates one pair of formulas after the other; the latest wish wins."""

    #: The selected equation has changed: another one, or its simulation is there.
    changed = Signal()
    #: Other equations can be selected: the user has kept or removed one.
    kept = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._numbers = itertools.count()
        self._running: tuple[Replay, Path] | None = None
        self._wish: Replay | None = None
        self._errand: TryFormula | DropFormula | None = None
        self._doing: TryFormula | DropFormula | None = None
        self.selected: Replay | None = None
        self.refused = ""  # why the formula that was tried last could not be fitted
        session.run_changed.connect(self._select_best)
        session.stage_done.connect(self._stage_done)
        session.stage_begun.connect(self._stage_begun)

    # What can be selected

    def candidates(self) -> tuple[Equation, ...]:
        """Return the equations that were found, the best first, then the user's own ones."""
        results = self._session.results
        if results is None or results.equations is None:
            return ()
        return (*results.equations.equations, *results.own)

    def select(self, key: int) -> None:
        """Select one of the candidates, by its place among them; show or make its simulation."""
        candidates = self.candidates()
        if not 0 <= key < len(candidates):
            return
        replay = Replay(key, candidates[key].D.text, candidates[key].G.text)
        if self.selected is not None and replay.same_law(self.selected):
            if self.selected.key != key:
                self.show(replace(self.selected, key=key))
            if self.selected.values is not None:
                return
        kept = None if key or self._session.results is None else self._session.results.simulation
        if kept is not None:
            self.show(replace(replay, values=kept.values, metrics=dict(kept.metrics)))
        else:
            self.ask(replay)

    def keep(self) -> int | None:
        """Keep the selected draft among the run's own equations and return its place there."""
        run, draft = self._session.run, self.selected
        if run is None or draft is None or draft.key != DRAFT or draft.metrics is None:
            return None
        run.add_own_equation(draft.equation())
        key = len(self.candidates()) - 1
        self.kept.emit()
        self.show(replace(draft, key=key))
        return key

    def try_formula(self, D: str, G: str) -> None:
        """Have a typed formula fitted and ranked; it is kept with the run and selected."""
        # What is selected stays so: letters have no curve yet.
        self._send(TryFormula(self._path(), D, G))
        self.refused = ""
        self.changed.emit()
        self._next()

    def remove(self, key: int) -> None:
        """Remove one of the user's own equations, by its place among the candidates."""
        found = len(self.candidates()) - self._own()
        if key >= found:
            self._send(DropFormula(self._path(), key - found))
            self._next()

    @property
    def trying(self) -> bool:
        """Whether a typed formula is being fitted, or is about to be."""
        return any(isinstance(one, TryFormula) for one in (self._errand, self._doing))

    def _send(self, errand: TryFormula | DropFormula) -> None:
        self._errand = errand

    def _path(self) -> str:
        run = self._session.run
        return "" if run is None else str(run.path)

    def _own(self) -> int:
        results = self._session.results
        return 0 if results is None else len(results.own)

    def _done(self, errand: TryFormula | DropFormula, event: Event) -> None:
        """Select what was tried, or the best instead of what was removed."""
        if errand.run != self._path():
            return
        found = len(self.candidates()) - self._own()
        if isinstance(event, Finished):
            self.kept.emit()
            tried = isinstance(errand, TryFormula)
            self.select(found + int(event.result["index"]) if tried else 0)
        else:
            self.refused = event.sentence if isinstance(event, Failed) else _NOT_FITTED
            self.changed.emit()
        if isinstance(event, Failed) and event.details:
            self._session.problem.emit(event.sentence, event.details)

    def _select_best(self) -> None:
        self.drop()
        try:
            if self.candidates():
                self.select(0)
        except UserError as error:
            self._session.problem.emit(str(error), "")

    def _stage_begun(self, stage: str) -> None:
        if stage in ("learn", "discover"):
            self.drop()

    def _stage_done(self, stage: str) -> None:
        candidates = self.candidates() if stage in ("discover", "simulate") else ()
        if stage == "simulate":
            if self._wish is None:
                self.select(0)
        elif candidates:  # its simulation is about to come
            self.show(Replay(0, candidates[0].D.text, candidates[0].G.text))

    def run_ended(self, finished: bool) -> None:
        """Simulate the selected equation if the run that has ended did not do so itself."""
        selected = self.selected
        if selected is None or selected.values is not None or selected.problem:
            return
        if finished or self._wish is not None:
            self.ask(selected)
        else:
            self.show(replace(selected, problem=_NOT_SIMULATED))

    @property
    def busy(self) -> bool:
        """Whether a simulation is being computed."""
        return self._running is not None or self._doing is not None

    def show(self, replay: Replay) -> None:
        """Select an equation whose simulation is there already."""
        self._wish, self.refused = None, ""
        self.selected = replay
        self.changed.emit()

    def ask(self, replay: Replay) -> None:
        """Select an equation and have it simulated."""
        self.selected = self._wish = replay
        self.refused = ""
        self._next()  # before what is on the screen follows
        self.changed.emit()

    def drop(self) -> None:
        """Forget the selection and what is still wished for."""
        self._wish = self._errand = self.selected = None
        self.changed.emit()

    def go_on(self) -> None:
        """Have simulated what had to wait for other work of the engine."""
        self._next()

    def _next(self) -> None:
        session = self._session
        if self.busy or session.busy or session.run is None:
            return
        if self._errand is not None:
            self._doing, self._errand = self._errand, None
            session.room.submit(self._doing)
            return
        if self._wish is None:
            return
        replay, self._wish = self._wish, None
        out = session.run.path / f"replay-{next(self._numbers)}.npz"
        self._running = (replay, out)
        session.room.submit(Simulate(str(session.run.path), replay.D, replay.G, str(out)))

    def owns(self, event: Event) -> bool:
        """Take an event that answers a simulation on demand; False for all others."""
        if not self.busy:
            return False
        if not isinstance(event, Finished | Failed | Halted):
            return True
        if self._doing is not None:
            errand, self._doing = self._doing, None
            self._done(errand, event)
            self._next()
            return True
        assert self._running is not None
        (replay, out), self._running = self._running, None
        if isinstance(event, Finished):
            metrics = {name: float(value) for name, value in event.result["metrics"].items()}
            with np.load(out) as arrays:
                replay = replace(replay, values=arrays["values"], metrics=metrics)
        elif isinstance(event, Failed):
            replay = replace(replay, problem=event.sentence)
            if event.details:
                self._session.problem.emit(event.sentence, event.details)
        out.unlink(missing_ok=True)
        chosen = self.selected
        if chosen is not None and chosen.same_law(replay):
            self.selected = replace(replay, key=chosen.key)
            self.changed.emit()
        self._next()
        return True
