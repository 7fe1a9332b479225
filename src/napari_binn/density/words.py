"""What a choice of bins means, in words."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .grid import Grid

_FEW_CELLS = 3.0
_FEW_BINS = 8


def describe_bins(
    grid: Grid, mask: NDArray[np.bool_] | None, cells_per_bin: float | None, unit: str
) -> str:
    """Return a few sentences on the bins of a frame and their noise.

    Parameters
    ----------
    grid, mask
        The bins and which of them were observed (None: all).
    cells_per_bin
        Cells in an observed bin on average; None if cells are not counted.
    unit
        Length unit, as shown.
    """
    hx, hy = grid.size
    bins = f"{grid.nx} × {grid.ny} bins of {hx:.3g} × {hy:.3g} {unit}"
    if max(hx, hy) >= 1000:
        bins = f"{grid.nx} × {grid.ny} bins of {hx:.0f} × {hy:.0f} {unit}"
    if mask is not None:
        bins += f" ({int(mask.sum())} of them inside the area)"
    sentences = [_noise(bins, cells_per_bin)]
    across = min(grid.nx, grid.ny) if mask is None else min(_extent(mask))
    if across < _FEW_BINS:
        sentences.append(
            f"Only {across} bins lie across the area: the spreading of cells is hard to see with "
            f"fewer than {_FEW_BINS}."
        )
    return " ".join(sentences)


def _noise(bins: str, cells: float | None) -> str:
    if cells is None:
        return (
            f"{bins} average the brightness. Larger bins are less noisy, smaller ones follow "
            "steeper fronts."
        )
    if cells == 0:
        return f"{bins} hold no cell in this frame."
    held = f"{cells:.0f}" if cells >= 10 else f"{cells:.1f}"
    percent = 100 / math.sqrt(cells)
    counted = (
        f"{bins} hold {held} {'cell' if held == '1.0' else 'cells'} on average in this frame: "
        f"counting noise is about {percent:.0f} % a bin."
    )
    if cells < _FEW_CELLS:
        return f"{counted} That is a lot: choose larger bins unless later frames hold more cells."
    return f"{counted} Larger bins are less noisy, smaller ones follow steeper fronts."


def _extent(mask: NDArray[np.bool_]) -> tuple[int, int]:
    rows, columns = np.nonzero(mask)
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1
