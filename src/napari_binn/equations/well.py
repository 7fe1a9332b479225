"""One movie as formulas are compared on it: how well a law simulates it, and what would help."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..density.model import Density
from ..inference.averaging import averaged_margin, averaged_noise, first_frame_of
from ..inference.boundary import widen
from ..inference.coarse import coarsen
from ..inference.estimate import make_problem
from ..inference.families import NODES, Family, FixedLaw
from ..inference.gauss_newton import Problem, chi_square, weights
from ..inference.hyper import smooth
from ..inference.noise import noise_model
from ..inference.terms import Terms
from ..inference.volume import Volume
from .correction import correction
from .first_frames import ChainedFrames, DenseFrames, FirstFrames

Array = NDArray[np.float64]
#: Bins that formulas are compared on, at most; finer fields are averaged.
LARGEST = 4096
#: Rounds in which the first frame under the estimated curves is found anew.
ROUNDS = 3


@dataclass(frozen=True)
class Course:
    """A simulation of one law.

    Attributes
    ----------
    initial, predicted
        First frame (Y, X) and densities (T, Y, X) [u].
    deviance
        Weighted sum of squared residuals, in units of the noise.
    objective
        Minus twice the log likelihood of the law, its first frame integrated out, up to what all
        laws share.
    """

    initial: Array
    predicted: Array
    deviance: float
    objective: float


@dataclass(frozen=True)
class Slopes:
    """What a change of K parameters does, the first frame following it to first order.

    Attributes
    ----------
    information, gradient
        (K, K) and (K,): minus half the objective is about gradient'δ - 1/2 δ' information δ.
    first, answer
        What the first frame changes by at once, (Y, X), and for each parameter, (K, Y, X).
    """

    information: Array
    gradient: Array
    first: Array
    answer: Array


@dataclass(frozen=True)
class Well:
    """A movie with its noise, and the sensitivities that all laws share.

    Attributes
    ----------
    problem
        The movie, corrected for what the grid adds to a simulation.
    variance
        Noise of an independent observation at unit weight, what is not known of the solver's error
        included.
    worth
        Observations behind an independent one.
    frames
        The first frame's sensitivities.
    initial
        First frame under the estimated curves (Y, X), with the surroundings of an open region.
    course
        Densities (T, Y, X) under the estimated curves, which set the weights.
    top
        Highest density that a simulation may reach [u].
    log_odds
        Minus twice the log evidence under the estimated curves, to compare borders by.
    """

    problem: Problem
    variance: float
    worth: float
    frames: FirstFrames
    initial: Array
    course: Array
    top: float
    log_odds: float = 0.0

    @classmethod
    def of(cls, density: Density, terms: Terms, refine: int, max_bins: int) -> Well:
        """Prepare a movie whose curves are estimated.

        Up to ``max_bins`` bins the sensitivities by the first frame are kept as a matrix. Large
        fields, whose border the estimate leaves open without asking, are taken as open or closed,
        whichever is more probable under the estimated curves.

        Raises
        ------
        SolverError
            If the estimated curves cannot be simulated on this movie.
        """
        working = coarsen(density, max(LARGEST, max_bins))
        margin = averaged_margin(density, working, terms.boundary.margin)
        made = cls._bordered(density, working, terms, refine, max_bins, margin)
        if margin and terms.boundary.large:
            closed = cls._bordered(density, working, terms, refine, max_bins, 0)
            made = min(made, closed, key=lambda well: well.log_odds)
        return made

    @classmethod
    def _bordered(
        cls, density: Density, working: Density, terms: Terms, refine: int, max_bins: int,
        margin: int,
    ) -> Well:  # fmt: skip
        noise = averaged_noise(terms.noise, density, working)
        model = noise_model(working, noise, terms.density_scale)
        law = FixedLaw(terms.D, terms.G, terms.u)
        problem = make_problem(
            working, terms.density_scale, model, law, refine, None, noise.gain, margin
        )
        initial = _first_guess(problem, terms, margin)
        course = problem.forward.predict(np.zeros(0), initial)
        error = correction(problem, law, initial)
        problem = replace(problem, observed=problem.observed - error.error, reference=course)
        variance = noise.variance + error.variance
        weight = weights(problem, course) / variance
        frames: FirstFrames
        if working.shape[1] * working.shape[2] <= max_bins:
            frames = DenseFrames.make(problem, initial, weight)
        else:
            frames = ChainedFrames.make(problem, course, weight)
        top = 1.5 * max(float(problem.observed.max()), float(terms.u[-1]))
        well = cls(problem, variance, noise.inflation, frames, initial, course, top)
        return well._settled(law)

    @property
    def observations(self) -> float:
        """Number of independent observations."""
        return float(self.problem.mask.sum()) / self.worth

    def grid(self) -> Array:
        """Return the even grid of u on which laws are tabulated for this movie."""
        return np.linspace(-2 / 15 * self.top, self.top, NODES)

    def simulate(self, family: Family, parameters: Array, initial: Array) -> Course:
        """Solve a law from a first frame.

        Raises
        ------
        SolverError, ValueError
            If it explodes or has no value.
        """
        problem = self._with(family)
        predicted = problem.forward.predict(parameters, initial)
        weight = weights(problem, self.course)
        deviance = chi_square(problem, predicted, weight) / self.variance
        volume = self._volume(problem).value(parameters, predicted)
        objective = deviance + self.frames.off(initial)[1] + volume
        return Course(initial, predicted, deviance, objective)

    def slopes(self, family: Family, parameters: Array, course: Course) -> Slopes:
        """Return what a change of the parameters of a law would do, around its simulation."""
        problem, frames = self._with(family), self.frames
        weight = weights(problem, self.course) / self.variance
        jacobian = problem.forward.jacobian(parameters, course.initial, with_initial=False)
        by_law = np.moveaxis(jacobian, -1, 0)
        weighted = by_law * weight
        residual = problem.observed - course.predicted
        pull = frames.gather((weight * residual)[None])[0] - frames.off(course.initial)[0]
        columns = frames.gather(weighted)
        solved = frames.solve(np.concatenate([pull[None], columns]))
        first, answer = solved[0], -solved[1:]
        answered = by_law + frames.spread(answer)
        information = np.einsum("itxy,jtxy->ij", answered, weighted)
        left = residual - frames.spread(first[None])[0]
        gradient = np.einsum("itxy,txy->i", weighted, left)
        by_parameters, by_course = self._volume(problem).gradient(parameters, course.predicted)
        gradient -= 0.5 * (by_parameters + np.einsum("itxy,txy->i", answered, by_course))
        return Slopes(0.5 * (information + information.T), gradient, first, answer)

    def _with(self, family: Family) -> Problem:
        return replace(self.problem, forward=replace(self.problem.forward, family=family))

    def _volume(self, problem: Problem) -> Volume:
        return Volume.make(problem, self.course, self.variance, self.frames.spectrum)

    def _settled(self, law: FixedLaw) -> Well:
        """Return the well with the first frame that fits best under the estimated curves."""
        none = np.zeros(0)
        course = self.simulate(law, none, self.initial)
        weight = weights(self.problem, self.course) / self.variance
        for _ in range(ROUNDS):
            residual = weight * (self.problem.observed - course.predicted)
            pull = self.frames.gather(residual[None])[0] - self.frames.off(course.initial)[0]
            step = self.frames.solve(pull[None])[0]
            moved = self.simulate(law, none, np.maximum(course.initial + step, 0.0))
            if not moved.objective < course.objective - 1.0:
                break
            course = moved
        evidence = course.objective - float(np.log(self.frames.spectrum).sum())
        return replace(self, initial=course.initial, log_odds=evidence)


def blurred(terms: Terms, well: Well) -> Terms:
    """Return an estimate whose information takes the solver's error into account, as a well's."""
    return replace(terms, precision=terms.precision * (terms.noise.variance / well.variance))


def _first_guess(problem: Problem, terms: Terms, margin: int) -> Array:
    """Return the first frame of the estimate, or what it looks like on these bins."""
    known = first_frame_of(terms, margin)
    if known.shape == problem.forward.shape:
        return known
    inner = problem.observed if not margin else problem.observed[:, margin:-margin, margin:-margin]
    return widen(np.maximum(smooth(inner)[0], 0.0), margin)
