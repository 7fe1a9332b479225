"""The four stages in reading order: a movie goes in, a law comes out.

    movie -> density u(x, y, t) -> learned D(u), G(u) -> formula -> simulation

Every function here takes what the stage before gave and returns a frozen result; none of them
touches a file. :func:`run_all` strings them together and keeps each result in a run folder.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from .binn.result import BinnResult
from .density.model import Density
from .equations.model import Equations, Simulation
from .errors import Stopped, UserError
from .events import Event, Notice, Progress, Report, StageFinished, StageName, StageStarted, silent
from .inference.terms import Terms
from .movie.model import Movie
from .run.folder import RunFolder
from .run.summary import build_summary
from .settings import Settings
from .threads import one_thread

Result = TypeVar("Result")
#: Share of the learning stage's progress that the network's training takes.
TRAINING = 0.6


def prepare(source: Path, settings: Settings) -> Movie | Density:
    """Open the input and check all that can be checked without measuring anything."""
    from .density.crop import crop_density
    from .movie.read import open_input

    observed = open_input(source, settings.movie)
    return crop_density(observed, settings.density) if isinstance(observed, Density) else observed


def measure(observed: Movie | Density, settings: Settings, report: Report = silent) -> Density:
    """Stage 1: the density of the chosen region, in bins; a density that came ready is kept."""
    from .density.measure import measure_density

    if isinstance(observed, Density):
        for sentence in observed.assumptions:
            report(Notice(sentence))
        return observed
    return measure_density(observed, settings.density, report)


def learn(
    density: Density, settings: Settings, report: Report = silent
) -> tuple[BinnResult, Terms]:
    """Stage 2: D(u) and G(u), by the network first, then by simulation starting from it."""
    binn = train_network(density, settings, report)
    return binn, estimate_terms(density, binn, settings, report)


def train_network(density: Density, settings: Settings, report: Report = silent) -> BinnResult:
    """Stage 2, first half: the ensemble of biologically-informed neural networks."""
    from .binn.device import resolve_device
    from .binn.train import train

    device = resolve_device(settings.device)
    return train(density, settings.binn, settings.seed, device, _part(report, 0.0, TRAINING))


def estimate_terms(
    density: Density, binn: BinnResult, settings: Settings, report: Report = silent
) -> Terms:
    """Stage 2, second half: the curves for which the simulation itself fits the movie."""
    from .inference.estimate import estimate

    with one_thread():
        return estimate(
            density,
            settings.inference,
            binn,
            refine=settings.simulation.refine,
            report=_part(report, TRAINING, 1.0),
        )


def discover(
    density: Density, terms: Terms, settings: Settings, report: Report = silent
) -> Equations:
    """Stage 3: formulas for both curves, ranked by how well they simulate the movie."""
    from .equations.search import discover as search

    with one_thread():
        return search(
            density,
            terms,
            settings.equations,
            settings.seed,
            settings.simulation.refine,
            settings.inference.max_bins,
            report,
        )


def simulate(
    density: Density,
    terms: Terms,
    equations: Equations,
    settings: Settings,
    report: Report = silent,
) -> Simulation:
    """Stage 4: the equation solved forward beside the observation, and a forecast."""
    from .simulation import metrics
    from .simulation.forecast import forecast
    from .simulation.replay import replay

    began = time.perf_counter()
    scale, noise = terms.density_scale, terms.noise
    refine, max_bins = settings.simulation.refine, settings.inference.max_bins
    report(Progress("simulate", 0, 3, "solving forward"))
    with one_thread():
        values = replay(density, equations.best, noise, scale, refine, max_bins)
    numbers = {
        "count_error_percent": metrics.count_error_percent(density, values),
        "relative_l2": metrics.relative_l2(density, values),
        "deviance_per_bin": metrics.deviance_per_bin(density, values, noise, scale),
    }
    report(Progress("simulate", 1, 3, "forecasting the last frames from the first"))
    with one_thread():
        ahead = forecast(density, noise, scale, settings)
    if ahead is None:
        report(Notice("The movie is too short, or says too little, for a forecast.", "warning"))
        numbers["forecast_count_error_percent"] = float("nan")
    else:
        numbers |= ahead.metrics
    report(Progress("simulate", 3, 3, "done"))
    return Simulation(
        values,
        numbers,
        None if ahead is None else ahead.values,
        None if ahead is None else ahead.start,
        time.perf_counter() - began,
    )


def run_all(
    observed: Movie | Density, run: RunFolder, settings: Settings, report: Report = silent
) -> dict[str, Any]:
    """Do all stages, keep each result in ``run`` as soon as it is there, return the summary.

    Raises
    ------
    UserError
        Something the user can mend; the run is marked as failed and keeps what was finished.
    Stopped
        The user stopped it; the run keeps what was finished and can be resumed.
    """
    run.save_settings(settings)
    files = observed.files if isinstance(observed, Movie) else (observed.source,)
    run.save_inputs([name for name in files if Path(name).is_file()])

    def density_stage() -> Density:
        density = _timed("density", "measuring density", report, lambda: measure(
            observed, settings, report
        ), _density_headline)  # fmt: skip
        run.save_density(density)
        return density

    return _guarded(run, lambda: _remaining(run, settings, report, density_stage))


def resume(run: RunFolder, report: Report = silent) -> dict[str, Any]:
    """Do the stages whose results are missing from ``run`` and return the summary."""
    settings = run.load_settings()

    def density_stage() -> Density:
        if run.has("density"):
            return run.load_density()
        density = measure(prepare(Path(run.info().input), settings), settings, report)
        run.save_density(density)
        return density

    return _guarded(run, lambda: _remaining(run, settings, report, density_stage))


def resimulate(run: RunFolder, report: Report = silent) -> dict[str, Any]:
    """Do stage 4 again for the equation of a run, then its summary and report."""
    run.discard_from("simulate")
    return resume(run, report)


def _remaining(
    run: RunFolder, settings: Settings, report: Report, density_stage: Callable[[], Density]
) -> dict[str, Any]:
    """Load what the run has, do what it lacks."""
    run.set_state("running")
    began = time.perf_counter()
    density = density_stage()
    seconds = {"density": time.perf_counter() - began}
    if run.has("learn"):
        binn, terms = run.load_binn(), run.load_terms()
    else:
        binn, terms = _timed(
            "learn", "learning D(u) and G(u)", report,
            lambda: _learn_keeping(run, density, settings, report), _learn_headline,
        )  # fmt: skip
    if run.has("discover"):
        equations = run.load_equations()
    else:
        equations = _timed(
            "discover", "searching formulas", report,
            lambda: discover(density, terms, settings, report), _equation_headline,
        )  # fmt: skip
        run.save_equations(equations)
    if run.has("simulate"):
        simulation = run.load_simulation()
    else:
        simulation = _timed(
            "simulate", "simulating", report,
            lambda: simulate(density, terms, equations, settings, report),
            lambda result: dict(result.metrics),
        )  # fmt: skip
        run.save_simulation(simulation)
    seconds |= {
        "learn": binn.seconds + terms.seconds,
        "discover": equations.seconds,
        "simulate": simulation.seconds,
    }
    summary = build_summary(
        settings=settings,
        density=density,
        binn=binn,
        terms=terms,
        equations=equations,
        simulation=simulation,
        truth=run.load_truth() if run.has("truth") else None,
        seconds=seconds,
    )
    run.save_summary(summary)
    from .report import write_report

    write_report(run)
    run.set_state("done")
    return summary


def _learn_keeping(
    run: RunFolder, density: Density, settings: Settings, report: Report
) -> tuple[BinnResult, Terms]:
    """Learn, and keep the network before the estimate that follows it begins."""
    if run.has("binn"):
        binn = run.load_binn()
    else:
        binn = train_network(density, settings, report)
        run.save_binn(binn)
    terms = estimate_terms(density, binn, settings, report)
    run.save_terms(terms)
    return binn, terms


def _guarded(run: RunFolder, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Leave the run in a state that says how the work ended."""
    try:
        return work()
    except (Stopped, KeyboardInterrupt):
        run.set_state("stopped")
        raise
    except UserError as error:
        run.set_state("failed", str(error))
        raise
    except Exception as error:
        run.set_state("failed", f"{type(error).__name__}: {error}")
        raise


def _part(report: Report, start: float, end: float) -> Report:
    """Report progress as that of a part of a stage, so that its bar never jumps back."""

    def told(event: Event) -> None:
        if isinstance(event, Progress):
            done = start + (end - start) * event.done / max(event.total, 1e-300)
            event = Progress(event.stage, done, 1.0, event.text)
        report(event)

    return told


def _timed(
    stage: StageName,
    text: str,
    report: Report,
    work: Callable[[], Result],
    headline: Callable[[Result], dict[str, Any]],
) -> Result:
    report(StageStarted(stage, text))
    began = time.perf_counter()
    result = work()
    report(StageFinished(stage, time.perf_counter() - began, headline(result)))
    return result


def _density_headline(density: Density) -> dict[str, Any]:
    frames, ny, nx = density.shape
    return {"frames": frames, "bins_y": ny, "bins_x": nx, "unit": density.density_unit}


def _learn_headline(result: tuple[BinnResult, Terms]) -> dict[str, Any]:
    binn, terms = result
    return {
        "members": binn.members,
        "steps": binn.steps,
        "noise": terms.noise.describe(),
        "supported": float(terms.supported.mean()),
    }


def _equation_headline(equations: Equations) -> dict[str, Any]:
    best = equations.best
    return {"D": best.D.text, "G": best.G.text, "candidates": len(equations.equations)}
