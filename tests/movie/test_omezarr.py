"""OME-Zarr folders as programs write them: pixels, calibration, positions, resolutions, damage."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import zarr

from napari_binn.errors import UserError
from napari_binn.movie.images import look_into
from napari_binn.movie.model import Movie
from napari_binn.movie.omezarr import open_omezarr
from napari_binn.movie.read import open_input
from napari_binn.movie.window import crop_movie
from napari_binn.settings import MovieSettings

MOVIE = np.random.default_rng(0).integers(0, 4000, (5, 2, 1, 40, 60)).astype(np.uint16)
UNITS = {"t": "minute", "z": "micrometer", "y": "micrometer", "x": "micrometer"}
Version = Literal["0.4", "0.5"]
VERSIONS: tuple[Version, ...] = ("0.4", "0.5")


def described(
    names: str, scales: Sequence[Sequence[float]], units: dict[str, str] = UNITS
) -> dict[str, Any]:
    """Return the description of an image with a resolution for each of the scales."""
    kinds = {"t": "time", "c": "channel"}
    axes = [
        {"name": name, "type": kinds.get(name, "space")}
        | ({"unit": units[name]} if name in units else {})
        for name in names
    ]
    datasets = [
        {"path": str(level), "coordinateTransformations": [{"type": "scale", "scale": list(scale)}]}
        for level, scale in enumerate(scales)
    ]
    return {"axes": axes, "datasets": datasets, "name": "movie"}


def group(path: Path, version: Version, attributes: dict[str, Any]) -> zarr.Group:
    made = zarr.open_group(path, mode="w", zarr_format=2 if version == "0.4" else 3)
    set_attributes(made, version, attributes)
    return made


def set_attributes(made: zarr.Group, version: Version, attributes: dict[str, Any]) -> None:
    if version == "0.4":
        made.attrs.update(attributes)
    else:
        made.attrs["ome"] = {"version": version, **attributes}


def write(
    path: Path,
    version: Version = "0.5",
    data: np.ndarray = MOVIE,
    names: str = "tczyx",
    scale: Sequence[float] = (10, 1, 1, 0.5, 0.65),
    units: dict[str, str] = UNITS,
) -> None:
    """Write an image in two resolutions, in chunks of 16 × 16 pixels."""
    coarse = [*scale[:-2], 2 * scale[-2], 2 * scale[-1]]
    made = group(path, version, {"multiscales": [described(names, [scale, coarse], units)]})
    chunks = (1,) * (data.ndim - 2) + (16, 16)
    for level, values in enumerate((data, data[..., ::2, ::2])):
        array = made.create_array(
            str(level), shape=values.shape, chunks=chunks, dtype=values.dtype, fill_value=0
        )
        array[...] = values


@pytest.mark.parametrize("version", VERSIONS)
def test_the_finest_resolution_is_read_with_its_calibration(
    tmp_path: Path, version: Version
) -> None:
    path = tmp_path / "movie.ome.zarr"
    write(path, version)
    movie = open_input(path, MovieSettings(channel=1))
    assert isinstance(movie, Movie)
    for frame, expected in zip(movie, MOVIE[:, 1, 0], strict=True):
        np.testing.assert_array_equal(frame, expected)
    assert (movie.pixel_size, movie.length_unit) == ((0.5, 0.65), "um")
    assert (movie.times.tolist(), movie.time_unit) == ([0, 10, 20, 30, 40], "min")
    assert movie.extent == pytest.approx((0, 0, 60 * 0.65, 40 * 0.5))
    assert all(Path(file).is_file() for file in movie.files)
    assert len(movie.files) < 8


@pytest.mark.parametrize("version", VERSIONS)
def test_a_coarser_resolution_has_larger_pixels(tmp_path: Path, version: Version) -> None:
    path = tmp_path / "movie.zarr"
    write(path, version)
    movie = open_input(path, MovieSettings(channel=0, level=1))
    assert isinstance(movie, Movie)
    np.testing.assert_array_equal(movie.frames[2], MOVIE[2, 0, 0, ::2, ::2])
    assert movie.pixel_size == (1.0, 1.3)
    with pytest.raises(UserError, match=r"movie\.zarr has 2 resolutions: .* 0 \(the finest\) to 1"):
        open_input(path, MovieSettings(channel=0, level=2))


def test_the_scale_of_the_whole_image_and_the_first_time_count(tmp_path: Path) -> None:
    path = tmp_path / "movie.zarr"
    image = described("tyx", [(1, 0.5, 0.5)])
    moved = {"type": "translation", "translation": [3, 0, 0]}
    image["datasets"][0]["coordinateTransformations"].append(moved)
    image["coordinateTransformations"] = [{"type": "scale", "scale": [10, 2, 2]}]
    made = group(path, "0.5", {"multiscales": [image]})
    made.create_array("0", data=MOVIE[:, 0, 0])
    _, stated, _ = open_omezarr(path, MovieSettings())
    assert stated.pixel_size == (1.0, 1.0)
    np.testing.assert_array_equal(stated.times, [30, 40, 50, 60, 70])


def test_windows_and_crops_read_only_their_chunks(tmp_path: Path) -> None:
    """The chunks outside are damaged, and nobody notices."""
    path = tmp_path / "movie.zarr"
    write(path)
    for chunk in (path / "0" / "c").rglob("*"):
        if chunk.is_file() and (int(chunk.parts[-2]) > 1 or int(chunk.parts[-1]) > 1):
            chunk.write_bytes(b"damaged")
    movie = open_input(path, MovieSettings(channel=1))
    assert isinstance(movie, Movie)
    part = crop_movie(movie, (3 * 0.65, 5 * 0.5, 31 * 0.65, 30 * 0.5))
    np.testing.assert_array_equal(part.frames[4], MOVIE[4, 1, 0, 5:30, 3:31])
    with pytest.raises(UserError, match=r"movie\.zarr is not an OME-Zarr, or is damaged"):
        movie.frames[4]


def test_a_movie_larger_than_any_memory_is_opened_and_read_in_part(tmp_path: Path) -> None:
    """100 GB on paper: chunks that were never written hold the fill value."""
    path = tmp_path / "huge.ome.zarr"
    shape = (200, 16384, 16384)
    made = group(path, "0.5", {"multiscales": [described("tyx", [(5, 0.65, 0.65)])]})
    array = made.create_array(
        "0", shape=shape, chunks=(1, 1024, 1024), dtype="uint16", fill_value=7
    )
    array[3, 5000:5100, 9000:9200] = 100
    assert np.prod(shape) * 2 > 100e9
    movie = open_input(path, MovieSettings())
    assert isinstance(movie, Movie)
    part = crop_movie(movie, (8990 * 0.65, 4990 * 0.65, 9210 * 0.65, 5110 * 0.65))
    frame = part.frames[3]
    assert frame.shape == (120, 220)
    assert frame.sum() == 100 * 200 * 100 + 7 * (120 * 220 - 100 * 200)
    assert (part.frames[199] == 7).all()


def test_files_without_units_are_asked_about(tmp_path: Path) -> None:
    path = tmp_path / "movie.zarr"
    write(path, units={})
    with pytest.raises(UserError, match="does not state when its frames were taken"):
        open_input(path, MovieSettings(channel=0))
    with pytest.raises(UserError, match="does not state its pixel size"):
        open_input(path, MovieSettings(channel=0, time_unit="frame"))


def test_depth_that_may_be_time_is_asked_about(tmp_path: Path) -> None:
    path = tmp_path / "movie.zarr"
    write(path, data=MOVIE[:, 0, 0], names="zyx", scale=(2, 0.5, 0.5))
    with pytest.raises(UserError, match=r"5 planes in depth .* set 'movie\.axes' to TYX"):
        open_input(path, MovieSettings())
    _, stated, _ = open_omezarr(path, MovieSettings(axes="TYX"))
    assert stated.times is None
    assert stated.pixel_size == (0.5, 0.5)


def test_channels_are_offered(tmp_path: Path) -> None:
    path = tmp_path / "movie.zarr"
    write(path)
    with pytest.raises(UserError, match=r"has 2 channels .* 'movie\.channel': 0 to 1"):
        open_input(path, MovieSettings())


@pytest.mark.parametrize("version", VERSIONS)
def test_a_plate_lists_its_wells(tmp_path: Path, version: Version) -> None:
    path = tmp_path / "plate.ome.zarr"
    wells = [{"path": "A/1", "rowIndex": 0, "columnIndex": 0}, {"path": "B/3"}]
    made = group(path, version, {"plate": {"wells": wells}})
    for number, well in enumerate(wells):
        place = made.create_group(well["path"])
        set_attributes(place, version, {"well": {"images": [{"path": "0"}, {"path": "1"}]}})
        for field in (0, 1):
            image = place.create_group(str(field))
            shown = [described("tyx", [(10, 0.5, 0.5)])]
            set_attributes(image, version, {"multiscales": shown})
            image.create_array("0", data=MOVIE[:, 0, 0] + 10 * number + field)
    with pytest.raises(
        UserError,
        match=r"holds 4 positions .* 0 \(A/1/0\), 1 \(A/1/1\), 2 \(B/3/0\) or 3 \(B/3/1\)",
    ):
        open_input(path, MovieSettings())
    movie = open_input(path, MovieSettings(position=2))
    assert isinstance(movie, Movie)
    np.testing.assert_array_equal(movie.frames[1], MOVIE[1, 0, 0] + 10)
    assert look_into(path).positions == ("A/1/0", "A/1/1", "B/3/0", "B/3/1")
    field = open_input(path / "B/3/1", MovieSettings())
    assert isinstance(field, Movie)
    np.testing.assert_array_equal(field.frames[1], MOVIE[1, 0, 0] + 11)


def test_a_converted_file_lists_its_series(tmp_path: Path) -> None:
    path = tmp_path / "converted.zarr"
    made = group(path, "0.4", {"bioformats2raw.layout": 3})
    for series in (0, 1):
        image = made.create_group(str(series))
        image.attrs["multiscales"] = [described("tyx", [(10, 0.5, 0.5)])]
        image.create_array("0", data=MOVIE[:, series, 0])
    with pytest.raises(UserError, match=r"holds 2 positions .*: 0 \(0\) or 1 \(1\)"):
        open_input(path, MovieSettings())
    movie = open_input(path, MovieSettings(position=1))
    assert isinstance(movie, Movie)
    np.testing.assert_array_equal(movie.frames[0], MOVIE[0, 1, 0])
    with pytest.raises(UserError, match="no position 2"):
        open_input(path, MovieSettings(position=2))


def test_a_plain_zarr_array_is_time_y_x(tmp_path: Path) -> None:
    path = tmp_path / "plain.zarr"
    zarr.create_array(path, data=MOVIE[:, 0, 0])
    frames, stated, remarks = open_omezarr(path, MovieSettings())
    np.testing.assert_array_equal(frames[3], MOVIE[3, 0, 0])
    assert stated.times is None
    assert "taken as time points" in remarks[0]


def test_other_zarr_folders_say_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "table.zarr"
    group(path, "0.4", {"anything": 1}).create_array("data", data=np.arange(3))
    with pytest.raises(UserError, match="without the description of an image"):
        open_input(path, MovieSettings())
    (tmp_path / "empty.zarr").mkdir()
    with pytest.raises(UserError, match="lacks the files that describe it"):
        open_input(tmp_path / "empty.zarr", MovieSettings())


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("keep", [0.0, 0.3, 0.9])
def test_damaged_descriptions_are_told_in_one_sentence(
    tmp_path: Path, version: Version, keep: float
) -> None:
    path = tmp_path / "movie.zarr"
    write(path, version)
    for name in ("zarr.json", ".zattrs", ".zgroup", "0/zarr.json", "0/.zarray"):
        if (path / name).is_file():
            text = (path / name).read_text()
            (path / name).write_text(text[: int(keep * len(text))])
            with pytest.raises(UserError, match=r"movie\.zarr"):
                open_input(path, MovieSettings(channel=0))
            (path / name).write_text(text)


def test_descriptions_that_contradict_the_array(tmp_path: Path) -> None:
    path = tmp_path / "movie.zarr"
    write(path)
    record = json.loads((path / "zarr.json").read_text())
    image = record["attributes"]["ome"]["multiscales"][0]
    image["axes"] = image["axes"][1:]
    image["datasets"][0]["coordinateTransformations"] = []
    (path / "zarr.json").write_text(json.dumps(record))
    with pytest.raises(UserError, match=r"movie\.zarr"):
        open_input(path, MovieSettings(channel=0))
    image["datasets"][0]["path"] = "nowhere"
    (path / "zarr.json").write_text(json.dumps(record))
    with pytest.raises(UserError, match=r"movie\.zarr is not an OME-Zarr, or is damaged"):
        open_input(path, MovieSettings(channel=0))


def test_other_formats_have_one_resolution(tmp_path: Path) -> None:
    import tifffile

    tifffile.imwrite(tmp_path / "movie.tif", MOVIE[:, 0, 0])
    with pytest.raises(UserError, match=r"one resolution only: leave out 'movie\.level'"):
        open_input(tmp_path / "movie.tif", MovieSettings(level=1))
