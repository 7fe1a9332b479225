"""What a parametric bootstrap of the bands holds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Bootstrap:
    """What the estimates from simulated movies scatter by.

    Attributes
    ----------
    u
        Grid (M,) of the estimate.
    D_low, D_high, G_low, G_high
        Bands (M,) of 90 % around the estimate, from the scatter.
    ratio_D, ratio_G
        (M,) root-mean-square error of the refits / standard deviation that the estimate's own bands
        state; above 1 those are too narrow.
    replicates
        Refits that went into it.
    sentence
        The ratios in words.
    """

    u: Array
    D_low: Array
    D_high: Array
    G_low: Array
    G_high: Array
    ratio_D: Array
    ratio_G: Array
    replicates: int
    sentence: str

    def off(self, known: NDArray[np.bool_]) -> tuple[float, float]:
        """Return by how much the refits are off, D and G, in units of the bands where ``known``."""
        D, G = (
            float(np.sqrt((ratio[known] ** 2).mean())) if known.any() else float("nan")
            for ratio in (self.ratio_D, self.ratio_G)
        )
        return D, G

    def too_narrow(self, known: NDArray[np.bool_]) -> bool:
        """Return whether the bands are narrower than the scatter, beyond what chance explains."""
        return bool(max(self.off(known)) > 1 + 2 / np.sqrt(2 * self.replicates))

    def as_dict(self) -> dict[str, Any]:
        """Return lists, numbers and texts."""
        return {
            name: value.tolist() if isinstance(value, np.ndarray) else value
            for name, value in asdict(self).items()
        }
