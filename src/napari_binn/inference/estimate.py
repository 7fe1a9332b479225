"""The simulation-constrained estimate: D(u) and G(u) as smooth free curves, with their bands.

The model class is that of the network with its PDE residual exactly zero: the curves and the first
frame are adjusted until the simulation fits the movie. Roughness, noise level, noise model and what
lies around the region follow from the evidence (MacKay, "Bayesian interpolation", Neural
Computation 4, 1992), bands from the curvature of the posterior (Laplace), with the first frame
and the roughness integrated out.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..binn.result import BinnResult
from ..density.model import Density
from ..errors import UserError
from ..events import Report, silent
from ..pde.solver import SolverError
from ..progress import Tick, steps
from ..settings import InferenceSettings
from .boundary import NARROWEST, margin_for, narrow, region_grid, surround, widen
from .coarse import averaged, coarsen
from .families import Family, SplineFamily
from .field import ROUNDS as FIELD_ROUNDS
from .field import TICKS, fit_field, window
from .forward import Forward
from .gain import GAINS, choose_gain, without_gain
from .gauss_newton import Problem
from .hyper import correlations, first_frame_prior, log_evidence, smooth, solver_level
from .noise import NoiseModel, known_kind, model_of
from .outcome import Outcome
from .posterior import mixed
from .settle import Settled, State, settle
from .start import best_start
from .terms import DISPERSED, Z90, Boundary, Noise, NoiseKind, Terms
from .words import boundary_in_words, curves_in_words

__all__ = ["estimate", "family_of", "first_frame_prior", "make_problem"]

Array = NDArray[np.float64]
#: Rounds of fitting and updating what the evidence determines, at most.
ROUNDS = 16
#: Rounds after which an open region is given up if the movie says that it is closed.
TRIAL = 4
#: Shares of the time that are spent when the start is found, a closed region is fitted, its gain is
#: chosen, an open region is tried and fitted.
STARTED, CLOSED, OPEN, TRIED, BOTH = 0.1, 0.3, 0.4, 0.6, 0.85
#: Factor by which D may be uncertain, either way, where it still counts as supported.
MOST_UNCERTAIN = 4.0
#: Log odds beyond which the less probable boundary is left out.
CERTAIN = 7.0

#: How many windows of a large field could be fitted with all sensitivities.
WINDOW = 3
#: Bins times frames beyond which a movie is averaged.
LARGEST = 1_500_000
FIELD_TICKS = FIELD_ROUNDS * TICKS

Ticks = Callable[[float, float, int], Tick]


def make_problem(
    density: Density,
    scale: float,
    noise: NoiseModel,
    family: Family,
    refine: int,
    reference: Array | None = None,
    gain: float = 0.0,
    margin: int = 0,
) -> Problem:
    """Return the fitting problem of a density field in units of ``scale``.

    With ``margin`` the region is open: every field of the problem has that many bins of unobserved
    surroundings on every side (:mod:`napari_binn.inference.boundary`).
    """
    hy, hx = density.spacing
    size = min(density.shape[1] * hy, density.shape[2] * hx)
    tolerance = _solver_tolerance(density.values)
    density = surround(density, margin)
    frames, ny, nx = density.shape
    mask = np.ones((ny, nx), bool) if density.mask is None else density.mask
    observed = density.values / scale
    return Problem(
        observed,
        np.broadcast_to(mask, (frames, ny, nx)),
        noise,
        Forward(
            family,
            density.t,
            region_grid(hy, hx, density.mask, margin),
            (ny, nx),
            refine,
            most_diffusivity=size**2 / (4 * float(np.diff(density.t).min())),
            tolerance=tolerance,
            gain=gain,
            observed=observed,
            seen=density.mask,
        ),
        None if reference is None else widen(reference, margin),
        margin,
    )


def estimate(
    density: Density,
    settings: InferenceSettings,
    start: BinnResult | None = None,
    scale: float | None = None,
    refine: int = 2,
    report: Report = silent,
) -> Terms:
    """Estimate D(u) and G(u) from a density field.

    Parameters
    ----------
    density
        The observation. Up to ``settings.max_bins`` bins the sensitivities by the first frame are
        kept as a matrix; larger fields are fitted without it.
    start
        The network's curves to start from; a constant D is always tried too, so that a false
        minimum is caught.
    scale
        Density of u = 1; the highest observed density if not given.
    refine
        Solver cells across a bin.

    Raises
    ------
    UserError
        If no start can be simulated, for example because the density is constant zero.
    """
    began = time.perf_counter()
    scale = density.scale if scale is None else scale
    # Beyond this the arrays of a fit would not fit into an ordinary memory.
    working = coarsen(density, max(LARGEST // len(density.t), settings.max_bins))
    _, ny, nx = working.shape

    def ticks(start: float, end: float, count: int) -> Tick:
        return steps(report, "learn", "fitting by simulation", start, end, count)

    job = _Job(working, scale, refine, settings, start, ticks)
    outcome, boundary = _region(job) if ny * nx <= settings.max_bins else _large(job)
    coarse = coarsen(density, settings.max_bins).shape[1:]
    return _terms(outcome, boundary, job, (coarse[0], coarse[1]), time.perf_counter() - began)


@dataclass(frozen=True)
class _Job:
    """What is estimated, and how."""

    density: Density
    scale: float
    refine: int
    settings: InferenceSettings
    network: BinnResult | None
    ticks: Ticks

    @cached_property
    def family(self) -> SplineFamily:
        """Curves for the range of densities that occur."""
        return family_of(self.density, self.scale, self.settings.knots)

    def problem(self, noise: NoiseModel, gain: float = 0.0, margin: int = 0) -> Problem:
        """Return the fitting problem of the density."""
        return make_problem(
            self.density, self.scale, noise, self.family, self.refine, None, gain, margin
        )

    def opened(self, state: State, margin: int) -> State:
        """Return a state of the closed region as one of the region with surroundings."""
        problem = self.problem(state.problem.noise, state.problem.forward.gain, margin)
        return replace(state, problem=problem, initial=widen(state.initial, margin))

    def start(self) -> tuple[State, tuple[NoiseKind, ...]]:
        """Return where a fit starts, and the kinds of noise to choose from."""
        kinds, noise = _noise(self.density, self.scale, self.settings)
        growth = overall_growth(self.density)
        tick = self.ticks(0.0, STARTED, 12)
        return best_start(self.problem(noise), self.family, self.network, growth, tick), kinds


def _region(job: _Job) -> tuple[Outcome, Boundary]:
    """Fit a region as closed, as open or as both, and return the more probable fit.

    Where neither is certain, the posterior is the mixture of both.
    """
    state, kinds = job.start()
    setting, family, ticks = job.settings.boundary, job.family, job.ticks
    closed = settle(state, family, kinds, ROUNDS, ticks(STARTED, CLOSED, 2 * ROUNDS))
    if setting == "auto" and _exact(closed):
        return _outcome(closed), Boundary(exact=True)
    margin = _margin(closed, job.density)
    if setting != "open":
        closed = _with_gain(closed, job, kinds, CLOSED, OPEN if setting == "auto" else 1.0)
    if setting == "closed":
        return _outcome(closed), Boundary()
    try:
        if setting == "auto":
            trial = job.opened(closed.state, margin)
            opened = settle(trial, family, kinds, TRIAL, ticks(OPEN, TRIED, 2 * TRIAL))
            # Counting every observation, which favours the better fit, that is the open one.
            odds = _log_odds(closed, opened, worth=1.0)
            if odds < -CERTAIN:
                return _outcome(closed), Boundary("closed", 0, odds)
        # Cells that cross a closed border look like deviations that are inherited: begin without.
        anew = job.opened(without_gain(closed.state), margin)
        opened = settle(anew, family, kinds, ROUNDS, ticks(TRIED, BOTH, 2 * ROUNDS))
        opened = _with_gain(opened, job, kinds, BOTH, 1.0)
    except SolverError:
        return _outcome(closed), Boundary(unsolved=True)
    if setting == "open":
        return _outcome(opened), Boundary("open", margin)
    return _more_probable(closed, opened, margin)


def _log_odds(closed: Settled, opened: Settled, worth: float) -> float:
    """Return how much more probable the movie is if the region is open.

    ``worth`` is the number of observations behind an independent one.
    """
    evidence = [
        log_evidence(one.state.problem, one.fit, one.state.hyper.level, worth, one.prior)
        for one in (closed, opened)
    ]
    return evidence[1] - evidence[0]


def _more_probable(closed: Settled, opened: Settled, margin: int) -> tuple[Outcome, Boundary]:
    worth = min(one.state.hyper.inflation for one in (closed, opened))
    odds = _log_odds(closed, opened, worth)
    outcome = _outcome(opened if odds > 0 else closed)
    if abs(odds) < CERTAIN:
        chance = 1 / (1 + float(np.exp(-odds)))
        parts = [(1 - chance, closed.posterior), (chance, opened.posterior)]
        outcome = replace(outcome, posterior=mixed(parts))
    return outcome, Boundary("open", margin, odds) if odds > 0 else Boundary("closed", 0, odds)


def _large(job: _Job) -> tuple[Outcome, Boundary]:
    """Fit a window of a large field, then all of it.

    Such a field says enough without its border, so that it is taken as open unless the setting says
    otherwise: that costs next to nothing if it is closed.
    """
    part = replace(job, density=window(job.density, job.settings.max_bins // WINDOW))
    # The curves of the window must be those of the whole field.
    part.__dict__["family"] = job.family
    state, kinds = part.start()
    tick = job.ticks(STARTED, CLOSED, 2 * ROUNDS)
    first = settle(part.opened(state, NARROWEST), job.family, kinds, ROUNDS, tick)
    first = _with_gain(first, part, kinds, CLOSED, OPEN)
    closed = job.settings.boundary == "closed"
    margin = 0 if closed else NARROWEST
    problem = job.problem(first.state.problem.noise, first.state.problem.forward.gain, margin)
    tick = job.ticks(OPEN, 1.0, FIELD_TICKS)
    outcome = fit_field(problem, job.family, first.state.parameters, first.state.hyper, tick)
    return outcome, Boundary() if closed else Boundary("open", margin, large=True)


def _outcome(result: Settled) -> Outcome:
    state, fit = result.state, result.fit
    return Outcome(
        state.problem,
        state.hyper,
        fit.initial,
        fit.predicted,
        fit.parameter_information(state.hyper.variance, result.prior),
        result.posterior,
    )


def family_of(density: Density, scale: float, knots: int) -> SplineFamily:
    """Return the family of curves for the range of densities that occur."""
    observed = density.values / scale
    inside = slice(None) if density.mask is None else density.mask
    high = float(np.quantile(smooth(observed)[:, inside], 0.998)) * 1.02
    if not high > 0:
        raise UserError(f"The density of {density.source} is zero everywhere: nothing to learn.")
    rate = max(abs(overall_growth(density)), 0.3 / float(density.t[-1] - density.t[0]))
    top = 1.5 * max(float(observed.max()), high)
    return SplineFamily.make(high, knots, rate, -0.2 * high, top)


def _noise(
    density: Density, scale: float, settings: InferenceSettings
) -> tuple[tuple[NoiseKind, ...], NoiseModel]:
    """Return the kinds of noise to choose from, and the one to begin with."""
    known = known_kind(density)
    kinds: tuple[NoiseKind, ...]
    if settings.noise != "auto":
        kinds = (settings.noise,)
    else:
        kinds = ("proportional", "additive") if known is None else (known,)
    if kinds[0] in DISPERSED and kinds[0] != known:
        how = "by counting" if kinds[0] == "counts" else "as a covered share of the area"
        raise UserError(
            f"The setting 'inference.noise' is {kinds[0]}, but the density was not obtained {how}: "
            "use auto, proportional or additive."
        )
    return kinds, model_of(kinds[0], density, scale)


def _with_gain(
    result: Settled, job: _Job, kinds: tuple[NoiseKind, ...], start: float, end: float
) -> Settled:
    """Settle again with the gain that fits best, if deviations are inherited at all."""
    state = result.state
    if _exact(result) or correlations(state.problem, result.fit.predicted)[0] == 0:
        return result
    middle = start + 0.4 * (end - start)
    chosen = choose_gain(state, job.family, job.ticks(start, middle, 3 * len(GAINS)))
    if chosen.problem.forward.gain == 0:
        return result
    return settle(chosen, job.family, kinds, ROUNDS, job.ticks(middle, end, 2 * ROUNDS))


def _exact(result: Settled) -> bool:
    """Return whether the movie deviates from the law by no more than the solver's own error."""
    return result.state.hyper.level <= solver_level(result.state.problem, result.fit)


def _margin(closed: Settled, density: Density) -> int:
    """Return the width of the surroundings that matter under the law of the closed region."""
    law = closed.state.problem.forward.family.curves(closed.state.parameters)
    u = closed.fit.predicted[closed.state.problem.mask]
    family_u = closed.state.problem.forward.family.u
    D = float(np.median(np.interp(u, family_u, law.D)))
    duration = float(density.t[-1] - density.t[0])
    _, ny, nx = density.shape
    return margin_for(D, duration, min(density.spacing), (ny, nx))


def _solver_tolerance(observed: Array) -> float:
    """Return the time stepping's error per step: a hundredth of the observation's scatter."""
    around = smooth(observed)
    scatter = float(np.std(observed - around)) / max(float(around.max()), 1e-300)
    return float(np.clip(0.01 * scatter, 1e-5, 1e-3))


def overall_growth(density: Density) -> float:
    """Return the rate at which the total of the movie grows [1/time]."""
    totals = np.maximum(density.totals(), 1e-300)
    return float(np.log(totals[-1] / totals[0]) / (density.t[-1] - density.t[0]))


def _terms(
    outcome: Outcome, boundary: Boundary, job: _Job, shape: tuple[int, int], seconds: float
) -> Terms:
    family, problem, hyper = job.family, outcome.problem, outcome.hyper
    k, posterior, margin = family.count, outcome.posterior, boundary.margin
    u = np.linspace(0.0, family.high, 201)
    basis = family.basis(u)
    none = np.zeros_like(basis)
    log_D = posterior.along(np.hstack([basis, none]))
    G = posterior.along(np.hstack([none, family.rate * basis]))
    fitted = outcome.predicted[problem.mask]
    low, high = np.quantile(fitted, [0.01, 0.99])
    # Coefficients of G itself, not of G / rate: a result must not need the rate to be read.
    units = np.concatenate([np.ones(k), np.full(k, family.rate)])
    weight, _ = np.histogram(np.clip(fitted, 0, family.high), bins=len(u), range=(0, family.high))
    known = (u >= low) & (u <= high) & (np.exp(Z90 * log_D.sd) < MOST_UNCERTAIN)
    dispersed = problem.noise.kind in DISPERSED
    return Terms(
        u=u,
        D=np.exp(log_D.mean),
        D_low=np.exp(log_D.quantile(0.05)),
        D_high=np.exp(log_D.quantile(0.95)),
        G=G.mean,
        G_low=G.quantile(0.05),
        G_high=G.quantile(0.95),
        supported=known,
        weight=weight / max(len(fitted), 1),
        coefficients=(posterior.share @ posterior.mean) * units,
        precision=outcome.information / np.outer(units, units),
        initial=averaged(narrow(outcome.initial, margin), shape),
        surface=averaged(narrow(outcome.predicted, margin), shape),
        noise=Noise(
            problem.noise.kind,
            hyper.level if dispersed else float(np.sqrt(hyper.level)),
            hyper.inflation,
            problem.forward.gain,
        ),
        density_scale=job.scale,
        seconds=seconds,
        sentences=(
            curves_in_words(u, known, log_D.sd, G.sd, G.mean),
            boundary_in_words(boundary),
        ),
        boundary=boundary,
        surroundings=outcome.initial if margin and not boundary.large else None,
    )
