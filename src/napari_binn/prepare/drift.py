"""Drift of the stage: estimated once over all frames, taken out of each frame by whole pixels.

Cells move, divide and die, so no single pair of frames tells the drift well. Each frame is matched
with the one before and with an earlier one; a robust least-squares path goes through all matches.
Cells that all move the same way cannot be told from a stage that moves the other way.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import spsolve

from ..density.frames import pixels
from ..errors import UserError
from ..events import Progress, Report
from ..movie.model import Movie
from .model import Drift
from .registration import Image, Spectrum, match, spectrum, structure

Array = NDArray[np.float64]

#: Frames are looked at with at most so many pixels along a side.
LONGEST = 512
#: A frame is matched with the frames so many usable frames before it.
LAGS = (1, 4)
#: A peak of the correlation lower than this may be that of noise [standard deviations].
LEAST_QUALITY = 7.0
_ROUNDS = 20
_LEAST_ERROR = 0.01
_SMALLEST_SCATTER = 0.02
_TIE = 1e-6


@dataclass(frozen=True)
class _Pair:
    """What a match says: ``second`` shows the specimen by ``shift`` further than ``first``."""

    first: int
    second: int
    shift: tuple[float, float]
    error: float


def find_drift(movie: Movie, blank: Sequence[int], report: Report) -> Drift:
    """Return where the specimen was in each frame, to a fraction of a pixel.

    Reads each frame once and keeps a few small ones.

    Parameters
    ----------
    movie
        Pixels, or labels, whose outlines are followed.
    blank
        Frames that show nothing: they are passed over.

    Raises
    ------
    UserError
        The frames show nothing that can be followed, or hold values that are not numbers.
    """
    count, skipped = len(movie), set(blank)
    recent: deque[tuple[int, Image, Spectrum]] = deque(maxlen=max(LAGS))
    pairs: list[_Pair] = []
    block = 1
    for index in range(count):
        if index not in skipped:
            image, block = _small(movie, index)
            known = (index, image, spectrum(image))
            pairs += _matches(recent, known)
            recent.append(known)
        report(Progress("density", index + 1, count, "looking for drift"))
    if not pairs:
        raise UserError(
            f"The drift of {movie.source} cannot be found, because nothing in its frames could be "
            "followed from one to the next (cells that move far between two frames cannot): set "
            "'prepare.drift' to off."
        )
    followed = np.zeros(count, dtype=np.bool_)
    followed[[pair.first for pair in pairs] + [pair.second for pair in pairs]] = True
    path = _path(pairs, count) * block
    first = int(np.argmax(followed))
    return Drift(path - path[first], followed, _errors(pairs, count, first) * block)


def _errors(pairs: list[_Pair], count: int, first: int) -> Array:
    """Return the standard error of the path from frame ``first`` on, along a side, shape (T,).

    It adds up step by step.

    The steps are those between successive usable frames; longer ones make the path somewhat better
    than this says.
    """
    variance = np.zeros(count)
    last: dict[int, float] = {}
    for pair in pairs:
        span = pair.second - pair.first
        last[pair.second] = min(last.get(pair.second, math.inf), pair.error**2 / span)
    usual = float(np.median(list(last.values())))
    for index in range(1, count):
        variance[index] = variance[index - 1] + last.get(index, usual)
    return np.asarray(np.sqrt(np.abs(variance - variance[first])))


def _matches(
    recent: deque[tuple[int, Image, Spectrum]], known: tuple[int, Image, Spectrum]
) -> list[_Pair]:
    index, image, transformed = known
    found = []
    for lag in LAGS:
        if lag <= len(recent):
            earlier, before, spectrum_before = recent[-lag]
            result = match(before, image, (spectrum_before, transformed))
            if result.quality >= LEAST_QUALITY:
                found.append(_Pair(earlier, index, result.shift, max(result.error, _LEAST_ERROR)))
    return found


def _small(movie: Movie, index: int) -> tuple[Image, int]:
    """Return the structure of a frame, its pixels averaged in blocks, and the side of a block."""
    image = pixels(movie, index)
    if movie.kind == "labels":
        image = (image > 0).astype(np.float32)
    block = math.ceil(max(image.shape) / LONGEST)
    seen = None if movie.valid is None else movie.valid[index].astype(np.bool_)
    if block > 1:
        image = averaged(image, block)
        seen = None if seen is None else averaged(seen.astype(np.float32), block) > 0.999
    return structure(image, seen), block


def averaged(image: NDArray[np.float32], block: int) -> NDArray[np.float32]:
    """Return the means of blocks of so many pixels a side; what is left over is cut off."""
    height, width = image.shape[0] // block, image.shape[1] // block
    cut = image[: height * block, : width * block].reshape(height, block, width, block)
    return np.asarray(cut.mean(axis=(1, 3), dtype=np.float32))


def _path(pairs: list[_Pair], count: int) -> Array:
    """Return the path that agrees best with all matches, shape (T, 2), zero in the first frame.

    Least squares with the weights of Huber's estimator, by which matches that contradict the
    others count little. Frames without any match are tied very weakly to their neighbours.
    """
    first = np.array([pair.first for pair in pairs])
    second = np.array([pair.second for pair in pairs])
    shifts = np.array([pair.shift for pair in pairs])
    trust = np.array([pair.error for pair in pairs]) ** -2.0
    trust = trust / trust.mean()
    weights = trust
    path = np.zeros((count, 2))
    for _ in range(_ROUNDS):
        before, path = path, _least_squares(first, second, shifts, weights, count)
        misfit = np.linalg.norm(path[second] - path[first] - shifts, axis=1)
        scatter = max(1.4826 * float(np.median(misfit)), _SMALLEST_SCATTER)
        weights = trust / np.maximum(1.0, misfit / (1.5 * scatter))
        if np.abs(path - before).max() < 1e-4:
            break
    return path


def _least_squares(
    first: NDArray[np.intp], second: NDArray[np.intp], shifts: Array, weights: Array, count: int
) -> Array:
    chain = np.arange(count - 1)
    rows = np.arange(len(first) + count - 1)
    before, after = np.concatenate([first, chain]), np.concatenate([second, chain + 1])
    weight = np.concatenate([weights, np.full(count - 1, _TIE)])
    wanted = np.vstack([shifts, np.zeros((count - 1, 2))])
    difference = sparse.csr_matrix(
        (
            np.concatenate([np.ones(len(rows)), -np.ones(len(rows))]),
            (np.concatenate([rows, rows]), np.concatenate([after, before])),
        ),
        shape=(len(rows), count),
    )[:, 1:]
    weighted = difference.T.multiply(weight)
    solved = spsolve((weighted @ difference).tocsc(), weighted @ wanted)
    return np.vstack([np.zeros((1, 2)), np.asarray(solved).reshape(count - 1, 2)])
