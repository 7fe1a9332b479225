"""Averaged bins have less noise, and as wide surroundings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_binn.inference.averaging import averaged_margin, averaged_noise, first_frame_of
from napari_binn.inference.boundary import widen
from napari_binn.inference.coarse import coarsen
from napari_binn.inference.terms import Noise
from tests.example_run import make_example
from tests.synthetic import density


@pytest.mark.parametrize(("bins", "margin"), [(400, 3), (64, 3), (64, 0), (70, 5)])
def test_averaged_surroundings_reach_as_far(bins: int, margin: int) -> None:
    fine = density("fisher", bins=(16, 20))
    coarse = coarsen(fine, bins)
    found = averaged_margin(fine, coarse, margin)
    for own, averaged in zip(fine.spacing, coarse.spacing, strict=True):
        assert found * averaged >= margin * own - 1e-9
    assert found <= margin
    assert (found == margin) == (margin == 0 or coarse is fine)


def test_averages_scatter_less() -> None:
    noisy = density("fisher", bins=(32, 32), noise=0.1, seed=1)
    clean = density("fisher", bins=(32, 32))
    coarse, truth = coarsen(noisy, 64), coarsen(clean, 64)
    found = averaged_noise(Noise("proportional", 0.1, 1.3, 0.2), noisy, coarse)
    assert found.level == pytest.approx(0.025)
    assert np.std(coarse.values / truth.values) == pytest.approx(found.level, rel=0.1)
    assert (found.inflation, found.gain) == (1.3, 0.2)
    assert averaged_noise(found, coarse, coarse) == found
    counts = Noise("counts", 0.9)
    assert averaged_noise(counts, noisy, coarse) is counts


def test_fitted_surroundings_are_used_where_they_fit() -> None:
    terms = make_example().terms
    around = np.pad(terms.initial, 2)
    assert first_frame_of(replace(terms, surroundings=around), 2) is around
    mirrored = first_frame_of(replace(terms, surroundings=around), 1)
    np.testing.assert_array_equal(mirrored, widen(terms.initial, 1))
    assert first_frame_of(terms, 0) is terms.initial
