"""Simulate an equation from the first frame that fits it best."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates

from ..density.model import Density
from ..equations.model import Equation
from ..errors import UserError
from ..inference import gauss_newton
from ..inference.averaging import averaged_margin, averaged_noise
from ..inference.boundary import narrow, region_grid, surround
from ..inference.coarse import coarsen
from ..inference.estimate import first_frame_prior, make_problem
from ..inference.families import FixedLaw
from ..inference.gauss_newton import Prior
from ..inference.noise import noise_model
from ..inference.terms import Noise
from ..pde.law import LawTable
from ..pde.solver import SolverError, solve
from .law import law_of

Array = NDArray[np.float64]
#: Fits of the first frame, at most, and what one has to gain (twice the log posterior) for another.
ROUNDS, GAINED = 6, 1.0


def first_frame(
    density: Density,
    law: FixedLaw,
    noise: Noise,
    scale: float,
    refine: int,
    max_bins: int,
    margin: int = 0,
    begin: Array | None = None,
) -> Array:
    """Return the first frame (Y, X) [u] whose simulation fits the whole movie best.

    A single noisy frame is a poor start; every later frame says something about it, given the law.
    The search goes on from ``begin``, the first frame of a similar law, if there is one, and solves
    for the sensitivities anew until it gains nothing any more. Grids above ``max_bins`` are fitted
    on averaged bins and interpolated. With ``margin`` the frame includes that many bins of
    surroundings on every side.
    """
    working = coarsen(density, max_bins)
    around = averaged_margin(density, working, margin)
    noise = averaged_noise(noise, density, working)
    model = noise_model(working, noise, scale)
    problem = make_problem(working, scale, model, law, refine, margin=around)
    start = gaussian_filter(problem.observed[:2].mean(axis=0), 0.8, mode="nearest")
    if begin is not None and begin.shape == start.shape:
        start = begin
    prior = Prior.join(np.zeros(0), np.zeros((0, 0)), first_frame_prior(problem))
    initial: Array = np.maximum(start, 0.0)
    before = np.inf
    for _ in range(ROUNDS):
        fit = gauss_newton.fit(problem, np.zeros(0), initial, prior, noise.variance, 4, 1e-2)
        initial = np.maximum(fit.initial, 0.0)
        after = fit.chi2 / noise.variance + prior.penalty(initial.ravel())
        if not before - after > GAINED:
            break
        before = after
    if working is density:
        return initial
    places = [
        (np.arange(-margin, fine + margin) + 0.5) * coarse / fine - 0.5 + around
        for fine, coarse in zip(density.shape[1:], working.shape[1:], strict=True)
    ]
    points = np.stack(np.meshgrid(*places, indexing="ij"))
    return np.asarray(np.maximum(map_coordinates(initial, points, order=1, mode="nearest"), 0.0))


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
        Solver cells across a bin.
    max_bins
        Largest grid on which the first frame is fitted.
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
        u = solve(table, torch.as_tensor(initial), density.t, grid, refine)
    except SolverError as error:
        raise UserError(
            f"The equation D = {equation.D.text}, G = {equation.G.text} cannot be simulated on "
            f"this movie: {error}."
        ) from None
    return narrow(np.asarray(u.numpy()), margin) * scale
