"""Simulate an equation from the first frame that fits it best."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from ..density.model import Density
from ..equations.model import Equation
from ..errors import UserError
from ..inference.boundary import narrow, region_grid, surround
from ..inference.terms import Noise
from ..pde.law import LawTable
from ..pde.solver import SolverError, solve
from .first_frame import first_frame, needed
from .law import law_of

Array = NDArray[np.float64]


def replay(
    density: Density,
    equation: Equation,
    noise: Noise,
    scale: float,
    refine: int,
    max_bins: int,
    fit_frames: int | None = None,
    margin: int = 0,
    begin: Array | None = None,
) -> Array:
    """Return the simulated densities at all observed times, (T, Y, X) [density unit].

    Parameters
    ----------
    density
        The observation; its first ``fit_frames`` frames (all by default) determine the first one.
    equation, scale
        The law, in u = density / scale.
    noise
        Scatter of the observation, which weighs its frames.
    refine
        Solver cells across a bin, fewer where there are more than ``max_bins`` of them.
    max_bins
        Largest grid on which the first frame is fitted by a matrix; see :func:`.first_frame`.
    margin
        Bins of surroundings on every side of an open region, with which it exchanges cells as the
        law says; without them the border is closed.
    begin
        First frame [u], surroundings included, of a law like this one, from which the search for
        the best one goes on.

    Raises
    ------
    UserError
        If the equation cannot be simulated: it explodes or has no finite value.
    """
    law = law_of(equation, density, scale)
    hy, hx = density.spacing
    try:
        seen = density if fit_frames is None else density.first_frames(fit_frames)
        initial = first_frame(seen, law, noise, scale, refine, max_bins, margin, begin)
        curves = law.curves(np.zeros(0))
        table = LawTable.from_values(law.u, curves.D, curves.G)
        grid = region_grid(hy, hx, surround(density, margin).mask, margin)
        cells = needed(refine, density, max_bins)
        u = solve(table, torch.as_tensor(initial), density.t, grid, cells)
    except SolverError as error:
        raise UserError(
            f"The equation D = {equation.D.text}, G = {equation.G.text} cannot be simulated on "
            f"this movie: {error}."
        ) from None
    return narrow(np.asarray(u.numpy()), margin) * scale
