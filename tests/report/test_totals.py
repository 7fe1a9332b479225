"""The noise band of the number of cells is that of the noise."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from napari_binn.inference.terms import Noise, NoiseKind
from napari_binn.report.totals import total_sd, totals_over_time

from ..example_run import make_example


@pytest.mark.parametrize("kind", get_args(NoiseKind))
@pytest.mark.parametrize("masked", [False, True])
def test_spread_of_totals_is_that_of_simulated_measurements(kind: NoiseKind, masked: bool) -> None:
    example = make_example()
    rng = np.random.default_rng(1)
    density, truth = example.density, example.simulation.values[:3]
    mask = np.ones(density.shape[1:], dtype=bool)
    mask[:4] = False
    counts = density.counts_per_unit
    assert counts is not None
    density = replace(
        density, mask=mask if masked else None, counts_per_unit=counts if kind == "counts" else None
    )
    if kind == "fraction":
        truth = truth / (1.2 * density.scale)
        density = replace(density, values=truth, t=density.t[:3], patches_per_bin=8.0)
    level = 1.0 if kind in ("counts", "fraction") else 0.2
    drawn = []
    for _ in range(2000):
        if kind == "counts":
            sample = rng.poisson(truth * counts) / counts
        elif kind == "fraction":
            sample = rng.binomial(8, truth) / 8
        else:
            size = truth if kind == "proportional" else density.scale
            sample = truth + level * size * rng.standard_normal(truth.shape)
        drawn.append(totals_over_time(density, sample)[0])
    expected = np.std(drawn, axis=0)
    np.testing.assert_allclose(total_sd(density, truth, Noise(kind, level)), expected, rtol=0.06)


def test_totals_of_counted_cells_are_the_cells() -> None:
    density = make_example().density
    assert density.counts_per_unit is not None
    totals, what = totals_over_time(density, density.values)
    np.testing.assert_allclose(totals, np.round(totals))
    np.testing.assert_allclose(totals, density.totals())
    assert what == "cells in the field"
