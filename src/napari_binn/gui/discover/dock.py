"""The dock *Discover equation*: five steps from a movie to a law, and one button for all."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from ...events import StageName
from ..actions import ActionButton
from ..live_preview import LivePreview
from ..sessions import session_of, tie
from ..state import STEP_OF, Step, status
from ..step import StepBox
from .compare import ComparePresenter
from .compare_step import CompareStep
from .density import DensityPresenter
from .density_step import DensityStep
from .equation import EquationPresenter
from .equation_step import EquationStep
from .headlines import line
from .learn import LearnPresenter
from .learn_step import LearnStep
from .messages import MessageBar
from .movie import MoviePresenter
from .movie_step import MovieStep

if TYPE_CHECKING:
    import napari

    from ..session import Session

_TITLES: dict[Step, str] = {
    "movie": "Movie",
    "density": "Density",
    "learn": "Learn",
    "equation": "Equation",
    "compare": "Compare",
}


class DiscoverDock(QWidget):
    """The steps, each with one line on what it has or needs, and *Discover*.

    Parameters
    ----------
    viewer
        The viewer it belongs to.
    session
        For tests; by default the session of the viewer.
    """

    def __init__(self, napari_viewer: napari.Viewer, session: Session | None = None) -> None:
        super().__init__()
        self.session = session or session_of(napari_viewer)
        tie(self.session, self)
        self.movie, self.density, self.learn = MovieStep(), DensityStep(), LearnStep()
        self.equation, self.compare = EquationStep(), CompareStep()
        bodies: dict[Step, QWidget] = {
            "movie": self.movie,
            "density": self.density,
            "learn": self.learn,
            "equation": self.equation,
            "compare": self.compare,
        }
        self.boxes = {
            step: StepBox(number, _TITLES[step], body)
            for number, (step, body) in enumerate(bodies.items(), 1)
        }
        self.messages = MessageBar()
        self.discover = ActionButton(
            "Discover ▶", "Do all remaining steps with the settings as they are.", primary=True
        )
        self.stop = ActionButton("Stop ■", "Stop; what is finished is kept.")
        self._lay_out()
        self._connect()
        if session is None:
            # The curves are watched from here: their dock opens with this one.
            QTimer.singleShot(0, partial(_open_curves, napari_viewer))

    def _lay_out(self) -> None:
        steps = QWidget()
        column = QVBoxLayout(steps)
        column.setContentsMargins(4, 4, 4, 4)
        column.setSpacing(4)
        for box in self.boxes.values():
            column.addWidget(box)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        scroll.setWidget(steps)
        self.scroll_area = scroll
        buttons = QHBoxLayout()
        buttons.setContentsMargins(6, 0, 6, 6)
        buttons.addWidget(self.discover, 1)
        buttons.addWidget(self.stop, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll, 1)
        whole.addWidget(self.messages)
        whole.addLayout(buttons)
        self.setMinimumWidth(330)

    def _connect(self) -> None:
        session = self.session
        preview = LivePreview(session)
        preview.setParent(self)
        self.destroyed.connect(preview.close)
        density = DensityPresenter(session, self.density, preview)
        self.boxes["density"].toggled.connect(density.set_open)
        self.presenters = (
            MoviePresenter(session, self.movie),
            density,
            LearnPresenter(session, self.learn),
            EquationPresenter(session, self.equation),
            ComparePresenter(session, self.compare),
        )
        self.discover.clicked.connect(lambda: session.start(None))
        self.stop.clicked.connect(session.stop)
        session.problem.connect(self.messages.show_problem)
        session.reported.connect(self.messages.on_event)
        session.changed.connect(self.refresh)
        session.pace.changed.connect(self.refresh_running)
        session.stage_begun.connect(self._show_stage)
        self._opened: Step = "movie"
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self._scroll)
        for step, box in self.boxes.items():
            box.toggled.connect(partial(self._toggled, step))
            box.header.clicked.connect(partial(self._picked, step))
        self.boxes["movie"].set_open(True)
        self.refresh()

    def refresh(self) -> None:
        """Follow the state machine."""
        session = self.session
        facts = session.facts()
        for step, box in self.boxes.items():
            shown = status(step, facts, line(step, session, facts))
            box.set_status(shown.kind, shown.text)
        reason = session.obstacle("discover")
        self.discover.set_available(not reason, reason)
        self.discover.setVisible(not facts.busy)
        self.stop.setVisible(facts.busy)
        reason = session.obstacle("stop")
        self.stop.set_available(not reason, reason)

    def refresh_running(self) -> None:
        """Say how far the running step is."""
        facts = self.session.facts()
        if facts.running is not None:
            step = STEP_OF[facts.running]
            shown = status(step, facts, line(step, self.session, facts))
            self.boxes[step].set_status(shown.kind, shown.text)

    def _show_stage(self, stage: StageName) -> None:
        """Open the step that runs, so that it can be watched."""
        running = STEP_OF[stage]
        for step, box in self.boxes.items():
            if box.is_open != (step == running):
                box.set_open(step == running)
                box.toggled.emit(box.is_open)

    def _toggled(self, step: Step, is_open: bool) -> None:
        if is_open:
            self._opened = step
            self._later.start()  # when the steps have their new places

    def _picked(self, step: Step) -> None:
        if self.boxes[step].is_open:
            self.session.turned_to.emit(step)

    def _scroll(self) -> None:
        """Bring the step that was opened into view, with its headline if it does not fit."""
        box = self.boxes[self._opened]
        self.scroll_area.ensureWidgetVisible(box, 0, 0)
        bar = self.scroll_area.verticalScrollBar()
        if bar is not None and box.y() < bar.value():
            bar.setValue(box.y())


def _open_curves(viewer: napari.Viewer) -> None:
    from ..commands import CURVES, open_dock

    open_dock(viewer, CURVES)
