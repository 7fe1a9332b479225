"""Forecast: what the first frames predict about the rest, against naive guesses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from ..density.model import Density
from ..equations.model import Equation
from ..equations.search import discover
from ..errors import UserError
from ..events import Progress, Report, silent
from ..inference.estimate import estimate
from ..inference.terms import Noise
from ..progress import part, within
from ..settings import Settings
from .metrics import count_error_percent, deviance_per_bin
from .replay import replay

Array = NDArray[np.float64]
#: How a pattern (Y, X) has grown after some times (F,): (F, Y, X).
Growth = Callable[[Array, Array], Array]
#: Frames that the law's prediction starts from and whose predictions a smoothed guess averages;
#: standard deviation of the Gaussian by which it smooths each of them [bins].
SMOOTHED, SMOOTHING = 3, 1.0
#: Shares of the forecast that are done when its curves and when its formula are found.
CURVES, FORMULA = 0.52, 0.95


@dataclass(frozen=True)
class Forecast:
    """A prediction of frames that neither the curves nor the formula have seen.

    Attributes
    ----------
    start
        Index of the first predicted frame.
    values
        Predicted densities (F, Y, X) [density unit].
    equation
        The equation found on the first frames alone.
    metrics
        Count error and deviance of the forecast and of the naive guesses.
    """

    start: int
    values: Array
    equation: Equation
    metrics: dict[str, float]


def forecast(
    density: Density, noise: Noise, scale: float, settings: Settings, report: Report = silent
) -> Forecast | None:
    """Learn from the first part of the movie alone and predict the rest.

    Curves, formula and constants are found anew on the first part (by simulation; the network is
    not needed for it), so that nothing of the predicted frames is known. The prediction starts
    where the law is fitted to the last three frames seen, as the smoothed guesses do: small errors
    of the law that add up from the first frame on are no business of a forecast. Returns None when
    the movie is too short (fewer than three frames to learn from or none to predict) or the first
    part does not determine a law.
    """
    frames = len(density.t)
    start = min(max(3, round(frames * settings.simulation.forecast_fraction)), frames - 1)
    if frames < 4:
        return None
    seen, later = density.first_frames(start), _rest(density, start)
    told = within(report, "simulate", "forecasting the last frames from the first")
    told(Progress("simulate", 0, 1))
    refine, max_bins = settings.simulation.refine, settings.inference.max_bins
    try:
        terms = estimate(
            seen, settings.inference, scale=scale, refine=refine, report=part(told, 0.0, CURVES)
        )
        equation = discover(
            seen, terms, settings.equations, settings.seed, refine, max_bins,
            part(told, CURVES, FORMULA),
        ).best  # fmt: skip
        values = replay(
            _rest(density, start - SMOOTHED), equation, terms.noise, scale, refine, max_bins,
            SMOOTHED, terms.boundary.margin,
        )[SMOOTHED:]  # fmt: skip
    except UserError:
        return None
    metrics = {
        "forecast_count_error_percent": count_error_percent(later, values),
        "forecast_deviance_per_bin": deviance_per_bin(later, values, noise, scale),
    }
    for name, guess in naive(seen, later.t).items():
        metrics[f"forecast_count_error_percent_{name}"] = count_error_percent(later, guess)
        metrics[f"forecast_deviance_per_bin_{name}"] = deviance_per_bin(later, guess, noise, scale)
    return Forecast(start, values, equation, metrics)


def _rest(density: Density, start: int) -> Density:
    return replace(density, values=density.values[start:], t=density.t[start:])


def naive(seen: Density, times: Array) -> dict[str, Array]:
    """Return naive predictions at ``times``, each (F, Y, X), from the frames seen.

    "last_frame": nothing changes. "exponential": the last pattern grows at the overall rate of the
    frames seen. "logistic": every bin of the last pattern grows towards the highest density seen
    at the rate that fits the totals. "smoothed_exponential" and "smoothed_logistic": the means of
    what these two predict from each of the last three frames, smoothed over neighbouring bins, so
    that the noise of a single count is averaged out, as it is in the fit of a law.
    """
    last = seen.values[-1]
    guesses = {"last_frame": np.broadcast_to(last, (len(times), *last.shape)).copy()}
    growths = {"exponential": _exponential(seen), "logistic": _logistic(seen)}
    for name, growth in growths.items():
        guesses[name] = growth(last, times - seen.t[-1])
    for name, growth in growths.items():
        recent = zip(_smooth(seen)[-SMOOTHED:], seen.t[-SMOOTHED:], strict=True)
        guesses[f"smoothed_{name}"] = np.mean([growth(u, times - t) for u, t in recent], axis=0)
    return guesses


def _smooth(seen: Density) -> Array:
    """Return the frames averaged over neighbouring bins, of those that were observed."""
    mask = np.ones(seen.shape[1:]) if seen.mask is None else seen.mask.astype(np.float64)
    width = (0.0, SMOOTHING, SMOOTHING)
    weight = gaussian_filter(mask[None], width, mode="constant")
    total = gaussian_filter(seen.values * mask, width, mode="constant")
    return np.asarray(mask * total / np.maximum(weight, 1e-300))


def _exponential(seen: Density) -> Growth:
    rate = _rate(seen)
    return lambda pattern, ahead: pattern * np.exp(rate * ahead)[:, None, None]


def _logistic(seen: Density) -> Growth:
    capacity = 1.05 * float(seen.observed().max())
    # Logistic growth is slower than exponential by the mean of 1 - u: scale its rate to match.
    rate = _rate(seen) / max(1 - float(seen.observed().mean() / capacity), 0.05)

    def grow(pattern: Array, ahead: Array) -> Array:
        share = np.clip(pattern / capacity, 0.0, 1.0)
        risen = np.exp(rate * ahead)[:, None, None]
        return np.asarray(capacity * share * risen / (1 + share * (risen - 1)))

    return grow


def _rate(seen: Density) -> float:
    """Return the overall rate of growth of the frames seen [1/time]."""
    totals = np.maximum(seen.totals(), 1e-300)
    return float(np.polyfit(seen.t, np.log(totals), 1)[0])
