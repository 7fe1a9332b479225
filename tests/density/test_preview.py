"""What is shown while settings are tuned is what will be measured."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from napari_binn.density.area import Area
from napari_binn.density.grid import Grid
from napari_binn.density.measure import measure_density
from napari_binn.density.methods import COMMON_FIELDS, check_method, methods_for
from napari_binn.density.preview import Preview, Previewer
from napari_binn.density.words import BinFacts, describe_bins
from napari_binn.errors import UserError
from napari_binn.movie.model import Kind, MemoryFrames, Movie
from napari_binn.phantom import make_movie
from napari_binn.settings import DensitySettings

from .cells import fluorescence, scattered

SHAPE = (150, 200)
BORDER = ((20.0, 10.0), (390.0, 40.0), (370.0, 290.0), (40.0, 280.0))
HOLE = ((150.0, 100.0), (210.0, 100.0), (180.0, 170.0))
KINDS: tuple[Kind, ...] = ("image", "labels", "points")


class Counted(MemoryFrames):
    """Frames that count how often they are read."""

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        object.__setattr__(self, "read", [])

    def __getitem__(self, index: int) -> np.ndarray:
        self.read.append(index)  # type: ignore[attr-defined]
        return super().__getitem__(index)


def movie(kind: Kind, frames: list[np.ndarray], **changes: Any) -> Movie:
    values: dict[str, Any] = {
        "kind": kind,
        "frames": Counted(frames),
        "times": np.arange(len(frames), dtype=float),
        "time_unit": "hour",
        "length_unit": "um",
        "pixel_size": (1.0, 1.0) if kind == "points" else (2.0, 2.0),
        "extent": (0.0, 0.0, 400.0, 300.0),
        "source": "cells.tif",
    }
    return Movie(**values | changes)


def of_kind(kind: Kind) -> Movie:
    """Five frames with more and more cells."""
    rng = np.random.default_rng(3)
    cells = [scattered(40 + 40 * i, SHAPE, 8, rng) for i in range(5)]
    if kind == "points":
        return movie(kind, [xy * 2 for xy in cells])
    if kind == "image":
        return movie(kind, [fluorescence(xy, SHAPE, 8, rng) for xy in cells])
    frames = np.zeros((5, *SHAPE), dtype=np.uint16)
    for frame, xy in zip(frames, cells, strict=True):
        column, row = xy.astype(int).T
        frame[row, column] = np.arange(len(xy)) + 1
    return movie(kind, list(frames))


def previewed(what: Movie, index: int = 2, **settings: Any) -> Preview:
    return Previewer(what).preview(DensitySettings(**settings), index)


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("points", {}),
        ("labels", {}),
        ("image", {}),
        ("image", {"detector": "dog", "threshold": 7.0}),
        ("image", {"nucleus_diameter": 15.0}),
        ("image", {"t_range": (1, 3)}),
        ("image", {"method": "confluence", "cell_diameter": 30.0}),
        ("image", {"method": "intensity"}),
        ("image", {"method": "intensity", "background": 95.0, "intensity_per_cell": 5e3}),
    ],
    ids=str,
)
@pytest.mark.parametrize("polygons", [{}, {"include": (BORDER,), "exclude": (HOLE,)}], ids=str)
def test_a_frame_is_what_is_measured(
    kind: Kind, settings: dict[str, Any], polygons: dict[str, Any]
) -> None:
    what = of_kind(kind)
    wanted = DensitySettings(bins=(9, 8), **settings, **polygons)
    density = measure_density(what, wanted)
    previewer = Previewer(what)
    for place, hours in enumerate(np.round(density.t * 24).astype(int)):
        shown = previewer.preview(wanted, int(hours))
        np.testing.assert_array_equal(shown.values, density.values[place])
        assert (shown.mask is None) == (density.mask is None)
        if shown.mask is not None:
            np.testing.assert_array_equal(shown.mask, density.mask)
        assert shown.unit == density.density_unit
        assert (shown.cells_per_bin is None) == (density.counts_per_unit is None)
        np.testing.assert_allclose(shown.x / 1000, density.x)
        np.testing.assert_allclose(shown.y / 1000, density.y)
    assert set(shown.notes) <= set(density.assumptions)
    assert shown.bins == (9, 8)


@pytest.mark.parametrize("kind", KINDS)
def test_the_cells_shown_are_those_counted(kind: Kind) -> None:
    shown = previewed(of_kind(kind), include=(BORDER,), exclude=(HOLE,), bins=(9, 8))
    assert shown.positions is not None
    region = (20.0, 10.0, 390.0, 290.0)
    area = Area(region, (BORDER,), (HOLE,))
    assert area.contains(shown.positions).all()
    counts = Grid(region, 9, 8).count(shown.positions)
    assert shown.mask is not None
    assert shown.cells_per_bin == pytest.approx(counts[shown.mask].mean())


def test_given_positions_have_the_default_bins_of_the_measurement() -> None:
    what = of_kind("points")
    _, ny, nx = measure_density(what, DensitySettings()).shape
    assert previewed(what).bins == (nx, ny)
    assert previewed(what, index=0).bins == (nx, ny)


def test_the_growing_colony_of_the_samples() -> None:
    """The default bins come close to those measured, from three frames."""
    what = make_movie("growth")
    shown = previewed(what, index=len(what) - 1)
    truth = make_movie("growth", kind="points")
    assert shown.positions is not None
    assert len(shown.positions) == pytest.approx(len(truth.frames[-1]), rel=0.05)
    measured = measure_density(truth, DensitySettings())
    ratio = measured.values[0].size / shown.values.size
    assert 0.8 < ratio < 1.25
    assert shown.estimates["nucleus_diameter"] > 0
    assert shown.unit == "cells/mm²"


def test_frames_are_not_read_again_for_another_choice() -> None:
    what = of_kind("image")
    previewer = Previewer(what)
    previewer.preview(DensitySettings(), 1)
    read: list[int] = what.frames.read  # type: ignore[attr-defined]
    assert sorted(read) == [0, 1, 2, 4]
    for settings in (
        {"threshold": 9.0},
        {"bins": (6, 5)},
        {"region": (0, 0, 200, 200)},
        {"include": (BORDER,)},
        {"nucleus_diameter": 14.0},
        {"detector": "dog"},
    ):
        previewer.preview(DensitySettings(**settings), 1)
    assert len(read) == 4
    previewer.preview(DensitySettings(threshold=9.0), 3)
    assert read[4:] == [3]


def test_filtering_is_done_once_for_all_thresholds(monkeypatch: pytest.MonkeyPatch) -> None:
    from napari_binn.density import nuclei_method

    calls: list[object] = []
    honest = nuclei_method.look

    def counting(image: Any, spots: Any, *others: Any, **named: Any) -> Any:
        calls.append(spots)
        return honest(image, spots, *others, **named)

    monkeypatch.setattr(nuclei_method, "look", counting)
    previewer = Previewer(of_kind("image"))
    found = [
        len(previewer.preview(DensitySettings(threshold=level), 3).positions)  # type: ignore[arg-type]
        for level in (5.0, 20.0, 80.0)
    ]
    assert len(calls) == 4
    assert found == sorted(found, reverse=True)


def test_what_was_estimated_is_said_until_it_is_given() -> None:
    open_ones = previewed(of_kind("image"))
    assert set(open_ones.estimates) == {"nucleus_diameter", "threshold"}
    assert open_ones.notes[0].count("(estimated)") == 2
    given = previewed(of_kind("image"), **open_ones.estimates)
    assert not given.estimates
    assert given.positions is not None
    assert open_ones.positions is not None
    assert len(given.positions) == len(open_ones.positions)
    brightness = previewed(of_kind("image"), method="intensity")
    assert set(brightness.estimates) == {"background"}
    assert brightness.positions is None
    assert not previewed(of_kind("points")).notes
    assert not previewed(of_kind("labels"), bins=(8, 8)).notes
    assert "chosen from three frames" in previewed(of_kind("labels")).notes[0]


@pytest.mark.parametrize(
    ("what", "settings", "sentence"),
    [
        (of_kind("points"), {"method": "nuclei"}, "holds cell positions"),
        (of_kind("points"), {"region": (0, 0, 500, 100)}, "reaches out of"),
        (of_kind("points"), {"t_range": (9, 12)}, "leaves 0 of 5 frames"),
        (of_kind("points"), {"include": (BORDER,), "bin_size": 150.0}, "at least 4 × 4"),
        (of_kind("points"), {"include": (HOLE,), "bins": (4, 4)}, "The polygons leave"),
        (movie("image", [np.full(SHAPE, 7)] * 3), {}, r"uniform \(all pixels are 7\)"),
        (movie("image", [np.full(SHAPE, 7)] * 3), {"nucleus_diameter": 9.0}, "uniform"),
        (movie("image", [np.full(SHAPE, 7)] * 3), {"method": "intensity"}, "uniform"),
        (movie("labels", [np.eye(50, dtype=np.uint8)] * 3), {}, "looks like a mask"),
    ],
)
def test_mistakes_are_told_as_by_the_measurement(
    what: Movie, settings: dict[str, Any], sentence: str
) -> None:
    wanted = DensitySettings(**settings)
    with pytest.raises(UserError, match=sentence):
        Previewer(what).preview(wanted, 1)
    with pytest.raises(UserError, match=sentence):
        measure_density(what, wanted)


def test_a_frame_without_cells_is_shown() -> None:
    frames = [np.zeros((0, 2)), *scattered_frames()]
    shown = previewed(movie("points", frames), index=0, bins=(8, 8))
    assert shown.cells_per_bin == 0
    assert "hold no cell in this frame" in shown.words
    assert (shown.values == 0).all()


def scattered_frames() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.uniform((0, 0), (400, 300), (300, 2)) for _ in range(3)]


def test_bins_in_words() -> None:
    grid = Grid((0, 0, 660, 484), 15, 11)
    assert describe_bins(grid, None, BinFacts("cells", 18.0), "µm") == (
        "15 × 11 bins of 44 × 44 µm hold 18 cells on average in this frame: counting noise is "
        "about 24 % a bin. Larger bins are less noisy, smaller ones follow steeper fronts."
    )
    assert "choose larger bins" in describe_bins(grid, None, BinFacts("cells", 2.2), "µm")
    few = describe_bins(Grid((0, 0, 6000, 4000), 6, 4), None, BinFacts("cells", 50.0), "µm")
    assert "bins of 1000 × 1000 µm" in few
    assert "Only 4 bins lie across" in few
    mask = np.zeros((11, 15), dtype=bool)
    mask[2:9, 2:12] = True
    inside = describe_bins(grid, mask, BinFacts("cells", 18.0), "µm")
    assert "(70 of them inside the area)" in inside
    assert "Only 7 bins lie across" in inside
    assert "average the brightness" in describe_bins(grid, None, BinFacts("brightness"), "pixels")
    share = describe_bins(grid, None, BinFacts("fraction", share=0.42, patches=6.25), "µm")
    assert "42 % of the area is covered" in share
    assert "as large as 6.2 cells: where it is half covered" in share
    assert "uncertain by about 20 %" in share
    tiny = describe_bins(grid, None, BinFacts("fraction", share=0.42, patches=1.0), "µm")
    assert "choose larger bins" in tiny


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_movie_has_its_methods(kind: Kind) -> None:
    """Every setting belongs to one method or to all; the first method is the default."""
    infos = methods_for(kind)
    assert check_method(of_kind(kind), DensitySettings()).info == infos[0]
    for info in infos:
        assert check_method(of_kind(kind), DensitySettings(method=info.key)).info == info
        assert info.title
        assert info.description.endswith(".")


def test_the_methods_use_all_settings() -> None:
    used = {name for kind in KINDS for info in methods_for(kind) for name in info.fields}
    assert used | {*COMMON_FIELDS, "method", "options"} == set(DensitySettings.model_fields)


def test_no_heavy_library_is_loaded() -> None:
    """It runs in the process of the viewer."""
    code = (
        "import sys, napari_binn.density.preview; "
        "print(sorted({'torch', 'matplotlib', 'sympy', 'skimage'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
