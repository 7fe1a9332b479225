"""A region is where it was drawn, whatever the scale, the place and the units of the two layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image, Shapes

from napari_binn.gui.calibration import Calibration, apply, suggest
from napari_binn.gui.regions import arm, follow, new_region_layer, polygons, region_kind

if TYPE_CHECKING:
    import napari
    from pytestqt.qtbot import QtBot

PLACES: dict[str, dict[str, Any]] = {
    "plain": {},
    "scaled": {"scale": (2, 0.5, 0.65), "units": ("hour", "um", "um")},
    "shifted": {
        "scale": (2, 0.5, 0.65), "translate": (1, 30, -7), "units": ("hour", "um", "um"),
    },
    "turned": {"scale": (1, 0.5, 0.65), "translate": (0, 3, 4), "rotate": (0, 0, 30)},
    "sheared": {"scale": (1, 0.5, 0.65), "shear": [0, 0, 0.2], "translate": (0, 1, 2)},
    "affine": {
        "scale": (1, 0.5, 0.65),
        "affine": [[1, 0, 0, 0], [0, 0.9, 0.1, 5], [0, -0.2, 1.1, 6], [0, 0, 0, 1]],
    },
}  # fmt: skip


@pytest.fixture
def viewer() -> ViewerModel:
    return ViewerModel()


def a_movie(**options: Any) -> tuple[Image, Calibration]:
    layer = Image(np.zeros((4, 40, 60), np.uint8), name="cells", **options)
    values = {"pixel_size": (0.5, 0.65), "length_unit": "um", "frame_interval": 1.0}
    return layer, suggest(layer).typed(**values, time_unit="hour")


def corners_xy(rows: tuple[float, float], columns: tuple[float, float]) -> set[tuple[float, ...]]:
    """Return the corners x, y [µm] of a rectangle between outer edges of pixels."""
    return {(round(0.65 * x, 6), round(0.5 * y, 6)) for x in columns for y in rows}


def rounded(polygon: tuple[tuple[float, float], ...]) -> set[tuple[float, ...]]:
    return {(round(x, 6), round(y, 6)) for x, y in polygon}


@pytest.mark.parametrize("place", PLACES)
def test_a_region_layer_counts_in_the_movies_pixels(viewer: ViewerModel, place: str) -> None:
    movie, calibration = a_movie(**PLACES[place])
    viewer.add_layer(movie)
    region = new_region_layer(viewer, movie)
    for point in ((0, 0), (10, 20)):
        np.testing.assert_allclose(
            region.data_to_world(point), movie.data_to_world((0, *point))[1:], atol=1e-9
        )
    # From the outer corner of pixel (10, 20) to that of pixel (30, 50).
    region.add_rectangles(np.array([[9.5, 19.5], [29.5, 49.5]]))
    (polygon,) = polygons(region, movie, calibration)
    assert rounded(polygon) == corners_xy((10, 30), (20, 50))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("ndim", [2, 3])
def test_any_shapes_layer_is_understood_through_the_world(place: str, ndim: int) -> None:
    movie, calibration = a_movie(**PLACES[place])
    pixels = np.array([[9.5, 19.5], [29.5, 19.5], [29.5, 49.5], [9.5, 49.5]])
    world = np.array([movie.data_to_world((2, *pixel))[-ndim:] for pixel in pixels])
    other = Shapes(ndim=ndim, scale=(3,) * ndim, translate=(5,) * ndim, units=movie.units[-ndim:])
    other.add_polygons(np.array([other.world_to_data(point) for point in world]))
    (polygon,) = polygons(other, movie, calibration)
    assert rounded(polygon) == corners_xy((10, 30), (20, 50))


def test_millimetres_and_micrometres_meet() -> None:
    movie, calibration = a_movie(**PLACES["shifted"])
    drawn = Shapes(ndim=2, units=("mm", "mm"))
    corners = [(30 - 0.25, -7 - 0.325), (30 + 9.75, -7 - 0.325), (30 + 9.75, -7 + 19.175)]
    drawn.add_polygons(np.array(corners) / 1000)
    (polygon,) = polygons(drawn, movie, calibration)
    assert rounded(polygon) == {(0.0, 0.0), (0.0, 10.0), (19.5, 10.0)}


def test_ellipses_become_polygons_of_the_same_area_and_lines_nothing() -> None:
    movie, calibration = a_movie(**PLACES["turned"])
    drawn = Shapes(ndim=2)
    follow(drawn, movie)
    drawn.add_ellipses(np.array([[20, 30], [8, 10]]))  # centre and radii
    drawn.add_lines(np.array([[0, 0], [10, 10]]))
    drawn.add_paths(np.array([[0, 0], [10, 10], [20, 0]]))
    (polygon,) = polygons(drawn, movie, calibration)
    assert len(polygon) >= 48
    x, y = np.array(polygon).T
    assert x.mean() == pytest.approx(30.5 * 0.65, abs=1e-3)
    assert y.mean() == pytest.approx(20.5 * 0.5, abs=1e-3)
    area = abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2
    assert area == pytest.approx(np.pi * 8 * 0.5 * 10 * 0.65, rel=1e-4)


def test_a_stray_click_is_no_region() -> None:
    movie, calibration = a_movie()
    drawn = Shapes(np.array([[5, 5], [5.1, 5.1]]), shape_type="rectangle")
    assert polygons(drawn, movie, calibration) == ()


def test_a_movie_in_pixels_has_regions_in_pixels() -> None:
    movie, calibration = a_movie()
    drawn = Shapes(np.array([[-0.5, -0.5], [9.5, 19.5]]), shape_type="rectangle")
    (polygon,) = polygons(drawn, movie, calibration.typed(length_unit="pixel"))
    assert rounded(polygon) == {(0, 0), (20, 0), (20, 10), (0, 10)}


def test_a_region_stays_on_its_cells_when_the_movie_is_calibrated(viewer: ViewerModel) -> None:
    movie, calibration = a_movie()
    viewer.add_layer(movie)
    region = new_region_layer(viewer, movie)
    region.add_rectangles(np.array([[9.5, 19.5], [29.5, 49.5]]))
    before = polygons(region, movie, calibration)
    apply(movie, calibration)
    follow(region, movie)
    assert tuple(region.scale) == (0.5, 0.65)
    np.testing.assert_allclose(polygons(region, movie, calibration), before)


def test_the_tool_is_in_the_hand(viewer: ViewerModel) -> None:
    movie, _ = a_movie()
    viewer.add_layer(movie)
    inside, outside = (new_region_layer(viewer, movie, kind) for kind in ("include", "exclude"))
    assert (inside.name, outside.name) == ("region · cells", "excluded · cells")
    assert [region_kind(layer) for layer in viewer.layers] == [None, "include", "exclude"]
    assert viewer.layers.selection.active is outside
    assert outside.mode == "add_rectangle"
    arm(viewer, inside, "polygon")
    assert viewer.layers.selection.active is inside
    assert inside.mode == "add_polygon"
    inside.add_rectangles(np.array([[1, 1], [9, 9]]))
    outside.add_rectangles(np.array([[1, 1], [9, 9]]))
    green, red = inside.edge_color[0], outside.edge_color[0]
    assert green[1] > green[0]
    assert red[0] > red[1]


@pytest.mark.gui
def test_a_rectangle_is_drawn_with_the_mouse(
    make_napari_viewer: Callable[..., napari.Viewer], qtbot: QtBot
) -> None:
    from qtpy.QtCore import QEvent, QPoint, QPointF, Qt
    from qtpy.QtGui import QMouseEvent
    from qtpy.QtWidgets import QApplication

    viewer = make_napari_viewer(show=True)
    movie, calibration = a_movie(**PLACES["shifted"])
    viewer.add_layer(movie)
    region = new_region_layer(viewer, movie)
    canvas = viewer.window._qt_viewer.canvas.native
    qtbot.waitExposed(canvas)
    middle = canvas.rect().center()
    corners = (middle - QPoint(60, 40), middle + QPoint(60, 40))
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton

    def send(kind: QEvent.Type, at: QPoint, button: Qt.MouseButton, held: Qt.MouseButton) -> None:
        screen = QPointF(canvas.mapToGlobal(at))
        modifiers = Qt.KeyboardModifier.NoModifier
        event = QMouseEvent(kind, QPointF(at), screen, button, held, modifiers)
        QApplication.sendEvent(canvas, event)

    send(QEvent.Type.MouseMove, corners[0], none, none)
    send(QEvent.Type.MouseButtonPress, corners[0], left, left)
    for step in range(1, 9):
        qtbot.wait(20)  # vispy drops moves that follow within 10 ms
        send(QEvent.Type.MouseMove, corners[0] + QPoint(15, 10) * step, none, left)
    send(QEvent.Type.MouseButtonRelease, corners[1], left, none)
    (polygon,) = polygons(region, movie, calibration)
    x, y = np.array(polygon).T
    # The view is centred on the movie, 60 × 0.65 µm wide and 40 × 0.5 µm high.
    assert (x.min() + x.max()) / 2 == pytest.approx(19.5, abs=0.5)
    assert (y.min() + y.max()) / 2 == pytest.approx(10.0, abs=0.5)
    assert np.ptp(x) / np.ptp(y) == pytest.approx(1.5, rel=0.05)
    assert region.mode == "add_rectangle"
