"""Which frames are blank, out of focus, saturated or copies, judged by the frames around them.

Each frame is compared with the median of its neighbours, because cells that grow and cover the
field change all numbers slowly. How much the numbers scatter anyway, from one frame to the next,
tells how far off is too far.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .model import Fault, Flag
from .survey import Survey

Array = NDArray[np.float64]

#: Neighbours on each side of a frame.
NEIGHBOURS = 7
#: A frame with less than this share of its neighbours' contrast is blank.
BLANK = 0.25
#: A frame with less than this share of its neighbours' sharpness is out of focus, if that is also
#: so many times the usual scatter.
BLURRED, SCATTERS = 0.7, 6.0
#: So many frames at each end must be twice as far off.
END = 2
#: A frame with more of its pixels at the upper end of the range is saturated.
SATURATED = 0.01
#: Fewer frames tell nothing about each other.
FEWEST = 5
_ORDER: tuple[Fault, ...] = ("blank", "blurred", "saturated", "duplicate")


def find_flags(looked: Survey, top: float | None) -> tuple[Flag, ...]:
    """Return what is wrong with frames, in their order.

    Parameters
    ----------
    top
        The brightest value that the type of the pixels can hold; None for real numbers.
    """
    blank = _blank(looked.contrast)
    flags = [Flag(index, "blank", share) for index, share in blank.items()]
    flags += _blurred(looked.sharpness, set(blank))
    flags += _saturated(looked, top)
    repeated = np.flatnonzero(np.diff(looked.checksum) == 0) + 1
    flags += [Flag(int(i), "duplicate") for i in repeated if int(i) not in blank]
    return tuple(sorted(flags, key=lambda flag: (flag.index, _ORDER.index(flag.fault))))


def _blank(contrast: Array) -> dict[int, float]:
    """Return the frames that show almost nothing, with their share of the usual contrast."""
    if len(contrast) < FEWEST:
        return {int(i): 0.0 for i in np.flatnonzero(contrast == 0)}
    usual = np.array([_around(contrast, i, contrast > 0) for i in range(len(contrast))])
    share = np.divide(contrast, usual, out=np.zeros_like(contrast), where=usual > 0)
    return {int(i): float(share[i]) for i in np.flatnonzero(share < BLANK)}


def _blurred(sharpness: Array, blank: set[int]) -> list[Flag]:
    seen = np.array([i not in blank for i in range(len(sharpness))])
    if seen.sum() < FEWEST:
        return []
    logs = np.log(np.maximum(sharpness, 1e-12))
    away = np.array([logs[i] - _expected(logs, i, seen) for i in range(len(logs))])
    scatter = 1.4826 * float(np.median(np.abs(away[seen])))
    # Frames near an end have neighbours on one side, so a trend is easily taken for a fault.
    place = np.arange(len(logs))
    ends = np.minimum(place, place[::-1]) < END
    limit = np.log(BLURRED) * np.where(ends, 2.0, 1.0)
    low = seen & (away < limit) & (away < -SCATTERS * scatter)
    return [Flag(int(i), "blurred", float(np.exp(away[i]))) for i in np.flatnonzero(low)]


def _saturated(looked: Survey, top: float | None) -> list[Flag]:
    # A camera of 12 bits in a file of 16 ends at its own highest value, which many frames share.
    if top is None or looked.highest.max() < top:
        top = float(looked.highest.max())
        if np.mean(looked.highest == top) <= 0.5:
            return []
    full = (looked.highest >= top) & (looked.at_top > SATURATED)
    return [Flag(int(i), "saturated", float(looked.at_top[i])) for i in np.flatnonzero(full)]


def _expected(values: Array, index: int, counted: NDArray[np.bool_]) -> float:
    """Return what the neighbours lead to expect, where they change steadily (Theil and Sen)."""
    low, high = max(0, index - NEIGHBOURS), min(len(values), index + NEIGHBOURS + 1)
    at = np.array([k for k in range(low, high) if counted[k] and k != index])
    if len(at) < 2:
        return _around(values, index, counted)
    one, two = np.triu_indices(len(at), 1)
    slope = float(np.median((values[at[two]] - values[at[one]]) / (at[two] - at[one])))
    return float(np.median(values[at] + slope * (index - at)))


def _around(values: Array, index: int, counted: NDArray[np.bool_]) -> float:
    """Return the median of the values around one, without itself."""
    low, high = max(0, index - NEIGHBOURS), min(len(values), index + NEIGHBOURS + 1)
    near = counted[low:high].copy()
    near[index - low] = False
    return float(np.median(values[low:high][near])) if near.any() else float(values[index])
