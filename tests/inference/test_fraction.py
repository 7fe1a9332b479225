"""Covered shares of the ground, from the noise to the bands."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_binn.density.model import Density
from napari_binn.errors import UserError
from napari_binn.inference.bootstrap import bootstrap
from napari_binn.inference.estimate import estimate
from napari_binn.inference.terms import Terms
from napari_binn.settings import InferenceSettings
from napari_binn.simulation.metrics import deviance_per_bin
from tests.synthetic import LAWS, density

SETTINGS = InferenceSettings(boundary="closed")
PIECES = 40


@pytest.fixture(scope="module")
def movie() -> Density:
    """A movie of the law, where so many pieces of a bin are each covered or bare."""
    clean = density("fisher", frames=9)
    full = 1.05 * clean.scale
    covered = np.random.default_rng(0).binomial(PIECES, clean.values / full) / PIECES
    return replace(
        clean, values=covered, density_unit="area fraction", patches_per_bin=float(PIECES)
    )


@pytest.fixture(scope="module")
def terms(movie: Density) -> Terms:
    return estimate(movie, SETTINGS)


def test_the_noise_is_measured_and_the_law_is_found(movie: Density, terms: Terms) -> None:
    assert terms.noise.kind == "fraction"
    assert terms.noise.level == pytest.approx(1.0, abs=0.25)
    known, full = terms.supported, 1.05 * density("fisher", frames=9).scale
    D, G = (f(terms.u[known] * terms.density_scale * full) for f in LAWS["fisher"])
    assert np.mean((terms.D_low[known] <= D) & (terms.D_high[known] >= D)) > 0.6
    assert np.linalg.norm(terms.G[known] - G) < 0.15 * np.linalg.norm(G)


def test_what_the_law_leaves_is_noise(movie: Density, terms: Terms) -> None:
    left = deviance_per_bin(movie, terms.surface * terms.density_scale, terms.noise, movie.scale)
    assert left == pytest.approx(1.0, abs=0.25)


def test_bands_are_checked_on_simulated_shares(movie: Density, terms: Terms) -> None:
    found = bootstrap(movie, terms, SETTINGS, replicates=4)
    assert np.isfinite(found.ratio_G).all()


def test_counts_are_refused(movie: Density) -> None:
    with pytest.raises(UserError, match="not obtained by counting"):
        estimate(movie, InferenceSettings(noise="counts"))
    with pytest.raises(UserError, match="not obtained as a covered share"):
        estimate(density("fisher", counts=30.0), InferenceSettings(noise="fraction"))
