"""What small changes of a fitted law, and of the equation itself, would do to the simulated movie.

The fitted movie is taken as it is, and the equation is linearised around it:

    v_t = laplacian(D(u) v) + f'(u) v + source,    f(u) = G(u) u,

one column v for each direction: those that the fit could have used (coefficients of D and G, the
first frame, a flux through the border), and those that reaction-diffusion does not have (drift,
growth and spreading that change in time, spreading that differs by direction).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lu_factor, lu_solve
from scipy.sparse import csr_matrix

from ..density.model import Density
from ..pde.law import cumulative
from .families import spline_basis
from .terms import Terms

Array = NDArray[np.float64]
NODES = 2049
#: Chebyshev polynomials in time that a flux through the border may have.
BORDER_TIMES = 3
#: Stages' coefficient of the L-stable, second-order, singly diagonally implicit Runge-Kutta method
#: (Hairer & Wanner, Solving Ordinary Differential Equations II, 1996, section IV.6).
GAMMA = 1 - np.sqrt(0.5)
#: Substeps between two frames.
SUBSTEPS = (2, 8)


@dataclass(frozen=True)
class Region:
    """The n observed bins of a grid, in the order of ``values[:, mask]``.

    Attributes
    ----------
    mask
        Where there are bins, (Y, X).
    spacing
        Height and width of a bin [length].
    """

    mask: NDArray[np.bool_]
    spacing: tuple[float, float]

    @classmethod
    def of(cls, density: Density) -> Region:
        """Return the region in which a density was observed."""
        everywhere = np.ones(density.shape[1:], bool)
        return cls(everywhere if density.mask is None else density.mask, density.spacing)

    @property
    def count(self) -> int:
        """Number of bins n."""
        return int(self.mask.sum())

    @cached_property
    def places(self) -> NDArray[np.int_]:
        """Row and column of each bin, (n, 2)."""
        return np.argwhere(self.mask)

    @cached_property
    def numbers(self) -> NDArray[np.int_]:
        """The number of each bin, (Y, X); -1 outside."""
        numbers = np.full(self.mask.shape, -1)
        numbers[self.mask] = np.arange(self.count)
        return numbers

    def neighbours(self, axis: int, distance: int = 1) -> tuple[NDArray[np.int_], ...]:
        """Return the numbers of all pairs of bins that lie ``distance`` apart along an axis."""
        size = self.mask.shape[axis]
        first = np.take(self.numbers, range(size - distance), axis).ravel()
        second = np.take(self.numbers, range(distance, size), axis).ravel()
        both = (first >= 0) & (second >= 0)
        return first[both], second[both]

    def laplacian(self, axis: int) -> csr_matrix:
        """Return the no-flux second difference along an axis, (n, n) [1/length²]."""
        first, second = self.neighbours(axis)
        rate = np.full(2 * len(first), 1 / self.spacing[axis] ** 2)
        rows, columns = np.concatenate([first, second]), np.concatenate([second, first])
        across = csr_matrix((rate, (rows, columns)), (self.count, self.count))
        return across - csr_matrix(np.diag(np.asarray(across.sum(axis=1)).ravel()))

    def gradient(self, axis: int) -> csr_matrix:
        """Return the central difference along an axis, one-sided at the border, (n, n)."""
        first, second = self.neighbours(axis)
        ones = np.ones(len(first))
        shape = (self.count, self.count)
        forward = csr_matrix((ones, (first, second)), shape) - csr_matrix(
            (ones, (first, first)), shape
        )
        backward = csr_matrix((ones, (second, second)), shape) - csr_matrix(
            (ones, (second, first)), shape
        )
        faces = np.bincount(np.concatenate([first, second]), minlength=self.count)
        share = 1 / (np.maximum(faces, 1) * self.spacing[axis])
        return csr_matrix(np.diag(share)) @ (forward + backward)

    def border(self) -> Array:
        """Return smooth patterns of flux through the border as sources, (n, patterns).

        The bins at the border, in the order of their direction from the middle, carry sines and
        cosines of at least four bins' wavelength.
        """
        faces = np.zeros(self.count)
        for axis in (0, 1):
            for side in self.neighbours(axis):
                faces += np.bincount(side, minlength=self.count)
        edge = np.flatnonzero(faces < 4)
        middle = self.places.mean(axis=0)
        direction = np.arctan2(*(self.places[edge] - middle).T)
        order = np.empty(len(edge))
        order[np.argsort(direction, kind="stable")] = np.arange(len(edge))
        turn = 2 * np.pi * order / max(len(edge), 1)
        waves = np.arange(1, len(edge) // 4 + 1)
        patterns = [np.ones((len(edge), 1)), np.cos(np.outer(turn, waves))]
        patterns.append(np.sin(np.outer(turn, waves)))
        sources = np.zeros((self.count, 1 + 2 * len(waves)))
        sources[edge] = np.concatenate(patterns, axis=1)
        return sources


@dataclass(frozen=True)
class Law:
    """The estimated curves on an even grid of u, with what the linearisation needs of them."""

    u: Array
    D: Array
    f: Array
    slope: Array
    Phi: Array
    Phi_p: Array
    f_p: Array

    @classmethod
    def of(cls, terms: Terms, knots: int, highest: float) -> Law:
        """Tabulate an estimate from 0 to ``highest``; the curves stay level beyond its range."""
        high = float(terms.u[-1])
        u = np.linspace(0.0, max(1.1 * highest, high), NODES)
        step = float(u[1])
        D = np.exp(np.interp(u, terms.u, np.log(np.maximum(terms.D, 1e-300))))
        f = np.interp(u, terms.u, terms.G) * u
        basis = spline_basis(u, high, knots).T
        rate = max(float(np.abs(terms.G).max()), 1e-300)
        return cls(
            u, D, f, np.gradient(f, step), cumulative(D, step),
            cumulative(basis * D, step), rate * basis * u,
        )  # fmt: skip

    def at(self, name: str, u: Array) -> Array:
        """Return one of the tables at densities u, (..., n)."""
        table = getattr(self, name)
        if table.ndim == 1:
            return np.asarray(np.interp(u, self.u, table))
        return np.stack([np.interp(u, self.u, row) for row in table])


@dataclass(frozen=True)
class Tangents:
    """Columns of the linearised movie, each (N,) over the frames and the n bins of a region.

    Attributes
    ----------
    law
        By the coefficients of log D, then of G in units of its largest value, (N, 2 K).
    flux
        By fluxes through the border, (N, B).
    first
        By the bins of the first frame, (N, n).
    beyond
        By what reaction-diffusion does not have: name of the effect to columns (N, q), for effects
        of size one: a drift of one length/time along y and along x; growth and spreading that rise
        by a factor e over the movie; spreading along x over that along y larger by a factor e.
    """

    law: Array
    flux: Array
    first: Array
    beyond: dict[str, Array]

    @property
    def known(self) -> Array:
        """All that a fit could have used, (N, 2 K + B + n)."""
        return np.concatenate([self.law, self.flux, self.first], axis=1)


def tangents(
    law: Law, region: Region, times: Array, fitted: Array, observed: Array, gain: float
) -> Tangents:
    """Solve the linearised equation.

    Parameters
    ----------
    fitted, observed
        Densities (T, n) [u].
    gain
        Share by which each frame is corrected towards the observed one before the next is
        predicted, as in the fit.
    """
    system = _System(law, region, times)
    columns = np.zeros((region.count, system.count))
    columns[:, system.first] = np.eye(region.count)
    frames = [columns]
    for index in range(len(times) - 1):
        start = fitted[index] + gain * (observed[index] - fitted[index])
        columns = system.advance(columns * (1 - gain), index, start, fitted[index + 1])
        frames.append(columns)
    stacked = np.concatenate(frames)
    return Tangents(
        stacked[:, : system.G.stop],
        stacked[:, system.flux],
        stacked[:, system.first],
        {name: stacked[:, part] for name, part in system.beyond.items()},
    )


class _System:
    """The linearised equation between frames: columns of D, G, border, first frame and beyond."""

    def __init__(self, law: Law, region: Region, times: Array) -> None:
        self.law, self.times = law, times
        self.along = region.laplacian(0), region.laplacian(1)
        self.laplacian = self.along[0] + self.along[1]
        self.slopes = region.gradient(0), region.gradient(1)
        self.border = region.border()
        sizes = (len(law.Phi_p), len(law.f_p), self.border.shape[1] * BORDER_TIMES, region.count)
        ends = np.cumsum((0, *sizes))
        self.D, self.G, self.flux, self.first = (slice(int(a), int(b)) for a, b in pairwise(ends))
        end = int(ends[-1])
        self.beyond = {"drift": slice(end, end + 2)}
        for place, name in enumerate(("growth", "spreading", "direction"), end + 2):
            self.beyond[name] = slice(place, place + 1)
        self.count = end + 5

    def advance(self, columns: Array, index: int, start: Array, end: Array) -> Array:
        """Return the columns at the next frame; u runs evenly from ``start`` to ``end``."""
        length = float(self.times[index + 1] - self.times[index])
        fastest = float(self.law.at("D", start).max() * -2 * self.laplacian.diagonal().min())
        pieces = int(np.clip(np.ceil(fastest * length / 3), *SUBSTEPS))
        h = length / pieces
        for piece in range(pieces):
            share = (piece + 0.5) / pieces
            u = start + share * (end - start)
            operator = self.laplacian.toarray() * self.law.at("D", u)
            operator[np.diag_indices_from(operator)] += self.law.at("slope", u)
            source = self._sources(u, float(self.times[index]) + share * length)
            factor = lu_factor(np.eye(len(u)) - GAMMA * h * operator)
            early = lu_solve(factor, operator @ columns + source)
            late = lu_solve(factor, operator @ (columns + (1 - GAMMA) * h * early) + source)
            columns = columns + h * ((1 - GAMMA) * early + GAMMA * late)
        return columns

    def _sources(self, u: Array, time: float) -> Array:
        """Return the source of each column, (n, columns)."""
        law, (along_y, along_x) = self.law, self.along
        late = (time - self.times[0]) / (self.times[-1] - self.times[0]) - 0.5
        spread = law.at("Phi", u)
        sources = np.zeros((len(u), self.count))
        sources[:, self.D] = self.laplacian @ law.at("Phi_p", u).T
        sources[:, self.G] = law.at("f_p", u).T
        chebyshev = np.cos(np.arange(BORDER_TIMES) * np.arccos(np.clip(2 * late, -1, 1)))
        flux = self.border[:, :, None] * chebyshev
        sources[:, self.flux] = flux.reshape(len(u), -1)
        sources[:, self.beyond["drift"]] = np.stack([-(slope @ u) for slope in self.slopes], 1)
        sources[:, self.beyond["growth"]] = (late * law.at("f", u))[:, None]
        sources[:, self.beyond["spreading"]] = (late * (self.laplacian @ spread))[:, None]
        sources[:, self.beyond["direction"]] = (0.5 * ((along_x - along_y) @ spread))[:, None]
        return sources
