"""What the detector of nuclei is made of does what it says, also where pixels are not valid."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from scipy import ndimage

from napari_binn.density.background import without_background
from napari_binn.density.peaks import highest_around, local_maxima
from napari_binn.density.spots import SpotFilter, noise_is_white, pixel_noise

from .cells import fluorescence, scattered

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("detector", ["log", "dog"])
@pytest.mark.parametrize("narrow", [False, True])
def test_the_response_is_that_of_the_filter(detector: Literal["log", "dog"], narrow: bool) -> None:
    """Worked out through Fourier space, it is what filtering pixel by pixel gives."""
    image = RNG.normal(0, 1, (101, 140)).astype(np.float32)
    spots = SpotFilter((9.0, 12.0), detector, narrow=narrow)
    sy, sx = spots.sigma

    def smooth(share: float, order: tuple[int, int] = (0, 0)) -> np.ndarray:
        wide = (share * sy, share * sx)
        return ndimage.gaussian_filter(
            image.astype(float), wide, order=order, mode="constant", truncate=8
        )

    if detector == "log":
        exact = -(sy**2) * smooth(1, (2, 0)) - sx**2 * smooth(1, (0, 2))
    else:
        inner = np.sqrt((1.6**2 - 1) / (2 * 1.6**2 * np.log(1.6)))
        exact = smooth(inner) - smooth(1.6 * inner)
    np.testing.assert_allclose(spots(image), exact, atol=2e-3 * exact.max())


def test_beyond_the_edge_there_is_nothing_or_a_mirror() -> None:
    """Neither the other edge nor what was padded shows in the response."""
    image = np.zeros((60, 61), np.float32)
    image[0, 30] = 1
    spots = SpotFilter((10.0, 10.0))
    assert np.abs(spots(image)[-15:]).max() < 1e-4 * spots(image).max()
    assert spots(image, mode="reflect")[0, 30] == pytest.approx(2 * spots(image)[0, 30], rel=0.1)


def test_maxima_are_the_highest_of_their_window() -> None:
    image = ndimage.gaussian_filter(RNG.normal(0, 1, (90, 120)), 1.0).astype(np.float32)
    rows, columns, member = local_maxima(image, 0.05, (2, 4))
    highest = ndimage.maximum_filter(image, (5, 9), mode="nearest")
    expected = np.argwhere((image == highest) & (image > 0.05))
    np.testing.assert_array_equal(np.stack([rows, columns], axis=1), expected)
    assert len(np.unique(member)) == len(rows)


def test_of_two_that_are_too_close_the_higher_stays() -> None:
    places = np.array([[0, 0], [0, 0.5], [0, 1.0], [5, 5], [5, 5.2]])
    heights = np.array([3.0, 2.0, 1.0, 1.0, 1.0])
    # The middle one is ruled out, so it rules out no other; of equals the first stays.
    kept = [True, False, True, True, False]
    assert highest_around(places, heights, 0.6).tolist() == kept
    assert highest_around(places[:0], heights[:0], 0.6).tolist() == []


def test_a_narrow_filter_tells_soft_nuclei_apart_that_overlap() -> None:
    y, x = np.mgrid[:60, :100]
    spots = [np.exp(-((y - 30) ** 2 + (x - c) ** 2) / 50) for c in (42.6, 57.4)]
    image = np.add(*spots).astype(np.float32)
    found = []
    for narrow in (False, True):
        spots_of_20 = SpotFilter((20.0, 20.0), narrow=narrow)
        centres, heights = spots_of_20.maxima(spots_of_20(image), 0.2)
        found.append(int(spots_of_20.apart(centres, heights).sum()))
    assert found == [1, 2]


@pytest.mark.parametrize("dense", [False, True])
def test_whether_noise_is_white_shows_under_any_number_of_cells(dense: bool) -> None:
    """A camera's noise is white; smoothed, shrunk or compressed frames have another."""
    shape = (240, 320)
    cells = scattered(550 if dense else 30, shape, 8.5, np.random.default_rng(1))
    frame = fluorescence(cells, shape, 8, np.random.default_rng(2)).astype(np.float32)
    assert noise_is_white(frame)
    assert not noise_is_white(ndimage.gaussian_filter(frame, 0.8))
    assert not noise_is_white(ndimage.zoom(frame, 1.5, order=1))
    assert not noise_is_white(np.full(shape, 7, np.float32))


def test_pixels_that_are_not_valid_have_no_noise_and_no_background() -> None:
    noise = RNG.normal(100, 5, (300, 400)).astype(np.float32)
    valid = np.ones(noise.shape, np.bool_)
    valid[:, 150:] = False
    odd = np.where(valid, noise, 4000).astype(np.float32)
    assert pixel_noise(odd, valid) == pytest.approx(5, rel=0.05)
    assert noise_is_white(odd, valid)
    assert pixel_noise(odd, np.zeros_like(valid)) == 0
    flat = without_background(odd, (10.0, 10.0), valid)
    assert (flat[~valid] == 0).all()
    assert flat[valid].std() == pytest.approx(5, rel=0.05)
    assert (without_background(odd, (10.0, 10.0), np.zeros_like(valid)) == 0).all()


def test_large_frames_are_sampled_for_their_noise() -> None:
    noise = RNG.normal(0, 3, (2000, 900)).astype(np.float32)
    assert pixel_noise(noise) == pytest.approx(3, rel=0.02)
