"""Do the laws of several movies agree within their uncertainty?

Every movie gives a likelihood of the law. Under one common law, which is not known, the posterior
means m of the movies differ by chance alone, with a covariance that is known: with C the posterior
covariance of a movie and R the prior's precision, the same for all,

    cov(m_i - m_j) = C_i + C_j - C_i R C_j - C_j R C_i,

because the same prior draws all curves the same way. (C_i + C_j, as for plain errors, would be too
much where the prior does the work.) The differences, squared and weighed by their covariance, are a
chi-square, of which only the directions count that vary by more than a tenth of the most variable
one: in the others the linearised likelihood is not to be trusted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincc

from ..quantities import number
from .families import spline_basis
from .roughness import Posteriors, law_precision
from .terms import Terms

Array = NDArray[np.float64]
#: Chance beneath which curves are said to differ.
SURE = 0.05
#: Variance of a direction of the differences, as a share of the largest, from which on it counts.
VARIABLE = 0.1
#: Densities at which the curves are compared.
PLACES = 9


@dataclass(frozen=True)
class CurveConsistency:
    """Whether one of the two curves is the same in all movies.

    Attributes
    ----------
    p
        Chance of differences as large as these, or larger, if the curve is the same in all.
    differs
        Ranges of density in which the differences exceed the uncertainty; empty if ``p`` is not
        small.
    """

    p: float
    differs: tuple[tuple[float, float], ...] = ()

    @property
    def agree(self) -> bool:
        """Whether the uncertainty explains the differences."""
        return self.p >= SURE


@dataclass(frozen=True)
class Consistency:
    """Whether several movies tell the same law.

    Attributes
    ----------
    low, high
        Densities between which all of them support the curves [density unit].
    D, G
        The curves; None where no common range is supported.
    sentence
        In words.
    """

    low: float
    high: float
    D: CurveConsistency | None
    G: CurveConsistency | None
    sentence: str


def consistency(movies: Sequence[Terms], unit: str = "") -> Consistency:
    """Compare the estimates of two or more movies in the same units of length, time and density.

    Parameters
    ----------
    unit
        The unit of density, for the sentence.
    """
    low, high = _common_range(movies)
    count = len(movies)
    if not low < high:
        words = f"No density is supported by all {count} runs: their curves cannot be compared."
        return Consistency(low, high, None, None, words)
    family = _Common.of(movies)
    places = np.linspace(low, high, PLACES)
    D, G = (_compared(family, places, which) for which in (0, 1))
    return Consistency(low, high, D, G, _in_words(D, G, count, (low, high), unit))


def _common_range(movies: Sequence[Terms]) -> tuple[float, float]:
    if not all(terms.supported.any() for terms in movies):
        return 0.0, 0.0
    ranges = [terms.u[terms.supported] * terms.density_scale for terms in movies]
    return max(float(r[0]) for r in ranges), min(float(r[-1]) for r in ranges)


@dataclass(frozen=True)
class _Common:
    """The posteriors of all movies as those of the same coefficients, under the same prior.

    Attributes
    ----------
    high
        End of the common splines [density unit].
    means, covariances
        (N, 2 K) and (N, 2 K, 2 K), of log D and of G in units of a common rate.
    prior
        The prior's precision (2 K, 2 K).
    """

    high: float
    means: Array
    covariances: Array
    prior: Array

    @classmethod
    def of(cls, movies: Sequence[Terms]) -> _Common:
        ends = [float(terms.u[-1]) * terms.density_scale for terms in movies]
        high, k = min(ends), max(len(terms.coefficients) for terms in movies) // 2
        rate = float(np.mean([np.abs(terms.G).max() for terms in movies])) or 1.0
        grid = np.linspace(0.0, high, 10 * k)
        splines = spline_basis(grid, high, k)
        parts = []
        for terms, end in zip(movies, ends, strict=True):
            own = spline_basis(grid, end, len(terms.coefficients) // 2)
            turn = np.kron(np.eye(2), np.linalg.lstsq(own, splines, rcond=None)[0])
            parts.append(_likelihood(terms, rate, turn))
        rough = np.exp(np.mean([np.log(part.rough) for part in parts], axis=0))
        prior = law_precision(k, *rough)
        level = float(np.mean([part.level for part in parts]))
        pull = prior @ _centre(k, level)
        covariances = [np.linalg.inv(part.information + prior) for part in parts]
        means = [c @ (part.slope + pull) for part, c in zip(parts, covariances, strict=True)]
        return cls(high, np.array(means), np.array(covariances), prior)

    def differences(self, basis: Array) -> tuple[Array, Array]:
        """Return what neighbouring movies differ by along ``basis`` (M, 2 K), and its covariance.

        ((N - 1) M,) and ((N - 1) M, (N - 1) M), if the law is the same in all.
        """
        count, c = len(self.means), self.covariances
        blocks = [
            [basis @ (c[i] if i == j else c[i] @ self.prior @ c[j]) @ basis.T for j in range(count)]
            for i in range(count)
        ]
        contrast = np.kron(np.eye(count)[:-1] - np.eye(count)[1:], np.eye(len(basis)))
        covariance = contrast @ np.block(blocks) @ contrast.T
        along = contrast @ (self.means @ basis.T).ravel()
        return along, 0.5 * (covariance + covariance.T)


@dataclass(frozen=True)
class _Likelihood:
    """What a movie says of the common coefficients c: -1/2 c' information c + slope' c.

    Attributes
    ----------
    rough, level
        Typical roughness weights (2,) and level of log D of the movie's own posterior.
    """

    information: Array
    slope: Array
    rough: Array
    level: float


def _likelihood(terms: Terms, rate: float, turn: Array) -> _Likelihood:
    """Return the likelihood that led to an estimate.

    What was kept are the posterior's mean and the data's information; the mean of the likelihood
    follows from them by taking the prior back, whose roughness follows from the likelihood.

    Parameters
    ----------
    turn
        The movie's own coefficients by the common ones.
    """
    k = len(terms.coefficients) // 2
    units = np.concatenate([np.ones(k), np.full(k, rate)])
    found, information = terms.coefficients / units, terms.precision * np.outer(units, units)
    level = float(found[:k].mean())
    centre, rough = _centre(k, level), np.ones(2)
    slope = information @ found
    for _ in range(3):
        rough = Posteriors.of(information, slope[None], centre).typical_roughness()[0]
        slope = information @ found + law_precision(k, *rough) @ (found - centre)
    return _Likelihood(turn.T @ information @ turn, turn.T @ slope, rough, level)


def _centre(count: int, level: float) -> Array:
    return np.concatenate([np.full(count, level), np.zeros(count)])


def _compared(family: _Common, places: Array, which: int) -> CurveConsistency:
    splines = spline_basis(places, family.high, len(family.prior) // 2)
    none = np.zeros_like(splines)
    basis = np.hstack([none, splines] if which else [splines, none])
    p = _chance(*family.differences(basis))
    if p >= SURE:
        return CurveConsistency(p)
    off = [_chance(*family.differences(row[None])) < SURE for row in basis]
    return CurveConsistency(p, _ranges(places, np.array(off)))


def _chance(differences: Array, covariance: Array) -> float:
    """Return the chance of a larger sum of squares, in the directions that count."""
    variance, directions = np.linalg.eigh(covariance)
    known = variance > VARIABLE * variance[-1]
    square = (directions.T @ differences)[known] ** 2 / variance[known]
    return float(gammaincc(known.sum() / 2, square.sum() / 2))


def _ranges(places: Array, off: NDArray[np.bool_]) -> tuple[tuple[float, float], ...]:
    steps = np.diff(np.concatenate([[0], off.astype(int), [0]]))
    begins, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1) - 1
    return tuple((float(places[a]), float(places[b])) for a, b in zip(begins, ends, strict=True))


def _in_words(
    D: CurveConsistency,
    G: CurveConsistency,
    count: int,
    supported: tuple[float, float],
    unit: str,
) -> str:
    these = "both runs" if count == 2 else f"these {count} runs"
    if D.agree and G.agree:
        return (
            f"The D and G curves of {these} agree within their uncertainty "
            f"({_chances(D)} and {_chances(G)})."
        )
    said = [
        f"the {name} curves of {these} "
        + (
            f"agree within their uncertainty ({_chances(curve)})"
            if curve.agree
            else f"differ by more than their uncertainty{_where(curve, supported, unit)} "
            f"({_chances(curve)})"
        )
        for name, curve in (("D", D), ("G", G))
    ]
    text = "; ".join(said)
    return f"{text[:1].upper()}{text[1:]}."


def _chances(curve: CurveConsistency) -> str:
    return "p < 0.001" if curve.p < 0.001 else f"p = {number(curve.p, 2)}"


def _where(curve: CurveConsistency, supported: tuple[float, float], unit: str) -> str:
    """Say at which densities curves differ; nothing if that is everywhere."""
    if not curve.differs or curve.differs == (supported,):
        return ""
    named = f" {unit}" if unit else ""
    places = []
    for low, high in curve.differs:
        if low == supported[0]:
            places.append(f"below {number(high, 2)}{named}")
        elif high == supported[1]:
            places.append(f"above {number(low, 2)}{named}")
        else:
            places.append(f"between {number(low, 2)} and {number(high, 2)}{named}")
    return " " + " and ".join(places)
