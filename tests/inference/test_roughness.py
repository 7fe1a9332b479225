"""The posteriors of many movies are those that an estimate computes of one."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from napari_binn.inference import posterior
from napari_binn.inference.roughness import Posteriors


def movies(count=3, k=7):
    rng = np.random.default_rng(0)
    root = rng.standard_normal((2 * k, 3 * k))
    return root @ root.T, 20 * rng.standard_normal((count, 2 * k)), rng.standard_normal(2 * k)


def test_every_movie_has_the_posterior_that_the_estimate_would_give_it():
    information, slopes, centre = movies()
    found = Posteriors.of(information, slopes, centre)
    basis = np.eye(14)[::3]
    for index, slope in enumerate(slopes):
        likelihood = posterior.Likelihood(information, slope)
        one = posterior.over_roughness(likelihood, centre)
        np.testing.assert_allclose(
            np.sqrt(found.variance(basis)[index]), one.along(basis).sd, rtol=0.01
        )
        assert found.typical_roughness()[index] == pytest.approx(one.typical_roughness(), rel=0.05)


def test_what_is_drawn_scatters_as_the_posterior_says():
    information, slopes, centre = movies()
    found = Posteriors.of(information, slopes, centre)
    drawn = found.draw(np.random.default_rng(1), 4000)
    np.testing.assert_allclose(drawn.var(axis=0), found.variance(np.eye(14))[0], rtol=0.15)


def test_runs_are_compared_without_torch():
    code = "import sys, napari_binn.inference.consistency; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
