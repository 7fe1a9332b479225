"""Formulas for D(u) and G(u), and the equations they make."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Formula:
    """One formula in u.

    Attributes
    ----------
    text
        In the grammar of :mod:`napari_binn.equations.grammar`, such as ``"0.02*u + 0.001"``.
    complexity
        Number of symbols: constants, occurrences of u, operators and functions.
    name
        Name of the form, such as "logistic", where it has one.
    source
        "operon", "pysr", "library" or "user".
    """

    text: str
    complexity: int
    name: str = ""
    source: str = "library"


@dataclass(frozen=True)
class FrontPoint:
    """A formula on the Pareto front of complexity against error for one of the curves."""

    formula: Formula
    error: float


@dataclass(frozen=True)
class Equation:
    """A pair of formulas, u_t = div(D(u) grad u) + G(u) u, with its constants and scores.

    Attributes
    ----------
    D, G
        The formulas, their constants refitted to the movie by simulation.
    constants
        Name, value and half-width of the 90 % interval of each constant, such as
        ``("D1", 0.02, 0.003)``; the interval is NaN where the data give none.
    scores
        "bic" (lower is better), "deviance_per_bin", "parameters", "complexity", "observations"
        (independent ones, n of the BIC), and "forecast_deviance_per_bin" of the best.
    covariance
        Of the constants, in their order; empty where it is not known.
    """

    D: Formula
    G: Formula
    constants: tuple[tuple[str, float, float], ...] = ()
    scores: dict[str, float] = field(default_factory=dict)
    covariance: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True)
class Equations:
    """Everything the search found: the chosen equation first, the others by their score.

    Attributes
    ----------
    equations
        Refitted pairs; the first is the answer.
    front_D, front_G
        Pareto fronts of the two curves, simplest first.
    u_range
        Range of u that the formulas were searched and checked on.
    density_scale
        Density of u = 1.
    rule
        One sentence: how the answer was chosen.
    """

    equations: tuple[Equation, ...]
    front_D: tuple[FrontPoint, ...]
    front_G: tuple[FrontPoint, ...]
    u_range: tuple[float, float]
    density_scale: float
    rule: str
    seconds: float = 0.0

    @property
    def best(self) -> Equation:
        """The chosen equation."""
        return self.equations[0]


@dataclass(frozen=True)
class Simulation:
    """The chosen equation solved forward and compared with the observation.

    Attributes
    ----------
    values
        Simulated density at the observed times, (T, Y, X) [density unit].
    metrics
        "count_error_percent" (mean over frames of |simulated / observed total - 1|),
        "relative_l2", "deviance_per_bin", "forecast_count_error_percent", and the forecasts of
        the naive baselines.
    forecast
        Density predicted for the frames the forecast did not see, (F, Y, X), or None.
    forecast_from
        Index of the first predicted frame.
    """

    values: NDArray[np.float64]
    metrics: dict[str, float]
    forecast: NDArray[np.float64] | None = None
    forecast_from: int | None = None
    seconds: float = 0.0
