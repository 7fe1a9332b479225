"""The simulation-constrained estimate: D(u) and G(u) as smooth free curves, with their bands.

The model class is that of the network with its PDE residual exactly zero: the curves and the first
frame are adjusted until the simulation fits the movie. Roughness and noise level follow from the
evidence (MacKay, "Bayesian interpolation", Neural Computation 4, 1992), bands from the curvature
of the posterior (Laplace).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from ..binn.result import BinnResult
from ..density.model import Density
from ..errors import UserError
from ..events import Report, silent
from ..pde.grid import Grid
from ..pde.solver import SolverError
from ..progress import Tick, steps
from ..settings import InferenceSettings
from . import gauss_newton
from .coarse import coarsen
from .families import Family, SplineFamily
from .first_frame import FieldPrior, field_prior
from .forward import Forward
from .gauss_newton import Fit, Prior, Problem
from .noise import NoiseModel
from .terms import Noise, NoiseKind, Terms

Array = NDArray[np.float64]
Z90 = 1.6448536269514722  # two-sided 90 % of a normal distribution
#: Rounds of fitting and updating what the evidence determines, at most.
ROUNDS = 10
#: Kalman gains that are tried before interpolating between them.
GAINS = (0.0, 0.25, 0.5, 0.75, 1.0)
#: Shares of the time that are spent when the start is found and when the gain is chosen.
STARTED, CHOSEN = 0.12, 0.45
#: Roughness weight that the evidence starts from: nearly straight curves, which data may bend.
STRAIGHT = 30.0
#: Factor by which D may be uncertain, either way, where it still counts as supported.
MOST_UNCERTAIN = 4.0


@dataclass(frozen=True)
class _Hyper:
    """What the evidence determines: roughness weights of both curves and the noise level."""

    rough_D: float
    rough_G: float
    level: float
    inflation: float = 1.0

    @property
    def variance(self) -> float:
        """Noise level of an observation that is worth an independent one."""
        return self.level * self.inflation


def make_problem(
    density: Density,
    scale: float,
    noise: NoiseModel,
    family: Family,
    refine: int,
    reference: Array | None = None,
    gain: float = 0.0,
) -> Problem:
    """Return the fitting problem of a density field in units of ``scale``."""
    hy, hx = density.spacing
    mask = None if density.mask is None else torch.as_tensor(density.mask)
    frames, ny, nx = density.shape
    observed = np.ones((ny, nx), bool) if density.mask is None else density.mask
    return Problem(
        density.values / scale,
        np.broadcast_to(observed, (frames, ny, nx)),
        noise,
        Forward(
            family,
            density.t,
            Grid.masked(hy, hx, mask),
            (ny, nx),
            refine,
            most_diffusivity=min(ny * hy, nx * hx) ** 2 / (4 * float(np.diff(density.t).min())),
            tolerance=_solver_tolerance(density.values),
            gain=gain,
            observed=density.values / scale,
        ),
        reference,
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
        The observation; grids above ``settings.max_bins`` are averaged first.
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
    working = coarsen(density, settings.max_bins)
    observed = working.values / scale
    inside = slice(None) if working.mask is None else working.mask
    smooth = _smooth(observed)
    high = float(np.quantile(smooth[:, inside], 0.998)) * 1.02
    if not high > 0:
        raise UserError(f"The density of {density.source} is zero everywhere: nothing to learn.")
    growth = _overall_growth(working)
    rate = max(abs(growth), 0.3 / float(working.t[-1] - working.t[0]))
    family = SplineFamily.make(
        high, settings.knots, rate, -0.2 * high, 1.5 * max(float(observed.max()), high)
    )
    counts = working.counts_per_unit
    counts = None if counts is None else counts * scale
    kind: NoiseKind = "proportional"
    if settings.noise != "auto":
        kind = settings.noise
        if kind == "counts" and counts is None:
            raise UserError(
                "The setting 'inference.noise' is counts, but the density was not obtained by "
                "counting: use auto, proportional or additive."
            )
    elif counts is not None:
        kind = "counts"
    noise = NoiseModel.make(kind, counts, observed[:, inside])
    problem = make_problem(working, scale, noise, family, refine)

    def ticks(start: float, end: float, count: int) -> Tick:
        return steps(report, "learn", "fitting by simulation", start, end, count)

    hyper = _Hyper(STRAIGHT, STRAIGHT, _first_level(problem, smooth))
    parameters, initial = _best_start(
        problem, family, smooth[0], start, growth, hyper, ticks(0.0, STARTED, 12)
    )
    problem, parameters, initial = _choose_gain(
        problem, family, parameters, initial, hyper, ticks(STARTED, CHOSEN, 3 * len(GAINS))
    )
    fit, hyper, prior, problem = _evidence_rounds(
        problem, family, parameters, initial, hyper, settings.noise == "auto" and counts is None,
        ticks(CHOSEN, 1.0, 2 * ROUNDS),
    )  # fmt: skip
    return _terms(fit, hyper, prior, problem, family, scale, time.perf_counter() - began)


def _solver_tolerance(observed: Array) -> float:
    """Return the time stepping's error per step: a hundredth of the observation's scatter."""
    smooth = _smooth(observed)
    scatter = float(np.std(observed - smooth)) / max(float(smooth.max()), 1e-300)
    return float(np.clip(0.01 * scatter, 1e-5, 1e-3))


def _smooth(observed: Array) -> Array:
    """Return a mildly smoothed movie, used for starting values and the range of u only."""
    sigma_t = 0.7 if len(observed) > 3 else 0.0
    return np.asarray(gaussian_filter(observed, (sigma_t, 0.8, 0.8), mode="nearest"))


def _overall_growth(density: Density) -> float:
    totals = np.maximum(density.totals(), 1e-300)
    return float(np.log(totals[-1] / totals[0]) / (density.t[-1] - density.t[0]))


def _first_level(problem: Problem, smooth: Array) -> float:
    shape = problem.noise.shape(smooth)
    residual = (problem.observed - smooth) ** 2 / shape
    return max(float(residual[problem.mask].mean()), 1e-8)


def _prior(family: SplineFamily, hyper: _Hyper, middle: float, field: FieldPrior) -> Prior:
    """Second differences are penalised by the evidence; level and slope are nearly free.

    The weak part (three powers of e for D around diffusion across a bin in the movie's time, ten
    typical rates for G) only matters where the data say nothing at all.
    """
    k = family.count
    bend = np.diff(np.eye(k), 2, axis=0)
    rough = bend.T @ bend
    precision = np.zeros((2 * k, 2 * k))
    precision[:k, :k] = hyper.rough_D * rough + np.eye(k) / (k * 9.0)
    precision[k:, k:] = hyper.rough_G * rough + np.eye(k) / (k * 100.0)
    mean = np.zeros(2 * k)
    mean[:k] = middle
    return Prior.join(mean, precision, field)


def first_frame_prior(problem: Problem) -> FieldPrior:
    """Return the prior of the first frame, from how rough it is beyond its noise."""
    around = _smooth(problem.observed)[0]
    noise = frame_noise(problem) * problem.noise.shape(around)
    return field_prior(problem.observed[0], noise, problem.mask[0])


def frame_noise(problem: Problem) -> float:
    """Return the noise level of the first frames that is independent from frame to frame.

    Cells that are counted twice are the same cells: what a movie deviates from its law by is
    mostly inherited from the frame before, and only the rest is error of a single frame. It shows
    in the second differences along time, in which slow changes cancel.
    """
    u, mask = problem.observed[:6], problem.mask[0]
    if len(u) < 3:
        return _first_level(problem, _smooth(problem.observed))
    bend = (u[2:] - 2 * u[1:-1] + u[:-2]) ** 2 / 6
    around = (u[2:] + u[1:-1] + u[:-2]) / 3
    return max(float((bend / problem.noise.shape(around))[:, mask].mean()), 1e-10)


def _typical_log_D(problem: Problem) -> float:
    """Log of the diffusivity that smooths over two bins during the movie."""
    grid, times = problem.forward.grid, problem.forward.times
    return float(np.log(grid.hy * grid.hx / (times[-1] - times[0])))


def _best_start(
    problem: Problem,
    family: SplineFamily,
    first: Array,
    network: BinnResult | None,
    growth: float,
    hyper: _Hyper,
    tick: Tick,
) -> tuple[Array, Array]:
    """Return the most probable of several starts after a few steps each."""
    k, middle = family.count, _typical_log_D(problem)
    prior = _prior(family, hyper, middle, first_frame_prior(problem))
    flat = np.full(k, growth / family.rate)
    shifts = (0.0, 2.0) if network is None else (0.0,)
    starts = [np.concatenate([np.full(k, middle + shift), flat]) for shift in shifts]
    if network is not None:
        D, G = np.median(network.D, axis=0), np.median(network.G, axis=0)
        inside = network.u <= family.high
        starts.insert(0, family.project(network.u[inside], D[inside], G[inside]))
    best: tuple[float, Array, Array] | None = None
    for candidate in starts:
        try:
            fit = gauss_newton.fit(
                problem, candidate, np.maximum(first, 0.0), prior, hyper.level, 4, 0.1, tick
            )
        except (SolverError, ValueError):
            continue
        z = np.concatenate([fit.parameters, fit.initial.ravel()])
        score = fit.chi2 / hyper.level + prior.penalty(z)
        if best is None or score < best[0]:
            best = score, fit.parameters, fit.initial
    if best is None:
        raise UserError(
            "No diffusion and growth could be found that this density can be simulated with: "
            "check the frame times, the pixel size and the density for outliers."
        )
    return best[1], best[2]


def _choose_gain(
    problem: Problem,
    family: SplineFamily,
    parameters: Array,
    initial: Array,
    hyper: _Hyper,
    tick: Tick,
) -> tuple[Problem, Array, Array]:
    """Return the problem with the gain under which the frames are predicted best.

    The score is the log-likelihood of the prediction errors, their level being free. Between the
    grid's points the best gain is that of a parabola.
    """
    count = int(problem.mask.sum())
    prior = _prior(family, hyper, _typical_log_D(problem), first_frame_prior(problem))
    tried: list[tuple[float, float, Array, Array]] = []
    for gain in GAINS:
        candidate = replace(problem, forward=replace(problem.forward, gain=gain))
        try:
            fit = gauss_newton.fit(
                candidate, parameters, initial, prior, hyper.variance, 3, 0.1, tick
            )
        except SolverError:
            continue
        free = fit.effective_parameters(hyper.variance, prior)
        # Every model is weighed by the same variances, so that only the errors differ.
        weight = gauss_newton.weights(problem, _smooth(problem.observed))
        chi2 = gauss_newton.chi_square(problem, fit.predicted, weight)
        score = count * float(np.log(chi2)) - count * float(np.log(max(count - free, 1.0)))
        parameters, initial = fit.parameters, fit.initial
        tried.append((score, gain, parameters, initial))
    if not tried:
        return problem, parameters, initial
    best = min(range(len(tried)), key=lambda i: tried[i][0])
    _, gain, parameters, initial = tried[best]
    if 0 < best < len(tried) - 1:
        (low, a, *_), (middle, b, *_), (high, c, *_) = tried[best - 1 : best + 2]
        left, right = (b - a) * (middle - high), (b - c) * (middle - low)
        if left - right != 0:
            vertex = b - 0.5 * ((b - a) * left - (b - c) * right) / (left - right)
            gain = float(np.clip(vertex, a, c))
    chosen = replace(problem, forward=replace(problem.forward, gain=gain))
    return chosen, parameters, initial


def _evidence_rounds(
    problem: Problem,
    family: SplineFamily,
    parameters: Array,
    initial: Array,
    hyper: _Hyper,
    choose_noise: bool,
    tick: Tick,
) -> tuple[Fit, _Hyper, Prior, Problem]:
    """Alternate steps of the fit with updates of what the evidence determines."""
    middle = _typical_log_D(problem)
    fit: Fit | None = None
    for number in range(ROUNDS):
        if number in (0, 3, 6):  # it depends on the kind of noise, which may have been changed
            field = first_frame_prior(problem)
        prior = _prior(family, hyper, middle, field)
        last = number == ROUNDS - 1
        fit = gauss_newton.fit(
            problem, parameters, initial, prior, hyper.variance, 8 if last else 2, 1e-2, tick,
            by_initial=fit.by_initial if fit is not None and number % 3 and not last else None,
        )  # fmt: skip
        parameters, initial = fit.parameters, fit.initial
        if last:
            break
        if choose_noise and number in (2, 5):
            problem = _choose_noise(problem, fit)
        new = _update(problem, family, fit, hyper, prior)
        settled = all(
            abs(np.log(a / b)) < 0.05
            for a, b in zip(
                (new.rough_D, new.rough_G, new.level),
                (hyper.rough_D, hyper.rough_G, hyper.level),
                strict=True,
            )
        )
        hyper = new
        if settled and fit.converged and number > 5:
            break
    assert fit is not None
    return fit, hyper, prior, problem


def _choose_noise(problem: Problem, fit: Fit) -> Problem:
    """Return the problem with the noise, proportional or additive, that explains residuals best."""
    square = ((problem.observed - fit.predicted) ** 2)[problem.mask]
    best: tuple[float, NoiseModel] | None = None
    kinds: tuple[NoiseKind, ...] = ("proportional", "additive")
    for kind in kinds:
        noise = NoiseModel.make(kind, None, problem.observed[problem.mask])
        shape = noise.shape(fit.predicted)[problem.mask]
        score = float(np.log(shape).sum() + len(square) * np.log((square / shape).mean()))
        if best is None or score < best[0]:
            best = score, noise
    assert best is not None
    return replace(problem, noise=best[1])


def _update(
    problem: Problem, family: SplineFamily, fit: Fit, hyper: _Hyper, prior: Prior
) -> _Hyper:
    """One fixed-point step of MacKay's evidence maximisation."""
    k = family.count
    parameters = prior.precision[: 2 * k, : 2 * k]
    covariance = np.linalg.inv(fit.parameter_information(hyper.variance, prior) + parameters)
    bend = np.diff(np.eye(k), 2, axis=0)
    rough = bend.T @ bend
    c_D, c_G = fit.parameters[:k], fit.parameters[k:]
    new = []
    for weight, c, block in (
        (hyper.rough_D, c_D, covariance[:k, :k]),
        (hyper.rough_G, c_G, covariance[k:, k:]),
    ):
        used = (k - 2) - weight * float(np.trace(rough @ block))
        new.append(float(np.clip(max(used, 1e-3) / max(float(c @ rough @ c), 1e-9), 1e-3, 1e4)))
    weight_matrix = gauss_newton.weights(problem, fit.predicted)
    chi2 = gauss_newton.chi_square(problem, fit.predicted, weight_matrix)
    observations = int(problem.mask.sum())
    free = fit.effective_parameters(hyper.variance, prior)
    level = max(chi2 / max(observations - free, 0.1 * observations), 1e-12)
    return _Hyper(new[0], new[1], level, inflation(problem, fit.predicted))


def inflation(problem: Problem, predicted: Array) -> float:
    """Return how many observations are worth one, from the correlation of the residuals.

    Neighbouring frames: (1 + r) / (1 - r) for a correlation that decays geometrically, as for the
    mean of such a series; the four neighbours of a bin: 1 + 4 r.
    """
    weight = gauss_newton.weights(problem, predicted)
    e = np.sqrt(weight) * (problem.observed - predicted)
    power = float((e**2).mean())
    if power <= 0:
        return 1.0
    along_t = float((e[1:] * e[:-1]).mean()) / power
    along_y = float((e[:, 1:] * e[:, :-1]).mean()) / power
    along_x = float((e[:, :, 1:] * e[:, :, :-1]).mean()) / power
    in_time = float(np.clip(along_t, 0.0, 0.95))
    in_space = max(along_y + along_x, 0.0)
    return (1 + in_time) / (1 - in_time) * (1 + 2 * in_space)


def _terms(
    fit: Fit,
    hyper: _Hyper,
    prior: Prior,
    problem: Problem,
    family: SplineFamily,
    scale: float,
    seconds: float,
) -> Terms:
    k = family.count
    u = np.linspace(0.0, family.high, 201)
    basis = family.basis(u)
    information = fit.parameter_information(hyper.variance, prior)
    covariance = np.linalg.inv(information + prior.precision[: 2 * k, : 2 * k])
    curves = family.curves_at(u, fit.parameters)
    sd_D = np.sqrt(np.einsum("mi,ij,mj->m", basis, covariance[:k, :k], basis))
    sd_G = family.rate * np.sqrt(np.einsum("mi,ij,mj->m", basis, covariance[k:, k:], basis))
    fitted = fit.predicted[problem.mask]
    low, high = np.quantile(fitted, [0.01, 0.99])
    # Coefficients of G itself, not of G / rate: a result must not need the rate to be read.
    units = np.concatenate([np.ones(k), np.full(k, family.rate)])
    weight, _ = np.histogram(np.clip(fitted, 0, family.high), bins=len(u), range=(0, family.high))
    known = (u >= low) & (u <= high)
    return Terms(
        u=u,
        D=curves.D,
        D_low=curves.D * np.exp(-Z90 * sd_D),
        D_high=curves.D * np.exp(Z90 * sd_D),
        G=curves.G,
        G_low=curves.G - Z90 * sd_G,
        G_high=curves.G + Z90 * sd_G,
        supported=known & (np.exp(Z90 * sd_D) < MOST_UNCERTAIN),
        weight=weight / max(len(fitted), 1),
        coefficients=fit.parameters * units,
        precision=information / np.outer(units, units),
        initial=fit.initial,
        surface=fit.predicted,
        noise=Noise(
            problem.noise.kind,
            hyper.level if problem.noise.kind == "counts" else float(np.sqrt(hyper.level)),
            hyper.inflation,
            problem.forward.gain,
        ),
        density_scale=scale,
        seconds=seconds,
        sentences=(
            _in_words(u, known & (np.exp(Z90 * sd_D) < MOST_UNCERTAIN), sd_D, sd_G, curves.G),
        ),
    )


def _in_words(u: Array, known: NDArray[np.bool_], sd_D: Array, sd_G: Array, G: Array) -> str:
    """Say how well the frames determine the curves."""
    if not known.any():
        return "These frames do not determine D(u) at any density to within a factor of four."
    D_percent = 100 * float(np.median(sd_D[known]))
    G_percent = 100 * float(np.median(sd_G[known])) / max(float(np.abs(G[known]).max()), 1e-300)
    return (
        f"Between u = {u[known][0]:.2g} and {u[known][-1]:.2g} these frames determine D(u) to "
        f"about {D_percent:.2g} % and G(u) to about {G_percent:.2g} % of its highest value (one "
        "standard deviation)."
    )
