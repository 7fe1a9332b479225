"""Text and scale bars burned into the frames: pixels that stay at an extreme value for good.

Pixels of a camera fluctuate. Those that hold exactly the same extreme value in every frame, in
connected pieces with sharp edges, were written into the frames afterwards. Coloured texts are told
by their colour when the movie is read.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..density.frames import spread
from ..movie.model import Movie

Mask = NDArray[np.bool_]

#: Frames that are compared; with fewer, what has not changed may be the specimen.
FRAMES, FEWEST = 8, 4
#: Smallest piece [pixels], and largest share of the field that all of them may cover.
SMALLEST, LARGEST = 10, 0.2
#: How far the surroundings of a piece are from its value, as a share of the range of the movie.
STEP = 0.15
#: Share of the rim of a piece at which that step must be seen.
SHARP = 0.6
#: Pixels around a text that it may have bled into.
BLEED = 2
_NEIGHBOURS = np.ones((3, 3), dtype=np.bool_)


def find_overlays(movie: Movie) -> Mask | None:
    """Return the pixels of texts and scale bars, shape (Y, X); None if there are none."""
    chosen = spread(np.arange(len(movie)), FRAMES)
    if len(chosen) < FEWEST or movie.kind != "image":
        return None
    first = np.asarray(movie.frames[chosen[0]])
    if first.dtype.kind == "b":
        return None
    same = np.ones(first.shape, dtype=np.bool_)
    low = high = first
    for index in chosen[1:]:
        frame = np.asarray(movie.frames[index])
        same &= frame == first
        low, high = np.minimum(low, frame), np.maximum(high, frame)
        if not same.any():
            return None
    if movie.valid is not None:
        same &= movie.valid[chosen[0]].astype(np.bool_)
    bottom, top = float(low.min()), float(high.max())
    if bottom == top:
        return None
    found = np.zeros(first.shape, dtype=np.bool_)
    for value in (bottom, top):
        found |= _pieces(same & (first == value), low, high, value, STEP * (top - bottom))
    if not found.any() or found.mean() > LARGEST:
        return None
    return np.asarray(ndimage.binary_dilation(found, _NEIGHBOURS, iterations=BLEED))


def _pieces(
    still: Mask,
    low: NDArray[np.generic],
    high: NDArray[np.generic],
    value: float,
    step: float,
) -> Mask:
    """Return the connected pieces of ``still`` that have sharp edges all around."""
    labels, count = ndimage.label(still, _NEIGHBOURS)
    if not count:
        return still
    sizes = np.bincount(labels.ravel())
    # The pixels beyond the rim: a text is smoothed over one pixel by whoever drew it.
    around = ndimage.grey_dilation(labels, footprint=_NEIGHBOURS, output=np.int32)
    around = ndimage.grey_dilation(around, footprint=_NEIGHBOURS)
    rim = (around > 0) & ~ndimage.binary_dilation(still, _NEIGHBOURS)
    near, far = np.abs(low.astype(np.float64) - value), np.abs(high.astype(np.float64) - value)
    away = np.minimum(near, far) > step
    total = np.bincount(around[rim], minlength=count + 1)
    sharp = np.bincount(around[rim & away], minlength=count + 1)
    kept = (sizes >= SMALLEST) & (sharp >= SHARP * np.maximum(total, 1))
    kept[0] = False
    return np.asarray(kept[labels], dtype=np.bool_)
