"""The estimate on a large field: the law of a window of it, then of all its bins.

The window is fitted as any small region is, which gives a start, the kind of noise and the gain.
The field itself is then fitted by :mod:`napari_binn.inference.large`, at a cost that grows with
bins times frames; nothing is averaged.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..density.model import Density
from ..progress import Tick
from .boundary import narrow
from .families import SplineFamily
from .gauss_newton import Problem
from .hyper import Hyper, frame_noise, inflation, law_mean, smooth
from .large import LargeFit, LawPrior, fit_large
from .outcome import Outcome
from .posterior import Likelihood, Mixture, over_roughness
from .roughness import law_precision
from .volume import Volume
from .waves import WavePrior, wave_prior

Array = NDArray[np.float64]
#: Rounds of a Gauss-Newton step and an update of what the evidence determines.
ROUNDS = 12
#: Steps of the coefficients [standard deviations] below which the first frame's answer to the law
#: is taken as unchanged, and below which a fit is at rest.
NEAR, AT_REST = 1.0, 0.5
#: Progress of a round, at most.
TICKS = 4


def window(density: Density, most: int) -> Density:
    """Return the part of at most ``most`` bins in which most bins were observed, near the middle.

    It has the shape of the field.
    """
    _, ny, nx = density.shape
    share = np.sqrt(most / (ny * nx))
    rows, columns = (min(n, max(4, int(n * share))) for n in (ny, nx))
    mask = np.ones((ny, nx), bool) if density.mask is None else density.mask
    tops = np.unique(np.linspace(0, ny - rows, 5).astype(int))
    lefts = np.unique(np.linspace(0, nx - columns, 5).astype(int))

    def merit(corner: tuple[int, int]) -> tuple[int, float]:
        top, left = corner
        off = abs(top - (ny - rows) / 2) + abs(left - (nx - columns) / 2)
        return int(mask[top : top + rows, left : left + columns].sum()), -off

    top, left = max(((int(t), int(s)) for t in tops for s in lefts), key=merit)
    y, x = slice(top, top + rows), slice(left, left + columns)
    return replace(
        density,
        values=density.values[:, y, x],
        y=density.y[y],
        x=density.x[x],
        mask=None if density.mask is None else density.mask[y, x],
    )


def fit_field(
    problem: Problem, family: SplineFamily, parameters: Array, hyper: Hyper, tick: Tick
) -> Outcome:
    """Fit a large field, starting from the law and the noise of a window of it."""
    field = large_frame_prior(problem)
    initial = np.maximum(smooth(problem.observed)[0], 0.0)
    predicted = problem.observed
    centre = law_mean(problem, family.count)
    fit: LargeFit | None = None
    moved = np.inf
    for _ in range(ROUNDS):
        prior = LawPrior(centre, law_precision(family.count, hyper.rough_D, hyper.rough_G))
        volume = Volume.make(problem, predicted, hyper.variance, field.precision)
        answer = fit.answer if fit is not None and moved < NEAR else None
        fit = fit_large(
            problem, parameters, initial, prior, field, hyper.variance, volume, answer, tick
        )
        step = fit.parameters - parameters
        moved = float(np.sqrt(step @ (fit.information + prior.precision) @ step))
        parameters, initial, predicted = fit.parameters, fit.initial, fit.predicted
        if moved < AT_REST:
            break
        hyper = _updated(problem, fit, hyper, volume, centre)
    assert fit is not None
    return Outcome(problem, hyper, initial, predicted, fit.information, _posterior(fit, centre))


def _posterior(fit: LargeFit, centre: Array) -> Mixture:
    return over_roughness(Likelihood(fit.information, fit.slope), centre)


def large_frame_prior(problem: Problem) -> WavePrior:
    """Return the prior of the first frame, from the observed one; its gaps hold the mean."""
    mask, first = problem.mask[0], problem.observed[0]
    frame = np.where(mask, first, first[mask].mean())
    around = narrow(smooth(problem.observed)[0], problem.margin)
    seen = narrow(mask, problem.margin)
    variance = frame_noise(problem) * float(problem.noise.shape(around)[seen].mean())
    _, ny, nx = problem.observed.shape
    return wave_prior(narrow(frame, problem.margin), variance, (ny, nx))


def _updated(problem: Problem, fit: LargeFit, hyper: Hyper, volume: Volume, centre: Array) -> Hyper:
    count = int(problem.mask.sum())
    free = len(centre) + volume.determined(fit.parameters, fit.predicted)
    level = max(fit.chi2 / max(count - free, 0.1 * count), 1e-12)
    rough_D, rough_G = _posterior(fit, centre).typical_roughness()
    return Hyper(rough_D, rough_G, level, inflation(problem, fit.predicted))
