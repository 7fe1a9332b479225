"""Uneven illumination, estimated from the movie itself.

Model: a pixel shows light(x, y) × specimen(x, y, t) above the camera's dark level. Only what is
smooth, multiplies and stays the same through the movie can be told from the specimen, so the
logarithm of the light is a low-order surface. The specimen, seen in blocks, takes one of a few
levels (such as gap and tissue) that may be anywhere and may move: a mixture model fits the surface
and the levels together, so that a scratch, however wide, is a level and no shade of the lamp.
A density of cells that rises smoothly across the whole field through the whole movie cannot be told
from the light, unless background is seen between the cells.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..density.frames import pixels, spread
from ..errors import UserError
from ..events import Progress, Report, silent
from ..movie.colour import fill_hidden
from ..movie.model import Movie
from .drift import LONGEST, averaged

Array = NDArray[np.float64]

#: Frames that are looked at, and blocks along the longer side of each.
FRAMES, BLOCKS = 12, 32
#: Of each block this percentile counts: the background between cells, where there is one.
PERCENTILE = 25.0
MOST_LEVELS = 3
#: Another level must raise the log-likelihood by so much a block.
GAIN = 0.01
_ROUNDS = 150
_STRAY = 0.05
_LEAST_SEEN = 0.5


@dataclass(frozen=True)
class _Fit:
    """A surface and levels: coefficients, and log-likelihood a block less the price of levels."""

    coefficients: Array
    score: float


def find_light(movie: Movie, dark: float, report: Report = silent) -> NDArray[np.float32]:
    """Return how bright each place is lit, shape (Y, X), 1 on average.

    Parameters
    ----------
    dark
        What the camera gives without any light [grey values].
    report
        Hears of each frame that was looked at.

    Raises
    ------
    UserError
        The frames are uniform, or their background is not above the dark level.
    """
    chosen = spread(np.arange(len(movie)), FRAMES)
    shape = np.shape(movie.frames[chosen[0]])
    found: list[tuple[Array, Array]] = []
    for index in chosen:
        report(Progress("density", len(found), len(chosen), "looking for uneven light"))
        found.append(_blocks(movie, index, dark))
    levels = np.stack([blocks for blocks, _ in found])
    weights = np.stack([seen for _, seen in found])
    seen = weights > 0
    if not seen.any() or np.ptp(levels[seen]) == 0:
        raise UserError(
            f"The uneven light of {movie.source} cannot be found, because its frames are uniform: "
            "set 'prepare.illumination' to off."
        )
    if np.mean(levels[seen] <= 0) > 0.2:
        raise UserError(
            f"The uneven light of {movie.source} cannot be found, because much of it is not "
            f"brighter than {dark:g}: set 'prepare.dark_level' lower, or 'prepare.illumination' "
            "to off."
        )
    floor = 1e-2 * float(np.median(levels[seen & (levels > 0)]))
    logs = np.log(np.maximum(np.where(seen, levels, 1.0), floor))
    surface = _surface(logs, weights)
    light = np.exp(_shapes(shape[0], shape[1]).transpose(1, 2, 0) @ surface)
    return np.asarray(light / light.mean(), dtype=np.float32)


def _blocks(movie: Movie, index: int, dark: float) -> tuple[Array, Array]:
    """Return the low percentile of each block of a frame, above ``dark``, and its weight."""
    image = pixels(movie, index) - np.float32(dark)
    seen = None if movie.valid is None else movie.valid[index].astype(np.float32)
    block = math.ceil(max(image.shape) / LONGEST)
    if block > 1:
        image = averaged(image, block)
        seen = None if seen is None else averaged(seen, block)
    if seen is not None:
        image = fill_hidden(image, seen > 0.999)
    image = ndimage.gaussian_filter(image, 1.0, mode="nearest")
    parts = [np.array_split(np.arange(n), count) for n, count in _counts(image.shape)]
    values = np.empty((len(parts[0]), len(parts[1])))
    weights = np.ones_like(values)
    for row, rows in enumerate(parts[0]):
        for column, columns in enumerate(parts[1]):
            window = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
            held = image[window]
            if seen is not None:
                inside = seen[window] > 0.999
                weights[row, column] = float(inside.mean() >= _LEAST_SEEN)
                held = held[inside] if weights[row, column] else held
            values[row, column] = np.percentile(held, PERCENTILE)
    return values, weights


def _counts(shape: tuple[int, ...]) -> list[tuple[int, int]]:
    """Return the length of each side and in how many blocks it is cut, all about square."""
    side = max(max(shape) / BLOCKS, 4.0)
    return [(n, max(4, round(n / side))) for n in shape]


def _shapes(height: int, width: int) -> Array:
    """Return what the log of the light is made of, shape (6, Y, X).

    Both tilts, the three parabolas, and the fourth power of the distance from the middle, with
    which the falling off of a lens (cos⁴) begins.
    """
    reach = max(height, width)
    y = ((np.arange(height) + 0.5) * 2 - height)[:, None] / reach
    x = ((np.arange(width) + 0.5) * 2 - width)[None] / reach
    flat = np.ones((height, width))
    terms = (x * flat, y * flat, x**2 * flat, x * y, y**2 * flat, (x**2 + y**2) ** 2)
    return np.stack(terms)


def _surface(logs: Array, weights: Array) -> Array:
    """Return the coefficients of the surface that explains the blocks best, shape (6,).

    Parameters
    ----------
    logs, weights
        Of each block, shape (T, Y, X).
    """
    frames, rows, columns = logs.shape
    shapes = _shapes(rows, columns).reshape(6, -1).T
    design, data, weight = np.tile(shapes, (frames, 1)), logs.ravel(), weights.ravel()
    best = _expectation_maximisation(design, data, weight, 1, np.zeros(6))
    flat = best.coefficients
    for count in range(2, MOST_LEVELS + 1):
        for start in (np.zeros(6), flat):
            fit = _expectation_maximisation(design, data, weight, count, start)
            best = fit if fit.score > best.score else best
    return best.coefficients


def _expectation_maximisation(
    design: Array, data: Array, weight: Array, count: int, start: Array
) -> _Fit:
    """Fit data = design @ c + one of ``count`` levels + noise, apart from a few strays."""
    size = len(start)
    rest = data - design @ start
    used = rest[weight > 0]
    centres = np.percentile(used, (np.arange(count) + 0.5) / count * 100)
    sd, reach = used.std() / count + 1e-3, np.ptp(used) + 1e-3
    shares = np.full(count, (1 - _STRAY) / count)
    coefficients, likelihood = start, -np.inf
    for _ in range(_ROUNDS):
        away = ((data - design @ coefficients)[:, None] - centres) / sd
        belongs = shares * np.exp(-0.5 * away**2) / (sd * math.sqrt(2 * math.pi))
        total = belongs.sum(axis=1) + _STRAY / reach
        before, likelihood = likelihood, float((weight * np.log(total)).sum() / weight.sum())
        if likelihood - before < 1e-6:
            break
        belongs *= (weight / total)[:, None]
        shares = (1 - _STRAY) * (belongs.sum(axis=0) + 1e-9) / (belongs.sum() + 1e-9)
        kept, members = belongs.sum(axis=1), belongs.sum(axis=0) + 1e-9
        # The surface and the levels are one linear least-squares problem.
        normal = np.zeros((size + count, size + count))
        normal[:size, :size] = design.T @ (design * kept[:, None]) + 1e-6 * np.eye(size)
        normal[:size, size:] = design.T @ belongs
        normal[size:, :size] = normal[:size, size:].T
        normal[size:, size:] = np.diag(members)
        wanted = np.concatenate([design.T @ (kept * data), belongs.T @ data])
        solved = np.linalg.solve(normal, wanted)
        coefficients, centres = solved[:size], solved[size:]
        error = (data - design @ coefficients)[:, None] - centres
        sd = math.sqrt(float((belongs * error**2).sum() / (belongs.sum() + 1e-9)) + 1e-8)
    return _Fit(coefficients, likelihood - GAIN * (count - 1))
