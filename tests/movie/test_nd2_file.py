"""ND2 files through the real library: pixels, calibration, recorded times, positions, damage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from napari_binn.errors import UserError
from napari_binn.movie.images import look_into
from napari_binn.movie.model import Movie
from napari_binn.movie.nd2_file import open_nd2
from napari_binn.movie.read import open_input
from napari_binn.settings import MovieSettings

from .nd2_writer import write_nd2

pytest.importorskip("nd2", reason="the package nd2 is not installed")

IMAGES = np.random.default_rng(0).integers(0, 4000, (6, 2, 30, 40)).astype(np.uint16)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "movie.nd2"


def test_frames_of_a_channel_with_their_recorded_times(path: Path) -> None:
    times = [0, 61e3, 119e3, 400e3, 401e3, 500e3]
    write_nd2(path, IMAGES, times_ms=times)
    movie = open_input(path, MovieSettings(channel=1))
    assert isinstance(movie, Movie)
    for frame, expected in zip(movie, IMAGES[:, 1], strict=True):
        np.testing.assert_array_equal(frame, expected)
    np.testing.assert_allclose(movie.times, np.array(times) / 1000)
    assert (movie.time_unit, movie.length_unit) == ("s", "um")
    assert movie.pixel_size == (0.65, 0.65)
    assert movie.files == (str(path),)


def test_a_position_is_chosen_from_a_list_with_its_own_times(path: Path) -> None:
    write_nd2(path, IMAGES, positions=["A1", "B2"], times_ms=[0, 1e3, 60e3, 61e3, 150e3, 151e3])
    with pytest.raises(UserError, match=r"holds 2 positions .*: 0 \(A1\) or 1 \(B2\)"):
        open_input(path, MovieSettings(channel=0))
    frames, stated, _ = open_nd2(path, MovieSettings(channel=0, position=1))
    assert len(frames) == 3
    np.testing.assert_array_equal([frames[t] for t in range(3)], IMAGES[1::2, 0])
    np.testing.assert_allclose(stated.times, [1, 61, 151])
    held = look_into(path)
    assert (held.positions, held.axes, held.shape) == (("A1", "B2"), "TCYX", (3, 2, 30, 40))


def test_the_planned_interval_where_no_times_were_recorded(path: Path) -> None:
    write_nd2(path, IMAGES, period_ms=600e3)
    _, stated, _ = open_nd2(path, MovieSettings(channel=0))
    np.testing.assert_allclose(stated.times, np.arange(6) * 600)
    assert stated.time_unit == "s"


def test_a_camera_without_calibration_states_no_pixel_size(path: Path) -> None:
    write_nd2(path, IMAGES[:, :1], pixel_um=0)
    _, stated, _ = open_nd2(path, MovieSettings())
    assert stated.pixel_size is None


def test_depth_is_never_taken_for_time(path: Path) -> None:
    write_nd2(path, IMAGES[:, :1], slices=6)
    with pytest.raises(UserError, match=r"6 planes in depth .*set 'movie\.axes' to TYX"):
        open_input(path, MovieSettings())
    frames, stated, _ = open_nd2(path, MovieSettings(axes="TYX"))
    np.testing.assert_array_equal(frames[4], IMAGES[4, 0])
    assert stated.times is None
    write_nd2(path, IMAGES[:, :1], slices=3)
    with pytest.raises(UserError, match="is three-dimensional"):
        open_input(path, MovieSettings())


def test_colour_images(path: Path) -> None:
    colour = np.random.default_rng(1).integers(0, 255, (3, 3, 30, 40)).astype(np.uint8)
    write_nd2(path, colour, samples=3)
    with pytest.raises(UserError, match="is a colour image and one channel is needed"):
        open_input(path, MovieSettings())
    frames, _, _ = open_nd2(path, MovieSettings(channel=2))
    np.testing.assert_array_equal(frames[1], colour[1, 2])
    write_nd2(path, np.repeat(colour[:, :1], 3, axis=1), samples=3)
    movie = open_input(path, MovieSettings())
    assert isinstance(movie, Movie)
    np.testing.assert_array_equal(movie.frames[1], colour[1, 0])


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.8, 0.99, 0.999])
def test_a_truncated_file_is_told_in_one_sentence(path: Path, share: float) -> None:
    write_nd2(path, IMAGES)
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(UserError, match=r"movie\.nd2 is not an ND2 file, or is damaged"):
        open_input(path, MovieSettings(channel=0))


def test_an_acquisition_that_was_stopped_is_told(path: Path) -> None:
    """The library would read zeros for the missing frames."""
    write_nd2(path, IMAGES, lost=2)
    with pytest.raises(UserError, match="lacks 2 of the 6 frames that its metadata names"):
        open_input(path, MovieSettings(channel=0))


def test_other_files_are_no_nd2(path: Path) -> None:
    path.write_text("not a movie, but long enough to hold a header of sixty-four bytes " * 4)
    with pytest.raises(UserError, match="is not an ND2 file"):
        open_input(path, MovieSettings())
