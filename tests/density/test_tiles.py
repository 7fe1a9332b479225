"""A frame that is too large for one piece gives the same cells in tiles."""

from __future__ import annotations

import numpy as np
import pytest

from napari_binn.density import tiles
from napari_binn.density.nuclei_method import Nuclei
from napari_binn.density.sight import Sight
from napari_binn.density.tiles import tiles_of
from napari_binn.movie.model import MemoryFrames, Movie
from napari_binn.settings import DensitySettings

from .cells import fluorescence, scattered

SHAPE = (420, 530)


@pytest.fixture
def small_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "LARGEST", 1 << 14)
    monkeypatch.setattr(tiles, "SIDE", 128)


def test_a_frame_that_is_not_too_large_is_one_tile() -> None:
    (only,) = tiles_of((2048, 2048), (50, 50), part=(10, 20, 10, 20))
    assert only.window == only.core == (0, 2048, 0, 2048)


@pytest.mark.usefixtures("small_tiles")
def test_every_place_is_in_one_tile() -> None:
    found = tiles_of(SHAPE, (20, 30))
    assert len(found) > 9
    places = np.random.default_rng(0).uniform(
        (-0.5, -0.5), (SHAPE[0] - 0.5, SHAPE[1] - 0.5), (500, 2)
    )
    assert (sum(tile.holds(places).astype(int) for tile in found) == 1).all()
    for tile in found:
        assert tile.window[0] == max(tile.core[0] - 20, 0)
        assert tile.window[3] == min(tile.core[3] + 30, SHAPE[1])


@pytest.mark.usefixtures("small_tiles")
def test_only_tiles_that_reach_into_the_region_are_read() -> None:
    every = tiles_of(SHAPE, (20, 20))
    some = tiles_of(SHAPE, (20, 20), part=(0, 150, 200, 300))
    assert 0 < len(some) < len(every)
    assert set(some) < set(every)


class Watched:
    """Frames that know which part of them was read."""

    def __init__(self, frame: np.ndarray) -> None:
        self.frame, self.read = frame, np.zeros(frame.shape, np.bool_)

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: int) -> np.ndarray:
        raise AssertionError("the whole frame was read")

    def window(self, index: int, y0: int, y1: int, x0: int, x1: int) -> np.ndarray:
        self.read[y0:y1, x0:x1] = True
        return self.frame[y0:y1, x0:x1]


def test_cells_are_those_of_the_whole_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    frame = fluorescence(scattered(600, SHAPE, 12, rng, margin=10), SHAPE, 10, rng)
    movie = Movie(
        kind="image",
        frames=MemoryFrames([frame]),
        times=np.zeros(1),
        time_unit="hour",
        length_unit="um",
        pixel_size=(1.0, 1.0),
        extent=(0, 0, SHAPE[1], SHAPE[0]),
        source="cells.tif",
    )
    settings = DensitySettings(nucleus_diameter=10, threshold=20)
    whole = Nuclei().look(Sight(movie), np.arange(1), settings).measure(0)
    monkeypatch.setattr(tiles, "LARGEST", 1 << 14)
    monkeypatch.setattr(tiles, "SIDE", 128)
    watched = Watched(frame)
    watching = Movie(**{**vars(movie), "frames": watched})
    tiled = Nuclei().look(Sight(watching), np.arange(1), settings).measure(0)
    # The background is worked out tile by tile, so that a faint one may be in or out.
    assert len(tiled) == pytest.approx(len(whole), abs=3)
    distance = np.hypot(*(tiled[:, None] - whole[None]).transpose(2, 0, 1)).min(axis=1)
    assert np.mean(distance < 0.2) > 0.99

    watched.read[:] = False
    part = settings.model_copy(update={"region": (10.0, 10.0, 110.0, 110.0)})
    Nuclei().look(Sight(watching), np.arange(1), part).measure(0)
    assert watched.read.mean() < 0.3
