"""What is no specimen or no tissue is not measured, wherever it is when the stage drifts."""

from __future__ import annotations

from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
import tifffile

from napari_binn.errors import UserError
from napari_binn.prepare.movie import check_prepare, input_files, prepare
from napari_binn.settings import PrepareSettings, Settings
from tests.prepare.movies import SIDE, Heard, drifting_cells, movie_of

PATH = np.array([[0, 0], [5, -3], [9, 2], [4, 4], [-2, 6]], dtype=float)


@pytest.fixture(scope="module")
def frames() -> np.ndarray:
    return drifting_cells(PATH, np.random.default_rng(0), step=0.0)


def test_the_users_shapes_stay_in_the_camera(frames: np.ndarray) -> None:
    # A rectangle and a triangle, in µm: pixels are 0.5 µm.
    settings = Settings.build(
        {
            "prepare": {
                "drift": "on",
                "ignore": [[5, 10, 20, 30], [[60, 60], [80, 60], [60, 90]]],
            }
        }
    ).prepare
    prepared = prepare(movie_of(frames), settings)
    valid = prepared.movie.valid
    assert valid is not None
    assert not valid[0][20:60, 10:40].any()
    assert not valid[0][122:130, 122:130].any()
    assert valid[0][62:118, 42:118].all()
    # In frame 2 the specimen was 5 pixels further down and 3 further left than in the first.
    assert not valid[1][15:55, 13:43].any()
    assert valid[1][20:50, 44:60].all()
    assert prepared.hidden == pytest.approx((40 * 30 + 40 * 60 / 2) / SIDE**2, rel=0.02)


def test_a_shape_outside_of_the_field_is_refused(frames: np.ndarray) -> None:
    settings = Settings.build({"prepare": {"ignore": [[500, 0, 600, 50]]}}).prepare
    with pytest.raises(UserError, match=r"lies outside of cells\.tif, which covers \(0, 0\)"):
        check_prepare(movie_of(frames), settings)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_one_mask_stays_on_the_specimen(frames: np.ndarray, tmp_path: Path, suffix: str) -> None:
    tissue = np.zeros((SIDE, SIDE), dtype=np.uint8)
    tissue[30:150, 20:160] = 255
    path = tmp_path / f"mask{suffix}"
    iio.imwrite(path, tissue)
    movie, heard = movie_of(frames, files=("cells.tif",)), Heard()
    settings = PrepareSettings(mask=str(path), drift="on")
    found = prepare(movie, settings, heard).movie
    assert found.valid is not None
    for k in range(len(frames)):
        np.testing.assert_array_equal(found.valid[k], tissue > 0)
    assert "46 % of the field is tissue" in heard.text
    assert found.files == input_files(movie, settings) == ("cells.tif", str(path))


def test_masks_of_single_frames_move_with_them(frames: np.ndarray, tmp_path: Path) -> None:
    masks = np.zeros(frames.shape, dtype=np.uint8)
    for k, (dy, dx) in enumerate(PATH.astype(int)):
        masks[k, 40 + dy : 120 + dy, 40 + dx : 130 + dx] = 1
    path = tmp_path / "masks.tif"
    tifffile.imwrite(path, masks, photometric="minisblack", metadata={"axes": "TYX"})
    settings = PrepareSettings(mask=str(path), drift="on", leave_out="3")
    prepared = prepare(movie_of(frames), settings)
    valid = prepared.movie.valid
    assert valid is not None
    assert len(valid) == len(prepared.movie) == 4
    for k in range(4):
        np.testing.assert_array_equal(valid[k], masks[0] > 0)


def test_a_mask_that_does_not_fit_is_told_in_a_sentence(frames: np.ndarray, tmp_path: Path) -> None:
    movie = movie_of(frames)

    def said(mask: np.ndarray | None, name: str = "mask.tif") -> str:
        path = tmp_path / name
        if mask is not None:
            tifffile.imwrite(path, mask, photometric="minisblack")
        with pytest.raises(UserError) as error:
            prepare(movie, PrepareSettings(mask=str(path)))
        return str(error.value)

    assert "has 100 × 90 pixels, but the frames of cells.tif have 192 × 192" in said(
        np.ones((90, 100), np.uint8)
    )
    assert "has 3 frames, but cells.tif has 5" in said(np.ones((3, SIDE, SIDE), np.uint8))
    assert "is zero everywhere" in said(np.zeros((SIDE, SIDE), np.uint8))
    assert "cannot be used" in said(None, "none.tif")
    (tmp_path / "text.png").write_text("no picture")
    assert "cannot be used" in said(None, "text.png")
    (tmp_path / "a.csv").write_text("x,y,t\n1,2,3\n2,4,3\n5,1,4\n")
    assert "holds no image" in said(None, "a.csv")
