"""Phantoms in memory and on disk."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_binn.errors import UserError
from napari_binn.phantom import Phantom, make_movie, read_truth, simulate_cells, write


def test_a_movie_in_memory_states_its_calibration(catalogue: Phantom) -> None:
    movie = make_movie("small", seed=2)
    assert movie.kind == "image"
    assert (movie.length_unit, movie.time_unit) == ("um", "hour")
    assert movie.pixel_size == (2.0, 2.0)
    assert movie.extent == (0.0, 0.0, 720.0, 480.0)
    np.testing.assert_allclose(movie.times, [0, 8, 16, 24])
    assert [frame.shape for frame in movie] == [(240, 360)] * 4


def test_the_same_cells_are_given_as_positions(catalogue: Phantom) -> None:
    movie = make_movie("small", seed=2, kind="points")
    assert movie.kind == "points"
    for frame, true in zip(movie, simulate_cells(catalogue, 2).positions, strict=True):
        np.testing.assert_array_equal(frame, true)


@pytest.mark.parametrize("file", ["film.tif", "film.TIFF"])
def test_a_movie_file_reads_back_with_its_calibration(
    catalogue: Phantom, tmp_path: Path, file: str
) -> None:
    write("small", tmp_path / file, seed=2)
    with tifffile.TiffFile(tmp_path / file) as tiff:
        series, page = tiff.series[0], tiff.pages[0]
        assert series.axes == "TYX"
        np.testing.assert_array_equal(series.asarray(), list(make_movie("small", seed=2)))
        pixels = tifffile.xml2dict(tiff.ome_metadata)["OME"]["Image"]["Pixels"]
        numerator, denominator = page.tags["XResolution"].value
    assert (pixels["PhysicalSizeX"], pixels["PhysicalSizeXUnit"]) == (2.0, "µm")
    assert (pixels["PhysicalSizeY"], pixels["PhysicalSizeYUnit"]) == (2.0, "µm")
    assert (pixels["TimeIncrement"], pixels["TimeIncrementUnit"]) == (8.0, "h")
    assert numerator / denominator == pytest.approx(5000)


def test_the_law_lies_beside_the_movie(catalogue: Phantom, tmp_path: Path) -> None:
    truth = write("small", tmp_path / "film.tif", seed=2)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["film.tif", "film.truth.json"]
    assert read_truth(tmp_path / "film.tif") == truth
    assert (truth.D, truth.G, truth.seed) == ("0.01", "1.5*(1 - u)", 2)


def test_a_table_holds_the_true_positions(catalogue: Phantom, tmp_path: Path) -> None:
    write("small", tmp_path / "cells.csv", seed=2)
    lines = (tmp_path / "cells.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "t_hour,x_um,y_um"
    rows = np.loadtxt(lines[1:], delimiter=",")
    for hour, true in zip([0, 8, 16, 24], simulate_cells(catalogue, 2).positions, strict=True):
        np.testing.assert_allclose(rows[rows[:, 0] == hour, 1:], true, atol=0.0051)
    assert read_truth(tmp_path / "cells.csv") is not None


@pytest.mark.parametrize("file", ["film.tif", "cells.csv"])
def test_a_seed_gives_the_same_bytes_again(catalogue: Phantom, tmp_path: Path, file: str) -> None:
    written = []
    for seed in (1, 1, 2):
        write("small", tmp_path / file, seed)
        written.append((tmp_path / file).read_bytes())
    assert written[0] == written[1] != written[2]


@pytest.mark.parametrize("file", ["film.avi", "film", "film.npz"])
def test_other_kinds_of_file_are_refused(catalogue: Phantom, tmp_path: Path, file: str) -> None:
    with pytest.raises(UserError, match=r"must end in \.tif or \.csv"):
        write("small", tmp_path / file)
    assert not list(tmp_path.iterdir())


def test_an_unknown_name_or_a_negative_seed_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="did you mean 'growth'"):
        write("growht", tmp_path / "film.tif")
    with pytest.raises(UserError, match="negative"):
        write("growth", tmp_path / "film.tif", seed=-1)
    with pytest.raises(UserError, match="negative"):
        make_movie("growth", seed=-1)
    assert not list(tmp_path.iterdir())


def test_a_missing_folder_is_named(catalogue: Phantom, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"the folder .*nowhere does not exist"):
        write("small", tmp_path / "nowhere" / "film.tif")


def test_a_file_that_is_not_a_phantom_is_kept(catalogue: Phantom, tmp_path: Path) -> None:
    (tmp_path / "mine.tif").write_bytes(b"years of work")
    with pytest.raises(UserError, match=r"mine\.tif exists and is not a phantom"):
        write("small", tmp_path / "mine.tif")
    assert (tmp_path / "mine.tif").read_bytes() == b"years of work"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("stop", [OSError(errno.ENOSPC, "No space left"), KeyboardInterrupt()])
def test_nothing_is_left_behind_when_writing_ends_half_way(
    catalogue: Phantom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: BaseException
) -> None:
    def half(path: Path, *_: object, **__: object) -> None:
        Path(path).write_bytes(b"II*")
        raise stop

    monkeypatch.setattr(tifffile, "imwrite", half)
    expected = UserError if isinstance(stop, OSError) else KeyboardInterrupt
    with pytest.raises(expected) as raised:
        write("small", tmp_path / "film.tif")
    if expected is UserError:
        assert str(raised.value).startswith("The disk is full")
    assert not list(tmp_path.iterdir())


def test_an_earlier_phantom_survives_a_failed_rewrite(
    catalogue: Phantom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("small", tmp_path / "film.tif", seed=1)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}

    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "in use")

    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(UserError, match="no permission"):
        write("small", tmp_path / "film.tif", seed=2)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_the_default_sample_is_of_a_size_to_be_mailed(tmp_path: Path) -> None:
    write("growth", tmp_path / "growth.tif")
    assert (tmp_path / "growth.tif").stat().st_size < 25e6
    with tifffile.TiffFile(tmp_path / "growth.tif") as tiff:
        assert tiff.series[0].shape == (19, 768, 1024)
