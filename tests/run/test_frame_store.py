"""Frames that were measured are not measured again, and nothing stale or damaged is used."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from napari_binn.movie.model import MemoryFrames, Movie
from napari_binn.run.fingerprints import Fingerprint
from napari_binn.run.frame_store import FrameStore, measurement_of
from napari_binn.settings import Settings

POSITIONS = [np.arange(2.0 * n).reshape(n, 2) + n for n in (3, 0, 5)]


def store(path: Path, measurement: str = "this one") -> FrameStore:
    return FrameStore(path, measurement, refused=pytest.fail)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a file with three frames."""
    path = tmp_path / "frames"
    filled = store(path)
    for frame, positions in enumerate(POSITIONS):
        filled[10 * frame] = positions
    return path


def test_frames_come_back_as_they_were(path: Path) -> None:
    again = store(path)
    assert sorted(again) == [0, 10, 20]
    assert len(again) == 3
    for frame, positions in enumerate(POSITIONS):
        np.testing.assert_array_equal(again[10 * frame], positions)


def test_another_measurement_finds_nothing_and_replaces_them(path: Path) -> None:
    other = store(path, "another")
    assert len(other) == 0
    other[3] = POSITIONS[0]
    assert list(store(path, "another")) == [3]
    assert len(store(path)) == 0


@pytest.mark.parametrize("lost", [1, 20, 100, 130, 300])
def test_a_kill_costs_the_frame_that_was_being_written(path: Path, lost: int) -> None:
    """Whatever was cut off, whole frames stay, and the measurement goes on after them."""
    whole = path.read_bytes()
    path.write_bytes(whole[:-lost])
    cut = store(path)
    known = len(cut)
    assert known < 3
    cut[20] = POSITIONS[2]
    again = store(path)
    assert len(again) == known + 1
    for frame in again:
        np.testing.assert_array_equal(again[frame], POSITIONS[frame // 10])


def test_a_changed_byte_is_noticed(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-4] ^= 1
    path.write_bytes(content)
    assert sorted(store(path)) == [0, 10]


def test_a_disk_that_refuses_costs_a_sentence_and_no_frame(tmp_path: Path) -> None:
    said: list[str] = []
    refusing = FrameStore(tmp_path / "no such folder" / "frames", "this one", said.append)
    refusing[0], refusing[1] = POSITIONS[0], POSITIONS[2]
    np.testing.assert_array_equal(refusing[1], POSITIONS[2])
    assert sorted(refusing) == [0, 1]
    assert len(said) == 1
    assert "begin anew" in said[0]


def test_a_measurement_is_known_by_all_that_decides_it() -> None:
    movie = Movie(
        kind="image",
        frames=MemoryFrames(np.zeros((2, 4, 4))),
        times=np.arange(2.0),
        time_unit="hour",
        length_unit="um",
        pixel_size=(1.0, 1.0),
        extent=(0, 0, 4, 4),
        source="movie.tif",
    )
    inputs = [Fingerprint("movie.tif", 100, 1.0, "abc", "whole file")]
    settings = Settings()

    def changed(section: str, **values: object) -> Settings:
        part = getattr(settings, section).model_copy(update=values)
        return settings.model_copy(update={section: part})

    name = measurement_of(movie, inputs, settings)
    touched = [replace(inputs[0], path="elsewhere.tif", modified=2.0)]
    assert measurement_of(movie, touched, settings) == name
    assert measurement_of(movie, inputs, changed("binn", members=2)) == name
    others = [
        measurement_of(movie, [replace(inputs[0], sha256="abd")], settings),
        measurement_of(replace(movie, times=np.arange(2.0) + 1), inputs, settings),
        measurement_of(replace(movie, pixel_size=(1.0, 2.0)), inputs, settings),
        measurement_of(movie, inputs, changed("density", threshold=5.0)),
        measurement_of(movie, inputs, changed("movie", channel=2)),
    ]
    assert None not in others
    assert len({name, *others}) == 6
    assert measurement_of(movie, [], settings) is None
