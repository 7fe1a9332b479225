"""The final estimate of the two unknown terms of the equation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
NoiseKind = Literal["counts", "fraction", "proportional", "additive"]
#: Kinds whose variance is known from what was counted, up to a factor: the dispersion.
DISPERSED: tuple[NoiseKind, ...] = ("counts", "fraction")
BoundaryKind = Literal["closed", "open"]
#: Half the width of a two-sided 90 % band, in standard deviations of a normal distribution.
Z90 = 1.6448536269514722


@dataclass(frozen=True)
class Noise:
    """How the measurement scatters around the true density.

    Attributes
    ----------
    kind
        "counts" (variance = dispersion x mean count), "fraction" (of a covered share p of n pieces
        of ground: variance = dispersion x p (1 - p) / n), "proportional" (sd = level x density) or
        "additive" (sd = level, in units of u).
    level
        The dispersion, relative sd, or sd named above; estimated from the data.
    inflation
        Observations behind one independent observation: what deviates in one frame still deviates
        in the next, since the same cells are counted again.
    gain
        Share of a frame's deviation from the law that is real, so that the next frame inherits
        it: 0 for pure errors of measurement, 1 for single cells that are counted without error.
    """

    kind: NoiseKind
    level: float
    inflation: float = 1.0
    gain: float = 0.0

    @property
    def variance(self) -> float:
        """Variance at unit shape of an observation that is worth an independent one."""
        return self.inflation * (self.level if self.kind in DISPERSED else self.level**2)

    def describe(self) -> str:
        """Return the noise in words."""
        if self.kind == "counts":
            against = "as much as" if 0.9 <= self.level <= 1.1 else (
                "less than" if self.level < 1 else "more than"
            )  # fmt: skip
            return (
                f"Counts scatter {against} independent cells would "
                f"(variance {self.level:.2f} x the mean count)."
            )
        if self.kind == "fraction":
            return (
                "The covered share scatters like that of pieces of ground which are covered or "
                "bare, most where half is covered "
                f"(variance {self.level:.2f} x that of pieces as large as a cell)."
            )
        if self.kind == "proportional":
            return f"The density scatters by {100 * self.level:.2g} % of its value."
        return f"The density scatters by {self.level:.2g} of its highest value everywhere."


@dataclass(frozen=True)
class Boundary:
    """What was taken for the border of the region.

    Attributes
    ----------
    kind
        "closed": no cells cross it. "open": the region was cut from a larger field, in which the
        same law holds.
    margin
        Bins of unobserved surroundings on every side that the fit of an open region includes: cells
        cross the border as the law says. 0 if closed.
    log_odds_open
        Natural logarithm of how many times more probable open is than closed, given the movie; None
        if the setting said which or a closed border leaves nothing to explain.
    exact
        Whether a closed border explains the movie to within the error of the solver.
    large
        Whether the field is so large that its border was left open without asking.
    unsolved
        Whether it is closed because no open one could be simulated.
    """

    kind: BoundaryKind = "closed"
    margin: int = 0
    log_odds_open: float | None = None
    exact: bool = False
    large: bool = False
    unsolved: bool = False


@dataclass(frozen=True)
class Terms:
    """D(u) and G(u) with 90 % bands on a grid of normalised density.

    Attributes
    ----------
    u
        Grid (M,), u = density / ``density_scale``.
    D, D_low, D_high
        Diffusivity and its pointwise 90 % band, (M,) [length²/time].
    G, G_low, G_high
        Growth rate and its band, (M,) [1/time].
    supported
        (M,) True where the data say something about the curves.
    weight
        (M,) share of the observations near each u (sums to 1).
    coefficients, precision
        Spline coefficients (K,) and the data's information about them (K, K): minus the log
        likelihood is about 1/2 (c - coefficients)' precision (c - coefficients). The first half
        belongs to log D, the second to G.
    initial, surface
        Fitted first frame (Y, X) and fitted movie (T, Y, X) [u], averaged to at most the setting
        ``inference.max_bins`` bins.
    noise
        Estimated noise.
    density_scale
        Density of u = 1.
    seconds
        Time the estimate took.
    sentences
        What the data determine, in words.
    boundary
        What was taken for the border of the region.
    surroundings
        Fitted first frame of the region and its surroundings (Y + 2 margin, X + 2 margin) [u]:
        solving the law from it, without flux through its outer border, and keeping the inner Y x X
        bins gives ``surface``. None if the border is closed or the field was fitted on more bins.
    """

    u: Array
    D: Array
    D_low: Array
    D_high: Array
    G: Array
    G_low: Array
    G_high: Array
    supported: NDArray[np.bool_]
    weight: Array
    coefficients: Array
    precision: Array
    initial: Array
    surface: Array
    noise: Noise
    density_scale: float
    seconds: float = 0.0
    sentences: tuple[str, ...] = ()
    boundary: Boundary = Boundary()
    surroundings: Array | None = None

    def supported_ranges(self) -> list[tuple[float, float]]:
        """Return the ranges of u in which the data say something about the curves, lowest first."""
        steps = np.diff(np.concatenate([[0], self.supported.astype(int), [0]]))
        begins, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1) - 1
        return [(float(self.u[a]), float(self.u[b])) for a, b in zip(begins, ends, strict=True)]
