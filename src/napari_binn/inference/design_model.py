"""What would help most: what the design of the next experiment holds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

OptionName = Literal["frames", "longer", "field", "wells", "bins"]


@dataclass(frozen=True)
class Option:
    """Another experiment.

    Attributes
    ----------
    name, label
        What would be done, in words too.
    sd_D, sd_G
        Expected standard deviation of D relative to D, and of G relative to its highest value
        (medians over the supported range).
    """

    name: OptionName
    label: str
    sd_D: float
    sd_G: float


@dataclass(frozen=True)
class Design:
    """How well the curves are known, and what would help.

    Attributes
    ----------
    sd_D, sd_G
        As in :class:`Option`, of this movie; NaN if no range is supported.
    known
        Ranges of u, (R, 2), in which the frames determine D.
    options
        The one that helps D most first.
    sentences
        How well the frames determine the curves; what would help most; the rest.
    """

    sd_D: float
    sd_G: float
    known: tuple[tuple[float, float], ...]
    options: tuple[Option, ...]
    sentences: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return plain lists, numbers and texts."""
        found = asdict(self)
        for entry in (found, *found["options"]):
            for key in ("sd_D", "sd_G"):
                entry[key] = entry[key] if np.isfinite(entry[key]) else None
        return found
