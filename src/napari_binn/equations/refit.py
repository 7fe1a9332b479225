"""Refit the constants of a pair of formulas to movies, by simulating them.

Levenberg-Marquardt on the constants alone: the first frame of every movie is eliminated from each
step (variable projection; Golub & Pereyra, Inverse Problems 19, 2003) and integrated out of the
likelihood, so that several movies can share the constants, whatever they began from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..inference.families import FormulaFamily
from ..inference.terms import Z90
from ..pde.solver import SolverError
from .candidates import Candidate
from .well import Course, Slopes, Well

Array = NDArray[np.float64]
#: Steps at most, and the gain in the objective (twice the log likelihood) below which it rests:
#: formulas are told apart by 2 units and more.
STEPS, GAINED = 10, 0.1
#: Damping that is tried, relative to the diagonal of the information.
DAMPINGS = (0.0, 1e-2, 1.0, 1e2)
#: How far constants may lie outside their bounds, relative to their size.
SLACK = 1e-3


@dataclass(frozen=True)
class Pair:
    """A pair of formulas and the values of their constants, those of D first."""

    D: Candidate
    G: Candidate
    constants: Array

    @property
    def split(self) -> int:
        """Number of constants of D."""
        return len(self.D.symbols)

    def bounds(self) -> tuple[Array, Array]:
        """Return the lower and upper bounds of the constants."""
        parts = [self.D.bounds, self.G.bounds]
        return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])

    def within_bounds(self, constants: Array) -> bool:
        """Whether constants lie within their bounds, to within rounding."""
        low, high = self.bounds()
        slack = SLACK * np.abs(constants)
        return bool((constants >= low - slack).all() and (constants <= high + slack).all())


@dataclass(frozen=True)
class Refit:
    """A pair with constants that simulate the movies best.

    Attributes
    ----------
    pair
        The pair with its constants.
    courses
        The simulation of each movie.
    covariance
        Of the constants (K, K); NaN where the movies do not determine them.
    converged
        False if it was stopped before.
    """

    pair: Pair
    courses: tuple[Course, ...]
    covariance: Array
    converged: bool

    @property
    def half_widths(self) -> Array:
        """Half-widths of the constants' 90 % intervals; NaN where they are not determined."""
        return np.asarray(Z90 * np.sqrt(np.diag(self.covariance)))

    @property
    def objective(self) -> float:
        """Minus twice the log likelihood of the constants."""
        return sum(course.objective for course in self.courses)


def refit(pair: Pair, wells: Sequence[Well], steps: int = STEPS) -> Refit | None:
    """Return the pair with refitted constants; None if it cannot be simulated.

    Parameters
    ----------
    wells
        Movies that share the constants, in the same u.
    steps
        Steps at most.
    """
    scales = np.maximum(np.abs(pair.constants), 1e-3 * _size(pair.constants))
    D, G = pair.D.function(), pair.G.function()
    families = [FormulaFamily(well.grid(), D, G, pair.split, scales) for well in wells]
    fitting = _Fitting(pair, scales, list(wells), families)
    parameters = pair.constants / scales
    try:
        courses = fitting.simulate(parameters, [well.initial for well in wells])
        courses, parameters, converged, information = fitting.descend(parameters, courses, steps)
    except (SolverError, ValueError):
        return None
    constants = parameters * scales
    if not pair.within_bounds(constants):
        return None
    covariance = _covariance(information) * np.outer(scales, scales)
    return Refit(Pair(pair.D, pair.G, constants), tuple(courses), covariance, converged)


@dataclass(frozen=True)
class _Fitting:
    """The movies of one fit, with the law as a family on the range of each."""

    pair: Pair
    scales: Array
    wells: list[Well]
    families: list[FormulaFamily]

    def simulate(self, parameters: Array, firsts: Sequence[Array]) -> list[Course]:
        return [
            well.simulate(family, parameters, np.maximum(first, 0.0))
            for well, family, first in zip(self.wells, self.families, firsts, strict=True)
        ]

    def descend(
        self, parameters: Array, courses: list[Course], steps: int
    ) -> tuple[list[Course], Array, bool, Array]:
        """Step until nothing is gained; the information (K, K) is that of the last step."""
        information = np.zeros((len(parameters),) * 2)
        converged, pressed = steps == 0, False
        for _ in range(steps):
            slopes = [
                well.slopes(family, parameters, course)
                for well, family, course in zip(self.wells, self.families, courses, strict=True)
            ]
            information = np.sum([one.information for one in slopes], axis=0)
            pressed = self._pressed(parameters, information, slopes)
            tried = self._step(parameters, courses, slopes)
            if tried is None:
                converged = True
                break
            gained = _total(courses) - _total(tried[1])
            parameters, courses = tried
            if gained < GAINED:
                converged = True
                break
        if pressed:
            raise ValueError("the constants that fit best lie outside their bounds")
        return courses, parameters, converged, information

    def _pressed(self, parameters: Array, information: Array, slopes: list[Slopes]) -> bool:
        """Whether the movies ask for constants outside their bounds.

        Such a pair is no formula of its own: at the bound it is a simpler one.
        """
        gradient = np.sum([one.gradient for one in slopes], axis=0)
        step = _solved(information, gradient)
        outside = not self.pair.within_bounds((parameters + step) * self.scales)
        return outside and float(gradient @ step) >= GAINED

    def _step(
        self, parameters: Array, courses: list[Course], slopes: list[Slopes]
    ) -> tuple[Array, list[Course]] | None:
        """Return parameters and simulations that fit better; None if none were found."""
        information = np.sum([one.information for one in slopes], axis=0)
        gradient = np.sum([one.gradient for one in slopes], axis=0)
        before = _total(courses)
        diagonal = np.diag(information) + 1e-9 * _size(np.diag(information))
        for damping in DAMPINGS:
            step = _solved(information + (damping + 1e-10) * np.diag(diagonal), gradient)
            if not self.pair.within_bounds((parameters + step) * self.scales):
                continue
            firsts = [
                course.initial + one.first + np.einsum("k,kyx->yx", step, one.answer)
                for course, one in zip(courses, slopes, strict=True)
            ]
            try:
                trial = self.simulate(parameters + step, firsts)
            except (SolverError, ValueError):
                continue
            if _total(trial) < before:
                return parameters + step, trial
            if damping == 0 and float(gradient @ step) < GAINED:
                return None
        return None


def _total(courses: Sequence[Course]) -> float:
    return sum(course.objective for course in courses)


def _size(values: Array) -> float:
    return max(float(np.abs(values).max(initial=0.0)), 1e-12)


def _solved(matrix: Array, right: Array) -> Array:
    if not len(right):
        return right
    return np.asarray(np.linalg.lstsq(matrix, right, rcond=1e-13)[0])


def _covariance(information: Array) -> Array:
    """Return the covariance of the constants; NaN where the movies do not determine them."""
    count = len(information)
    values, vectors = np.linalg.eigh(information)
    if count == 0 or values.min() <= 1e-12 * values.max():
        return np.full((count, count), np.nan)
    return np.asarray((vectors / values) @ vectors.T)
