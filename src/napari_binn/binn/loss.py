"""What training minimises.

For every member

    sqrt( mean w (u(t, x, y) - observed)² ) + weight * mean r²,
    r = u_t - D'(u) |grad u|² - D(u) lap u - G(u) u,

the first over a batch of observations, the second over collocation points inside the movie. r is
stated per duration of the movie, in units of the highest density.

The *square root* of the data term makes the best weight of the residual independent of how noisy
the movie is: with the plain mean square, a weight that suits clean data lets the surface follow
the noise of another movie (the square-root lasso rests on the same: Belloni, Chernozhukov, Wang
2011, Biometrika 98, 791).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from . import networks
from .data import HALF_RANGE, Scales

SMALLEST_MISFIT = 1e-12


@dataclass(frozen=True)
class Counting:
    """Noise of counted cells: the variance of u grows like u.

    Attributes
    ----------
    mean
        Mean observed u.
    one
        u of a single cell in a bin.
    """

    mean: float
    one: float

    def weight(self, u: Tensor) -> Tensor:
        """Return w = mean / u, from the *fitted* u: weights from the observed would favour
        observations that happen to be low."""
        return self.mean / u.detach().clamp_min(self.one)


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


def evaluate(
    parameters: networks.Parameters,
    points: Tensor,
    observed: Tensor,
    scales: Scales,
    counting: Counting | None,
) -> LossTerms:
    """Return the terms of the loss on one batch.

    Parameters
    ----------
    points
        (E, 3, N + C): where u was observed, then the collocation points, in input units.
    observed
        (E, N) observed u.
    counting
        Given where cells were counted; otherwise w = 1.
    """
    collocation = points.shape[-1] - observed.shape[-1]
    u, jet = networks.surface_jet(parameters, points, collocation)
    misfit = (u - observed).square()
    data = misfit if counting is None else misfit * counting.weight(u)
    r = residual(parameters, jet, scales)
    return LossTerms(misfit.mean(-1), data.mean(-1), r.square().mean(-1))


def residual(parameters: networks.Parameters, jet: networks.Jet, scales: Scales) -> Tensor:
    """Return the PDE residual r at the collocation points, (E, C), per duration of the movie."""
    D, D_slope, G = networks.terms(parameters, jet.u)
    gradient2 = torch.addcmul(jet.u_x * jet.u_x, jet.u_y, jet.u_y)
    spread = torch.addcmul(D_slope * gradient2, D, jet.laplacian)
    unexplained = jet.u_t - scales.D * spread - scales.G * G * jet.u
    return 2 * HALF_RANGE * unexplained
