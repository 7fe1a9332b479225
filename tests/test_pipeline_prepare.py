"""Corrections before the measurement, through the whole first stage and its run folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from napari_binn import pipeline
from napari_binn.density.npz import save_density
from napari_binn.density.preview import Previewer
from napari_binn.errors import UserError
from napari_binn.prepare.movie import prepare
from napari_binn.run.folder import RunFolder
from napari_binn.settings import Settings
from tests.prepare.movies import SIDE, Heard, drifting_cells, movie_of

PATH = np.array([[0, 0], [4, -3], [9, 2], [13, 6], [9, 9], [16, 12]], dtype=float)
MOVIE = {"pixel_size": (0.5, 0.5), "length_unit": "um", "frame_interval": 10, "time_unit": "min"}


@pytest.fixture(scope="module")
def frames() -> np.ndarray:
    return drifting_cells(PATH, np.random.default_rng(0), step=0.0, cells=200)


def make_run(folder: Path, frames: np.ndarray, **sections: Any) -> RunFolder:
    movie = folder / "cells.tif"
    tifffile.imwrite(movie, frames, metadata={"axes": "TYX"}, photometric="minisblack")
    run = RunFolder.create(folder / "run", input=str(movie))
    run.save_settings(Settings.build({"movie": MOVIE, "density": {"bins": (6, 6)}} | sections))
    return run


def test_cells_stay_in_their_bins_when_the_drift_is_taken_out(
    frames: np.ndarray, tmp_path: Path
) -> None:
    def change(folder: Path, drift: str) -> tuple[float, RunFolder]:
        folder.mkdir()
        run = make_run(folder, frames, prepare={"drift": drift})
        pipeline.resume(run, until="density")
        density = run.load_density()
        seen = density.observed()
        return float(np.abs(seen[-1] - seen[0]).sum() / seen[0].sum()), run

    fixed, run = change(tmp_path / "on", "on")
    moving, _ = change(tmp_path / "off", "off")
    # Some cells divide, some hide behind others: the counts of the same cells still scatter.
    assert fixed < 0.25
    assert moving > 2 * fixed
    quality = run.load_quality()
    assert quality.moved
    assert quality.drift is not None
    assert any("Drift was taken out" in remark.text for remark in quality.remarks)
    assert len(quality.shots) == 3


def test_the_mask_is_an_input_of_the_run(frames: np.ndarray, tmp_path: Path) -> None:
    mask = np.zeros((SIDE, SIDE), dtype=np.uint8)
    mask[:, 40:] = 1
    path = tmp_path / "mask.tif"
    tifffile.imwrite(path, mask, photometric="minisblack")
    run = make_run(tmp_path, frames, prepare={"mask": str(path)})
    pipeline.resume(run, until="density")
    assert [Path(item.path).name for item in run.load_inputs()] == ["cells.tif", "mask.tif"]
    observed = run.load_density().mask
    assert observed is not None
    assert not observed[:, 0].any()
    assert observed[:, 2:].all()


def test_what_cannot_be_done_is_told_before_anything_is_written(
    frames: np.ndarray, tmp_path: Path
) -> None:
    run = make_run(tmp_path, frames)
    source = Path(run.info().input)
    settings = Settings.build({"movie": MOVIE, "prepare": {"leave_out": "2-6"}})
    with pytest.raises(UserError, match="leaves 1 of 6 frames"):
        pipeline.prepare(source, settings)
    settings = Settings.build({"movie": MOVIE, "prepare": {"mask": "none.tif"}})
    with pytest.raises(UserError, match=r"no file or folder none\.tif"):
        pipeline.prepare(source, settings)


def test_a_ready_density_has_no_frames_to_correct(frames: np.ndarray, tmp_path: Path) -> None:
    settings = Settings.build({"density": {"bins": (6, 6)}})
    path = tmp_path / "density.npz"
    save_density(path, pipeline.measure(movie_of(frames), settings))
    with pytest.raises(UserError, match="frames are what can be corrected"):
        pipeline.prepare(path, Settings.build({"prepare": {"drift": "on"}}))
    assert pipeline.prepare(path, Settings()) is not None


def test_bad_frames_are_told_in_the_measurement(frames: np.ndarray) -> None:
    bad = np.concatenate([frames, frames])
    bad[7] = 90
    heard = Heard()
    settings = Settings.build({"density": {"bins": (6, 6)}, "prepare": {"auto_leave_out": True}})
    density = pipeline.measure(movie_of(bad), settings, heard)
    assert "1 frame is blank" in heard.warnings
    assert density.shape[0] == 11


def test_the_preview_of_a_corrected_movie_counts_what_the_measurement_does(
    frames: np.ndarray,
) -> None:
    choices = {"illumination": "on", "drift": "on", "leave_out": "2"}
    settings = Settings.build({"density": {"bins": (6, 6)}, "prepare": choices})
    movie = movie_of(frames)
    found: dict[int, np.ndarray] = {}
    pipeline.measure(movie, settings, store=found)
    prepared = prepare(movie, settings.prepare, inspect=False)
    seen = Previewer(prepared.movie).preview(settings.density, 2)
    assert seen.positions is not None
    np.testing.assert_array_equal(seen.positions, found[2])
    # Moved back by the drift, the cells lie on the frame as it was recorded.
    y, x = prepared.offset(2)
    row, column = ((seen.positions[:, 1] + y) / 0.5, (seen.positions[:, 0] + x) / 0.5)
    bright = frames[3][row.astype(int), column.astype(int)]
    assert np.median(bright) > np.percentile(frames[3], 80)
