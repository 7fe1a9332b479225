"""Score pairs of formulas by how well they simulate a movie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..density.model import Density
from ..inference.families import FormulaFamily
from ..inference.gauss_newton import chi_square, weights
from ..inference.terms import Terms
from ..pde.solver import SolverError
from ..progress import Tick
from .checks import severe_in_law
from .model import Equation
from .pairing import Promise
from .ranking import EXCLUDED
from .refit import STEPS, Pair, Refit, refit
from .screening import observed_range
from .well import Well

Array = NDArray[np.float64]
#: Steps that every pair gets, and how much worse than the best it may be to get more.
FIRST_STEPS, HOPELESS = 2, 20.0
#: Fewest frames from which constants are fitted to predict the others.
FEWEST = 3


@dataclass(frozen=True)
class Judge:
    """What all pairs of formulas of one movie are refitted and compared by.

    Attributes
    ----------
    density
        The movie.
    terms
        Its estimated curves.
    well
        The movie as it is simulated.
    refine, max_bins
        As in :func:`napari_binn.inference.estimate.estimate`.
    """

    density: Density
    terms: Terms
    well: Well
    refine: int
    max_bins: int

    @classmethod
    def of(cls, density: Density, terms: Terms, refine: int, max_bins: int) -> Judge:
        """Prepare the comparison; raises SolverError if the curves cannot be simulated."""
        return cls(density, terms, Well.of(density, terms, refine, max_bins), refine, max_bins)

    def refit(self, pair: Pair, steps: int = STEPS) -> Refit | None:
        """Refit the constants of a pair; None if it cannot be simulated or D is not positive."""
        done = refit(pair, [self.well], steps)
        if done is None:
            return None
        low, high = observed_range(self.terms)
        own = done.pair
        with np.errstate(all="ignore"):
            D = own.D.function()(np.linspace(low, high, 501), own.constants[: own.split])
        return done if D.min() > 0 else None

    def bic(self, done: Refit) -> float:
        """Return the score of a refitted pair."""
        return done.objective + len(done.pair.constants) * float(np.log(self.well.observations))

    def rank(self, promises: Sequence[Promise], tick: Tick = lambda: None) -> list[Refit]:
        """Refit pairs, most of the effort for those that come out best; best first.

        ``tick`` is called once a pair.
        """
        tried: list[Refit] = []
        for promise in promises:
            done = self.refit(promise.pair, FIRST_STEPS)
            tick()
            if done is not None:
                tried.append(done)
        best = min((self.bic(one) for one in tried), default=0.0)
        finished = []
        for one in sorted(tried, key=self.bic):
            if one.converged or self.bic(one) > best + HOPELESS:
                finished.append(one)
                continue
            more = self.refit(one.pair)
            finished.append(one if more is None or self.bic(more) > self.bic(one) else more)
            best = min(best, self.bic(finished[-1]))
        scale = self.terms.density_scale
        low, highest = self.density.low / scale, self.density.scale / scale
        sound = [one for one in finished if severe_in_law(*self._texts(one), low, highest) is None]
        return sorted(sound, key=self.bic)

    def _texts(self, done: Refit) -> tuple[str, str]:
        own = done.pair
        D = own.D.formula(own.constants[: own.split])
        return D.text, own.G.formula(own.constants[own.split :]).text

    def equation(self, done: Refit, forecast: float | None = None) -> Equation:
        """Return a refitted pair as an equation with its scores."""
        own, count = done.pair, float(self.well.problem.mask.sum())
        constants, split = own.constants, own.split
        names = [f"D{k + 1}" for k in range(split)]
        names += [f"G{k + 1}" for k in range(len(constants) - split)]
        deviance = sum(course.deviance for course in done.courses)
        scores = {
            "bic": self.bic(done),
            "deviance_per_bin": deviance * self.well.worth / count,
            "parameters": float(len(constants)),
            "complexity": float(own.D.size + own.G.size),
            "observations": self.well.observations,
        }
        if forecast is not None:
            scores["forecast_deviance_per_bin"] = forecast
        return Equation(
            own.D.formula(constants[:split]),
            own.G.formula(constants[split:]),
            tuple(
                (name, float(value), float(width))
                for name, value, width in zip(names, constants, done.half_widths, strict=True)
            ),
            scores,
            tuple(tuple(float(value) for value in row) for row in done.covariance),
        )

    def equations(self, ranked: Sequence[Refit], fraction: float | None) -> list[Equation]:
        """Return refitted pairs as equations; those that are possible also get a forecast.

        ``fraction`` is the share of the frames that the forecast may see; None for no forecast.
        """
        if fraction is None:
            return [self.equation(one) for one in ranked]
        least = min((self.bic(one) for one in ranked), default=0.0)
        near = [one for one in ranked if self.bic(one) <= least + EXCLUDED]
        ahead = dict(zip(map(id, near), self.forecasts(near, fraction), strict=True))
        return [self.equation(one, ahead.get(id(one))) for one in ranked]

    def forecasts(self, ranked: Sequence[Refit], fraction: float) -> list[float | None]:
        """Return how far each pair, its constants from the first frames, misses the later ones.

        As deviance per bin: about 1 where only noise is left.
        """
        frames = len(self.density.t)
        start = min(max(FEWEST, round(frames * fraction)), frames - 1)
        if frames <= FEWEST or not ranked:
            return [None] * len(ranked)
        try:
            seen = self.density.first_frames(start)
            first = Well.of(seen, self.terms, self.refine, self.max_bins)
        except SolverError:
            return [None] * len(ranked)
        return [self._ahead(one, first, start) for one in ranked]

    def _ahead(self, done: Refit, first: Well, start: int) -> float | None:
        early = refit(done.pair, [first])
        if early is None or early.courses[0].initial.shape != self.well.initial.shape:
            return None
        pair, problem = early.pair, self.well.problem
        family = FormulaFamily(
            self.well.grid(), pair.D.function(), pair.G.function(), pair.split,
            np.ones(len(pair.constants)),
        )  # fmt: skip
        # What is observed later must not correct the state.
        forward = replace(problem.forward, family=family, gain=0.0)
        try:
            predicted = forward.predict(pair.constants, early.courses[0].initial)
        except (SolverError, ValueError):
            return None
        weight = weights(problem, self.well.course)
        weight[:start] = 0.0
        deviance = chi_square(problem, predicted, weight) / self.well.variance
        return deviance * self.well.worth / float(problem.mask[start:].sum())
