"""From a density movie to the numbers that training sees.

Time and space are scaled so that the whole movie and the longest side of the field run from -3 to
3 (both sides by the same factor), and the density by its maximum. In these input units the
equation reads u_t = div(D u) + G u again, so training never sees the user's units.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from ..density.model import Density
from ..errors import UserError

if TYPE_CHECKING:
    from .samples import Batches as Batches
    from .samples import Samples as Samples
    from .samples import sample as sample

Array = NDArray[np.float64]
MemberSeed = tuple[int, int]
HALF_RANGE = 3.0
Purpose = Literal["split", "batches", "weights"]
_PURPOSES: dict[Purpose, int] = {"split": 0, "batches": 1, "weights": 2}


def generator(seed: MemberSeed, purpose: Purpose, number: int = 0) -> np.random.Generator:
    """Return the random numbers of a member (seed of the run, index) for one purpose."""
    return np.random.default_rng([*seed, _PURPOSES[purpose], number])


def check(density: Density) -> None:
    """Raise :class:`UserError` if nothing can be learned from a density."""
    where = f" of {density.source}" if density.source else ""
    if len(density.t) < 2:
        raise UserError(f"The density{where} has one frame: at least two are needed to learn from.")
    highest = [
        frame.max() if frame.size and np.isfinite(frame).all() else np.nan
        for frame in density.frames()
    ]
    if not np.isfinite(highest).all():
        raise UserError(
            f"The density{where} is not a finite number in every observed bin: mask these bins."
        )
    if max(highest) <= 0:
        raise UserError(f"The density{where} is zero everywhere: there is nothing to learn from.")


def observed_bins(density: Density) -> NDArray[np.bool_]:
    """Return the mask of the observed bins, (Y, X)."""
    if density.mask is None:
        return np.ones(density.shape[1:], dtype=np.bool_)
    return density.mask


@dataclass(frozen=True)
class Scales:
    """How input units and network outputs become physical.

    Attributes
    ----------
    centre
        Middle of the movie (t, x, y) [time, length, length].
    time, length
        One input unit [``time_unit``], [``length_unit``].
    density
        Density of u = 1.
    D, G
        Diffusivity and growth rate of a network output of 1, in input units.
    """

    centre: tuple[float, float, float]
    time: float
    length: float
    density: float
    D: float
    G: float

    @property
    def units(self) -> tuple[float, float, float]:
        """One input unit of t, x and y."""
        return self.time, self.length, self.length

    def inputs(self, axis: Literal["t", "x", "y"], values: Array) -> Array:
        """Return positions along an axis in input units."""
        number = "txy".index(axis)
        return (values - self.centre[number]) / self.units[number]

    @property
    def physical_D(self) -> float:
        """Diffusivity of a network output of 1 [length²/time]."""
        return self.D * self.length**2 / self.time

    @property
    def physical_G(self) -> float:
        """Growth rate of a network output of 1 [1/time]."""
        return self.G / self.time

    @classmethod
    def of(cls, density: Density) -> Scales:
        """Return the scales of a density movie.

        The scale of D is five times the squared correlation length of the field,
        var(u) / mean |grad u|², over the movie's duration; that of G the net growth rate, at least
        1 / duration. D starts near its scale: it should start too large, because then the surface
        starts smooth and takes on structure as D falls. From a D that is too small the surface
        first follows the noise, and D, being nearly zero, has no hold on it any more.
        """
        hy, hx = density.spacing
        duration = float(density.t[-1] - density.t[0])
        width, height = hx * len(density.x), hy * len(density.y)
        time, length = duration / (2 * HALF_RANGE), max(width, height) / (2 * HALF_RANGE)
        growth = abs(np.log(_mean(density, -1) / _mean(density, 0)))
        return cls(
            centre=(
                float(density.t[0] + density.t[-1]) / 2,
                float(density.x[0] + density.x[-1]) / 2,
                float(density.y[0] + density.y[-1]) / 2,
            ),
            time=time,
            length=length,
            density=density.scale,
            D=5 * _squared_correlation_length(density) / duration * time / length**2,
            G=max(float(growth), 1.0) * time / duration,
        )


def _mean(density: Density, frame: int) -> float:
    observed = density.values[frame][observed_bins(density)]
    return float(max(observed.mean(dtype=np.float64), 1e-3 * density.scale))


def _squared_correlation_length(density: Density) -> float:
    """Return var(u) / mean |grad u|² over the observed bins [length²], at least a bin's area."""
    hy, hx = density.spacing
    seen = observed_bins(density)
    variance = np.mean([frame.var(dtype=np.float64) for frame in density.frames()])
    slope = 0.0
    for axis, spacing, beside in (
        (0, hy, seen[1:] & seen[:-1]),
        (1, hx, seen[:, 1:] & seen[:, :-1]),
    ):
        if beside.any():
            steps = (np.diff(frame, axis=axis)[beside] for frame in np.asarray(density.values))
            squares = [np.square(step, dtype=np.float64).mean() for step in steps]
            slope += float(np.mean(squares)) / spacing**2
    return max(float(variance) / slope if slope > 0 else 0.0, hx * hy)
