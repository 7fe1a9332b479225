"""The density field that every later stage works on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

#: Values that tell a quantile well enough.
SAMPLE = 200_000


@dataclass(frozen=True)
class Density:
    """Cell density on a regular grid of bins.

    Attributes
    ----------
    values
        Shape (T, Y, X), bin averages, non-negative [``density_unit``]; of a large movie it may be
        mapped from a file.
    t, y, x
        Frame times (T,) [``time_unit``] and bin centres (Y,), (X,) [``length_unit``], increasing;
        y and x are evenly spaced.
    length_unit, time_unit, density_unit
        Unit names; lengths and times are those of the result ("mm" and "day" for calibrated
        movies).
    counts_per_unit
        Number of cells in a bin of density 1, so that ``values * counts_per_unit`` are counts;
        None when the density was not obtained by counting. It sets the noise model.
    patches_per_bin
        Of a density that is the share of the area that cells cover (0 to 1): how many pieces of a
        bin tell something of their own, each about as large as a cell; None otherwise. It sets the
        noise model then.
    mask
        Shape (Y, X), True where the bin was observed; None means everywhere.
    source
        Path or name of what it was measured on.
    """

    values: NDArray[np.float64]
    t: NDArray[np.float64]
    y: NDArray[np.float64]
    x: NDArray[np.float64]
    length_unit: str
    time_unit: str
    density_unit: str
    counts_per_unit: float | None = None
    mask: NDArray[np.bool_] | None = None
    source: str = ""
    assumptions: tuple[str, ...] = ()
    patches_per_bin: float | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """(T, Y, X)."""
        t, y, x = self.values.shape
        return t, y, x

    @property
    def spacing(self) -> tuple[float, float]:
        """Bin height and width (hy, hx) [``length_unit``]."""
        return (
            float((self.y[-1] - self.y[0]) / (len(self.y) - 1)),
            float((self.x[-1] - self.x[0]) / (len(self.x) - 1)),
        )

    @property
    def scale(self) -> float:
        """The density that is called u = 1: the highest observed one [``density_unit``]."""
        return float(np.max([frame.max() for frame in self.frames()]))

    @property
    def low(self) -> float:
        """The density below which 5 % of what was observed lies [``density_unit``].

        Of large movies up to ``SAMPLE`` values decide.
        """
        bins = self.values[0].size if self.mask is None else int(self.mask.sum())
        step = max(1, len(self.values) * bins // SAMPLE)
        return float(np.quantile(np.concatenate([f[::step] for f in self.frames()]), 0.05))

    def frames(self) -> Iterator[NDArray[np.float64]]:
        """Yield what the observed bins hold, (N,), one frame after the other.

        So a movie that is mapped from a file is never in memory as a whole.
        """
        for frame in np.asarray(self.values):
            yield frame.ravel() if self.mask is None else frame[self.mask]

    def observed(self, values: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """Return what the observed bins hold, (T, N): the density, or ``values`` (T, Y, X)."""
        values = self.values if values is None else values
        if self.mask is None:
            return values.reshape(len(values), -1)
        return values[:, self.mask]

    def first_frames(self, count: int) -> Density:
        """Return the density restricted to its first ``count`` frames."""
        return replace(self, values=self.values[:count], t=self.t[:count])

    def totals(self) -> NDArray[np.float64]:
        """Return the integral of the density over the observed region, shape (T,).

        For densities in cells per area this is the number of cells.
        """
        hy, hx = self.spacing
        sums = [frame.sum(dtype=np.float64) for frame in self.frames()]
        return np.asarray(sums) * (hy * hx)

    def bare_areas(self) -> NDArray[np.float64] | None:
        """Return the area that no cell covers in each frame, shape (T,) [``length_unit``²].

        Such as the area of a wound. None unless the density is the share that is covered.
        """
        if self.patches_per_bin is None:
            return None
        hy, hx = self.spacing
        count = self.values[0].size if self.mask is None else int(self.mask.sum())
        return np.maximum(count * hy * hx - self.totals(), 0.0)
