"""OME-Zarr folders and files of microscopes open as calibrated layers that are read when shown."""

from __future__ import annotations

from pathlib import Path

import dask.array as da
import numpy as np
import pytest
import zarr
from napari.layers import Layer
from napari.layers._source import layer_source

from napari_binn.errors import UserError
from napari_binn.gui.calibration import problems, suggest
from napari_binn.gui.image_readers import read_layers, read_microscope, read_zarr
from napari_binn.gui.inputs import LayerFrames, write_input
from napari_binn.movie.model import Movie
from napari_binn.movie.read import open_input
from napari_binn.movie.window import read_window
from napari_binn.settings import Settings
from tests.movie.nd2_writer import write_nd2
from tests.movie.test_omezarr import MOVIE, described, group, set_attributes, write

IMAGES = np.random.default_rng(0).integers(0, 4000, (6, 2, 30, 40)).astype(np.uint16)


@pytest.fixture
def nd2_file(tmp_path: Path) -> Path:
    pytest.importorskip("nd2", reason="the package nd2 is not installed")
    path = tmp_path / "cells.nd2"
    write_nd2(path, IMAGES, positions=["A1", "B2"], times_ms=[0, 1e3, 60e3, 61e3, 150e3, 151e3])
    return path


def layers(path: Path) -> list[Layer]:
    """Return the layers as they lie on each other, the uppermost first."""
    with layer_source(path=str(path)):
        return [Layer.create(*data) for data in reversed(read_layers(path))]


def test_each_channel_of_an_ome_zarr_is_a_calibrated_layer(tmp_path: Path) -> None:
    path = tmp_path / "cells.ome.zarr"
    write(path)
    reader = read_zarr(str(path))
    assert reader is not None
    first, second = layers(path)
    assert (first.name, second.name) == ("cells · channel 0", "cells · channel 1")
    assert (first.visible, second.visible) == (True, False)
    assert first.multiscale
    assert [level.shape for level in second.data] == [(5, 40, 60), (5, 20, 30)]
    np.testing.assert_array_equal(np.asarray(second.data[0][3]), MOVIE[3, 1, 0])
    calibration = suggest(second)
    assert problems(calibration) == {}
    assert (calibration.frame_interval, calibration.time_unit) == (10.0, "min")
    assert (calibration.pixel_size, calibration.length_unit) == ((0.5, 0.65), "um")


def test_the_engine_reads_the_very_same_channel_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "cells.zarr"
    write(path)
    layer = layers(path)[1]
    used, values = write_input(layer, suggest(layer), tmp_path)
    assert used == path
    movie = open_input(used, Settings.build(values).movie)
    assert isinstance(movie, Movie)
    np.testing.assert_array_equal(movie.frames[2], MOVIE[2, 1, 0])


def test_a_layer_is_cropped_without_fetching_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "cells.zarr"
    write(path)
    for chunk in (path / "0" / "c").rglob("*"):
        if chunk.is_file() and int(chunk.parts[-1]) > 1:
            chunk.write_bytes(b"damaged")
    _, (levels, _, _) = read_layers(path)
    frames = LayerFrames(levels[0], time_axis=0, channel_axis=None, channel=0, ndim=3)
    np.testing.assert_array_equal(read_window(frames, 4, 0, 20, 0, 30), MOVIE[4, 0, 0, :20, :30])


def test_positions_are_layers_of_their_own_with_irregular_times(nd2_file: Path) -> None:
    reader = read_microscope(str(nd2_file))
    assert reader is not None
    found = layers(nd2_file)
    names = [layer.name for layer in found]
    assert names == [f"cells.nd2 · {p} · channel {c}" for p in ("A1", "B2") for c in (0, 1)]
    assert [layer.visible for layer in found] == [True, False, False, False]
    last = found[-1]
    assert isinstance(last.data, da.Array)
    np.testing.assert_array_equal(np.asarray(last.data), IMAGES[1::2, 1])
    calibration = suggest(last)
    assert calibration.times == pytest.approx((1.0, 61.0, 151.0))
    assert calibration.time_unit == "s"
    used, values = write_input(last, calibration, nd2_file.parent)
    assert used == nd2_file
    assert (values["movie"]["position"], values["movie"]["channel"]) == (1, 1)


def test_planes_in_depth_are_shown_and_asked_about(tmp_path: Path) -> None:
    path = tmp_path / "deep.zarr"
    write(path, data=MOVIE[:, 0, 0], names="zyx", scale=(2, 0.5, 0.5))
    (layer,) = layers(path)
    calibration = suggest(layer)
    assert calibration.time_axis is None
    assert "planes in depth" in calibration.warnings[0]


def test_a_plate_with_too_many_fields_is_said_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "plate.zarr"
    wells = [{"path": f"A/{number}"} for number in range(1, 13)]
    made = group(path, "0.5", {"plate": {"wells": wells}})
    for well in wells:
        place = made.create_group(well["path"])
        set_attributes(
            place, "0.5", {"well": {"images": [{"path": "0"}, {"path": "1"}, {"path": "2"}]}}
        )
        image = place.create_group("0")
        set_attributes(image, "0.5", {"multiscales": [described("tyx", [(10, 0.5, 0.5)])]})
        image.create_array("0", data=MOVIE[:, 0, 0])
    with pytest.raises(UserError, match="holds 36 positions, too many to open at once"):
        read_layers(path)


def test_other_folders_and_files_are_left_to_others(tmp_path: Path) -> None:
    plain = tmp_path / "plain.zarr"
    zarr.create_array(plain, data=MOVIE[:, 0, 0])
    assert read_zarr(str(plain)) is None
    (tmp_path / "empty.zarr").mkdir()
    assert read_zarr(str(tmp_path / "empty.zarr")) is None
    assert read_microscope(str(tmp_path / "cells.tif")) is None
    assert read_microscope(str(tmp_path / "nothing.nd2")) is None


def test_damage_is_said_in_a_sentence(tmp_path: Path) -> None:
    pytest.importorskip("nd2", reason="the package nd2 is not installed")
    path = tmp_path / "cells.nd2"
    path.write_bytes(b"nothing")
    reader = read_microscope(str(path))
    assert reader is not None
    with pytest.raises(UserError, match="is not an ND2 file"):
        reader(str(path))
