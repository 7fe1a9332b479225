"""What would help most: how well D(u) and G(u) would be known from another movie.

The information that a movie holds about the law follows from what small changes of the law would
do to it and from its scatter (Fisher information, the first frame and the flux through the border
being integrated out). So it can be computed for a movie that was never made: with twice as many
frames, twice as long, in finer bins. More of the same, a larger field or another well, adds
information of the same kind. How narrow the bands become then also depends on the roughness, which
the larger data determine anew (:mod:`napari_binn.inference.preposterior`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray

from ..density.model import Density
from ..pde.grid import Grid, prolong
from ..pde.law import LawTable
from ..pde.solver import SolverError, solve
from ..quantities import number
from ..settings import InferenceSettings
from .coarse import coarsen
from .design_model import Design, Option, OptionName
from .diagnostics_tangents import Law, Region, tangents
from .first_frame import field_prior
from .hyper import STRAIGHT
from .noise import NoiseModel, noise_model
from .preposterior import Prospect
from .roughness import law_precision
from .terms import DISPERSED, Z90, Terms

Array = NDArray[np.float64]
LABELS: dict[OptionName, str] = {
    "frames": "twice as many frames in the same time",
    "longer": "a movie twice as long",
    "field": "a field four times as large, as uneven as this one",
    "wells": "one more well, fitted together with this one",
    "bins": "bins half as wide",
}
AVERAGED = "finer bins in the estimate (the setting 'inference.max_bins')"
#: Bins on which the information is computed; a finer density is averaged first.
MOST_BINS = 196
#: Bins along a side of the part on which finer bins are tried.
PART = (5, 8)
#: Frames that a movie twice as long may have here, so that the computation stays short.
MOST_FRAMES = 64
#: An option that leaves more than this share of the uncertainty does not help.
LITTLE = 0.95


def design(density: Density, terms: Terms, settings: InferenceSettings) -> Design:
    """Say how well a movie determines the law, and what would determine it better.

    Parameters
    ----------
    density
        The observation that ``terms`` was estimated from.
    terms, settings
        The estimate, and the settings it was made with.
    """
    known = tuple(terms.supported_ranges())
    sd_D, sd_G = _spread(terms)
    options: tuple[Option, ...] = ()
    if known:
        averaged = coarsen(density, settings.max_bins) is not density
        labels = LABELS | {"bins": AVERAGED} if averaged else LABELS
        options = tuple(
            Option(name, labels[name], sd_D * by_D, sd_G * by_G)
            for name, by_D, by_G in _shares(density, terms, settings)
        )
        options = tuple(sorted(options, key=lambda option: option.sd_D))
    sentences = (_identified(terms, known, sd_D, sd_G), *_advice(options, sd_D))
    return Design(sd_D, sd_G, known, options, sentences)


def _spread(terms: Terms) -> tuple[float, float]:
    """Return the relative sd of D and G as the bands state it."""
    known = terms.supported
    if not known.any():
        return float("nan"), float("nan")
    log_width = np.log(terms.D_high[known] / np.maximum(terms.D_low[known], 1e-300))
    width = terms.G_high[known] - terms.G_low[known]
    highest = max(float(np.abs(terms.G[known]).max()), 1e-300)
    sd_D, sd_G = (float(np.median(w)) / (2 * Z90) for w in (log_width, width / highest))
    return sd_D, sd_G


@dataclass(frozen=True)
class Experiment:
    """A movie as it might be made.

    Attributes
    ----------
    law
        The estimated curves.
    region, times
        Its n bins and T frames.
    movie
        Densities that it would show (T, n) [u], without scatter.
    noise, level, gain
        Their scatter, and the share of it that the next frame inherits.
    open
        Whether cells cross the border.
    """

    law: Law
    region: Region
    times: Array
    movie: Array
    noise: NoiseModel
    level: float
    gain: float
    open: bool

    @classmethod
    def of(
        cls,
        density: Density,
        terms: Terms,
        settings: InferenceSettings,
        most_bins: int = MOST_BINS,
    ) -> Experiment:
        """Return the movie as it was made."""
        scale = terms.density_scale
        seen = coarsen(density, settings.max_bins)
        made = coarsen(replace(seen, values=terms.surface * scale), most_bins)
        movie = made.observed() / scale
        noise = noise_model(made, terms.noise, scale)
        # Averaging over bins leaves a smaller relative scatter; counts know this by themselves.
        share = made.shape[1] * made.shape[2] / (seen.shape[1] * seen.shape[2])
        level = terms.noise.variance * (1.0 if terms.noise.kind in DISPERSED else share)
        law = Law.of(terms, settings.knots, 1.5 * float(movie.max()))
        return cls(
            law, Region.of(made), made.t, movie, noise, level, terms.noise.gain,
            terms.boundary.kind == "open",
        )  # fmt: skip

    def information(self, hidden: float = 1.0) -> Array:
        """Return the information (2 K, 2 K) about the law; first frame and border are unknown.

        Parameters
        ----------
        hidden
            What the border of an open region hides, as a share of what it would if any flux could
            go through it; see :func:`hidden_by_border`.
        """
        closed, opened = self._informations
        return closed - hidden * (closed - opened)

    def of_larger_field(self, hidden: float = 1.0) -> Array:
        """Return that of a field four times as large, whose border is twice as long."""
        closed, opened = self._informations
        return 4 * closed - 2 * hidden * (closed - opened)

    @cached_property
    def _informations(self) -> tuple[Array, Array]:
        """Information about the law without and with an unknown flux through the border."""
        columns = tangents(self.law, self.region, self.times, self.movie, self.movie, self.gain)
        weight = 1 / np.sqrt(self.level * self.noise.shape(self.movie).ravel())
        parts = [columns.law, columns.first, *([columns.flux] if self.open else [])]
        whole = np.concatenate(parts, axis=1) * weight[:, None]
        k, n = columns.law.shape[1], self.region.count
        product = whole.T @ whole
        product[k : k + n, k : k + n] += self._first_frame()
        closed = _left(product[: k + n, : k + n], k)
        return closed, _left(product, k) if self.open else closed

    def _first_frame(self) -> Array:
        mask = self.region.mask
        frame = np.zeros(mask.shape)
        frame[mask] = self.movie[0]
        scatter = np.zeros(mask.shape)
        scatter[mask] = self.level * self.noise.shape(self.movie[0])
        precision = field_prior(frame, scatter, mask).precision
        inside = mask.ravel()
        return precision[np.ix_(inside, inside)]


def _left(product: Array, k: int) -> Array:
    """Return the information about the first k unknowns when the others are integrated out."""
    rest = product[k:, k:].copy()
    rest[np.diag_indices_from(rest)] += 1e-9 * np.trace(rest) / len(rest)
    cross = product[:k, k:]
    return np.asarray(product[:k, :k] - cross @ np.linalg.solve(rest, cross.T))


def _shares(
    density: Density, terms: Terms, settings: InferenceSettings
) -> Iterator[tuple[OptionName, float, float]]:
    """Return the share of today's sd that each option would leave, of D and of G."""
    now = Experiment.of(density, terms, settings)
    hidden = hidden_by_border(now, terms)
    prospect = Prospect.of(density, terms, settings, now.information(hidden))
    if 2 * len(now.times) - 1 <= MOST_FRAMES:
        yield "frames", *prospect.left_by(twice_as_many(now).information(hidden))
    longer = twice_as_long(now)
    if longer is not None:
        yield "longer", *prospect.left_by(longer.information(hidden))
    yield "field", *prospect.left_by(now.of_larger_field(hidden))
    yield "wells", *prospect.left_by(2 * now.information(hidden))
    part = _middle(Experiment.of(density, terms, settings, settings.max_bins))
    if part is not None:
        # The part stands for all of the field.
        worth = np.trace(now.information(hidden)) / np.trace(part.information(hidden))
        whole = Prospect.of(density, terms, settings, worth * part.information(hidden))
        yield "bins", *whole.left_by(worth * _finer(part).information(hidden))


def hidden_by_border(now: Experiment, terms: Terms) -> float:
    """Return what the border of an open region hides, as a share of what a free flux would hide.

    The estimate knows more about the border than nothing: the law holds around the region, too.
    How much that is worth is read from the information that the estimate itself has.
    """
    closed, opened = now.information(0.0), now.information(1.0)
    k = len(closed) // 2
    highest = max(float(np.abs(terms.G).max()), 1e-300)
    units = np.concatenate([np.ones(k), np.full(k, highest)])
    real = terms.precision * np.outer(units, units)
    # Directions of which the movie says nothing do not count.
    known = np.linalg.inv(closed + law_precision(k, STRAIGHT, STRAIGHT))
    most = float(np.trace(known @ (closed - opened)))
    if not now.open or most <= 0:
        return 1.0
    return float(np.clip(np.trace(known @ (closed - real)) / most, 0.0, 1.0))


def twice_as_many(now: Experiment) -> Experiment:
    """Return the movie with a frame between any two.

    What a frame inherits from the one before it (process noise) comes in half as large steps; what
    is error of a single frame stays. Both follow from the level and the gain of a filter in its
    steady state (Ljung, System Identification, 1999, section 4.3).
    """
    count = len(now.times)
    places = np.arange(2 * count - 1) / 2
    times = np.interp(places, np.arange(count), now.times)
    movie = np.stack([np.interp(times, now.times, column) for column in now.movie.T], axis=1)
    level, gain = now.level, now.gain
    step, error = 0.5 * level * gain**2, level * (1 - gain)
    ahead = (step + np.sqrt(step**2 + 4 * step * error)) / 2
    total = ahead + error
    return replace(
        now, times=times, movie=movie, level=total, gain=ahead / total if gain > 0 else 0.0
    )


def twice_as_long(now: Experiment) -> Experiment | None:
    """Return the movie continued by the law, or None if that explodes."""
    steps = np.diff(now.times)[: max(MOST_FRAMES - len(now.times), 1)]
    later = now.times[-1] + np.cumsum(steps)
    mask = now.region.mask
    last = np.zeros(mask.shape)
    last[mask] = now.movie[-1]
    u = now.law.u
    G = np.where(u > 0, now.law.f / np.maximum(u, u[1]), now.law.slope[0])
    grid = Grid.masked(*now.region.spacing, torch.as_tensor(mask))
    times = np.concatenate([now.times[-1:], later])
    try:
        law = LawTable.from_values(u, now.law.D, G)
        more = solve(law, torch.as_tensor(last), times, grid).numpy()[1:, mask]
    except (SolverError, ValueError):
        return None
    return replace(
        now, times=np.concatenate([now.times, later]), movie=np.concatenate([now.movie, more])
    )


def _middle(now: Experiment) -> Experiment | None:
    """Return the middle of the field, or None where it is too small or has gaps."""
    ny, nx = now.region.mask.shape
    high, wide = min(ny, PART[1]), min(nx, PART[1])
    top, left = (ny - high) // 2, (nx - wide) // 2
    part = np.s_[top : top + high, left : left + wide]
    if min(high, wide) < PART[0] or not now.region.mask[part].all():
        return None
    region = Region(np.ones((high, wide), bool), now.region.spacing)
    return replace(now, region=region, movie=now.movie[:, now.region.numbers[part].ravel()])


def _finer(part: Experiment) -> Experiment:
    """Return the part in bins half as wide, each with four times the variance.

    What lies within a bin is not known; a smooth profile is assumed, so that a real movie may gain
    more.
    """
    ny, nx = part.region.mask.shape
    movie = prolong(torch.as_tensor(part.movie.reshape(-1, ny, nx)), 2).numpy()
    hy, hx = part.region.spacing
    region = Region(np.ones((2 * ny, 2 * nx), bool), (hy / 2, hx / 2))
    return replace(part, region=region, movie=movie.reshape(len(movie), -1), level=4 * part.level)


def _identified(
    terms: Terms, known: tuple[tuple[float, float], ...], sd_D: float, sd_G: float
) -> str:
    """Say in which range and how well the curves are determined (one standard deviation)."""
    if not known:
        return (
            "These frames do not determine D(u) at any density; the growth rate alone is to be "
            "read with its band."
        )
    ranges = " and ".join(f"between u = {number(a, 2)} and {number(b, 2)}" for a, b in known)
    low, high = known[0][0], known[-1][1]
    gaps = [f"below {number(low, 2)}"] * bool(low > terms.u[1])
    gaps += [f"above {number(high, 2)}"] * bool(high < terms.u[-2])
    nothing = f"; {' and '.join(gaps)} they say too little about D(u)" if gaps else ""
    return (
        f"These frames determine G(u) to {number(100 * sd_G, 2)} % of its highest value and D(u) "
        f"{ranges} to {number(100 * sd_D, 2)} % (one standard deviation){nothing}."
    )


def _advice(options: tuple[Option, ...], sd_D: float) -> Iterator[str]:
    """Say what would help most, and what the rest would do."""
    helpful = [option for option in options if option.sd_D < LITTLE * sd_D]
    if not helpful:
        return
    best, *others = helpful
    yield (
        f"Most would be gained by {best.label}: D(u) to about {number(100 * best.sd_D, 2)} % "
        f"instead of {number(100 * sd_D, 2)} %."
    )
    if others:
        listed = "; ".join(f"{o.label}, {number(100 * o.sd_D, 2)} %" for o in others)
        yield f"Less would be gained by: {listed}."
    idle = [option.label for option in options if option not in helpful]
    if idle:
        yield f"Of little use for D(u): {'; '.join(idle)}."
