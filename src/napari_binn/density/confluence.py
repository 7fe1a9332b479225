"""Confluence: the share of the area that cells cover, in phase contrast and DIC.

Cells have a texture, bare ground has none. The local contrast (standard deviation over mean) in a
window of a fifth of a cell tells them apart, as in Jaccard et al., "Automated method for the rapid
and precise estimation of adherent cell culture characteristics from phase contrast microscopy
images", Biotechnol. Bioeng. 111 (2014), where halos are trimmed as well. One threshold serves all
frames: it lies between the two groups of contrasts in all of them together, so a frame that is
covered whole, or bare, is measured like the others.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..settings import DensitySettings
from ..units import symbol
from .cover import Ground, Texture, between, covered, local_contrast
from .frames import spread
from .grain import guess_cell
from .method import Looked, MethodInfo
from .sight import Sight
from .spots import pixel_noise

#: Frames in which the threshold and the size of a cell are found.
SAMPLE = 8
# Contrasts a frame that enter the threshold.
_ENOUGH = 40_000
# In a window of a few pixels noise alone gives at most so many times its own contrast.
_NOISE = 1.6


class Confluence:
    """The share of the area that is covered by cells."""

    info = MethodInfo(
        "confluence",
        "Covered area (confluence)",
        "The share of the ground that cells cover, from the texture of the picture: for phase "
        "contrast and DIC, such as a scratch assay.",
        ("image",),
        "fraction",
        ("cell_diameter", "sensitivity"),
        parallel=True,
    )

    def look(self, sight: Sight, indices: NDArray[np.intp], settings: DensitySettings) -> Looked:
        """Find the size of a cell and the contrast from which on the ground is covered.

        Raises
        ------
        UserError
            The frames are uniform, or a cell is as small as a pixel.
        """
        movie = sight.movie
        dy, dx = movie.pixel_size
        sample = tuple(spread(indices, SAMPLE))
        diameter = settings.cell_diameter
        if diameter is None:
            diameter = dx * sight.keep(
                ("cell", sample), lambda: _cell(sight, sample[:: max(1, len(sample) // 3)])
            )
        window = (diameter / dy, diameter / dx)
        if min(window) < 3:
            raise UserError(
                f"Cells of {diameter:.3g} {symbol(movie.length_unit)} are smaller than three "
                f"pixels of {movie.source}: raise the setting 'density.cell_diameter'."
            )
        found = sight.keep(("ground", sample, window), lambda: _ground(sight, sample, window))
        ground = replace(found, threshold=found.threshold / settings.sensitivity)
        estimates = {} if settings.cell_diameter else {"cell_diameter": diameter}

        def measure(index: int) -> NDArray[np.float32]:
            texture = _texture(sight, index, window)
            image = sight.pixels(index)
            return covered(texture, ground, window, image.shape, sight.valid(index))

        said = "" if settings.cell_diameter else " (estimated)"
        note = (
            f"Confluence: cells of {diameter:.3g} {symbol(movie.length_unit)}{said}, covered from "
            f"a local contrast of {100 * ground.threshold:.3g} % (the same in all frames)."
        )
        return Looked(
            measure,
            notes=(note,),
            estimates=estimates,
            patch=math.pi / 4 * diameter**2,
        )


def _texture(sight: Sight, index: int, window: tuple[float, float]) -> Texture:
    return sight.keep(
        ("texture", index, window),
        lambda: local_contrast(sight.pixels(index), sight.valid(index), window),
    )


def _cell(sight: Sight, frames: tuple[int, ...]) -> float:
    """Return the diameter of a cell along x [pixels]."""
    dy, dx = sight.movie.pixel_size
    found = guess_cell([(sight.pixels(i), sight.valid(i)) for i in frames], dy / dx)
    if found is None:
        raise UserError(
            f"In {sight.movie.source} there is no texture of cells: the frames are uniform, hold "
            "nothing but noise, or are too small. If they show cells, state "
            "'density.cell_diameter'."
        )
    return found


def _ground(sight: Sight, frames: tuple[int, ...], window: tuple[float, float]) -> Ground:
    """Return what tells covered from bare ground, from a few frames together."""
    samples, noises = [], []
    for index in frames:
        image = sight.pixels(index)
        texture = _texture(sight, index, window)
        values = texture.contrast[texture.weight > 0.5]
        samples.append(values[:: max(1, values.size // _ENOUGH)])
        noises.append(pixel_noise(image) / max(texture.brightness, 1e-30))
    contrasts = np.concatenate(samples)
    if contrasts.size == 0 or contrasts.max() == 0:
        raise UserError(f"The frames of {sight.movie.source} are uniform: there is no texture.")
    return between(contrasts, _NOISE * float(np.median(noises)))
