"""The picture: nuclei where the cells are, noise of a photon-counting camera."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_binn.phantom import CellTracks, Phantom, simulate_cells
from napari_binn.phantom.render import Microscope, render

CLEAN = Microscope(haze=0.0, vignetting=0.0, read_noise=0.0, nucleus=5000.0)


def tracks_at(*frames: list[tuple[float, float]]) -> CellTracks:
    return CellTracks(
        times=np.arange(len(frames), dtype=float),
        positions=tuple(np.array(f, dtype=float).reshape(-1, 2) for f in frames),
        cells=tuple(np.arange(1, len(f) + 1, dtype=np.int32) for f in frames),
    )


def signal(movie: NDArray[np.uint16]) -> NDArray[np.float64]:
    return movie.astype(np.float64) - CLEAN.offset


def test_the_movie_has_the_size_of_the_field(small: Phantom) -> None:
    movie = render(small, simulate_cells(small, 0), 0)
    assert movie.dtype == np.uint16
    assert movie.shape == (4, 240, 360)


@pytest.mark.parametrize("at", [(100.0, 60.0), (333.3, 210.9), (501.7, 333.0)])
def test_a_nucleus_is_centred_on_its_cell(small: Phantom, at: tuple[float, float]) -> None:
    light = signal(render(small, tracks_at([at]), 0, CLEAN)[0])
    y, x = np.indices(light.shape)
    centre = [(light * (k + 0.5)).sum() / light.sum() * small.pixel_size for k in (x, y)]
    assert centre == pytest.approx(at, abs=0.1)


def test_a_nucleus_has_the_stated_size(small: Phantom) -> None:
    movie = render(small, tracks_at([(200.0 + 30 * k, 200.0) for k in range(15)]), 0, CLEAN)
    above_half = (signal(movie[0]) > CLEAN.nucleus / 2).sum() * small.pixel_size**2
    expected = 15 * np.pi / 4 * small.nucleus_diameter**2
    assert above_half == pytest.approx(expected, rel=0.15)


def test_a_cell_keeps_its_brightness_through_the_movie(small: Phantom) -> None:
    row = [(40.0 + 40 * k, 100.0) for k in range(16)]
    moved = [(x, 300.0) for x, _ in row]
    light = signal(render(small, tracks_at(row, moved), 0, CLEAN))
    sums = [frame.reshape(240, 18, 20)[:, :17].sum(axis=(0, 2)) for frame in (light[0], light[1])]
    assert np.corrcoef(sums)[0, 1] > 0.98
    assert sums[0][:16].std() > 0.05 * sums[0][:16].mean()


def test_cells_at_the_rim_are_drawn_as_far_as_they_are_seen(small: Phantom) -> None:
    corners = [(0.0, 0.0), small.extent]
    light = signal(render(small, tracks_at(corners), 0, CLEAN)[0])
    assert light[:6, :6].sum() > 0.9 * light.sum() / 2 * 0.8
    assert light[0, -20:].sum() == light[-1, :20].sum() == 0


def test_an_empty_field_shows_uneven_light_and_the_noise_of_photons(small: Phantom) -> None:
    scope = Microscope()
    movie = render(small, tracks_at(*[[]] * 60), 0, scope).astype(np.float64)
    mean, variance = movie.mean(axis=0) - scope.offset, movie.var(axis=0, ddof=1)
    assert variance.mean() == pytest.approx((mean + scope.read_noise**2 + 1 / 12).mean(), rel=0.01)
    blocks = mean.reshape(6, 40, 6, 60).mean(axis=(1, 3))
    assert blocks.max() > 1.3 * blocks.min()


def test_a_seed_gives_the_same_pixels_again(small: Phantom) -> None:
    tracks = simulate_cells(small, 0)
    one, same, other = (render(small, tracks, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()
