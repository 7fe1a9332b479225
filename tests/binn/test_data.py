"""What training sees has no units, and what cannot be learned from is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_binn.binn import data
from napari_binn.density.model import Density
from napari_binn.errors import UserError
from tests.synthetic import density


@pytest.fixture(scope="module")
def movie() -> Density:
    return density("allee")


def test_scales_carry_the_units_of_the_movie(movie: Density) -> None:
    days = data.Scales.of(movie)
    hours = data.Scales.of(replace(movie, t=24 * movie.t, y=1000 * movie.y, x=1000 * movie.x))
    found = (hours.D, hours.G, hours.physical_D, hours.physical_G)
    expected = (days.D, days.G, days.physical_D * 1e6 / 24, days.physical_G / 24)
    assert found == pytest.approx(expected)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m.first_frames(1), "one frame"),
        (lambda m: replace(m, values=np.where(m.values > 0.5, np.nan, m.values)), "finite"),
        (lambda m: replace(m, values=0 * m.values), "zero everywhere"),
        (lambda m: replace(m, mask=np.zeros(m.shape[1:], dtype=bool)), "observed bin"),
    ],
)
def test_a_density_without_a_lesson_is_one_sentence(movie: Density, change, message) -> None:
    with pytest.raises(UserError, match=message):
        data.check(change(movie))
