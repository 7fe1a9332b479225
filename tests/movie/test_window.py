"""A window of a frame is what it is in the whole frame, and the rest is not read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from napari_binn.movie.model import MemoryFrames, Movie
from napari_binn.movie.tiff import open_tiff
from napari_binn.movie.window import WindowFrames, crop_movie, read_window
from napari_binn.settings import MovieSettings

MOVIE = np.random.default_rng(0).integers(0, 4000, (5, 75, 90)).astype(np.uint16)
WINDOWS = [(0, 75, 0, 90), (10, 40, 20, 33), (63, 75, 80, 90), (16, 32, 16, 32), (5, 6, 7, 8)]
FORMS: list[dict[str, Any]] = [
    {},
    {"rowsperstrip": 7},
    {"rowsperstrip": 7, "byteorder": ">"},
    {"tile": (16, 32)},
    {"tile": (16, 16), "compression": "zlib", "predictor": True},
    {"tile": (16, 16), "compression": "lzw"},
    {"rowsperstrip": 11, "compression": "zstd"},
    {"imagej": True, "metadata": {"axes": "TYX"}},
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("window", WINDOWS)
def test_a_window_of_a_tiff(
    tmp_path: Path, form: dict[str, Any], window: tuple[int, int, int, int]
) -> None:
    path = tmp_path / "movie.tif"
    tifffile.imwrite(path, MOVIE, **form)
    frames, _, _ = open_tiff(path, MovieSettings())
    assert isinstance(frames, WindowFrames)
    y0, y1, x0, x1 = window
    part = frames.window(1, y0, y1, x0, x1)
    np.testing.assert_array_equal(part, MOVIE[1, y0:y1, x0:x1])
    assert part.dtype == np.dtype("=u2")


def test_a_window_touches_no_other_tile(tmp_path: Path) -> None:
    path = tmp_path / "movie.tif"
    tifffile.imwrite(path, MOVIE, tile=(16, 16), compression="zlib")
    with tifffile.TiffFile(path) as file:
        last = file.pages[1].dataoffsets[-1]
    data = bytearray(path.read_bytes())
    data[last : last + 8] = bytes(8)
    path.write_bytes(data)
    frames, _, _ = open_tiff(path, MovieSettings())
    np.testing.assert_array_equal(frames.window(1, 0, 32, 0, 32), MOVIE[1, :32, :32])


def test_a_window_of_one_channel_or_of_colours(tmp_path: Path) -> None:
    path = tmp_path / "movie.tif"
    both = np.stack([MOVIE, MOVIE + 1], axis=1)
    tifffile.imwrite(path, both, imagej=True, metadata={"axes": "TCYX"})
    frames, _, _ = open_tiff(path, MovieSettings(channel=1))
    np.testing.assert_array_equal(frames.window(2, 3, 9, 4, 30), MOVIE[2, 3:9, 4:30] + 1)
    colour = np.stack([MOVIE, MOVIE + 1, MOVIE + 2], axis=-1)
    tifffile.imwrite(path, colour, photometric="rgb", tile=(16, 16))
    frames, _, _ = open_tiff(path, MovieSettings(channel=1))
    np.testing.assert_array_equal(frames.window(2, 3, 9, 4, 30), MOVIE[2, 3:9, 4:30] + 1)


def test_frames_that_cannot_be_read_in_part_are_cut() -> None:
    part = read_window(MemoryFrames(MOVIE), 2, 3, 9, 4, 30)
    np.testing.assert_array_equal(part, MOVIE[2, 3:9, 4:30])


def movie(**changes: Any) -> Movie:
    values: dict[str, Any] = {
        "kind": "image",
        "frames": MemoryFrames(MOVIE),
        "times": np.arange(5.0),
        "time_unit": "hour",
        "length_unit": "um",
        "pixel_size": (2.0, 0.5),
        "extent": (0.0, 0.0, 45.0, 150.0),
        "source": "movie",
        "valid": MemoryFrames(MOVIE > 100),
    }
    return Movie(**(values | changes))


def test_a_movie_is_cropped_to_whole_pixels_around_a_region() -> None:
    part = crop_movie(movie(), (10.2, 20.0, 30.0, 61.0))
    assert part.extent == (10.0, 20.0, 30.0, 62.0)
    np.testing.assert_array_equal(part.frames[1], MOVIE[1, 10:31, 20:60])
    assert part.valid is not None
    np.testing.assert_array_equal(part.valid[1], MOVIE[1, 10:31, 20:60] > 100)
    again = crop_movie(part, (12.0, 22.0, 20.0, 40.0), margin=2.0)
    assert again.extent == (10.0, 20.0, 22.0, 42.0)
    np.testing.assert_array_equal(again.frames[0], MOVIE[0, 10:21, 20:44])


def test_a_margin_ends_at_the_border_of_the_movie() -> None:
    part = crop_movie(movie(), (2.0, 4.0, 10.0, 20.0), margin=8.0)
    assert part.extent == (0.0, 0.0, 18.0, 28.0)


def test_what_is_needed_whole_stays_as_it_is() -> None:
    whole = movie()
    assert crop_movie(whole, whole.extent) is whole
    assert crop_movie(whole, (-5.0, -5.0, 500.0, 500.0)) is whole
    points = movie(kind="points", frames=MemoryFrames([np.zeros((1, 2))] * 5), valid=None)
    assert crop_movie(points, (0, 0, 1, 1)) is points
