"""The stages done one after the other for a run folder, each result kept as soon as it is there."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from . import pipeline
from .binn.result import BinnResult
from .density.model import Density
from .equations.model import Equations, Simulation
from .errors import Stopped, UserError
from .events import STAGES, Event, Notice, Report, StageFinished, StageName, StageStarted
from .inference.bootstrap_model import Bootstrap
from .inference.diagnostics_model import Diagnosis
from .inference.terms import Terms
from .movie.model import Movie
from .own_formulas import rescore
from .phantom.truth import read_truth
from .prepare.model import Prepared
from .quality.model import Remark
from .run.checkpoint import Arrays, fit_of
from .run.folder import RunFolder
from .run.frame_store import FrameStore, measurement_of
from .run.summary import bootstrap_summary, build_summary
from .settings import Settings
from .threads import one_thread

if TYPE_CHECKING:
    from .binn.state import StateLike
    from .binn.train import Look
    from .density.frame_loop import Store

Result = TypeVar("Result")
#: A checkpoint is written at most this often [s], and takes at most a twentieth of the time.
CHECKPOINT_INTERVAL, LARGEST_SHARE = 3.0, 0.05
_WAITING: dict[StageName, str] = {
    "density": "It waits for the density to be measured.",
    "learn": "It waits for D(u) and G(u) to be learned.",
    "discover": "It waits for the search of formulas.",
    "simulate": "It waits for the simulation.",
}


def carry_on(
    run: RunFolder,
    observed: Movie | Density | None,
    settings: Settings,
    report: Report,
    until: StageName | None = None,
    look: Look | None = None,
) -> dict[str, Any]:
    """Load what the run has, do what it lacks up to and with ``until``; see `pipeline.resume`.

    ``observed`` is its input, if that is open already. However the work ends, the run says so.
    """
    try:
        run.set_state("running")
        return _Work(run, observed, settings, report, look).through(until or STAGES[-1])
    except (Stopped, KeyboardInterrupt):
        run.set_state("stopped")
        raise
    except UserError as error:
        run.set_state("failed", str(error))
        raise
    except Exception as error:
        run.set_state("failed", f"{type(error).__name__}: {error}")
        raise


def bootstrap_run(run: RunFolder, replicates: int, report: Report) -> Bootstrap:
    """Check the bands of a run's estimate and bring its summary and report up to date."""
    from .inference.bootstrap import bootstrap

    if not run.has("learn"):
        raise UserError(
            f"The run {run.path} has no estimate of D(u) and G(u) whose bands could be checked: "
            "resume it until D(u) and G(u) are learned."
        )
    density, terms, settings = run.load_density(), run.load_terms(), run.load_settings()
    report(StageStarted("learn", "checking the bands on simulated movies"))
    began = time.perf_counter()
    with one_thread():
        found = bootstrap(
            density, terms, settings.inference, replicates, settings.seed, report,
            settings.simulation.refine,
        )  # fmt: skip
    try:
        _keep_bootstrap(run, found)
    except Stopped:
        # What is found is kept whole: in its file, in the summary and in the report.
        _keep_bootstrap(run, found)
    seconds = time.perf_counter() - began
    report(StageFinished("learn", seconds, {"bands": found.sentence}))
    return found


def _keep_bootstrap(run: RunFolder, found: Bootstrap) -> None:
    """Keep a check of the bands in the run and tell of it in its summary and report."""
    run.save_bootstrap(found)
    if run.has("summary"):
        run.save_summary({**run.load_summary(), "bootstrap": bootstrap_summary(found)})
    if run.has("report"):
        from .report import write_report

        write_report(run)


@dataclass(frozen=True)
class _Work:
    run: RunFolder
    observed: Movie | Density | None
    settings: Settings
    report: Report
    look: Look | None

    def through(self, last: StageName) -> dict[str, Any]:
        """Do the stages up to ``last``, end the run if it is complete, return its summary."""
        stages = STAGES[: STAGES.index(last) + 1]
        if "discover" in stages and not self.run.has("equations"):
            from .equations.preflight import check_search

            check_search(self.settings.equations)
        found: dict[str, Any] = {"density": self._density()}
        if "learn" in stages:
            found["binn"], found["terms"] = self._learn(found["density"])
            found |= self._checks()
        if "discover" in stages:
            found["equations"] = self._discover(found["density"], found["terms"])
        if "simulate" in stages:
            found["simulation"] = self._simulate(
                found["density"], found["terms"], found["equations"]
            )
        summary = self._summary(found)
        if "simulate" in stages:
            from .report import write_report

            self.run.save_summary(summary)
            write_report(self.run)
        self._rest()
        return summary

    def _summary(self, found: dict[str, Any]) -> dict[str, Any]:
        seconds = self.run.info().seconds
        if "terms" in found:
            seconds["learn"] = found["binn"].seconds + found["terms"].seconds
        for stage, part in (("discover", "equations"), ("simulate", "simulation")):
            if part in found:
                seconds[stage] = found[part].seconds
        truth = self.run.load_truth() if self.run.has("truth") else None
        return build_summary(
            settings=self.settings,
            truth=truth,
            seconds=seconds,
            own=self.run.load_own_equations(),
            **found,
        )

    def _rest(self) -> None:
        """Say in the run that it is finished, or which stage it waits for."""
        waiting = [stage for stage in STAGES if not self.run.has(stage)]
        if waiting:
            self.run.set_state("stopped", _WAITING[waiting[0]])
        else:
            self.run.set_state("done" if self.run.has("report") else "stopped")

    def _density(self) -> Density:
        run, settings, report = self.run, self.settings, self.report
        if run.has("density"):
            return run.load_density()

        def work() -> Density:
            observed = self._opened() if self.observed is None else self.observed
            self._save_inputs(observed)
            if isinstance(observed, Density):
                density = pipeline.measure(observed, settings, report)
            else:
                density = self._measure(observed)
            run.save_density(density)
            run.drop_frames()
            # A large one stays in the run's own file, whatever happens to the input.
            return run.load_density()

        density, seconds = self._timed("density", "measuring density", work, _density_headline)
        run.note_seconds("density", seconds)
        return density

    def _save_inputs(self, observed: Movie | Density) -> None:
        """Keep fingerprints of all files that the density comes from."""
        from .prepare.movie import input_files

        names: tuple[str, ...] = (observed.source,)
        if isinstance(observed, Movie):
            names = input_files(observed, self.settings.prepare)
        self.run.save_inputs([name for name in names if Path(name).is_file()])

    def _measure(self, movie: Movie) -> Density:
        """Measure the density of a movie, and keep what tells how well that went."""
        remarks: list[Remark] = []

        def hear(event: Event) -> None:
            if isinstance(event, Notice):
                remarks.append(Remark(event.text, event.level))
            self.report(event)

        prepared = pipeline.correct(movie, self.settings, hear)
        store = self._frames(movie)
        frames: Store = {} if store is None else store
        density = pipeline.measure(prepared, self.settings, hear, store=frames)
        self._keep_quality(prepared, movie, remarks, frames)
        return density

    def _keep_quality(
        self, prepared: Prepared, movie: Movie, remarks: list[Remark], frames: Store
    ) -> None:
        """Keep pictures of what was found; the density is worth having without them."""
        from .quality.collect import collect

        try:
            found = collect(prepared, self.settings.density, movie, remarks, frames, self.report)
            self.run.save_quality(found)
        except (UserError, ValueError, ArithmeticError, MemoryError) as error:
            text = f"There will be no pictures of the measurement in the report: {error}"
            self.report(Notice(text, "warning"))

    def _frames(self, observed: Movie | Density) -> FrameStore | None:
        """Return what an earlier measurement left of single frames, where this one keeps its own.

        Positions that are given cost nothing, so they are not kept.
        """
        if isinstance(observed, Density) or observed.kind == "points":
            return None
        measurement = measurement_of(observed, self.run.load_inputs(), self.settings)
        if measurement is None:
            return None
        return self.run.frame_store(measurement, lambda text: self.report(Notice(text, "warning")))

    def _opened(self) -> Movie | Density:
        """Return the input of the run; the known law of a phantom is kept with it."""
        source = self.run.info().input
        if not source:
            raise UserError(f"The run {self.run.path} has no input: start a new run.")
        observed = pipeline.prepare(Path(source), self.settings)
        truth = None if self.run.has("truth") else read_truth(source)
        if truth is not None:
            self.run.save_truth(asdict(truth))
        return observed

    def _learn(self, density: Density) -> tuple[BinnResult, Terms]:
        run = self.run
        if run.has("learn"):
            binn, terms = run.load_binn(), run.load_terms()
            if not (run.has("diagnosis") and run.has("design")):
                self._check(density, terms)
            return binn, terms

        def work() -> tuple[BinnResult, Terms]:
            # Each part is kept before the one that follows it begins.
            binn = run.load_binn() if run.has("binn") else self._train(density)
            terms = pipeline.estimate_terms(density, binn, self.settings, self.report)
            run.save_terms(terms)
            self._check(density, terms)
            return binn, terms

        def headline(result: tuple[BinnResult, Terms]) -> dict[str, Any]:
            return _learn_headline(*result, run.load_diagnosis() if run.has("diagnosis") else None)

        return self._timed("learn", "learning D(u) and G(u)", work, headline)[0]

    def _check(self, density: Density, terms: Terms) -> None:
        """Keep what can be said about the estimate; what cannot be computed stays away."""
        diagnosis, design = pipeline.check_terms(density, terms, self.settings, self.report)
        if diagnosis is not None:
            self.run.save_diagnosis(diagnosis)
        if design is not None:
            self.run.save_design(design)

    def _checks(self) -> dict[str, Any]:
        """Return the checks of the estimate that the run has, for its summary."""
        run = self.run
        return {
            "diagnosis": run.load_diagnosis() if run.has("diagnosis") else None,
            "design": run.load_design() if run.has("design") else None,
            "bootstrap": run.load_bootstrap() if run.has("bootstrap") else None,
        }

    def _train(self, density: Density) -> BinnResult:
        """Train from where an earlier training was stopped, and keep where this one is."""
        keeper = Keeper(self.run, fit_of(density, self.settings), self.report)
        try:
            binn = pipeline.train_network(
                density,
                self.settings,
                self.report,
                resume=keeper.stored(),
                checkpoint=keeper,
                look=self.look,
            )
        except (Stopped, KeyboardInterrupt):
            keeper.save()
            raise
        self.run.save_binn(binn)
        self.run.drop_checkpoint()
        return binn

    def _discover(self, density: Density, terms: Terms) -> Equations:
        run, settings, report = self.run, self.settings, self.report
        if run.has("discover"):
            return run.load_equations()

        def work() -> Equations:
            equations = pipeline.discover(density, terms, settings, report)
            run.save_equations(equations)
            rescore(run)
            return equations

        return self._timed("discover", "searching formulas", work, _equation_headline)[0]

    def _simulate(self, density: Density, terms: Terms, equations: Equations) -> Simulation:
        run, settings, report = self.run, self.settings, self.report
        if run.has("simulate"):
            return run.load_simulation()

        def work() -> Simulation:
            simulation = pipeline.simulate(density, terms, equations, settings, report)
            run.save_simulation(simulation)
            return simulation

        return self._timed("simulate", "simulating", work, lambda result: dict(result.metrics))[0]

    def _timed(
        self,
        stage: StageName,
        text: str,
        work: Callable[[], Result],
        headline: Callable[[Result], dict[str, Any]],
    ) -> tuple[Result, float]:
        self.report(StageStarted(stage, text))
        began = time.perf_counter()
        result = work()
        seconds = time.perf_counter() - began
        self.report(StageFinished(stage, seconds, headline(result)))
        return result, seconds


class Keeper:
    """Keeps the latest healthy state of a training in the run folder.

    Call it with each state; it writes only now and then.
    """

    def __init__(self, run: RunFolder, fit: str, report: Report) -> None:
        self._run, self._fit, self._report = run, fit, report
        self._unsaved: StateLike | None = None
        self._next = time.monotonic() + CHECKPOINT_INTERVAL
        self._refused = False

    def __call__(self, state: StateLike) -> None:
        self._unsaved = state
        began = time.monotonic()
        if began >= self._next and not self._refused:
            self.save()
            cost = time.monotonic() - began
            self._next = began + max(CHECKPOINT_INTERVAL, cost / LARGEST_SHARE)

    def stored(self) -> Arrays | None:
        """Return the state that an earlier training left, if it can be gone on from."""
        try:
            return self._run.load_checkpoint(self._fit)
        except UserError as error:
            self._report(Notice(str(error), "warning"))
            return None

    def save(self) -> None:
        """Write the latest state and its losses now; a disk that refuses costs a notice only."""
        from .binn.state import LOSS_COLUMNS

        if self._unsaved is None:
            return
        arrays = self._unsaved.to_arrays()
        losses = arrays["losses"].astype(float).T
        try:
            self._run.save_checkpoint(arrays, self._fit)
            self._run.save_losses(dict(zip(LOSS_COLUMNS, losses, strict=True)))
        except UserError as error:
            self._refused = True
            with contextlib.suppress(Stopped):
                self._report(Notice(f"The training cannot be stopped and resumed: {error}"))
        self._unsaved = None


def _density_headline(density: Density) -> dict[str, Any]:
    frames, ny, nx = density.shape
    return {"frames": frames, "bins_y": ny, "bins_x": nx, "unit": density.density_unit}


def _learn_headline(binn: BinnResult, terms: Terms, diagnosis: Diagnosis | None) -> dict[str, Any]:
    return {
        "members": binn.members,
        "steps": binn.steps,
        "noise": terms.noise.describe(),
        "supported": float(terms.supported.mean()),
        "verdict": None if diagnosis is None else diagnosis.level,
        "verdict_text": None if diagnosis is None else diagnosis.sentence,
    }


def _equation_headline(equations: Equations) -> dict[str, Any]:
    best = equations.best
    return {"D": best.D.text, "G": best.G.text, "candidates": len(equations.equations)}
