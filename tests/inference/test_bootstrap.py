from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_binn.errors import UserError
from napari_binn.inference.bootstrap import bootstrap
from napari_binn.inference.estimate import estimate
from napari_binn.settings import InferenceSettings
from tests.synthetic import density

SETTINGS = InferenceSettings(boundary="closed")


@pytest.fixture(scope="module")
def noisy():
    seen = density("fisher", noise=0.05)
    return seen, estimate(seen, SETTINGS)


def test_it_confirms_honest_bands_and_finds_narrow_ones(noisy):
    seen, terms = noisy
    known = terms.supported
    found = bootstrap(seen, terms, SETTINGS, replicates=6, seed=1)
    assert found.replicates == 6
    assert 0.4 < np.sqrt(np.mean(found.ratio_D[known] ** 2)) < 1.6
    assert np.all(found.D_low < terms.D)
    assert np.all(found.G_high > terms.G)
    assert "6 simulated movies" in found.sentence
    root = (terms.D_high / terms.D_low) ** 0.1
    narrow = replace(terms, D_low=terms.D / root, D_high=terms.D * root)
    assert "too narrow" in bootstrap(seen, narrow, SETTINGS, replicates=4, seed=1).sentence


def test_the_same_seed_gives_the_same_bands(noisy):
    seen, terms = noisy
    one, two, other = (bootstrap(seen, terms, SETTINGS, 4, seed).ratio_D for seed in (0, 0, 1))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)


def test_counts_and_open_regions_are_simulated_too():
    seen = density("fisher", counts=40.0, window=True)
    settings = InferenceSettings(boundary="open")
    terms = estimate(seen, settings)
    terms = replace(terms, noise=replace(terms.noise, gain=0.5))
    found = bootstrap(seen, terms, settings, replicates=4)
    assert np.isfinite(found.ratio_G).all()


def test_too_few_movies_are_refused(noisy):
    seen, terms = noisy
    with pytest.raises(UserError, match="cannot be estimated"):
        bootstrap(seen, terms, SETTINGS, replicates=2)
