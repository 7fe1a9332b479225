"""Runge-Kutta-Legendre time stepping: explicit, second order, stable for stiff diffusion.

With s stages a step of RKL2 is stable for the whole negative real axis down to
-(s² + s - 2) / 2, so that diffusion costs sqrt(step) instead of step evaluations, without solving
any linear system. Source: Meyer, Balsara & Aslam, "A stabilized Runge-Kutta-Legendre method for
explicit super-time-stepping of parabolic and mixed equations", J. Comput. Phys. 257 (2014), eq. 16
and 17. The error estimate is that of Sommeijer, Shampine & Verwer (1998), eq. 3.2.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import torch

RightHandSide = Callable[[torch.Tensor], torch.Tensor]
MOST_STAGES = 31


def stages_for(stiffness: float) -> int:
    """Return the number of stages (odd, at least 3) that is stable for dt x |lambda_max|."""
    s = max(3, math.ceil((math.sqrt(9 + 8 * stiffness) - 1) / 2))
    return s + 1 - s % 2


def stable_limit(stages: int) -> float:
    """Return the largest stable dt x |lambda_max| of a number of stages."""
    return (stages**2 + stages - 2) / 2


@lru_cache(maxsize=64)
def coefficients(s: int) -> tuple[float, list[tuple[float, float, float, float]]]:
    """Return mu_1 and, for the stages 2 to s, mu, nu, mu times dt's share and gamma's."""
    b = [1 / 3, 1 / 3] + [(j * j + j - 2) / (2 * j * (j + 1)) for j in range(2, s + 1)]
    w = 4 / (s * s + s - 2)
    rows = []
    for j in range(2, s + 1):
        mu = (2 * j - 1) / j * b[j] / b[j - 1]
        nu = -(j - 1) / j * b[j] / b[j - 2]
        rows.append((mu, nu, mu * w, -(1 - b[j - 1]) * mu * w))
    return b[1] * w, rows


def step(
    rhs: RightHandSide,
    y: torch.Tensor,
    slope: torch.Tensor,
    dt: float,
    stages: int,
    passed: list[torch.Tensor] | None = None,
) -> torch.Tensor:
    """Advance ``y`` by ``dt``; ``slope`` is rhs(y), which the caller has at hand.

    The states at which ``rhs`` is taken, as many as there are stages, are appended to ``passed``.
    """
    first, rows = coefficients(stages)
    before, now = y, y + (first * dt) * slope
    if passed is not None:
        passed.append(y)
    for mu, nu, mu_dt, gamma_dt in rows:
        if passed is not None:
            passed.append(now)
        following = rhs(now).mul_(mu_dt * dt)
        following.add_(now, alpha=mu).add_(before, alpha=nu)
        following.add_(y, alpha=1 - mu - nu).add_(slope, alpha=gamma_dt * dt)
        before, now = now, following
    return now


def error_estimate(
    y: torch.Tensor, slope: torch.Tensor, new: torch.Tensor, new_slope: torch.Tensor, dt: float
) -> torch.Tensor:
    """Return the local error of a step from its two ends."""
    return 0.8 * (y - new) + 0.4 * dt * (slope + new_slope)
