"""What training minimises.

For every member

    sqrt( mean w (u(t, x, y) - observed)² ) + weight * mean r²,
    r = u_t - D'(u) |grad u|² - D(u) lap u - G(u) u,

the first over a batch of observations, w being the inverse of their variance, about 1 on average;
the second over collocation points inside the movie. r is stated per duration of the movie, in units
of the highest density.

The *square root* of the data term makes the best weight of the residual independent of how noisy
the movie is: with the plain mean square, a weight that suits clean data lets the surface follow
the noise of another movie (the square-root lasso rests on the same: Belloni, Chernozhukov, Wang
2011, Biometrika 98, 791).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from . import networks
from .data import HALF_RANGE, Scales
from .scatter import Scatter

SMALLEST_MISFIT = 1e-12


@dataclass(frozen=True)
class LossTerms:
    """Means over a batch for each member, (E,).

    Attributes
    ----------
    misfit
        (u - observed)².
    data
        w (u - observed)².
    residual
        r².
    """

    misfit: Tensor
    data: Tensor
    residual: Tensor

    def total(self, weight: float) -> Tensor:
        """Return the loss summed over the members, which share no parameters."""
        return ((self.data + SMALLEST_MISFIT).sqrt() + weight * self.residual).sum()

    def detached(self) -> LossTerms:
        """Return the numbers without their history."""
        return LossTerms(self.misfit.detach(), self.data.detach(), self.residual.detach())

    @classmethod
    def joined(cls, parts: Sequence[LossTerms]) -> LossTerms:
        """Return the terms of all members from those of some after the others."""
        return cls(
            torch.cat([part.misfit for part in parts]),
            torch.cat([part.data for part in parts]),
            torch.cat([part.residual for part in parts]),
        )


def evaluate(
    parameters: networks.Parameters,
    points: Tensor,
    observed: Tensor,
    scales: Scales,
    scatter: Scatter,
) -> LossTerms:
    """Return the terms of the loss on one batch.

    Parameters
    ----------
    points
        (E, 3, N + C): where u was observed, then the collocation points, in input units.
    observed
        (E, N) observed u.
    scatter
        Which weights the observations get.
    """
    collocation = points.shape[-1] - observed.shape[-1]
    u, jet = networks.surface_jet(parameters, points, collocation)
    misfit = (u - observed).square()
    weight = scatter.weight(u)
    data = misfit if weight is None else misfit * weight
    r = residual(parameters, jet, scales)
    return LossTerms(misfit.mean(-1), data.mean(-1), r.square().mean(-1))


def residual(parameters: networks.Parameters, jet: networks.Jet, scales: Scales) -> Tensor:
    """Return the PDE residual r at the collocation points, (E, C), per duration of the movie."""
    D, D_slope, G = networks.terms(parameters, jet.u)
    gradient2 = torch.addcmul(jet.u_x * jet.u_x, jet.u_y, jet.u_y)
    spread = torch.addcmul(D_slope * gradient2, D, jet.laplacian)
    unexplained = jet.u_t - scales.D * spread - scales.G * G * jet.u
    return 2 * HALF_RANGE * unexplained
