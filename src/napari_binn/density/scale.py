"""What counts, covered shares and brightness become as a density."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..movie.model import Movie
from ..units import PIXEL, to_analysis_length
from .area import OBSERVED, observed_bins
from .binning import Binned
from .grid import Grid
from .method import Looked, MethodInfo

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Scale:
    """How what was binned becomes a density.

    Attributes
    ----------
    divisor
        What a whole bin of density 1 holds.
    unit
        Unit of the density.
    counted
        Whether cells were counted, so that ``divisor`` is the area of a bin.
    patches
        Pieces of a bin that tell something of their own, of a covered share; else None.
    """

    divisor: float
    unit: str
    counted: bool
    patches: float | None = None


def scale_of(movie: Movie, grid: Grid, info: MethodInfo, looked: Looked) -> Scale:
    """Return the scale of what a method measures."""
    length, length_unit = to_analysis_length(movie.length_unit)
    unit = "cells/pixel²" if length_unit == PIXEL else "cells/mm²"
    hx, hy = grid.size
    if info.counts:
        return Scale(hx * length * hy * length, unit, counted=True)
    if info.quantity == "fraction":
        patches = None if looked.patch is None else hx * hy / looked.patch
        return Scale(1.0, "area fraction", counted=False, patches=patches)
    if looked.unit == "cells":
        return Scale(length**2, unit, counted=False)
    return Scale(1.0, looked.unit, counted=False)


def densities(
    frames: Sequence[Binned], scale: Scale, name: str
) -> tuple[Array, NDArray[np.bool_] | None]:
    """Return the density in each bin, zero where it was not observed, and the mask of those seen.

    Parameters
    ----------
    frames
        What the bins hold in each frame.
    scale
        What that becomes.
    name
        What the movie is called in messages.

    Raises
    ------
    UserError
        The area and the valid pixels leave too few bins.
    """
    least = np.min([frame.covered for frame in frames], axis=0)
    mask = observed_bins(least >= OBSERVED * (1 - 1e-9), name)
    values = np.stack([frame.values for frame in frames]) / scale.divisor
    if scale.counted:
        values /= np.maximum([frame.covered for frame in frames], OBSERVED)
    # A share of 1 may come out larger by a rounding error.
    values = np.clip(values, 0.0, np.inf if scale.patches is None else 1.0)
    return values if mask is None else np.where(mask, values, 0.0), mask
