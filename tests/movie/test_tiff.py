"""TIFF movies as programs write them: pixels, calibration, damage."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from napari_binn.errors import UserError
from napari_binn.movie.tiff import open_tiff, tiff_contents
from napari_binn.settings import MovieSettings

MOVIE = np.random.default_rng(0).integers(0, 4000, (6, 24, 16)).astype(np.uint16)


def imagej(path: Path) -> None:
    metadata = {"axes": "TYX", "unit": "um", "finterval": 600}
    tifffile.imwrite(path, MOVIE, imagej=True, metadata=metadata, resolution=(2, 4))


def ome(path: Path, **more: Any) -> None:
    metadata = {"axes": "TYX", "PhysicalSizeX": 0.5, "PhysicalSizeXUnit": "µm"}
    metadata |= {"PhysicalSizeY": 0.25, "PhysicalSizeYUnit": "µm"}
    metadata |= {"TimeIncrement": 10, "TimeIncrementUnit": "min"}
    tifffile.imwrite(path, MOVIE, ome=True, metadata=metadata, **more)


def plain(path: Path) -> None:
    tifffile.imwrite(path, MOVIE)


def without_metadata(path: Path) -> None:
    tifffile.imwrite(path, MOVIE, metadata=None, byteorder=">")


def compressed(path: Path) -> None:
    ome(path, tile=(16, 16), compression="zlib", predictor=True)


def frame_by_frame(path: Path) -> None:
    with tifffile.TiffWriter(path) as file:
        for frame in MOVIE:
            file.write(frame)


def first_page_only(path: Path) -> None:
    """As ImageJ writes more than 4 GB: one page describes all, the data follow in one piece."""
    description = "ImageJ=1.54f\nimages=6\nframes=6\nhyperstack=true\nunit=um\nfinterval=600\n"
    with tifffile.TiffWriter(path, byteorder=">") as file:
        file.write(MOVIE[0], description=description, metadata=None, resolution=(2, 4))
    with path.open("ab") as handle:
        handle.write(MOVIE[1:].astype(">u2").tobytes())


WRITERS = [imagej, ome, plain, without_metadata, compressed, frame_by_frame, first_page_only]
Writer = Callable[[Path], None]


@pytest.mark.parametrize("write", WRITERS)
def test_frames_are_read_one_by_one(tmp_path: Path, write: Writer) -> None:
    path = tmp_path / "movie.tif"
    write(path)
    frames, _, _ = open_tiff(path, MovieSettings())
    assert len(frames) == 6
    for index in (5, 0, 3, -1):
        np.testing.assert_array_equal(frames[index], MOVIE[index])
        assert frames[index].dtype == np.dtype("=u2")
    with pytest.raises(IndexError):
        frames[6]
    assert frames.files == (str(path),)


@pytest.mark.parametrize("write", [imagej, ome, compressed, first_page_only])
def test_the_calibration_is_what_the_file_states(tmp_path: Path, write: Writer) -> None:
    path = tmp_path / "movie.tif"
    write(path)
    _, stated, assumptions = open_tiff(path, MovieSettings())
    assert stated.pixel_size == pytest.approx((0.5, 0.25))
    assert stated.length_unit in ("um", "µm")
    times = stated.times
    assert times is not None
    seconds = times * {"s": 1, "min": 60}[str(stated.time_unit)]
    np.testing.assert_allclose(seconds, np.arange(6) * 600)
    assert assumptions == ()


@pytest.mark.parametrize("write", [plain, without_metadata, frame_by_frame])
def test_a_file_without_calibration_states_none(tmp_path: Path, write: Writer) -> None:
    path = tmp_path / "movie.tif"
    write(path)
    _, stated, assumptions = open_tiff(path, MovieSettings())
    assert stated.pixel_size is None
    assert stated.times is None
    assert "taken as time points" in assumptions[0]


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("share", [0.98, 0.93, 0.6, 0.2, 0.01, 0.0])
def test_a_truncated_file_is_told_in_one_sentence(
    tmp_path: Path,
    write: Writer,
    share: float,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "movie.tif"
    write(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(UserError, match=r"movie\.tif is not a TIFF file, or is damaged"):
        open_tiff(path, MovieSettings())
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("write", WRITERS)
def test_a_file_that_lost_its_last_bytes_is_told_or_whole(tmp_path: Path, write: Writer) -> None:
    path = tmp_path / "movie.tif"
    write(path)
    data = path.read_bytes()
    for lost in range(1, 60, 7):
        path.write_bytes(data[:-lost])
        try:
            frames, _, _ = open_tiff(path, MovieSettings())
        except UserError:
            continue
        np.testing.assert_array_equal([frames[t] for t in range(6)], MOVIE)


def test_damaged_data_are_told_when_the_frame_is_read(tmp_path: Path) -> None:
    path = tmp_path / "movie.tif"
    tifffile.imwrite(path, MOVIE, compression="zlib")
    with tifffile.TiffFile(path) as file:
        start = file.pages[2].dataoffsets[0]
    data = bytearray(path.read_bytes())
    data[start : start + 64] = bytes(64)
    path.write_bytes(data)
    frames, _, _ = open_tiff(path, MovieSettings())
    np.testing.assert_array_equal(frames[1], MOVIE[1])
    with pytest.raises(UserError, match="damaged"):
        frames[2]


def test_other_files_are_no_tiff(tmp_path: Path) -> None:
    path = tmp_path / "movie.tif"
    path.write_text("not a movie")
    with pytest.raises(UserError, match="is not a TIFF file"):
        open_tiff(path, MovieSettings())


@pytest.mark.parametrize(
    "compression", ["lzw", "zlib", "deflate", "zstd", "packbits", "lzma", "jpeg2000", "jpegxl"]
)
def test_compressed_movies_are_read(tmp_path: Path, compression: str) -> None:
    path = tmp_path / "movie.tif"
    tifffile.imwrite(path, MOVIE, compression=compression)
    frames, _, _ = open_tiff(path, MovieSettings())
    np.testing.assert_array_equal(frames[3], MOVIE[3])
    np.testing.assert_array_equal(frames.window(3, 2, 9, 1, 7), MOVIE[3, 2:9, 1:7])


def test_jpeg_compressed_movies_are_read(tmp_path: Path) -> None:
    path = tmp_path / "movie.tif"
    smooth = (np.add.outer(np.arange(48.0), np.arange(64.0)) * 2).astype(np.uint8)
    movie = np.stack([smooth + t for t in range(6)])
    tifffile.imwrite(path, movie, compression="jpeg", tile=(16, 16))
    frames, _, _ = open_tiff(path, MovieSettings())
    assert np.abs(frames[5].astype(float) - movie[5]).max() < 8
    np.testing.assert_array_equal(frames.window(5, 20, 40, 10, 50), frames[5][20:40, 10:50])


def test_an_unknown_compression_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "movie.tif"
    plain(path)
    with tifffile.TiffFile(path, mode="r+") as file:
        file.pages.first.tags["Compression"].overwrite(34676)
    frames, _, _ = open_tiff(path, MovieSettings())
    with pytest.raises(UserError, match="compressed in a way that cannot be read here: save"):
        frames[0]


def test_the_listening_to_the_library_ends_with_the_reading(tmp_path: Path) -> None:
    logger = logging.getLogger("tifffile")
    before = (list(logger.handlers), logger.propagate)
    path = tmp_path / "movie.tif"
    plain(path)
    open_tiff(path, MovieSettings())
    assert (logger.handlers, logger.propagate) == before


def test_a_channel_is_read_and_others_are_offered(tmp_path: Path) -> None:
    path = tmp_path / "movie.tif"
    both = np.stack([MOVIE, MOVIE + 1], axis=1)
    tifffile.imwrite(path, both, imagej=True, metadata={"axes": "TCYX"})
    with pytest.raises(UserError, match=r"2 channels and one channel is needed, 'movie\.channel'"):
        open_tiff(path, MovieSettings())
    frames, _, _ = open_tiff(path, MovieSettings(channel=1))
    np.testing.assert_array_equal(frames[4], MOVIE[4] + 1)


@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_a_channel_of_a_colour_movie(tmp_path: Path, planar: str) -> None:
    path = tmp_path / "movie.tif"
    colour = np.stack([MOVIE, MOVIE + 1, MOVIE + 2], axis=-1).astype(np.uint8)
    written = colour if planar == "contig" else np.moveaxis(colour, -1, 1)
    tifffile.imwrite(path, written, photometric="rgb", planarconfig=planar)
    frames, _, _ = open_tiff(path, MovieSettings(channel=2))
    np.testing.assert_array_equal(frames[3], colour[3, ..., 2])
    frames, _, _ = open_tiff(path, MovieSettings())
    assert frames.layout.channel is None
    np.testing.assert_array_equal(frames[3], colour[3])


def test_a_position_is_chosen_with_its_own_calibration(tmp_path: Path) -> None:
    path = tmp_path / "wells.ome.tif"
    with tifffile.TiffWriter(path, ome=True) as file:
        for well, size in (("A1", 0.5), ("B2", 0.75)):
            metadata: dict[str, Any] = {"axes": "TYX", "Name": well}
            metadata |= {"PhysicalSizeX": size, "PhysicalSizeY": size, "TimeIncrement": 60}
            file.write(MOVIE + 10 * (well == "B2"), metadata=metadata)
    with pytest.raises(
        UserError, match=r"wells\.ome\.tif holds 2 positions .*: 0 \(A1\) or 1 \(B2\)"
    ):
        open_tiff(path, MovieSettings())
    frames, stated, _ = open_tiff(path, MovieSettings(position=1))
    np.testing.assert_array_equal(frames[4], MOVIE[4] + 10)
    assert stated.pixel_size == (0.75, 0.75)
    held = tiff_contents(path)
    assert (held.positions, held.axes, held.shape) == (("A1", "B2"), "TYX", MOVIE.shape)
    plain(path)
    with pytest.raises(UserError, match=r"one position only: leave out 'movie\.position'"):
        open_tiff(path, MovieSettings(position=1))


def test_depth_needs_the_users_word(tmp_path: Path) -> None:
    path = tmp_path / "movie.tif"
    tifffile.imwrite(path, MOVIE, imagej=True, metadata={"axes": "ZYX"})
    with pytest.raises(UserError, match="6 planes in depth"):
        open_tiff(path, MovieSettings())
    frames, _, _ = open_tiff(path, MovieSettings(axes="TYX"))
    np.testing.assert_array_equal(frames[2], MOVIE[2])


def test_frames_of_different_sizes_in_one_file(tmp_path: Path) -> None:
    path = tmp_path / "movie.tif"
    with tifffile.TiffWriter(path) as file:
        file.write(MOVIE[0])
        file.write(MOVIE[1, :10])
    with pytest.raises(UserError, match="differ in size"):
        open_tiff(path, MovieSettings())


def test_a_movie_spread_over_files(tmp_path: Path) -> None:
    """OME-TIFF may keep each time point in a file of its own; the first one knows the others."""
    names = [f"movie_{t}.ome.tif" for t in range(3)]
    data = "".join(
        f'<TiffData FirstT="{t}" IFD="0" PlaneCount="1"><UUID FileName="{name}">'
        f"urn:uuid:{t:08d}-0000-0000-0000-000000000000</UUID></TiffData>"
        for t, name in enumerate(names)
    )
    for t, name in enumerate(names):
        xml = (
            '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" '
            f'UUID="urn:uuid:{t:08d}-0000-0000-0000-000000000000"><Image ID="Image:0">'
            '<Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint16" SizeX="16" SizeY="24" '
            f'SizeZ="1" SizeC="1" SizeT="3"><Channel ID="Channel:0:0" SamplesPerPixel="1"/>{data}'
            "</Pixels></Image></OME>"
        )
        tifffile.imwrite(tmp_path / name, MOVIE[t], description=xml, metadata=None)
    frames, _, _ = open_tiff(tmp_path / names[0], MovieSettings())
    for t in range(3):
        np.testing.assert_array_equal(frames[t], MOVIE[t])
    assert [Path(file).name for file in frames.files] == names
    (tmp_path / names[1]).unlink()
    with pytest.raises(UserError, match="lacks 1 of the 3 planes"):
        open_tiff(tmp_path / names[0], MovieSettings())


def test_documents_that_could_do_harm_are_refused_before_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "movie.tif"
    xml = '<!DOCTYPE OME [<!ENTITY a "aaaa">]><OME>&a;</OME>'
    tifffile.imwrite(path, MOVIE, description=xml, metadata=None)
    with pytest.raises(UserError, match="declares a document type"):
        open_tiff(path, MovieSettings())
