"""CZI files written and read by Zeiss' own library: pixels, scenes, times, damage."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_binn.errors import UserError
from napari_binn.movie.czi_file import open_czi
from napari_binn.movie.czi_metadata import parse, planned_times, recorded_times, scene_names
from napari_binn.movie.images import look_into
from napari_binn.movie.model import Movie
from napari_binn.movie.read import open_input
from napari_binn.settings import MovieSettings

czi: Any = pytest.importorskip("pylibCZIrw.czi", reason="the package pylibCZIrw is not installed")

MOVIE = np.random.default_rng(0).integers(0, 4000, (4, 2, 30, 40)).astype(np.uint16)


def write(path: Path, scenes: int = 1, movie: np.ndarray = MOVIE) -> None:
    """Write T × C × Y × X (× colours), each scene brighter by one than the one before."""
    with czi.create_czi(str(path)) as file:
        for t, channels in enumerate(movie):
            for c, image in enumerate(channels):
                for scene in range(scenes):
                    place = {"T": t, "C": c, "Z": 0}
                    corner = (100 * scene, 5)
                    file.write(image + scene, plane=place, scene=scene, location=corner)
        file.write_metadata("movie", scale_x=0.65e-6, scale_y=0.5e-6)


def edit(path: Path, old: str, new: str) -> None:
    """Replace a part of the file's XML."""
    with czi.edit_czi(str(path)) as file, file.edit_session() as metadata:
        xml = metadata.get_xml()
        assert old in xml
        metadata.set_xml(xml.replace(old, new, 1))


def attach_times(path: Path, times: list[float]) -> None:
    """Append the table of times as ZEN does: an attachment, a directory, and where that is."""
    data = bytearray(path.read_bytes())
    data += bytes(-len(data) % 32)
    entry_head = struct.Struct("<2s10xqi16x8s80s")
    attachment = len(data)
    entry = entry_head.pack(b"A1", attachment, 0, b"CZTIMS", b"TimeStamps")
    table = struct.pack(f"<ii{len(times)}d", 8 + 8 * len(times), len(times), *times)
    body = struct.pack("<i12x", len(table)) + entry.ljust(128, b"\0")
    body = body.ljust(256, b"\0") + table
    data += struct.pack("<16sqq", b"ZISRAWATTACH", len(body), len(body)) + body
    data += bytes(-len(data) % 32)
    directory = len(data)
    body = struct.pack("<i", 1).ljust(256, b"\0") + entry.ljust(128, b"\0")
    data += struct.pack("<16sqq", b"ZISRAWATTDIR", len(body), len(body)) + body
    struct.pack_into("<q", data, 104, directory)
    path.write_bytes(data)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "movie.czi"


def test_frames_of_a_channel_with_their_pixel_size(path: Path) -> None:
    write(path)
    movie = open_input(path, MovieSettings(channel=1, frame_interval=10, time_unit="min"))
    assert isinstance(movie, Movie)
    for frame, expected in zip(movie, MOVIE[:, 1], strict=True):
        np.testing.assert_array_equal(frame, expected)
    assert movie.length_unit == "um"
    assert movie.pixel_size == pytest.approx((0.5, 0.65))
    frames, _, _ = open_czi(path, MovieSettings(channel=1))
    np.testing.assert_array_equal(frames.window(2, 3, 9, 4, 30), MOVIE[2, 1, 3:9, 4:30])
    assert frames.dtype == np.uint16
    with pytest.raises(UserError, match="does not state when its frames were taken"):
        open_input(path, MovieSettings(channel=1))


def test_a_scene_is_chosen_from_a_list(path: Path) -> None:
    write(path, scenes=3)
    scenes = "".join(f'<Scene Index="{i}" Name="P{i + 1}"/>' for i in range(3))
    edit(path, "<Channels>", f"<S><Scenes>{scenes}</Scenes></S><Channels>")
    with pytest.raises(UserError, match=r"holds 3 positions .*: 0 \(P1\), 1 \(P2\) or 2 \(P3\)"):
        open_input(path, MovieSettings(channel=0))
    frames, _, _ = open_czi(path, MovieSettings(channel=0, position=2))
    np.testing.assert_array_equal(frames[3], MOVIE[3, 0] + 2)
    held = look_into(path)
    assert (held.positions, held.axes, held.shape) == (
        ("P1", "P2", "P3"), "TZCYX", (4, 1, 2, 30, 40),
    )  # fmt: skip


def test_the_planned_interval_is_a_time(path: Path) -> None:
    write(path)
    interval = "<Interval><Start>0</Start><Increment>600</Increment></Interval>"
    edit(path, "<Channels>", f"<T><Positions>{interval}</Positions></T><Channels>")
    _, stated, _ = open_czi(path, MovieSettings(channel=0))
    np.testing.assert_array_equal(stated.times, [0, 600, 1200, 1800])
    assert stated.time_unit == "s"


def test_recorded_times_win_and_stay_irregular(path: Path) -> None:
    write(path)
    interval = "<Interval><Increment>600</Increment></Interval>"
    edit(path, "<Channels>", f"<T><Positions>{interval}</Positions></T><Channels>")
    attach_times(path, [0.5, 601.0, 1150.0, 4000.0])
    frames, stated, _ = open_czi(path, MovieSettings(channel=0))
    np.testing.assert_array_equal(stated.times, [0.5, 601, 1150, 4000])
    np.testing.assert_array_equal(frames[2], MOVIE[2, 0])


@pytest.mark.parametrize("times", [[0.0, 1.0], [0.0, 0.0, 0.0, 0.0], [0.0, 1.0, float("nan"), 3.0]])
def test_recorded_times_that_cannot_be_are_passed_over(path: Path, times: list[float]) -> None:
    write(path)
    attach_times(path, times)
    assert recorded_times(path, 4) is None


def test_colour_images_in_the_order_red_green_blue(path: Path) -> None:
    blue_green_red = np.random.default_rng(1).integers(0, 255, (2, 1, 30, 40, 3)).astype(np.uint8)
    write(path, movie=blue_green_red)
    with pytest.raises(UserError, match="is a colour image and one channel is needed"):
        open_input(path, MovieSettings(time_unit="frame"))
    frames, _, _ = open_czi(path, MovieSettings(channel=0))
    np.testing.assert_array_equal(frames[1], blue_green_red[1, 0, ..., 2])
    write(path.with_name("grey.czi"), movie=np.repeat(blue_green_red[..., :1], 3, axis=-1))
    movie = open_input(path.with_name("grey.czi"), MovieSettings(time_unit="frame"))
    assert isinstance(movie, Movie)
    np.testing.assert_array_equal(movie.frames[0], blue_green_red[0, 0, ..., 0])


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.8, 0.99])
def test_a_truncated_file_is_told_in_one_sentence(path: Path, share: float) -> None:
    write(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(UserError, match=r"movie\.czi is not a CZI file, or is damaged"):
        open_input(path, MovieSettings(channel=0))


def test_metadata_that_could_do_harm_are_refused() -> None:
    with pytest.raises(UserError, match="declare a document type"):
        parse("<!DOCTYPE x [<!ENTITY a 'aaaa'>]><x>&a;</x>", "movie.czi")


def test_metadata_may_say_nothing() -> None:
    xml = parse("<?xml version='1.0'?><ImageDocument><Metadata/></ImageDocument>", "movie.czi")
    assert planned_times(xml, 3) is None
    assert scene_names(xml, [0, 1]) == ["", ""]
