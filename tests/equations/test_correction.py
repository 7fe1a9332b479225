"""What the solver's grid adds to a simulation is known well enough not to count as a law."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_binn.equations.correction import correction, within_bins
from napari_binn.inference.estimate import make_problem
from napari_binn.inference.families import FixedLaw
from napari_binn.inference.noise import NoiseModel
from tests.synthetic import LAWS, density


def smooth_field(ny: int, nx: int, finer: int) -> np.ndarray:
    """Bin means of cos(2 pi y) cos(pi x) + 1 on the unit square, exactly."""

    def means(count: int, wave: float) -> np.ndarray:
        edges = np.linspace(0, 1, count + 1)
        return np.diff(np.sin(wave * edges)) / (wave * np.diff(edges))

    return 1 + np.outer(means(ny * finer, 2 * np.pi), means(nx * finer, np.pi))


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_what_happens_within_bins_is_reconstructed(factor: int) -> None:
    means, exact = smooth_field(12, 9, 1), smooth_field(12, 9, factor)
    made = within_bins(means, factor)
    assert made.shape == exact.shape
    assert np.abs(made - exact).max() < 0.002
    blocks = made.reshape(12, factor, 9, factor).mean(axis=(1, 3))
    assert blocks == pytest.approx(means, abs=1e-12)


def test_the_correction_brings_a_simulation_to_the_truth() -> None:
    movie = density("porous", frames=5)
    u = np.linspace(-0.2, 1.6, 1025)
    D, G = (curve(np.maximum(u, 1e-6)) for curve in LAWS["porous"])
    law = FixedLaw(D, G, u)
    noise = NoiseModel.make("additive", None, movie.values)
    problem = make_problem(movie, 1.0, noise, law, 1)
    problem = replace(problem, forward=replace(problem.forward, tolerance=1e-6))
    first = movie.values[0].copy()
    coarse = problem.forward.predict(np.zeros(0), first)
    known = correction(problem, law, first)
    before, after = coarse - movie.values, coarse + known.error - movie.values
    assert np.abs(after).mean() < 0.35 * np.abs(before).mean()
    # What is left of the error is within what counts as not known.
    assert np.mean(after**2) < known.variance
