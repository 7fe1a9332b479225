"""Cells in phase contrast: texture where there are cells, and none where there are none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from napari_binn.phantom import Phantom
from napari_binn.phantom.cells import CellTracks, simulate_cells
from napari_binn.phantom.phase import render_phase

Movie = NDArray[np.uint16]


@pytest.fixture
def tracks(small: Phantom) -> CellTracks:
    return simulate_cells(small, 0)


def texture(frame: NDArray[np.uint16]) -> NDArray[np.float64]:
    image = frame.astype(float)
    away = image - gaussian_filter(image, 5)
    return np.asarray(gaussian_filter(away**2, 5) ** 0.5)


def test_cells_show_by_their_texture(small: Phantom, tracks: CellTracks) -> None:
    movie = render_phase(small, tracks, 0)
    assert movie.shape[0] == len(tracks)
    x = (np.arange(movie.shape[2]) + 0.5) * small.pixel_size / 1000
    away = np.abs(x - small.pattern.middle) - small.pattern.width / 2  # type: ignore[union-attr]
    found = texture(movie[0]).mean(axis=0)
    assert found[away > 0.05].min() > 2 * found[away < -0.05].mean()


def test_cells_are_neither_brighter_nor_darker_than_the_ground(
    small: Phantom, tracks: CellTracks
) -> None:
    # What makes counting by brightness impossible there.
    first = render_phase(small, tracks, 0)[0].astype(float)
    columns = first.mean(axis=0)
    assert np.ptp(gaussian_filter(columns, 8)) < 0.25 * columns.mean()


def test_the_same_seed_gives_the_same_pixels(small: Phantom, tracks: CellTracks) -> None:
    one, two, other = (render_phase(small, tracks, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, two)
    assert (one != other).any()


def test_a_field_without_cells_shows_none(small: Phantom, tracks: CellTracks) -> None:
    none = tuple(np.zeros((0, 2)) for _ in tracks.positions)
    bare = replace(tracks, positions=none, cells=tuple(np.zeros(0, np.int32) for _ in none))
    frame = render_phase(small, bare, 0)[0].astype(float)
    noise = frame - gaussian_filter(frame, 2)
    assert noise.std() < 1.2 * np.sqrt(frame.mean())
