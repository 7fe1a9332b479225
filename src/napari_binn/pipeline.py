"""The four stages in reading order: a movie goes in, a law comes out.

    movie -> density u(x, y, t) -> learned D(u), G(u) -> formula -> simulation

Every function here takes what the stage before gave and returns a frozen result; none of them
touches a file. :func:`run_all` strings them together and :mod:`napari_binn.work` keeps each result
in a run folder.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from .binn.result import BinnResult
from .density.model import Density
from .equations.model import Equations, Simulation
from .errors import UserError
from .events import Notice, Progress, Report, StageName, silent
from .inference.terms import Terms
from .movie.model import Movie
from .prepare.model import Prepared
from .progress import part
from .run.folder import RunFolder
from .settings import PrepareSettings, Settings
from .threads import one_thread

if TYPE_CHECKING:
    from .binn.state import StateLike
    from .binn.train import Look
    from .density.frame_loop import Store
    from .inference.bootstrap_model import Bootstrap
    from .inference.design_model import Design
    from .inference.diagnostics_model import Diagnosis

Result = TypeVar("Result")
#: Share of the first stage's progress that is done when the frames are corrected, by whether drift
#: is looked for.
CORRECTED = {"off": 0.1, "on": 0.3}
#: Shares of the learning stage's progress that are done after the training, by what is asked of the
#: border (an open one is fitted beside the closed one), and after the estimate.
TRAINING, ESTIMATED = {"closed": 0.55, "open": 0.35, "auto": 0.35}, 0.95
#: Share of the last stage's progress that the simulation takes; the forecast takes the rest.
SIMULATION = 0.08


def prepare(source: Path, settings: Settings) -> Movie | Density:
    """Open the input and check all that can be checked without measuring anything."""
    from .density.measure import check_choices, crop_density
    from .movie.read import open_input
    from .prepare.movie import check_prepare

    observed = open_input(source, settings.movie)
    if isinstance(observed, Density):
        if settings.prepare != PrepareSettings():
            raise UserError(
                f"{observed.source} holds a density, but frames are what can be corrected: leave "
                "out the settings of 'prepare'."
            )
        return crop_density(observed, settings.density)
    check_prepare(observed, settings.prepare)
    check_choices(observed, settings.density)
    return observed


def correct(movie: Movie, settings: Settings, report: Report = silent) -> Prepared:
    """Stage 1, before the measurement: drift, uneven light, texts, masks and bad frames."""
    from .density.measure import area_of
    from .prepare.movie import prepare as prepare_frames

    region = area_of(movie, settings.density).region
    share = part(report, 0.0, _correcting(movie, settings))
    return prepare_frames(
        movie, settings.prepare, share, region=None if region == movie.extent else region
    )


def _correcting(movie: Movie, settings: Settings) -> float:
    """Return the share of the first stage's progress that the corrections take."""
    if movie.kind == "points":
        return 0.0
    return CORRECTED[settings.prepare.drift]


def measure(
    observed: Movie | Prepared | Density,
    settings: Settings,
    report: Report = silent,
    *,
    store: Store | None = None,
) -> Density:
    """Stage 1: the density of the chosen region, in bins; a density that came ready is kept.

    A movie that was not corrected yet (:func:`correct`) is corrected before.
    For ``store`` see :func:`napari_binn.density.measure.measure_density`.
    """
    from .density.measure import measure_density

    if isinstance(observed, Density):
        for sentence in observed.assumptions:
            report(Notice(sentence))
        return observed
    prepared = correct(observed, settings, report) if isinstance(observed, Movie) else observed
    movie = prepared.movie
    rest = part(report, _correcting(movie, settings), 1.0)
    return measure_density(movie, settings.density, rest, store)


def learn(
    density: Density, settings: Settings, report: Report = silent
) -> tuple[BinnResult, Terms]:
    """Stage 2: D(u) and G(u), by the network first, then by simulation starting from it."""
    binn = train_network(density, settings, report)
    return binn, estimate_terms(density, binn, settings, report)


def train_network(
    density: Density,
    settings: Settings,
    report: Report = silent,
    *,
    resume: Mapping[str, NDArray[Any]] | None = None,
    checkpoint: Callable[[StateLike], None] | None = None,
    look: Look | None = None,
) -> BinnResult:
    """Stage 2, first half: the ensemble of biologically-informed neural networks.

    For ``resume``, ``checkpoint`` and ``look`` see :func:`napari_binn.binn.train.train`.
    """
    from .binn.train import train

    return train(
        density,
        settings.binn,
        settings.seed,
        settings.device,
        part(report, 0.0, TRAINING[settings.inference.boundary]),
        noise=settings.inference.noise,
        resume=resume,
        checkpoint=checkpoint,
        look=look,
    )


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
            report=part(report, TRAINING[settings.inference.boundary], ESTIMATED),
        )


def check_terms(
    density: Density, terms: Terms, settings: Settings, report: Report = silent
) -> tuple[Diagnosis | None, Design | None]:
    """Stage 2, last part: is it reaction-diffusion at all, how well is it known, what would help?

    What cannot be computed is told and None: the estimate is worth having without its checks.
    """
    from .inference.design import design
    from .inference.diagnostics import diagnose
    from .pde.solver import SolverError

    def tried(what: str, check: Callable[..., Result]) -> Result | None:
        try:
            with one_thread():
                return check(density, terms, settings.inference)
        except (ValueError, ArithmeticError, MemoryError, SolverError, UserError) as error:
            reason = str(error).strip().rstrip(".") or type(error).__name__
            report(Notice(f"{what} could not be computed ({reason}).", "warning"))
            return None

    report(Progress("learn", ESTIMATED, 1.0, "checking the estimate"))
    diagnosis = tried("Whether this is reaction–diffusion at all", diagnose)
    report(Progress("learn", 0.5 * (1 + ESTIMATED), 1.0, "checking the estimate"))
    best = tried("How much other experiments would tell", design)
    if diagnosis is not None and diagnosis.level != "consistent":
        report(Notice(diagnosis.sentence, "warning"))
    report(Progress("learn", 1.0, 1.0, "done"))
    return diagnosis, best


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
            settings.simulation.forecast_fraction,
        )


def simulate(
    density: Density,
    terms: Terms,
    equations: Equations,
    settings: Settings,
    report: Report = silent,
) -> Simulation:
    """Stage 4: the equation solved forward beside the observation, and a forecast."""
    from .inference.averaging import first_frame_of
    from .simulation.forecast import forecast
    from .simulation.replay import replay

    began = time.perf_counter()
    scale, noise = terms.density_scale, terms.noise
    refine, max_bins = settings.simulation.refine, settings.inference.max_bins
    report(Progress("simulate", 0, 1, "solving forward"))
    with one_thread():
        values = replay(
            density, equations.best, noise, scale, refine, max_bins,
            margin=terms.boundary.margin, begin=first_frame_of(terms, terms.boundary.margin),
        )  # fmt: skip
    numbers = _fit(density, values, terms)
    with one_thread():
        ahead = forecast(density, noise, scale, settings, part(report, SIMULATION, 1.0))
    if ahead is None:
        report(Notice("The movie is too short, or says too little, for a forecast.", "warning"))
        numbers["forecast_count_error_percent"] = float("nan")
    else:
        numbers |= ahead.metrics
    report(Progress("simulate", 1, 1, "done"))
    return Simulation(
        values,
        numbers,
        None if ahead is None else ahead.values,
        None if ahead is None else ahead.start,
        time.perf_counter() - began,
    )


def simulate_equation(
    density: Density, terms: Terms, D: str, G: str, settings: Settings
) -> Simulation:
    """Stage 4 for formulas of the user's, without a forecast.

    Raises
    ------
    UserError
        If one of them is no formula, has a pole or no finite value, D is negative, or the
        density explodes.
    """
    from .inference.averaging import first_frame_of
    from .simulation.own import own_equation
    from .simulation.replay import replay

    began = time.perf_counter()
    equation = own_equation(D, G, density, terms.density_scale)
    refine, max_bins = settings.simulation.refine, settings.inference.max_bins
    noise, scale, margin = terms.noise, terms.density_scale, terms.boundary.margin
    with one_thread():
        values = replay(
            density, equation, noise, scale, refine, max_bins,
            margin=margin, begin=first_frame_of(terms, margin),
        )  # fmt: skip
    return Simulation(values, _fit(density, values, terms), seconds=time.perf_counter() - began)


def _fit(density: Density, values: NDArray[np.float64], terms: Terms) -> dict[str, float]:
    from .simulation import metrics

    return {
        "count_error_percent": metrics.count_error_percent(density, values),
        "relative_l2": metrics.relative_l2(density, values),
        "deviance_per_bin": metrics.deviance_per_bin(
            density, values, terms.noise, terms.density_scale
        ),
    }


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
    from .work import carry_on

    run.save_settings(settings)
    return carry_on(run, observed, settings, report)


def resume(
    run: RunFolder,
    report: Report = silent,
    until: StageName | None = None,
    *,
    look: Look | None = None,
) -> dict[str, Any]:
    """Do the stages whose results are missing from ``run`` and return the summary.

    Parameters
    ----------
    until
        The last stage to do; all of them if None. Stages after it are null in the summary.
    look
        Shown the fitted surface during the training; see :func:`napari_binn.binn.train.train`.

    Raises
    ------
    UserError, Stopped
        As in :func:`run_all`; also UserError if another process is working on the run.
    """
    from .work import carry_on

    run.check_idle()
    return carry_on(run, None, run.load_settings(), report, until, look)


def resimulate(run: RunFolder, report: Report = silent) -> dict[str, Any]:
    """Do stage 4 again for the equation of a run, then its summary and report."""
    run.check_idle()
    run.discard_from("simulate")
    return resume(run, report)


def check_bands(run: RunFolder, replicates: int = 20, report: Report = silent) -> Bootstrap:
    """Check the bands of a run on simulated movies, keep what was found, and tell it everywhere.

    Raises
    ------
    UserError
        If the run has no estimate yet, another process is working on it, or the movies that the
        estimate predicts cannot be estimated themselves.
    """
    from .work import bootstrap_run

    run.check_idle()
    return bootstrap_run(run, replicates, report)
