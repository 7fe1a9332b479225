"""The engine reads what the viewer shows: the same frames, the same density."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import pytest
import tifffile
from napari.layers import Image, Labels, Layer, Points, Shapes
from napari.layers._source import layer_source

from napari_binn.density.measure import measure_density
from napari_binn.errors import UserError
from napari_binn.gui.calibration import Calibration, suggest
from napari_binn.gui.calibration_model import GREY
from napari_binn.gui.inputs import to_movie, truth_of, write_input
from napari_binn.gui.layers import movie_layer
from napari_binn.movie.model import Movie
from napari_binn.movie.read import open_input
from napari_binn.settings import Settings

CALIBRATED: dict[str, Any] = {
    "pixel_size": (4.0, 5.0), "length_unit": "um", "frame_interval": 30.0, "time_unit": "min",
}  # fmt: skip
BINS = {"bins": [6, 5]}


def calibrated(layer: Layer, **values: Any) -> Calibration:
    return suggest(layer).typed(**{**CALIBRATED, **values})


def labels() -> np.ndarray:
    """Return a movie (3, 40, 48) of labelled cells that become more."""
    data = np.zeros((3, 40, 48), np.int32)
    rng = np.random.default_rng(0)
    for t in range(3):
        for cell in range(30 + 10 * t):
            y, x = rng.integers(0, 38), rng.integers(0, 46)
            data[t, y : y + 2, x : x + 2] = cell + 1
    return data


def check_same(
    layer: Layer, calibration: Calibration, folder: Path, density: dict[str, Any]
) -> Path:
    """Assert that the written input measures like the layer itself; return its path."""
    path, values = write_input(layer, calibration, folder)
    settings = Settings.build({**values, "density": density})
    movie = open_input(path, settings.movie)
    assert isinstance(movie, Movie)
    here = measure_density(to_movie(layer, calibration), settings.density)
    there = measure_density(movie, settings.density)
    np.testing.assert_array_equal(here.values, there.values)
    np.testing.assert_allclose(here.t, there.t, rtol=1e-15)
    np.testing.assert_array_equal(here.x, there.x)
    np.testing.assert_array_equal(here.y, there.y)
    assert (here.density_unit, here.time_unit) == (there.density_unit, there.time_unit)
    return path


def test_labels_are_written_and_measured_alike(tmp_path: Path) -> None:
    layer = Labels(labels())
    path = check_same(layer, calibrated(layer), tmp_path, BINS)
    assert path == tmp_path / "input.tif"
    assert sorted(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, np.float64])
@pytest.mark.parametrize("lazy", [False, True])
def test_images_are_written_without_loss(tmp_path: Path, dtype: type, lazy: bool) -> None:
    data = (np.random.default_rng(1).random((4, 30, 36)) * 200).astype(dtype)
    layer = Image(da.from_array(data, chunks=(1, 30, 36)) if lazy else data)
    said: list[tuple[int, int]] = []
    path, values = write_input(layer, calibrated(layer), tmp_path, lambda *p: said.append(p))
    movie = open_input(path, Settings.build(values).movie)
    assert isinstance(movie, Movie)
    np.testing.assert_array_equal(np.stack(list(movie)), data)
    assert movie.frames[0].dtype == dtype
    assert movie.pixel_size == (4.0, 5.0)
    assert said[-1] == (4, 4)
    check_same(layer, calibrated(layer), tmp_path, {"method": "intensity", **BINS})


@pytest.mark.parametrize("timing", [{"times": (1.0, 2.0, 5.0)}, {"time_unit": "frame"}])
def test_irregular_times_and_frames_reach_the_engine(
    tmp_path: Path, timing: dict[str, Any]
) -> None:
    layer = Labels(labels())
    check_same(layer, calibrated(layer, **timing), tmp_path, BINS)


def test_pixels_reach_the_engine(tmp_path: Path) -> None:
    layer = Labels(labels())
    check_same(layer, calibrated(layer, length_unit="pixel"), tmp_path, BINS)


def test_the_chosen_channel_is_read_wherever_time_is(tmp_path: Path) -> None:
    data = np.random.default_rng(2).integers(0, 99, (2, 5, 1, 20, 24), dtype=np.uint16)
    layer = Image(data, axis_labels=("c", "t", "z", "y", "x"))
    calibration = calibrated(layer, channel=1)
    movie = to_movie(layer, calibration)
    np.testing.assert_array_equal(np.stack(list(movie)), data[1, :, 0])
    check_same(layer, calibration, tmp_path, {"method": "intensity", **BINS})
    colour = Image(np.moveaxis(data[[0, 1, 0], :, 0], 0, -1), rgb=True)
    frames = np.stack(list(to_movie(colour, calibrated(colour, channel=1))))
    np.testing.assert_array_equal(frames, data[1, :, 0])


def annotated() -> Image:
    """Return a grey movie in colour, a green line drawn over it."""
    grey = np.random.default_rng(3).integers(50, 200, (4, 40, 48), dtype=np.uint8)
    data = np.stack([grey] * 3, axis=-1)
    data[:, 20:23, 5:40] = (0, 255, 0)
    return Image(data, rgb=True)


def test_grey_images_in_colour_are_read_as_grey_without_what_is_drawn_over_them() -> None:
    layer = annotated()
    calibration = calibrated(layer)
    assert calibration.channel == GREY
    movie = to_movie(layer, calibration)
    assert movie.valid is not None
    valid = movie.valid[2]
    assert not valid[20:23, 5:40].any()
    np.testing.assert_array_equal(movie.frames[2][valid], layer.data[2, ..., 0][valid])
    assert "coloured annotations" in movie.assumptions[0]
    green = to_movie(layer, calibration.typed(channel=1))
    assert green.valid is None
    assert (green.frames[0][20:23, 5:40] == 255).all()


def test_the_engine_finds_the_annotations_of_a_layer_without_file(tmp_path: Path) -> None:
    layer = annotated()
    path, values = write_input(layer, calibrated(layer), tmp_path)
    read = open_input(path, Settings.build(values).movie)
    assert isinstance(read, Movie)
    here = to_movie(layer, calibrated(layer))
    assert read.valid is not None
    assert here.valid is not None
    for index in (0, 3):
        np.testing.assert_array_equal(read.frames[index], here.frames[index])
        np.testing.assert_array_equal(read.valid[index], here.valid[index])


def test_a_file_that_holds_the_same_is_used_as_it_is(tmp_path: Path) -> None:
    source = tmp_path / "cells.tif"
    data = labels().astype(np.uint16)
    tifffile.imwrite(source, data, photometric="minisblack", metadata={"axes": "TYX"})
    with layer_source(path=str(source)):
        layer, cropped, edited = Image(data), Image(data[:, :30]), Image(data + 1)
    out = tmp_path / "run"
    out.mkdir()
    assert check_same(layer, calibrated(layer), out, BINS | {"method": "intensity"}) == source
    assert not list(out.iterdir())
    for other in (cropped, edited):
        assert write_input(other, calibrated(other), out)[0] == out / "input.tif"


def test_one_channel_of_a_file_that_napari_split_is_found(tmp_path: Path) -> None:
    source = tmp_path / "two.ome.tif"
    data = np.random.default_rng(3).integers(0, 99, (4, 2, 20, 24), dtype=np.uint16)
    tifffile.imwrite(source, data, ome=True, metadata={"axes": "TCYX"})
    with layer_source(path=str(source)):
        layer = Image(data[:, 1])
    path, values = write_input(layer, calibrated(layer, time_axis=0), tmp_path)
    assert (path, values["movie"]["channel"]) == (source, 1)


def test_planes_that_are_time_points_are_read_as_such(tmp_path: Path) -> None:
    source = tmp_path / "stack.tif"
    data = np.random.default_rng(3).integers(0, 99, (6, 20, 24), dtype=np.uint16)
    tifffile.imwrite(source, data, imagej=True, metadata={"axes": "ZYX"})
    with layer_source(path=str(source)):
        layer = Image(data)
    calibration = calibrated(layer, time_axis=0)
    assert check_same(layer, calibration, tmp_path, {"method": "intensity", **BINS}) == source


def a_cloud(frames: int = 4) -> np.ndarray:
    rng = np.random.default_rng(4)
    index = np.repeat(np.arange(frames), 60)
    return np.column_stack([index, rng.random((len(index), 2)) * (90.3, 120.7)])


def test_points_are_written_and_measured_alike(tmp_path: Path) -> None:
    layer = Points(a_cloud())
    assert check_same(layer, calibrated(layer), tmp_path, BINS).name == "input.csv"
    movie = to_movie(layer, calibrated(layer))
    first = layer.data[layer.data[:, 0] == 0]
    np.testing.assert_allclose(movie.frames[0], first[:, [2, 1]] * (5.0, 4.0))


def test_a_frame_without_cells_counts(tmp_path: Path) -> None:
    cloud = a_cloud()
    layer = Points(cloud[cloud[:, 0] != 2])
    path = check_same(layer, calibrated(layer), tmp_path, BINS)
    assert path.is_dir()
    assert len(to_movie(layer, calibrated(layer)).frames[2]) == 0


def test_points_are_at_the_frame_they_are_shown_at() -> None:
    layer = Points(np.array([[0.2, 1, 2], [0.8, 3, 4], [1.9, 5, 7.0]]))
    assert [len(frame) for frame in to_movie(layer, calibrated(layer))] == [1, 1, 1]


@pytest.mark.parametrize(
    ("layer", "word"),
    [
        (Image(np.zeros((4, 3, 8, 9)), axis_labels=("t", "z", "y", "x")), "projection"),
        (Points(np.array([[0, 1, 1], [1, 1, 5.0]])), "one line"),
        (Shapes(), "no movie"),
    ],
)
def test_what_is_no_movie_is_said_in_a_sentence(layer: Layer, word: str) -> None:
    calibration = calibrated(layer) if not isinstance(layer, Shapes) else Calibration(())
    with pytest.raises(UserError, match=word):
        to_movie(layer, calibration)


def test_a_full_disk_or_a_missing_folder_is_a_sentence(tmp_path: Path) -> None:
    layer = Image(np.zeros((4, 8, 9)))
    with pytest.raises(UserError, match="cannot be written"):
        write_input(layer, calibrated(layer), tmp_path / "gone")


def test_samples_know_their_law() -> None:
    layer = Image(np.zeros((4, 8, 9)), metadata={"phantom": "growth", "seed": 3})
    truth = truth_of(layer)
    assert truth is not None
    assert (truth["name"], truth["seed"]) == ("growth", 3)
    assert truth["density_scale"] > 0
    assert truth_of(Image(np.zeros((4, 8, 9)))) is None
    assert truth_of(Image(np.zeros((4, 8, 9)), metadata={"phantom": "?", "seed": 0})) is None


def test_a_movie_of_ours_comes_back_as_it_went() -> None:
    from tests.gui.test_layers import a_movie

    movie = a_movie()
    back = to_movie(*_with_suggestion(Layer.create(*movie_layer(movie, "cells"))))
    np.testing.assert_array_equal(back.times, movie.times)
    assert (back.pixel_size, back.extent) == (movie.pixel_size, pytest.approx(movie.extent))


def _with_suggestion(layer: Layer) -> tuple[Layer, Calibration]:
    return layer, suggest(layer)
