"""Any part of the field can be analysed: drawn polygons, with others cut out."""

from __future__ import annotations

import dataclasses
import tomllib
from typing import Any

import numpy as np
import pytest
import tomli_w

from napari_binn.density.area import Area, choose_area
from napari_binn.density.grid import Grid
from napari_binn.density.measure import crop_density, measure_density
from napari_binn.density.model import Density
from napari_binn.density.polygons import Polygon, covered, inside
from napari_binn.errors import UserError
from napari_binn.events import Notice
from napari_binn.movie.model import MemoryFrames, Movie
from napari_binn.settings import DensitySettings, Settings, parse_assignment

FIELD = (0.0, 0.0, 400.0, 300.0)
TRIANGLE: Polygon = ((20.0, 10.0), (380.0, 40.0), (150.0, 290.0))
SQUARE: Polygon = ((100.0, 100.0), (200.0, 100.0), (200.0, 200.0), (100.0, 200.0))


def ellipse(x: float, y: float, a: float, b: float, corners: int = 60) -> Polygon:
    angle = np.arange(corners) * 2 * np.pi / corners
    return tuple(zip(x + a * np.cos(angle), y + b * np.sin(angle), strict=True))


def area_in(polygon: Polygon) -> float:
    x, y = np.array(polygon).T
    return float(abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2)


def movie(kind: Any, frames: list[np.ndarray], **changes: Any) -> Movie:
    values: dict[str, Any] = {
        "kind": kind,
        "frames": MemoryFrames(frames),
        "times": np.arange(len(frames), dtype=float),
        "time_unit": "hour",
        "length_unit": "um",
        "pixel_size": (1.0, 1.0),
        "extent": FIELD,
        "source": "cells.tif",
    }
    return Movie(**values | changes)


def scattered(count: int, frames: int = 2) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.uniform((0, 0), (400, 300), (count, 2)) for _ in range(frames)]


def measured(what: Movie, **settings: Any) -> Density:
    return measure_density(what, DensitySettings(**settings))


EIGHT: Polygon = ((0.0, 0.0), (400.0, 300.0), (400.0, 0.0), (0.0, 300.0))


@pytest.mark.parametrize(
    ("include", "exclude", "expected"),
    [
        ((TRIANGLE,), (), area_in(TRIANGLE)),
        ((TRIANGLE[::-1],), (), area_in(TRIANGLE)),
        ((ellipse(200, 150, 180, 120),), (), area_in(ellipse(200, 150, 180, 120))),
        ((ellipse(200, 150, 180, 120),), (SQUARE,), area_in(ellipse(200, 150, 180, 120)) - 1e4),
        ((), (SQUARE,), 12e4 - 1e4),
        ((SQUARE, SQUARE), (), 1e4),
        ((SQUARE, ((150.0, 100.0), (300.0, 100.0), (300.0, 200.0), (150.0, 200.0))), (), 2e4),
        ((EIGHT,), (), 6e4),
        ((SQUARE,), (SQUARE,), 0.0),
    ],
    ids=["triangle", "clockwise", "ellipse", "hole", "all but", "twice", "union", "eight", "none"],
)
def test_the_area_inside_is_right(include: Any, exclude: Any, expected: float) -> None:
    """Of all bins together, and counted with points."""
    grid = Grid(FIELD, 13, 9)
    area = Area(FIELD, include, exclude)
    share = area.coverage(grid)
    assert share.min() >= 0
    assert share.max() <= 1
    assert share.mean() * 12e4 == pytest.approx(expected, rel=0.005, abs=1e-6)
    x, y = np.meshgrid(np.arange(400) + 0.47, np.arange(300) + 0.53)
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    assert area.contains(points).sum() == pytest.approx(expected, rel=0.005)


def test_each_bin_has_the_share_that_points_have() -> None:
    include, exclude = (TRIANGLE, ellipse(300, 200, 60, 80)), (SQUARE,)
    share = Area(FIELD, include, exclude).coverage(Grid(FIELD, 8, 6))
    x, y = np.meshgrid(np.arange(800) / 2 + 0.25, np.arange(600) / 2 + 0.25)
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    counted = inside(points, include) & ~inside(points, exclude)
    expected = counted.reshape(6, 100, 8, 100).mean(axis=(1, 3))
    np.testing.assert_allclose(share, expected, atol=0.015)


def test_sides_along_the_bins_are_exact() -> None:
    share = covered(np.arange(5) * 100.0, np.arange(4) * 100.0, (SQUARE,), ())
    expected = np.zeros((3, 4))
    expected[1, 1] = 1
    np.testing.assert_allclose(share, expected, atol=1e-12)


def test_density_is_unbiased_where_a_border_cuts_the_bins() -> None:
    """Cells at random have the same density in every bin, whole or cut."""
    what = movie("points", scattered(40_000))
    border = ellipse(200, 150, 180, 130)
    density = measured(what, include=(border,), exclude=(SQUARE,), bins=(18, 13))
    assert density.mask is not None
    area = Area((20.0, 20.0, 380.0, 280.0), (border,), (SQUARE,))
    share = area.coverage(Grid(area.region, 18, 13))
    np.testing.assert_array_equal(density.mask, share >= 0.5)
    true = 40_000 / 0.12
    cut, whole = density.mask & (share < 0.999), density.mask & (share >= 0.999)
    assert cut.sum() > 30
    assert density.values[:, whole].mean() == pytest.approx(true, rel=0.01)
    assert density.values[:, cut].mean() == pytest.approx(true, rel=0.015)
    assert (density.values[:, ~density.mask] == 0).all()
    assert density.counts_per_unit == pytest.approx(0.02 * 0.02, rel=1e-3)


def test_the_polygons_set_the_region_as_far_as_they_are_in_the_field() -> None:
    wide = ellipse(200, 150, 300, 100)
    images = [np.random.default_rng(i).uniform(10, 20, (300, 400)) for i in range(2)]
    density = measured(movie("image", images), method="intensity", include=(wide,), bins=(8, 5))
    assert density.x[0] == pytest.approx(0.025)
    assert density.y[0] == pytest.approx(0.07)
    part = measured(
        movie("image", images),
        method="intensity",
        region=(100, 100, 300, 200),
        include=(wide,),
        bins=(8, 5),
    )
    assert part.x[0] == pytest.approx(0.1125)
    assert part.mask is None


def test_a_margin_without_cells_is_observed_in_given_positions() -> None:
    """The smallest rectangle around all cells does not tell how far one looked; a polygon does."""
    rng = np.random.default_rng(1)
    frames = [rng.uniform((100, 100), (300, 200), (200, 2)) for _ in range(2)]
    what = movie("points", frames, extent=(100.0, 100.0, 300.0, 200.0))
    what = dataclasses.replace(what, extent_assumption="The field is assumed.")
    drawn = ((0.0, 0.0), (400.0, 0.0), (400.0, 300.0), (0.0, 300.0))
    density = measured(what, include=(drawn,), bins=(8, 6))
    assert "The field is assumed." not in density.assumptions
    assert "The field is assumed." in measured(what, bins=(8, 6)).assumptions
    assert density.mask is None
    assert density.totals() == pytest.approx([200, 200])
    assert (density.values[:, 0] == 0).all()


def test_brightness_is_averaged_over_the_pixels_inside() -> None:
    """What lies outside of the border does not change the density inside."""
    image = np.full((300, 400), 50.0)
    x, y = np.meshgrid(np.arange(400) + 0.5, np.arange(300) + 0.5)
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    slightly_larger = ellipse(200, 150, 153, 113)
    image[~inside(points, (slightly_larger,)).reshape(300, 400)] = 5000.0
    density = measured(
        movie("image", [image, image * 2]),
        method="intensity",
        background=10.0,
        include=(ellipse(200, 150, 150, 110),),
        bins=(14, 11),
    )
    assert density.mask is not None
    np.testing.assert_allclose(density.values[0][density.mask], 40)
    np.testing.assert_allclose(density.values[1][density.mask], 90)
    assert (density.values[:, ~density.mask] == 0).all()


def test_default_bins_hold_enough_cells_inside() -> None:
    """The corners that the polygon leaves out hold none, and do not make bins larger."""
    notes: list[str] = []
    round_one = (ellipse(200, 150, 150, 150, 200),)
    density = measure_density(
        movie("points", scattered(2000)),
        DensitySettings(include=round_one),
        lambda event: notes.append(event.text) if isinstance(event, Notice) else None,
    )
    assert density.mask is not None
    counts = density.values[:, density.mask] * (density.counts_per_unit or 0)
    assert counts.mean() == pytest.approx(6, rel=0.15)
    assert notes[-1].startswith("Bins: ")


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"include": (((500, 0), (600, 0), (550, 100)),)},
            r"polygon of 'density\.include' within \(500, 0, 600, 100\) lies outside of cells\.tif,"
            r" which covers \(0, 0, 400, 300\) µm\.",
        ),
        (
            {"include": (TRIANGLE, ((-9, 0), (-1, 0), (-5, 9)))},
            r"within \(-9, 0, -1, 9\) lies outside",
        ),
        ({"include": (TRIANGLE,), "bins": (4, 4)}, r"leave \d+ bins of cells\.tif.* 16 are needed"),
        ({"exclude": (((-1, -1), (401, -1), (401, 301), (-1, 301)),)}, "There is no cell in the"),
        (
            {"exclude": (((-1, -1), (401, -1), (401, 230), (-1, 230)),), "bins": (40, 12)},
            r"leave 120 bins of cells\.tif, 40 × 3 at most",
        ),
    ],
)
def test_areas_that_leave_too_little_are_told(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        measured(movie("points", scattered(500)), **settings)


def test_cells_only_where_bins_are_left_out_are_told() -> None:
    tip: Polygon = (
        (0, 0), (400, 0), (400, 200), (210, 200), (200, 290), (190, 200), (0, 200),
    )  # fmt: skip
    what = movie("points", [np.array([[200.0, 280.0]])] * 2)
    with pytest.raises(UserError, match="bins inside the polygons are empty in every frame"):
        measured(what, include=(tip,), bins=(12, 12))


def test_without_polygons_all_bins_are_observed() -> None:
    assert choose_area(DensitySettings(), FIELD, "um", "cells.tif") == Area(FIELD)
    assert measured(movie("points", scattered(500)), bins=(5, 5)).mask is None
    generous = ((-10, -10), (410, -10), (410, 310), (-10, 310))
    images = [frame.astype(np.float32) for frame in np.random.default_rng(0).random((2, 30, 40))]
    what = movie("image", images, pixel_size=(10.0, 10.0))
    whole = measured(what, method="intensity", bins=(8, 6))
    same = measured(what, method="intensity", bins=(8, 6), include=(generous,))
    assert same.mask is None
    np.testing.assert_allclose(same.values, whole.values, rtol=1e-5)


READY = Density(
    values=np.random.default_rng(0).uniform(1, 2, (3, 12, 16)),
    t=np.arange(3.0),
    y=np.arange(12) * 0.5 + 0.25,
    x=np.arange(16) * 0.5 + 0.25,
    length_unit="mm",
    time_unit="day",
    density_unit="cells/mm²",
    source="density.npz",
)


def cropped(density: Density = READY, **settings: Any) -> Density:
    return crop_density(density, DensitySettings(**settings))


def test_bins_of_a_ready_density_are_chosen_by_their_centres() -> None:
    border, hole = ellipse(4, 3, 3.6, 2.6), ((3.0, 2.0), (5.0, 2.0), (5.0, 3.0), (3.0, 3.0))
    part = cropped(include=(border,), exclude=(hole,))
    assert part.mask is not None
    x, y = np.meshgrid(part.x, part.y)
    centres = np.stack([x.ravel(), y.ravel()], axis=1)
    expected = inside(centres, (border,)) & ~inside(centres, (hole,))
    np.testing.assert_array_equal(part.mask.ravel(), expected)
    assert part.x[0] == pytest.approx(0.75)
    assert (part.values[:, ~part.mask] == 0).all()
    rows, columns = np.isin(READY.y, part.y), np.isin(READY.x, part.x)
    kept = READY.values[:, rows][:, :, columns][:, part.mask]
    np.testing.assert_array_equal(part.values[:, part.mask], kept)


def test_bins_that_were_not_observed_stay_so() -> None:
    mask = np.ones((12, 16), dtype=bool)
    mask[5, 5] = False
    part = cropped(
        dataclasses.replace(READY, mask=mask), exclude=(((0, 0), (1, 0), (1, 1), (0, 1)),)
    )
    assert part.mask is not None
    assert part.mask.sum() == 12 * 16 - 5
    assert not part.mask[5, 5]


def test_a_ready_density_is_too_small_for_a_polygon() -> None:
    with pytest.raises(UserError, match=r"leave 15 bins of density\.npz, 5 × 5 at most"):
        cropped(include=(((0, 0), (2.9, 0), (0, 2.9)),))
    with pytest.raises(UserError, match=r"lies outside of density\.npz.* mm\."):
        cropped(include=(((10, 0), (14, 0), (10, 4)),))


@pytest.mark.parametrize(
    ("polygons", "sentence"),
    [
        ([[[0, 0], [1, 1]]], r"'density\.include\.0' .* a polygon needs at least three corners"),
        ([[[0, 0], [1, 1], [3, 3]]], "must not all lie on one line"),
        ([[[5, 5], [5, 5], [5, 5]]], "must not all lie on one line"),
        ([[[0, 0], [1, 1], [0, float("nan")]]], "finite number"),
        ([[[0, 0], [1, 1], [0, 1]], [[0, 0, 0]]], r"density\.include\.1"),
    ],
)
def test_what_is_no_polygon_is_told(polygons: Any, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence) as caught:
        Settings.build({"density": {"include": polygons}})
    assert len(str(caught.value)) < 200


def test_polygons_come_from_toml_and_the_command_line() -> None:
    settings = Settings.build({"density": {"include": [TRIANGLE, SQUARE]}})
    text = tomli_w.dumps(settings.model_dump(mode="json", exclude_none=True))
    assert Settings.build(tomllib.loads(text)) == settings
    told = parse_assignment("density.exclude=[[[0, 0], [1, 0], [0, 1]]]")
    assert Settings.build(told).density.exclude == (((0, 0), (1, 0), (0, 1)),)
