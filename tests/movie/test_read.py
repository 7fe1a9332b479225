"""Whatever a user gives is opened as what it is, or answered with a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import imageio.v3 as iio
import numpy as np
import pytest
import tifffile

from napari_binn.density.model import Density
from napari_binn.errors import UserError
from napari_binn.movie.model import Movie
from napari_binn.movie.read import open_input
from napari_binn.settings import MovieSettings

MOVIE = np.random.default_rng(1).integers(0, 255, (5, 20, 30)).astype(np.uint8)
CALIBRATION: dict[str, Any] = {
    "pixel_size": (0.5, 0.25),
    "length_unit": "um",
    "frame_interval": 2.0,
    "time_unit": "h",
}


def opened(path: Path, **given: Any) -> Movie:
    movie = open_input(path, MovieSettings(**given))
    assert isinstance(movie, Movie)
    return movie


def write_frames(folder: Path, suffix: str, frames: np.ndarray = MOVIE) -> None:
    for index, frame in enumerate(frames):
        iio.imwrite(folder / f"tick{index + 8}{suffix}", frame)


def test_a_movie_file(tmp_path: Path) -> None:
    path = tmp_path / "movie.tiff"
    tifffile.imwrite(path, MOVIE)
    movie = opened(path, **CALIBRATION)
    assert (movie.kind, len(movie)) == ("image", 5)
    assert movie.times.tolist() == [0, 2, 4, 6, 8]
    assert (movie.time_unit, movie.length_unit) == ("hour", "um")
    assert movie.pixel_size == (0.25, 0.5)
    assert movie.extent == (0, 0, 30 * 0.5, 20 * 0.25)
    assert movie.source == str(path)
    for frame, expected in zip(movie, MOVIE, strict=True):
        np.testing.assert_array_equal(frame, expected)


def test_a_label_movie_is_what_the_user_calls_one(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "movie.tif", MOVIE)
    assert opened(tmp_path / "movie.tif", kind="labels", **CALIBRATION).kind == "labels"


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_a_folder_of_frames_in_natural_order(tmp_path: Path, suffix: str) -> None:
    write_frames(tmp_path, suffix)
    movie = opened(tmp_path, **CALIBRATION)
    assert [Path(file).stem for file in movie.files] == [f"tick{i}" for i in range(8, 13)]
    for frame, expected in zip(movie, MOVIE, strict=True):
        np.testing.assert_array_equal(frame, expected)


def test_jpeg_frames(tmp_path: Path) -> None:
    write_frames(tmp_path, ".jpg")
    assert opened(tmp_path, **CALIBRATION).frames[0].shape == (20, 30)


def test_frames_that_state_their_pixel_size_and_hours(tmp_path: Path) -> None:
    for hour, frame in zip((0, 4, 10), MOVIE, strict=False):
        tifffile.imwrite(
            tmp_path / f"well_hours_{hour}.tif",
            frame,
            imagej=True,
            resolution=(2, 2),
            metadata={"unit": "um"},
        )
    movie = opened(tmp_path)
    assert (movie.times.tolist(), movie.time_unit) == ([0, 4, 10], "hour")
    assert (movie.pixel_size, movie.length_unit) == ((0.5, 0.5), "um")


def test_a_folder_with_a_single_movie(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "movie.tif", MOVIE)
    assert len(opened(tmp_path, **CALIBRATION)) == 5


def test_the_scratch_assay_needs_its_calibration_only(shared_data: Path) -> None:
    folder = shared_data / "scratch_assay"
    with pytest.raises(UserError, match="does not state when"):
        opened(folder)
    with pytest.raises(UserError, match="does not state its pixel size"):
        opened(folder, time_unit="frame")
    movie = opened(folder, time_unit="frame", length_unit="pixel")
    assert (len(movie), movie.extent) == (13, (0, 0, 1920, 1440))
    assert movie.frames[12].shape == (1440, 1920)


def test_frames_of_different_types(tmp_path: Path) -> None:
    write_frames(tmp_path, ".tif")
    tifffile.imwrite(tmp_path / "tick20.tif", MOVIE[0].astype(np.uint16))
    with pytest.raises(
        UserError, match=r"tick8\.tif holds 8-bit numbers, tick20\.tif 16-bit numbers"
    ):
        opened(tmp_path, **CALIBRATION)


def test_a_frame_that_may_be_missing_is_said(tmp_path: Path) -> None:
    write_frames(tmp_path, ".png")
    assert opened(tmp_path, **CALIBRATION).assumptions == ()
    (tmp_path / "tick10.png").unlink()
    (said,) = opened(tmp_path, **CALIBRATION).assumptions
    assert "jump from tick9.png to tick11.png: if frames are missing there" in said
    times = {"times": (0, 2, 6, 8), "time_unit": "h", "pixel_size": (1, 1), "length_unit": "um"}
    assert opened(tmp_path, **times).assumptions == ()


def test_grey_frames_beside_colour_ones_of_the_same_grey(tmp_path: Path) -> None:
    write_frames(tmp_path, ".png")
    colour = np.stack([MOVIE[2]] * 3, axis=-1)
    iio.imwrite(tmp_path / "tick8.png", colour)
    movie = opened(tmp_path, **CALIBRATION)
    np.testing.assert_array_equal(movie.frames[0], MOVIE[2])
    np.testing.assert_array_equal(movie.frames[1], MOVIE[1])


def test_frames_of_different_sizes(tmp_path: Path) -> None:
    write_frames(tmp_path, ".png")
    iio.imwrite(tmp_path / "tick20.png", MOVIE[0, :10])
    with pytest.raises(UserError, match=r"tick8\.png has 30 × 20 pixels, tick20\.png has 30 × 10"):
        opened(tmp_path, **CALIBRATION)


def test_several_movies_in_a_folder(tmp_path: Path) -> None:
    for name in ("a.tif", "b.tif"):
        tifffile.imwrite(tmp_path / name, MOVIE)
    with pytest.raises(UserError, match="holds 5 frames, but one frame a file is expected"):
        opened(tmp_path, **CALIBRATION)


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_a_truncated_frame(tmp_path: Path, suffix: str) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (3, 80, 90)).astype(np.uint8)
    write_frames(tmp_path, suffix, noise)
    last = tmp_path / f"tick10{suffix}"
    last.write_bytes(last.read_bytes()[:1500])
    movie = opened(tmp_path, **CALIBRATION)
    with pytest.raises(UserError, match=r"tick10\.\w+ is not a readable image, or is damaged"):
        movie.frames[2]
    last.write_bytes(b"")
    with pytest.raises(UserError, match=r"tick10\.\w+ is not a readable image, or is damaged"):
        opened(tmp_path, **CALIBRATION)


def test_a_single_frame(tmp_path: Path) -> None:
    iio.imwrite(tmp_path / "a.png", MOVIE[0])
    tifffile.imwrite(tmp_path / "a.tif", MOVIE[0])
    with pytest.raises(UserError, match="is a single frame: give the folder"):
        opened(tmp_path / "a.png", **CALIBRATION)
    with pytest.raises(UserError, match="one frame only"):
        opened(tmp_path / "a.tif", **CALIBRATION)
    with pytest.raises(UserError, match="one frame only"):
        opened(tmp_path, pattern="*.png", **CALIBRATION)


def test_missing_and_unknown_files(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"There is no file or folder .*nothing\.tif"):
        opened(tmp_path / "nothing.tif")
    (tmp_path / "movie.avi").write_bytes(b"RIFF")
    with pytest.raises(UserError, match=r"not a kind of file that can be read: \.tif"):
        opened(tmp_path / "movie.avi")
    with pytest.raises(UserError, match="holds no table"):
        opened(tmp_path)


def test_a_field_is_not_for_images(tmp_path: Path) -> None:
    write_frames(tmp_path, ".png")
    with pytest.raises(UserError, match=r"'movie\.field' is for tables .*give 'density\.region'"):
        opened(tmp_path, field=(0, 0, 1, 1), **CALIBRATION)


def test_a_ready_density_keeps_its_units(tmp_path: Path) -> None:
    path = tmp_path / "density.npz"
    values = np.ones((2, 4, 5))
    axes = {"t": np.arange(2.0), "y": np.arange(4.0), "x": np.arange(5.0)}
    np.savez(path, density=values, length_unit="cm", time_unit="week", source="elsewhere", **axes)
    density = open_input(path, MovieSettings())
    assert isinstance(density, Density)
    assert (density.length_unit, density.time_unit) == ("cm", "week")
    assert density.source == str(path)
    with pytest.raises(UserError, match=r"own coordinates: leave out the setting 'movie\.times'"):
        open_input(path, MovieSettings(times=(0, 1)))
