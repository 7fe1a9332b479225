"""Starting values of the fits, read off samples (u, y) of a curve."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_TINY = 1e-12
_NEARLY_EMPTY = 1e-6


def line(u: Array, y: Array) -> tuple[float, float]:
    """Return intercept and slope."""
    slope, intercept = np.polyfit(u, y, 1)
    return float(intercept), float(slope)


def parabola(u: Array, y: Array) -> tuple[float, float, float]:
    """Return the coefficients of 1, u and u²."""
    c2, c1, c0 = np.polyfit(u, y, 2)
    return float(c0), float(c1), float(c2)


def cubic(u: Array, y: Array) -> tuple[float, float, float, float]:
    """Return the coefficients of 1, u, u² and u³."""
    c3, c2, c1, c0 = np.polyfit(u, y, 3)
    return float(c0), float(c1), float(c2), float(c3)


def power(u: Array, y: Array) -> tuple[float, float]:
    """Return factor and exponent of a power of u."""
    exponent, log_factor = np.polyfit(
        np.log(np.maximum(u, _NEARLY_EMPTY)), np.log(np.maximum(y, _TINY)), 1
    )
    return float(np.exp(log_factor)), float(np.clip(exponent, 0.2, 8.0))


def falling_power(u: Array, y: Array) -> tuple[float, float]:
    """Return factor and exponent m of factor / u^m."""
    exponent, log_factor = np.polyfit(
        np.log(np.maximum(u, _NEARLY_EMPTY)), np.log(np.maximum(y, _TINY)), 1
    )
    return float(np.exp(log_factor)), float(np.clip(-exponent, 0.1, 2.0))


def exponential(u: Array, y: Array) -> tuple[float, float]:
    """Return factor and rate of an exponential of u."""
    rate, log_factor = np.polyfit(u, np.log(np.maximum(y, _TINY)), 1)
    return float(np.exp(log_factor)), float(np.clip(rate, -20, 20))


def gompertz(u: Array, y: Array) -> tuple[float, float]:
    """Return rate and carrying density of rate * log(K/u)."""
    slope, intercept = np.polyfit(np.log(np.maximum(u, _NEARLY_EMPTY)), y, 1)
    rate = max(-float(slope), 1e-3)
    return rate, float(np.exp(np.clip(intercept / rate, -5, 5)))


def crossing(u: Array, y: Array) -> float:
    """Return the density at which the line through a falling curve reaches zero."""
    intercept, slope = line(u, y)
    return float(-intercept / slope) if slope < 0 < intercept else float(2 * u.max())
