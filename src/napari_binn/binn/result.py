"""What the network learned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class BinnResult:
    """Curves and surface of an ensemble of E biologically-informed neural networks.

    Attributes
    ----------
    u
        Grid of normalised density (M,), u = density / scale.
    D, G
        Diffusivity [length²/time] and growth rate [1/time] of each member, shape (E, M).
    surface
        The members' mean fitted density, shape (T, Y, X) [density unit].
    losses
        Columns of equal length: "step", "data", "residual", "validation" (means over the members).
    steps, seconds, device
        What the training took, and where it ran.
    weights
        The networks' parameters by name, each with the member as its first axis.
    """

    u: Array
    D: Array
    G: Array
    surface: Array
    losses: dict[str, Array]
    steps: int
    seconds: float
    device: str
    weights: dict[str, NDArray[np.float32] | Array]

    @property
    def members(self) -> int:
        """Number of networks."""
        return len(self.D)
