"""What a choice of bins means, in words."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .grid import Grid
from .method import Quantity

_FEW_CELLS = 3.0
_FEW_BINS = 8
_TRADE = "Larger bins are less noisy, smaller ones follow steeper fronts."


@dataclass(frozen=True)
class BinFacts:
    """What the bins of a frame hold.

    Attributes
    ----------
    quantity
        What is measured.
    cells
        Cells in an observed bin on average; None if cells are not counted.
    share
        Covered share of the area; None if that is not measured.
    patches
        Pieces of a bin that tell something of their own, of a covered share.
    """

    quantity: Quantity
    cells: float | None = None
    share: float | None = None
    patches: float | None = None


def describe_bins(grid: Grid, mask: NDArray[np.bool_] | None, facts: BinFacts, unit: str) -> str:
    """Return a few sentences on the bins of a frame and their noise.

    Parameters
    ----------
    grid, mask
        The bins and which of them were observed (None: all).
    facts
        What they hold.
    unit
        Length unit, as shown.
    """
    hx, hy = grid.size
    bins = f"{grid.nx} × {grid.ny} bins of {hx:.3g} × {hy:.3g} {unit}"
    if max(hx, hy) >= 1000:
        bins = f"{grid.nx} × {grid.ny} bins of {hx:.0f} × {hy:.0f} {unit}"
    if mask is not None:
        bins += f" ({int(mask.sum())} of them inside the area)"
    if facts.cells is not None:
        sentences = [_counting(bins, facts.cells)]
    elif facts.share is not None:
        sentences = [_covering(bins, facts.share, facts.patches)]
    else:
        sentences = [f"{bins} average the brightness. {_TRADE}"]
    across = min(grid.nx, grid.ny) if mask is None else min(_extent(mask))
    if across < _FEW_BINS:
        sentences.append(
            f"Only {across} bins lie across the area: the spreading of cells is hard to see with "
            f"fewer than {_FEW_BINS}."
        )
    return " ".join(sentences)


def _counting(bins: str, cells: float) -> str:
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
    return f"{counted} {_TRADE}"


def _covering(bins: str, share: float, patches: float | None) -> str:
    covered = f"{bins}; {100 * share:.3g} % of the area is covered in this frame."
    if patches is None:
        return f"{covered} {_TRADE}"
    # At a border, where a bin is half covered, the share of n pieces scatters by sqrt(1 / (4 n)).
    percent = 100 * math.sqrt(0.25 / max(patches, 0.25))
    held = f"{patches:.0f}" if patches >= 10 else f"{patches:.1f}"
    told = (
        f"{covered} A bin is as large as {held} cells: where it is half covered, the share is "
        f"uncertain by about {percent:.0f} %; where all or nothing is covered, by little."
    )
    if patches < _FEW_CELLS:
        return f"{told} That is a lot: choose larger bins."
    return f"{told} {_TRADE}"


def _extent(mask: NDArray[np.bool_]) -> tuple[int, int]:
    rows, columns = np.nonzero(mask)
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1
