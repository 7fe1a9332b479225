"""Calibrated intensity: brightness above background is in proportion to density."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..settings import DensitySettings
from .frames import spread
from .method import Looked, MethodInfo
from .sight import Sight

_SAMPLE = 20
_SAMPLE_PIXELS = 50_000
# Pixels at the top of their range are worth a warning from this share on; ranges of cameras, bits.
_SATURATED = 1e-3
_BITS = (8, 10, 12, 14, 16)


class Intensity:
    """Brightness above background, in proportion to density.

    density = (mean intensity of the bin - background) / (intensity of a cell × area of a pixel), in
    cells per area [length unit of the movie]; without the intensity of a cell just the mean
    intensity above background.
    """

    info = MethodInfo(
        "intensity",
        "Brightness",
        "The brighter a place is, the more cells there are: for fluorescence in proportion to "
        "cell number, where single cells cannot be told apart.",
        ("image",),
        "brightness",
        ("background", "intensity_per_cell"),
    )

    def look(self, sight: Sight, indices: NDArray[np.intp], settings: DensitySettings) -> Looked:
        """Find the brightness of the background, and whether the brightest pixels are cut off.

        Raises
        ------
        UserError
            The movie is uniform.
        """
        dy, dx = sight.movie.pixel_size
        sample = tuple(spread(indices, _SAMPLE))
        facts = sight.keep(("brightness", sample), lambda: _facts(sight, sample))
        background = facts.background if settings.background is None else settings.background
        per_cell = settings.intensity_per_cell
        scale = np.float32(1.0 if per_cell is None else per_cell * dx * dy)

        def measure(index: int) -> NDArray[np.float32]:
            density = (sight.pixels(index) - np.float32(background)) / scale
            valid = sight.valid(index)
            return density if valid is None else np.where(valid, density, np.float32(np.nan))

        found = settings.background is None
        return Looked(
            measure,
            notes=(background_sentence(background),) if found else (),
            warnings=_saturation(facts, sight.movie.source),
            estimates={"background": background} if found else {},
            unit="a.u." if per_cell is None else "cells",
        )


def background_sentence(background: float) -> str:
    """Return the sentence on the background that was found."""
    return f"Background: intensity {background:.5g} (1st percentile of the movie)."


@dataclass(frozen=True)
class _Facts:
    """The 1st percentile, the highest value, and the share of valid pixels that have it."""

    background: float
    highest: float
    share: float
    whole_numbers: bool


def _facts(sight: Sight, sample: Sequence[int]) -> _Facts:
    values = []
    for index in sample:
        image, valid = sight.pixels(index), sight.valid(index)
        seen = image.ravel() if valid is None else image[valid]
        values.append(seen[:: max(1, seen.size // _SAMPLE_PIXELS)])
    everything = np.concatenate(values)
    highest = float(everything.max())
    if everything.min() == highest:
        raise UserError(
            f"The frames of {sight.movie.source} are uniform (all pixels are {highest:g}): there "
            "is no density to measure."
        )
    return _Facts(
        float(np.percentile(everything, 1)),
        highest,
        float(np.mean(everything == highest)),
        sight.movie.frames[sample[0]].dtype.kind in "iu",
    )


def _saturation(facts: _Facts, source: str) -> tuple[str, ...]:
    """Return a sentence if many pixels have the highest value that a camera gives."""
    full = facts.whole_numbers and facts.highest in [2**bits - 1 for bits in _BITS]
    if not full or facts.share < _SATURATED:
        return ()
    return (
        f"{100 * facts.share:.2g} % of the pixels of {source} are saturated (they have the highest "
        f"value, {facts.highest:g}): where it is brightest, the density is higher than measured.",
    )
