"""One piece of work in one viewer: the choices, the run, the engine.

The docks show a session and change it; none of them knows another. A session lives as long as the
viewer's window.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

from qtpy.QtCore import QObject, Signal

from ..engine.protocol import LAST, Continued, Failed, Finished, Halted, Paused, Resume
from ..errors import UserError
from ..events import STAGES, Event, Progress, StageFinished, StageName, StageStarted
from ..run.folder import RunFolder
from ..run.store import RunStore
from ..settings import Settings
from .band_check import BandCheck
from .calibration import Calibration, apply, suggest
from .canvas import Canvas
from .choices import Choices, Polygons, Where
from .engine_room import Room
from .orders import Order, prepare_run
from .pace import Pace
from .preferences import Preferences
from .regions import polygons
from .replays import Replays
from .results import Results
from .shown_run import ShownRun
from .sources import LayerSource, RunSource, Source
from .state import Action, Facts, obstacle

if TYPE_CHECKING:
    import napari
    from napari.layers import Layer, Shapes


class Session(QObject):
    """What the docks of one viewer share.

    Parameters
    ----------
    viewer
        The viewer whose layers are analysed.
    room
        The engine; a synchronous one for tests and debugging.
    background
        Whether the input of the engine is written in a thread.
    """

    #: Something that the state machine looks at has changed.
    changed = Signal()
    #: What is analysed has changed: another layer, another calibration.
    source_changed = Signal()
    #: Choices were set from outside their form.
    choices_changed = Signal()
    #: Another run is shown, or none.
    run_changed = Signal()
    #: A stage of the run has been finished.
    stage_done = Signal(str)
    #: A stage begins: what is shown of it and of the later ones is out of date.
    stage_begun = Signal(str)
    #: What the engine says.
    reported = Signal(object)
    #: Something went wrong: a sentence, and details for a report.
    problem = Signal(str, str)
    #: The state of a run on disk has changed.
    runs_touched = Signal()
    #: The user turns to a step.
    turned_to = Signal(str)
    #: The user wants to see what a check of the learned law found.
    check_shown = Signal(str)
    #: Two runs are compared (a Comparison), or no longer (None).
    compared = Signal(object)

    def __init__(
        self,
        viewer: napari.Viewer,
        room: Room,
        preferences: Preferences,
        *,
        background: bool = True,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.viewer = viewer
        self.room = room
        self.preferences = preferences
        self.store = RunStore(preferences.runs_folder)
        self.source: Source | None = None
        self.shown = ShownRun()
        self.region_layers: dict[str, Shapes] = {}
        self.progress: Progress | None = None
        device = None if preferences.device == "auto" else preferences.device
        self._choices = Choices({"device": device})
        self._background = background
        self._running: StageName | None = None
        self._until: StageName | None = None
        self._preparing = False
        self._stopping = False
        self._failure: tuple[StageName, str] | None = None
        self.replays = Replays(self)
        self.bands = BandCheck(self)
        self.canvas = Canvas(self)
        self.pace = Pace(self)
        room.reported.connect(self._on_event)

    # What is analysed

    def set_layer(self, layer: Layer | None) -> None:
        """Analyse ``layer``; None if there is none."""
        if isinstance(self.source, LayerSource) and self.source.layer is layer:
            return
        self._set_source(None if layer is None else LayerSource(layer, suggest(layer)))

    def set_calibration(self, calibration: Calibration) -> None:
        """Take over what the user typed, and show the layer at its true scale."""
        if not isinstance(self.source, LayerSource):
            return
        apply(self.source.layer, calibration)
        self._set_source(replace(self.source, calibration=calibration))

    def data_replaced(self) -> None:
        """Note that the layer holds other data now."""
        if isinstance(self.source, LayerSource):
            self._set_source(replace(self.source, version=self.source.version + 1))

    def _set_source(self, source: Source | None) -> None:
        self.source = source
        self._choices.note("preview", "")
        self._failure = None
        self.source_changed.emit()
        self.changed.emit()

    def set_problem(self, where: Where, sentence: str) -> None:
        """Note what is wrong with what is on the screen in a step, or that nothing is ("")."""
        if self._choices.note(where, sentence):
            self.changed.emit()

    @property
    def run(self) -> RunFolder | None:
        """The run that is shown."""
        return self.shown.folder

    @property
    def results(self) -> Results | None:
        """What the run that is shown has."""
        return self.shown.results

    @property
    def run_source(self) -> Source | None:
        """What the run that is shown was measured on."""
        return self.shown.source

    @property
    def run_settings(self) -> Settings | None:
        """The settings of the run that is shown, whatever is chosen now."""
        return self.shown.settings

    # Choices

    def choose(self, values: dict[str, Any], *, told: bool = False) -> None:
        """Merge nested settings into the choices; None takes a choice back.

        Parameters
        ----------
        told
            Whether the forms have to be told, because the choice did not come from them.
        """
        self._choices.change(values)
        self._failure = None
        if told:
            self.choices_changed.emit()
        self.changed.emit()

    def choices(self) -> dict[str, Any]:
        """Return the nested settings that differ from the defaults, drawn regions included."""
        return self._choices.nested(self._drawn("include"), self._drawn("exclude"))

    def settings(self) -> Settings:
        """Return the settings as they are chosen now, those of the movie left out.

        Raises
        ------
        UserError
            They contradict each other.
        """
        return Settings.build(self.choices())

    def _drawn(self, kind: str) -> Polygons:
        layer, source = self.region_layers.get(kind), self.source
        if layer is None or not isinstance(source, LayerSource):
            return []
        found = polygons(layer, source.layer, source.calibration)
        return [[list(map(float, point)) for point in polygon] for polygon in found]

    # The state machine

    @property
    def busy(self) -> bool:
        """Whether the engine has other work than simulations on demand, or is about to get it."""
        return self._preparing or self._running is not None or self.bands.busy

    def facts(self) -> Facts:
        """Return what the state machine looks at."""
        source, wrong, now = self.source, self._choices.problem, self._now()
        shown = frozenset() if self.results is None else self.results.stages()
        return Facts(
            source=source is not None,
            layer=isinstance(source, LayerSource),
            movie_problem=wrong("movie") or ("" if source is None else source.problem()),
            density_problem=wrong("density"),
            settings_problem=wrong("settings"),
            done=frozenset(self.shown.valid(now, self.source)),
            shown=shown,
            running=self._running,
            preparing=self._preparing,
            checking=self.bands.busy,
            paused=self.room.paused,
            stopping=self._stopping or self.bands.stopping,
            interrupted=self.shown.interrupted(now, self.source),
            failure=self._failure,
        )

    def obstacle(self, action: Action) -> str:
        """Return why ``action`` cannot be done now, or ""."""
        return obstacle(action, self.facts())

    def _now(self) -> Settings | None:
        """Return the settings as they would be for the run that is shown."""
        try:
            return self.shown.settings_as(self.settings(), self.source)
        except UserError:
            return None

    # The engine

    def start(self, until: StageName | None = None) -> None:
        """Let the engine do what is missing, up to the stage ``until`` (None: all of them)."""
        plan = self.shown.plan(self._now(), self.source)
        if plan is None or self.source is None or self.facts().busy:
            return
        order = Order(self.source, self.choices(), plan, self.run, until, self.store)
        self.replays.drop()
        self._failure, self._stopping, self._until = None, False, until
        self._preparing = True
        self.changed.emit()
        if not self._background:
            self._prepared_or_failed(order)
            return
        from napari.qt.threading import create_worker

        worker = create_worker(prepare_run, order, _start_thread=False)
        worker.returned.connect(lambda run: self._prepared(order, run))
        worker.errored.connect(self._not_prepared)
        worker.start()

    def _prepared_or_failed(self, order: Order) -> None:
        try:
            run = prepare_run(order)
        except UserError as error:
            self._not_prepared(error)
        else:
            self._prepared(order, run)

    def _prepared(self, order: Order, run: RunFolder) -> None:
        self._preparing = False
        if self._stopping:  # asked for while the input was written
            self._stopping = False
            self._take(run, order.source)
            return
        self._take(run, order.source)
        self._submit()

    def _submit(self) -> None:
        run = self.run
        assert run is not None
        if self._running is None:
            self._running = next((stage for stage in STAGES if not run.has(stage)), STAGES[-1])
            self.changed.emit()
        if self._stopping:  # asked for while a simulation on demand gave way
            self._on_event(Halted())
        elif self.replays.busy:
            self.room.stop()  # it gives way: see _on_event
        else:
            self.room.submit(Resume(str(run.path), self._until))

    def _not_prepared(self, error: Exception) -> None:
        self._preparing = False
        self._stopping = False
        self._failure = ("density", str(error)) if isinstance(error, UserError) else None
        self.changed.emit()
        self._tell(error)

    def pause(self) -> None:
        """Let the engine stand still."""
        self.room.pause()

    def resume(self) -> None:
        """Go on: after a pause at once, after a stop from the last checkpoint."""
        if self.room.paused:
            self.room.proceed()
        elif self.shown.interrupted(self._now(), self.source):
            self.start(self._until)

    def stop(self) -> None:
        """End the running stage; what is finished is kept, and so is a training's checkpoint."""
        if self.bands.busy:
            self.bands.stop()
            return
        self._stopping = True
        self.changed.emit()
        if not self._preparing:
            self.room.stop()

    # What the engine says

    def _on_event(self, event: Event) -> None:
        if self.replays.owns(event):
            if isinstance(event, LAST):
                self._given_way()
            return
        if self.bands.owns(event):
            return
        match event:
            case StageStarted(stage=stage):
                self._running, self.progress = stage, None
                self.stage_begun.emit(stage)
                self.changed.emit()
            case Progress():
                self.progress = event
            case StageFinished(stage=stage):
                self._reload()
                self.stage_done.emit(stage)
                self.changed.emit()
            case Paused() | Continued():
                self.changed.emit()
            case Finished() | Failed() | Halted():
                self._ended(event)
        self.reported.emit(event)

    def _given_way(self) -> None:
        """Go on with what a simulation on demand made room for."""
        if self._running is not None:
            self._submit()
        else:
            self.bands.go_on()

    def checked(self) -> None:
        """Take note that the bands of the run were checked, or that this was given up."""
        self._reload()
        self.changed.emit()
        self.replays.go_on()
        self.runs_touched.emit()

    def _ended(self, event: Event) -> None:
        stage, self._running = self._running, None
        if isinstance(event, Halted) and self.room.forced and self.run is not None:
            self.run.set_state("stopped")  # it could not do so itself
        self._stopping, self.progress = False, None
        self._reload()
        if isinstance(event, Failed):
            self._failure = (stage or "density", event.sentence)
            self.problem.emit(event.sentence, event.details)
        self.changed.emit()
        self.replays.run_ended(isinstance(event, Finished))
        self.runs_touched.emit()

    # The run that is shown

    def show_run(self, path: Path) -> None:
        """Show the run in ``path`` and take over its settings and its input.

        Raises
        ------
        UserError
            It is not a run, or a file of it is damaged.
        """
        run = RunFolder.open(path)
        settings = run.load_settings() if run.has("settings") else Settings()
        source: Source = RunSource(
            run.path, run.info().input, settings.movie.model_dump(exclude_unset=True)
        )
        if self.run is not None and self.run.path == path and self._is_there(self.run_source):
            source = self.run_source
        self.region_layers = {}
        values = settings.model_dump(mode="json", exclude_defaults=True)
        values.pop("movie", None)
        self._choices = Choices(values)
        self._set_source(source)
        self._take(run, source, anew=True)
        self.choices_changed.emit()
        self.changed.emit()

    def _is_there(self, source: Source | None) -> TypeGuard[Source]:
        """Whether what a run was measured on can be worked with: a layer may be removed."""
        if isinstance(source, LayerSource):
            return source.layer in self.viewer.layers
        return source is not None

    def _take(self, run: RunFolder, source: Source, *, anew: bool = False) -> None:
        other = self.shown.take(run, source)
        self._reload()
        if other or anew:
            self.run_changed.emit()
        self.changed.emit()
        self.runs_touched.emit()

    def copy_run(self, path: Path) -> Path:
        """Make a new run with the settings, input and density of another one and show it.

        Raises
        ------
        UserError
            The settings of the run cannot be read, or the disk refuses.
        """
        stem = path.name
        copy = self.store.copy_settings(
            path, self.store.new_path(stem, datetime.now().astimezone())
        )
        self.show_run(copy.path)
        return copy.path

    def forget_run(self) -> None:
        """Show no run, for instance because its folder was moved to the trash."""
        self.shown.forget()
        if isinstance(self.source, RunSource):
            self._set_source(None)
        self.run_changed.emit()
        self.changed.emit()

    def _reload(self) -> None:
        try:
            self.shown.reload()
        except UserError as error:
            self._tell(error)

    def _tell(self, error: Exception) -> None:
        import traceback

        if isinstance(error, UserError):
            self.problem.emit(str(error), "")
            return
        details = "".join(traceback.format_exception(error))
        self.problem.emit(f"Something went wrong: {type(error).__name__}: {error}.", details)
