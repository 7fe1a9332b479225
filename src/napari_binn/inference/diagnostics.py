"""Is it reaction-diffusion at all? Checks of what a fit leaves unexplained.

Four effects that the equation does not have are estimated beside the fitted law (drift, growth or
spreading that change in time, spreading that differs by direction), and what is left after them
is checked for patterns in space and time. A finding needs both: to be more than chance, corrected
for the number of checks, and to be large enough to matter. So a movie without noise, whose smallest
errors of discretisation are significant, is not called doubtful for them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.stats import norm

from ..density.model import Density
from ..settings import InferenceSettings
from . import diagnostics_words as words
from .coarse import coarsen
from .diagnostics_model import Check, CheckName, Diagnosis, Finding, Level, Picture
from .diagnostics_statistics import (
    Correlation,
    Effect,
    Leftover,
    Pairs,
    correlation,
    effect,
    neighbourhoods,
)  # fmt: skip
from .diagnostics_tangents import Law, Region, Tangents, tangents
from .noise import noise_model
from .terms import Z90, Terms

Array = NDArray[np.float64]
#: Bins on which the checks are made; a finer density is averaged first.
MOST_BINS = 256
EFFECTS: tuple[CheckName, ...] = ("drift", "growth", "spreading", "direction")
PATTERNS: tuple[CheckName, ...] = ("patches", "persistence")
#: Corrected probabilities below which a finding is more than chance, and beyond doubt.
CHANCE, SURE = 0.05, 0.01
#: Standard deviations that do not exclude an effect, by the first of six checks.
NOT_EXCLUDED = float(norm.isf(CHANCE / 2 / 6))
#: Sizes from which an effect matters, and matters a lot: bins that the pattern drifts during the
#: movie; |log| of the factors (1.25 and 1.6 for growth, which is well determined, 1.5 and 2 for
#: spreading); part of the density that is missed in a pattern.
MATTERS: dict[CheckName, tuple[float, float]] = {
    "drift": (0.5, 1.0),
    "growth": (float(np.log(1.25)), float(np.log(1.6))),
    "spreading": (float(np.log(1.5)), float(np.log(2))),
    "direction": (float(np.log(1.5)), float(np.log(2))),
    "patches": (0.03, 0.1),
    "persistence": (0.03, 0.1),
}
#: Bins between observations whose residuals are compared, and frames. The same cells are seen again
#: in the next frame, there or next to it, and daughters lie beside each other: what a bin and its
#: neighbours share is the scatter of cells. Patterns of the density reach further; once one is
#: there, its size shows best between neighbours.
APART = 2
LATER: dict[CheckName, int] = {"patches": 0, "persistence": 1}
#: |log| of a factor beyond which its value means nothing.
WIDEST = float(np.log(1e4))
#: Distances at which correlations are drawn.
DISTANCES = 4


def diagnose(density: Density, terms: Terms, settings: InferenceSettings) -> Diagnosis:
    """Check whether a movie departs from the law that was fitted to it.

    Parameters
    ----------
    density
        The observation that ``terms`` was estimated from.
    terms, settings
        The estimate, and the settings it was made with.
    """
    case = _Case.of(density, terms, settings)
    effects, left = _effects(case)
    accepted = sum(effects[name][1] < CHANCE for name in EFFECTS)
    patterns = _patterns(case, left, len(EFFECTS) + len(PATTERNS) - accepted)
    checks = (
        *(_effect_check(case, name, *effects[name]) for name in EFFECTS),
        *(_pattern_check(case, name, left, *patterns[name]) for name in PATTERNS),
    )
    level = _level(checks)
    down, right = effects["drift"][0].size
    return Diagnosis(level, words.verdict(level, checks), checks, (float(right), float(down)))


@dataclass(frozen=True)
class _Case:
    """A fit as the checks see it.

    Attributes
    ----------
    density
        On at most :data:`MOST_BINS` bins.
    fitted, observed
        Densities (T, n) [u].
    weight
        1 / typical scatter of each observation, (T n,).
    left
        Weighed residuals without what the fit could have used.
    """

    density: Density
    region: Region
    fitted: Array
    observed: Array
    weight: Array
    tangents: Tangents
    left: Leftover

    @classmethod
    def of(cls, density: Density, terms: Terms, settings: InferenceSettings) -> _Case:
        scale = terms.density_scale
        seen = coarsen(density, settings.max_bins)
        made = coarsen(replace(seen, values=terms.surface * scale), MOST_BINS)
        seen = coarsen(seen, MOST_BINS)
        region = Region.of(seen)
        observed, fitted = seen.observed() / scale, made.observed() / scale
        law = Law.of(terms, settings.knots, float(max(observed.max(), fitted.max())))
        columns = tangents(law, region, seen.t, fitted, observed, terms.noise.gain)
        weight = 1 / np.sqrt(noise_model(seen, terms.noise, scale).shape(fitted).ravel())
        residual = weight * (observed - fitted).ravel()
        left = Leftover.of(residual, columns.known * weight[:, None])
        return cls(seen, region, fitted, observed, weight, columns, left)

    def columns(self, name: CheckName) -> Array:
        """Return the weighed columns of an effect, (T n, q)."""
        return self.tangents.beyond[name] * self.weight[:, None]

    @property
    def duration(self) -> float:
        """Time from the first frame to the last."""
        return float(self.density.t[-1] - self.density.t[0])

    def map(self, values: Array) -> Array:
        """Return bins (n,) as a smoothed map (Y, X), NaN outside the region."""
        mask = self.region.mask
        total, share = np.zeros(mask.shape), gaussian_filter(mask.astype(float), 1.0)
        total[mask] = values
        return np.where(mask, gaussian_filter(total, 1.0) / np.maximum(share, 1e-9), np.nan)


def _effects(case: _Case) -> tuple[dict[CheckName, tuple[Effect, float, Leftover]], Leftover]:
    """Estimate the effects, the clearest first, each beside those found before it.

    Returns for each its estimate, its corrected probability and the residuals that it was tested
    on; and the residuals without what was found. The correction is Holm's step down.
    """
    groups = np.tile(neighbourhoods(case.region.places), len(case.fitted))
    left = case.left
    found: dict[CheckName, tuple[Effect, float, Leftover]] = {}
    waiting, checks = list(EFFECTS), len(EFFECTS) + len(PATTERNS)
    while waiting:
        tested = {name: effect(left, case.columns(name), groups) for name in waiting}
        best = min(waiting, key=lambda name: tested[name].p)
        p = min(1.0, tested[best].p * checks)
        if p >= CHANCE:
            rest = {name: (one, min(1.0, one.p * checks), left) for name, one in tested.items()}
            return found | rest, left
        found[best] = tested[best], p, left
        left = left.without(case.columns(best))
        waiting.remove(best)
        checks -= 1
    return found, left


def _patterns(
    case: _Case, left: Leftover, checks: int
) -> dict[CheckName, tuple[Correlation, float]]:
    found = {}
    for name in PATTERNS:
        near, far = (correlation(left, _pairs(case, k, LATER[name])) for k in (1, APART))
        found[name] = near, min(1.0, far.p * checks)
    return found


def _pairs(case: _Case, distance: int, later: int) -> Pairs:
    """Return the observations of bins that lie apart in space, and in time if ``later`` > 0."""
    frames, n = case.fitted.shape
    along = [case.region.neighbours(axis, distance) for axis in (0, 1)]
    first, second = (np.concatenate([pair[side] for pair in along]) for side in (0, 1))
    if later:
        first, second = np.concatenate([first, second]), np.concatenate([second, first])
    starts = np.arange(frames - later)[:, None] * n
    return (starts + first).ravel(), (starts + later * n + second).ravel()


def _finding(name: CheckName, p: float, size: float, most: float) -> Finding:
    """Weigh what was found by chance and by size; ``most`` is as large as it may well be."""
    matters, matters_a_lot = MATTERS[name]
    if p >= CHANCE:
        return "unknown" if most > matters_a_lot else "absent"
    if size < matters:
        return "negligible"
    return "strong" if size >= matters_a_lot and p < SURE else "present"


def _level(checks: tuple[Check, ...]) -> Level:
    findings = {check.finding for check in checks}
    if "strong" in findings:
        return "contradicted"
    return "doubtful" if "present" in findings else "consistent"


def _effect_check(case: _Case, name: CheckName, found: Effect, p: float, left: Leftover) -> Check:
    picture = _effect_picture(case, name, found, left)
    if name == "drift":
        return _drift(case, found, p, picture)
    value, sd = float(found.size[0]), float(np.sqrt(found.covariance[0, 0]))
    size, low, high = (
        float(np.exp(np.clip(value + z * sd, -WIDEST, WIDEST))) for z in (0, -Z90, Z90)
    )
    finding = _finding(name, p, abs(value), abs(value) + Z90 * sd)
    if name == "direction":
        sentence = words.direction(finding, size, low, high)
    else:
        sentence = words.change(finding, name, size, low, high)
    return Check(name, finding, sentence, size, low, high, "times", p, picture)


def _drift(case: _Case, found: Effect, p: float, picture: Picture) -> Check:
    speed = float(np.linalg.norm(found.size))
    toward = found.size / max(speed, 1e-300)
    along = float(np.sqrt(toward @ found.covariance @ toward))
    widest = float(np.sqrt(np.linalg.eigvalsh(found.covariance)[-1]))
    bins = case.duration / float(np.sqrt(np.prod(case.region.spacing)))
    finding = _finding("drift", p, speed * bins, (speed + Z90 * widest) * bins)
    factor, unit = words.readable_speed(case.density.length_unit, case.density.time_unit)
    reach = Z90 * along if p < CHANCE else NOT_EXCLUDED * widest
    size, low, high = (factor * max(speed + sign * reach, 0.0) for sign in (0, -1, 1))
    where = words.heading(float(found.size[1]), float(found.size[0]))
    sentence = words.drift(finding, size, low, high, unit, where)
    return Check("drift", finding, sentence, size, low, high, unit, p, picture)


def _pattern_check(
    case: _Case, name: CheckName, left: Leftover, found: Correlation, p: float
) -> Check:
    scatter = np.sqrt(np.mean((left.residual / case.weight) ** 2)) / case.fitted.mean()

    def percent(r: float) -> float:
        return float(100 * scatter * np.sqrt(max(r, 0.0)))

    size, low, high = (percent(found.r + z * found.sd) for z in (0, -Z90, Z90))
    finding = _finding(name, p, size / 100, high / 100)
    sentence = words.pattern(finding, name, found.r, size)
    picture = _pattern_picture(case, name, left)
    return Check(name, finding, sentence, size, low, high, "% of the density", p, picture)


def _effect_picture(case: _Case, name: CheckName, found: Effect, left: Leftover) -> Picture:
    shape = case.fitted.shape
    expected = (left.off(case.columns(name)) @ found.size / case.weight).reshape(shape)
    deviation = (left.residual / case.weight).reshape(shape)
    frame = int(np.argmax((expected**2).sum(axis=1)))
    return Picture(
        frame, case.map(deviation[frame]), case.map(expected[frame]),
        f"time [{case.density.time_unit}]", case.density.t, deviation.mean(axis=1),
        expected.mean(axis=1),
    )  # fmt: skip


def _pattern_picture(case: _Case, name: CheckName, left: Leftover) -> Picture:
    deviation = (left.residual / case.weight).reshape(case.fitted.shape)
    frame = int(np.argmax((deviation**2).sum(axis=1)))
    if name == "patches":
        shown, most = deviation[frame], max(case.region.mask.shape) - 1
        step, unit = float(np.mean(case.region.spacing)), case.density.length_unit
    else:
        shown, most = deviation.mean(axis=0), len(case.density.t) - 1
        step, unit = float(np.diff(case.density.t).mean()), case.density.time_unit
    far = range(1, min(DISTANCES, most) + 1)
    pairs = [_pairs(case, k, 0) if name == "patches" else _pairs(case, APART, k) for k in far]
    found = [correlation(left, pair) for pair in pairs]
    return Picture(
        frame, case.map(shown), case.map(np.zeros_like(shown)), f"distance [{unit}]",
        step * np.array(far), np.array([one.r for one in found]),
        np.array([one.sd for one in found]),
    )  # fmt: skip
