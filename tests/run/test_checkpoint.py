"""A checkpoint comes back bit for bit, or says why not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_binn.run.checkpoint import fit_of, packed, unpacked
from napari_binn.settings import Settings
from tests.synthetic import density

ARRAYS = {
    "step": np.array(50),
    "seconds": np.array(1.25),
    "moments/mean/u.first": np.random.default_rng(0).standard_normal((2, 3, 4)).swapaxes(1, 2),
    "losses": np.full((3, 4), np.nan, dtype=np.float32),
}


def test_arrays_come_back_bit_for_bit() -> None:
    back = unpacked(packed(ARRAYS, "a"), "a")
    assert back.keys() == ARRAYS.keys()
    for name, values in ARRAYS.items():
        np.testing.assert_array_equal(back[name], values, strict=True)


def test_those_of_another_training_are_refused() -> None:
    with pytest.raises(ValueError, match="other settings"):
        unpacked(packed(ARRAYS, "a"), "b")


@pytest.mark.parametrize("position", [0, 3, 30, -1])
def test_a_flipped_bit_is_noticed(position: int) -> None:
    data = bytearray(packed(ARRAYS, "a"))
    data[position] ^= 4
    with pytest.raises(ValueError, match=r"is damaged|other settings"):
        unpacked(bytes(data), "a")


@pytest.mark.parametrize("length", [0, 5, 100, -1])
def test_a_cut_off_file_is_damaged(length: int) -> None:
    with pytest.raises(ValueError, match="is damaged"):
        unpacked(packed(ARRAYS, "a")[:length], "a")


def test_what_changes_the_training_changes_its_name() -> None:
    movie, settings = density("fisher", frames=3, bins=(4, 5)), Settings()
    name = fit_of(movie, settings)
    assert fit_of(replace(movie, source="elsewhere"), settings) == name
    later = settings.changed({"equations": {"seconds": 9.0}, "device": "cpu"})
    assert fit_of(movie, later) == name
    others = [
        fit_of(replace(movie, values=movie.values * 2), settings),
        fit_of(replace(movie, t=movie.t + 1), settings),
        fit_of(replace(movie, mask=np.ones((4, 5), dtype=bool)), settings),
        fit_of(replace(movie, counts_per_unit=3.0), settings),
        fit_of(movie, settings.changed({"seed": 1})),
        fit_of(movie, settings.changed({"binn": {"steps": 50}})),
    ]
    assert len({name, *others}) == 7
