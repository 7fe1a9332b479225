"""A movie becomes a density in the right units, in the right bins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import imageio.v3 as iio
import numpy as np
import pytest
import tifffile

from napari_binn.density.labels import centroids
from napari_binn.density.measure import measure_density
from napari_binn.density.model import Density
from napari_binn.errors import UserError
from napari_binn.events import Event, Notice, Progress, StageStarted
from napari_binn.movie.model import MemoryFrames, Movie
from napari_binn.movie.read import open_input
from napari_binn.pipeline import prepare
from napari_binn.settings import DensitySettings, MovieSettings, Settings


def movie(kind: Any, frames: Any, **changes: Any) -> Movie:
    """A movie of 200 × 100 pixels of 2 × 4 µm, a frame an hour."""
    values: dict[str, Any] = {
        "kind": kind,
        "frames": MemoryFrames(frames),
        "times": np.arange(len(frames), dtype=float),
        "time_unit": "hour",
        "length_unit": "um",
        "pixel_size": (4.0, 2.0),
        "extent": (0.0, 0.0, 400.0, 400.0),
        "source": "cells.tif",
    }
    return Movie(**values | changes)


def scattered(count: int = 3) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.uniform(0, 400, (100 + 50 * i, 2)) for i in range(count)]


def points(count: int = 3) -> Movie:
    return movie("points", scattered(count))


def measured(what: Movie, **settings: Any) -> Density:
    return measure_density(what, DensitySettings(**settings))


@pytest.mark.parametrize(
    "settings",
    [
        {"t_range": (1.5, 2.5)},
        {"region": (0, 0, 500, 100)},
        {"exclude": (), "include": (((900, 900), (950, 900), (900, 950)),)},
        {"method": "nuclei"},
    ],
)
def test_what_cannot_be_measured_is_told_when_the_input_is_opened(
    settings: dict[str, Any], tmp_path: Path
) -> None:
    table = tmp_path / "cells.csv"
    table.write_text("t [h],x [um],y [um]\n0,0,0\n0,400,300\n1,10,10\n2,20,20\n")
    chosen = Settings.build({"density": settings})
    with pytest.raises(UserError):
        prepare(table, chosen)
    assert prepare(table, Settings()).source == str(table)


def test_points_in_true_bins_and_analysis_units() -> None:
    what = points()
    density = measured(what, bins=(8, 5))
    assert density.shape == (3, 5, 8)
    assert (density.length_unit, density.time_unit) == ("mm", "day")
    assert density.density_unit == "cells/mm²"
    np.testing.assert_allclose(density.t, [0, 1 / 24, 2 / 24])
    assert density.spacing == pytest.approx((0.08, 0.05))
    assert density.x[0] == pytest.approx(0.025)
    assert density.counts_per_unit == pytest.approx(0.08 * 0.05)
    np.testing.assert_allclose(density.totals(), [100, 150, 200])
    expected, _, _ = np.histogram2d(
        what.frames[1][:, 1], what.frames[1][:, 0], (5, 8), range=((0, 400), (0, 400))
    )
    np.testing.assert_allclose(density.values[1] * density.counts_per_unit, expected)


def test_movies_without_calibration_stay_in_pixels_and_frames() -> None:
    what = movie("points", scattered(), length_unit="pixel", time_unit="frame")
    density = measured(what, bins=(8, 5))
    assert (density.length_unit, density.time_unit) == ("pixel", "frame")
    assert density.density_unit == "cells/pixel²"
    assert density.spacing == pytest.approx((80, 50))
    np.testing.assert_allclose(density.totals(), [100, 150, 200])


def test_the_region_keeps_the_coordinates_of_the_field() -> None:
    what = points()
    density = measured(what, region=(100, 200, 300, 400), bins=(5, 4))
    assert density.x[0] == pytest.approx(0.12)
    assert density.y[0] == pytest.approx(0.225)
    x, y = what.frames[2].T
    inside = (x >= 100) & (x <= 300) & (y >= 200)
    assert density.totals()[2] == pytest.approx(inside.sum())


def test_the_time_range_is_in_the_time_unit_and_closed() -> None:
    density = measured(points(5), t_range=(1, 3), bins=(4, 4))
    np.testing.assert_allclose(density.t * 24, [1, 2, 3])
    np.testing.assert_allclose(density.totals(), [150, 200, 250])


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"t_range": (1.5, 2.5)}, r"leaves 1 of 3 frames of cells\.tif \(times 0 to 2 h\)"),
        ({"t_range": (2, 1)}, "first time before its last"),
        (
            {"region": (0, 0, 500, 100)},
            r"reaches out of cells\.tif.*µm \(the setting 'movie\.field' ",
        ),
        ({"region": (0, 0, 100, 100), "bin_size": 50.0}, "holds 2 × 2 bins"),
        ({"method": "nuclei"}, "holds cell positions: choose points or auto"),
        ({"method": "labels"}, "holds cell positions: choose points or auto"),
    ],
)
def test_settings_that_do_not_fit_are_told(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        measured(points(), **settings)


def test_no_cell_at_all_is_told() -> None:
    with pytest.raises(UserError, match="There is no cell in any frame"):
        measured(movie("points", [np.zeros((0, 2))] * 2))
    with pytest.raises(UserError, match="There is no cell in the region"):
        measured(movie("points", [np.full((1, 2), 5.0)] * 2), region=(100, 100, 200, 200))


def test_positions_that_are_not_numbers_are_told() -> None:
    with pytest.raises(UserError, match=r"Frame 2 of .* has a position that is not a finite"):
        measured(movie("points", [np.ones((3, 2)), np.full((3, 2), np.nan)]))


def test_what_is_assumed_and_how_far_it_is_are_said() -> None:
    said: list[Event] = []
    what = movie("points", scattered(), assumptions=("The field is assumed.",))
    density = measure_density(what, DensitySettings(), said.append)
    notices = [event.text for event in said if isinstance(event, Notice)]
    assert notices == list(density.assumptions)
    assert notices[0] == "The field is assumed."
    assert notices[1].startswith("Bins: 8 × 8, each 50 × 50 µm (chosen")
    steps = [event for event in said if isinstance(event, Progress)]
    assert [(step.stage, step.done, step.total) for step in steps] == [
        ("density", 1, 3),
        ("density", 2, 3),
        ("density", 3, 3),
    ]
    assert steps[2].text == "200 cells"
    assert not any(isinstance(event, StageStarted) for event in said)


def test_the_lung_cells_on_the_bins_of_the_paper(shared_data: Path) -> None:
    settings = MovieSettings(pattern="*rep1_2_rep2_5*", field=(0, 0, 1410, 1050))
    lung = open_input(shared_data / "lung_cancer", settings)
    assert isinstance(lung, Movie)
    density = measured(lung, bins=(15, 11))
    counts = density.values * (density.counts_per_unit or 0)
    assert counts.sum(axis=(1, 2))[[0, -1]] == pytest.approx([577, 1766])
    assert counts.max() == pytest.approx(20)
    assert counts.mean() == pytest.approx(6.4, abs=0.05)
    assert density.spacing == pytest.approx((1.05 / 11, 0.094))
    np.testing.assert_allclose(density.t, np.arange(1, 2.4, 1 / 6))
    assert measured(lung, bin_size=100.0).shape == density.shape


def labelled() -> list[np.ndarray]:
    frames = np.zeros((2, 100, 200), dtype=np.uint16)
    frames[:, 10:20, 30:50] = 7
    frames[:, 10:20, 50:60] = 9  # touches its neighbour
    frames[1, 80:90, 150] = 60000
    return list(frames)


def test_labels_count_at_their_centroids() -> None:
    density = measured(movie("labels", labelled()), bins=(4, 4))
    counts = density.values * (density.counts_per_unit or 0)
    expected = np.zeros((2, 4, 4))
    expected[:, 0, 0] = 1  # x = 40 × 2 µm, y = 15 × 4 µm
    expected[:, 0, 1] = 1  # x = 55 × 2 µm
    expected[1, 3, 3] = 1
    np.testing.assert_allclose(counts, expected, atol=1e-12)


def test_centroids_are_those_of_the_pixels() -> None:
    np.testing.assert_allclose(centroids(labelled()[1]), [[40, 15], [55, 15], [150.5, 85]])


@pytest.mark.parametrize(
    ("frames", "sentence"),
    [
        (np.zeros((2, 20, 20), dtype=bool), "is a mask, not labels"),
        (np.full((2, 20, 20), 255, dtype=np.uint8), "one label only, so it looks like a mask"),
        (np.full((2, 20, 20), 0.5), "not whole numbers"),
        (np.full((2, 20, 20), np.nan), "not whole numbers"),
        (np.full((2, 20, 20), -1), "negative labels"),
        (np.zeros((2, 20, 20), dtype=np.uint8), "There is no cell"),
    ],
)
def test_what_is_not_labels_is_told(frames: np.ndarray, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        measured(movie("labels", list(frames)))


def test_labels_are_opened_as_such() -> None:
    with pytest.raises(
        UserError, match=r"holds intensities: open it with the setting 'movie\.kind' at labels"
    ):
        measured(movie("image", labelled()), method="labels")


def glowing(factor: float = 1.0) -> list[np.ndarray]:
    """A ramp along x over a background of 10, three times as bright in the second frame."""
    ramp = np.broadcast_to(np.arange(200) + 0.5, (100, 200)) * factor
    return [10 + ramp, 10 + 3 * ramp]


def test_intensity_is_averaged_over_bins_by_area() -> None:
    density = measured(movie("image", glowing()), method="intensity", background=10.0, bins=(16, 7))
    assert density.density_unit == "a.u."
    assert density.counts_per_unit is None
    expected = (np.arange(16) + 0.5) * 200 / 16
    np.testing.assert_allclose(density.values[0], np.tile(expected, (7, 1)), atol=0.011)
    np.testing.assert_allclose(density.values[1], 3 * density.values[0], rtol=1e-6)


def test_intensity_of_a_cell_gives_cells() -> None:
    """The total number of cells is the summed intensity over that of a cell."""
    density = measured(
        movie("image", glowing()),
        method="intensity",
        background=10.0,
        intensity_per_cell=50.0,
        bins=(16, 7),
    )
    assert density.density_unit == "cells/mm²"
    assert density.counts_per_unit is None
    expected = np.sum(glowing()[0] - 10) / 50
    np.testing.assert_allclose(density.totals(), [expected, 3 * expected], rtol=1e-6)


def test_the_background_is_the_darkest_percent_of_the_movie() -> None:
    density = measured(movie("image", glowing()), method="intensity")
    assert any("1st percentile of the movie" in text for text in density.assumptions)
    assert density.values.min() >= 0
    given = measured(movie("image", glowing()), method="intensity", background=10.0)
    np.testing.assert_allclose(density.values, given.values, atol=4)


def test_intensity_of_a_part() -> None:
    part = measured(
        movie("image", glowing()),
        method="intensity",
        background=10.0,
        region=(101.0, 6.0, 301.0, 206.0),
        bins=(4, 4),
    )
    centres = 101 + (np.arange(4) + 0.5) * 50
    np.testing.assert_allclose(part.values[0], np.tile(centres / 2, (4, 1)), rtol=1e-3)


def test_dark_and_damaged_images_are_told() -> None:
    dark = movie("image", [np.zeros((100, 200), dtype=np.uint8)] * 3)
    with pytest.raises(UserError, match=r"uniform \(all pixels are 0\): there is no density"):
        measured(dark, method="intensity")
    with pytest.raises(UserError, match=r"brighter than the background: lower"):
        measured(movie("image", glowing()), method="intensity", background=1e4)
    broken = glowing()
    broken[1][3, 4] = np.inf
    with pytest.raises(UserError, match=r"Frame 2 of .* not finite numbers \(1 of them"):
        measured(movie("image", broken), method="intensity")
    with pytest.raises(UserError, match="does not hold real numbers"):
        measured(movie("image", [frame + 1j for frame in glowing()]), method="intensity")


def test_from_the_file_to_the_density(tmp_path: Path) -> None:
    """Rows are y and columns x, from the pixels of a file to the coordinates of the density."""
    frames = np.zeros((2, 100, 200), dtype=np.uint8)
    frames[:, 10:30, 160:180] = 200
    path = tmp_path / "movie.tif"
    metadata = {"axes": "TYX", "unit": "um", "finterval": 3600}
    tifffile.imwrite(path, frames, imagej=True, metadata=metadata, resolution=(0.5, 0.25))
    opened = open_input(path, MovieSettings())
    assert isinstance(opened, Movie)
    density = measured(opened, method="intensity", background=0.0, bins=(20, 10))
    _, row, column = np.unravel_index(int(density.values.argmax()), density.shape)
    assert 0.04 < density.y[row] < 0.12
    assert 0.32 < density.x[column] < 0.36
    np.testing.assert_allclose(density.t, [0, 1 / 24])


def test_a_frame_that_is_damaged_stops_with_a_sentence(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for index in range(3):
        iio.imwrite(tmp_path / f"f{index}.png", rng.integers(0, 255, (64, 64)).astype(np.uint8))
    (tmp_path / "f1.png").write_bytes((tmp_path / "f1.png").read_bytes()[:2000])
    settings = MovieSettings(time_unit="frame", length_unit="pixel")
    opened = open_input(tmp_path, settings)
    assert isinstance(opened, Movie)
    with pytest.raises(UserError, match=r"f1\.png is not a readable image"):
        measured(opened, method="intensity")
