"""What is kept of a measurement shows what was found, and stays small."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from napari_binn.density.measure import measure_density
from napari_binn.prepare.movie import prepare
from napari_binn.quality.collect import MOST_CELLS, SIDE, collect
from napari_binn.quality.model import Quality, Remark
from napari_binn.settings import Settings
from tests.prepare.movies import PIXEL, drifting_cells, movie_of


def measured(movie: Any, settings: dict[str, Any], known: dict[int, Any] | None = None) -> Quality:
    chosen = Settings.build(settings)
    prepared = prepare(movie, chosen.prepare)
    frames: dict[int, Any] = {} if known is None else known
    measure_density(prepared.movie, chosen.density, store=frames)
    return collect(prepared, chosen.density, movie, [Remark("Well.")], frames)


@pytest.fixture(scope="module")
def frames() -> np.ndarray:
    rng = np.random.default_rng(0)
    path = np.array([[0, 0], [2, 3], [6, 4], [9, 3], [12, 1], [11, -2]], dtype=float)
    return drifting_cells(path, rng, cells=150)


def test_the_cells_that_were_counted_lie_on_the_picture(frames: np.ndarray) -> None:
    known: dict[int, Any] = {}
    quality = measured(movie_of(frames), {"density": {"bins": [6, 6]}}, known)
    assert [shot.frame for shot in quality.shots] == [0, 2, 5]
    assert quality.remarks == (Remark("Well."),)
    assert quality.drift is None
    shot = quality.shots[0]
    assert shot.time == 0
    np.testing.assert_allclose(shot.box, (0, 0, 0.096, 0.096))  # mm
    assert shot.image is not None
    assert shot.positions is not None
    assert shot.count == len(shot.positions) == len(known[0])
    pixel = (shot.positions * 1000 / PIXEL).astype(int)
    at_cells = shot.image[pixel[:, 1], pixel[:, 0]]
    assert np.median(at_cells) > 1.5 * np.median(shot.image)
    assert shot.covered is None


def test_drift_and_frames_left_out_are_kept(frames: np.ndarray) -> None:
    settings = {"prepare": {"drift": "on", "leave_out": "2"}, "density": {"bins": [6, 6]}}
    quality = measured(movie_of(frames), settings)
    assert quality.left_out == (1,)
    assert quality.moved
    assert quality.drift is not None
    np.testing.assert_array_equal(quality.kept, [0, 2, 3, 4, 5])
    np.testing.assert_allclose(quality.drift[-1], (11 * PIXEL / 1000, -2 * PIXEL / 1000), atol=2e-4)
    assert len(quality.times) == 6
    assert [shot.frame for shot in quality.shots] == [0, 3, 5]
    hidden = quality.shots[-1].hidden
    assert hidden is not None
    assert hidden[-10:].all()
    assert not hidden[:180, 5:].any()


def test_a_region_alone_is_shown(frames: np.ndarray) -> None:
    region = {"region": [20, 10, 60, 70], "bins": [5, 5]}
    quality = measured(movie_of(frames), {"density": region})
    shot = quality.shots[0]
    np.testing.assert_allclose(shot.box, (0.020, 0.010, 0.060, 0.070))
    assert shot.image is not None
    assert shot.image.shape == (120, 80)
    assert shot.positions is not None
    assert (shot.positions >= (0.020, 0.010)).all()
    assert (shot.positions <= (0.060, 0.070)).all()


def test_labels_and_positions_have_pictures_too() -> None:
    labels = np.zeros((4, 64, 64), dtype=np.int32)
    for k in range(25):
        row, column = divmod(k, 5)
        labels[:, 12 * row + 2 : 12 * row + 9, 12 * column + 2 : 12 * column + 9] = k + 1
    quality = measured(movie_of(labels, kind="labels"), {"density": {"bins": [4, 4]}})
    assert quality.shots[0].count == 25
    assert quality.shots[0].image is not None
    rng = np.random.default_rng(0)
    points = [rng.uniform(0, 50, (MOST_CELLS + 10, 2)) for _ in range(3)]
    movie = movie_of(points, kind="points", extent=(0.0, 0.0, 50.0, 50.0), pixel_size=(1.0, 1.0))
    quality = measured(movie, {"density": {"bins": [4, 4]}})
    shot = quality.shots[1]
    assert shot.image is None
    assert shot.count == MOST_CELLS + 10
    assert shot.positions is not None
    assert len(shot.positions) <= MOST_CELLS


def test_pictures_of_large_frames_are_small() -> None:
    rng = np.random.default_rng(1)
    large = rng.poisson(50, (2, 700, 1100)).astype(np.uint16)
    large[:, ::40, ::40] = 3000
    quality = measured(movie_of(large), {"density": {"method": "intensity", "bins": [8, 8]}})
    for shot in quality.shots:
        assert shot.image is not None
        assert max(shot.image.shape) <= SIDE
        assert shot.positions is None
