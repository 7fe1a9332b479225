"""A density lies on the pixels it was measured on, and on the frames."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image, Layer, Points

from napari_binn.density.model import Density
from napari_binn.density.preview import Preview
from napari_binn.gui.arrange import arrange, restore
from napari_binn.gui.calibration import apply, suggest
from napari_binn.gui.layers import density_layers, find_layer, preview_layers, update_layer
from napari_binn.gui.placing import Ground
from napari_binn.gui.profile_line import new_line_layer, profile
from tests.gui.test_regions import PLACES


@pytest.fixture
def viewer() -> ViewerModel:
    return ViewerModel()


def ground_of(shape: tuple[int, ...] = (6, 40, 60), **options: Any) -> Ground:
    layer = Image(np.zeros(shape, np.uint8), name="cells", **options)
    calibration = suggest(layer).typed(
        pixel_size=(0.5, 0.65), length_unit="um", frame_interval=2.0, time_unit="hour", time_axis=0
    )
    return Ground(layer, calibration)


def a_density(frames: range = range(2, 5), region: tuple[int, ...] = (10, 20, 30, 52)) -> Density:
    """Return bins of 5 × 8 pixels between the outer edges y0, x0, y1, x1 of pixels."""
    y0, x0, y1, x1 = region
    y = (y0 + 2.5 + 5 * np.arange((y1 - y0) // 5)) * 0.5e-3
    x = (x0 + 4 + 8 * np.arange((x1 - x0) // 8)) * 0.65e-3
    values = np.random.default_rng(0).random((len(frames), len(y), len(x)))
    t = np.array(frames) * 2.0 / 24
    return Density(values, t, y, x, "mm", "day", "cells/mm²", 1.0, source="cells")


@pytest.mark.parametrize("place", PLACES)
def test_the_corner_of_a_bin_is_the_corner_of_a_pixel(place: str) -> None:
    ground = ground_of(**PLACES[place])
    density = a_density()
    layer = Layer.create(*density_layers(density, "run", ground=ground)[0])
    for corner, pixel in (((0, -0.5, -0.5), (2, 9.5, 19.5)), ((2, 3.5, 3.5), (4, 29.5, 51.5))):
        np.testing.assert_allclose(
            layer.data_to_world(corner), ground.layer.data_to_world(pixel), atol=1e-9
        )
    assert layer.units == ground.layer.units
    assert layer.axis_labels == ground.layer.axis_labels


def test_movie_and_density_share_the_slider(viewer: ViewerModel) -> None:
    ground = ground_of()
    apply(ground.layer, ground.calibration)
    viewer.add_layer(ground.layer)
    before = viewer.dims.range[0]
    for data in density_layers(a_density(), "run", ground=ground):
        viewer.add_layer(Layer.create(*data))
    assert tuple(viewer.dims.range[0]) == pytest.approx(tuple(before))
    assert [str(unit) for unit in viewer.layers.extent.units] == [
        "hour", "micrometer", "micrometer",
    ]  # fmt: skip


def test_irregular_times_are_counted_in_frames() -> None:
    ground = ground_of()
    times = (0.0, 1.0, 3.0, 4.0, 10.0, 20.0)
    ground = replace(ground, calibration=ground.calibration.typed(times=times))
    density = replace(a_density(), t=np.array(times[1:4]) / 24)
    assert ground.frames_of(density) == (1.0, 1.0)


def test_a_movie_with_channels_shows_the_density_at_each() -> None:
    ground = ground_of((6, 2, 40, 60), axis_labels=("t", "c", "y", "x"))
    layer = Layer.create(*density_layers(a_density(), "run", ground=ground)[0])
    assert layer.data.shape == (3, 2, 4, 4)
    np.testing.assert_array_equal(layer.data[:, 0], layer.data[:, 1])


def test_on_points_a_density_lies_where_they_are() -> None:
    cloud = np.array([[0, 0, 0], [1, 40, 60.0]])
    layer = Points(cloud, scale=(2, 1, 1), units=("hour", "um", "um"))
    ground = Ground(layer, suggest(layer).typed(frame_interval=2.0, time_unit="hour"))
    density = a_density(range(2))
    shown = Layer.create(*density_layers(density, "run", ground=ground)[0])
    np.testing.assert_allclose(
        shown.data_to_world((0, 0, 0)), (0, density.y[0] * 1000, density.x[0] * 1000)
    )


def test_layers_are_found_by_what_they_are_and_come_back(viewer: ViewerModel) -> None:
    density = a_density()
    first, simulated, residual = density_layers(
        density, "run a", simulated=density.values, ground=ground_of()
    )
    layers = [update_layer(viewer, data) for data in (first, simulated, residual)]
    layers[0].name = "my density"
    layers[0].metadata["mine"] = True
    layers[0].contrast_limits = (0, 5)
    changed = replace(density, values=density.values * 2)
    again = density_layers(changed, "run a", ground=ground_of())[0]
    assert update_layer(viewer, again) is layers[0]
    np.testing.assert_allclose(layers[0].data, changed.values, rtol=1e-6)
    assert layers[0].name == "my density"
    assert layers[0].metadata["mine"]
    assert tuple(layers[0].contrast_limits) == (0, 5)
    viewer.layers.remove(layers[0])
    assert find_layer(viewer, "observed", "run a") is None
    assert update_layer(viewer, again).name == "observed"
    assert find_layer(viewer, "simulated", "run b") is None


def test_other_bins_take_another_place_and_other_limits(viewer: ViewerModel) -> None:
    ground = ground_of()
    layer = update_layer(viewer, density_layers(a_density(), "run", ground=ground)[0])
    finer = a_density(range(6), (0, 0, 40, 56))
    finer = replace(finer, values=finer.values * 10)
    assert update_layer(viewer, density_layers(finer, "run", ground=ground)[0]) is layer
    np.testing.assert_allclose(
        layer.data_to_world((0, -0.5, -0.5)), ground.layer.data_to_world((0, -0.5, -0.5))
    )
    assert layer.contrast_limits[1] == pytest.approx(finer.scale)


def a_preview(index: int = 3, cells: int = 4) -> Preview:
    density = a_density()
    return Preview(
        index=index,
        positions=np.tile((12.0, 8.0), (cells, 1)),
        values=density.values[0],
        mask=None,
        y=density.y * 1000,
        x=density.x * 1000,
        unit="cells/mm²",
        cells_per_bin=1.0,
        bins=(4, 4),
        bin_size=(5.2, 2.5),
        notes=(),
        words="",
    )


def test_the_preview_shows_cells_and_density_of_its_frame(viewer: ViewerModel) -> None:
    ground = ground_of((6, 2, 40, 60), axis_labels=("t", "c", "y", "x"))
    density, cells = (update_layer(viewer, data) for data in preview_layers(a_preview(), ground))
    world = ground.layer.data_to_world((3, 0, 8 / 0.5 - 0.5, 12 / 0.65 - 0.5))
    np.testing.assert_allclose(cells.data_to_world(cells.data[0]), world)
    assert len(cells.data) == 8
    np.testing.assert_allclose(
        density.data_to_world((0, 0, -0.5, -0.5)), ground.layer.data_to_world((3, 0, 9.5, 19.5))
    )
    for data in preview_layers(a_preview(4, cells=0), ground):
        update_layer(viewer, data)
    assert len(viewer.layers) == 2
    assert len(cells.data) == 0
    assert density.data_to_world((0, 0, 0, 0))[0] == 4


@pytest.mark.parametrize("mode", ["grid", "blend"])
def test_layers_are_arranged_and_put_back(viewer: ViewerModel, mode: Any) -> None:
    ground = ground_of()
    viewer.add_layer(ground.layer)
    density = a_density()
    observed, simulated, residual = (
        update_layer(viewer, data)
        for data in density_layers(density, "run", simulated=density.values, ground=ground)
    )
    residual.visible = False
    before = arrange(viewer, [observed, simulated], mode)
    assert [layer.visible for layer in viewer.layers] == [False, False, True, True] or (
        mode == "blend" and not residual.visible
    )
    assert viewer.canvas.grid.enabled == (mode == "grid")
    viewer.layers.remove(simulated)
    restore(viewer, before)
    assert not viewer.canvas.grid.enabled
    assert ground.layer.visible
    assert not residual.visible
    assert observed.colormap.name == "viridis"
    assert observed.blending == "translucent"


@pytest.mark.parametrize("place", PLACES)
def test_a_profile_follows_the_line(viewer: ViewerModel, place: str) -> None:
    ground = ground_of(**PLACES[place])
    density = a_density()
    ramp = np.tile(np.arange(4.0), (4, 1))
    shown = update_layer(viewer, density_layers(density, "run", ground=ground)[0])
    line = new_line_layer(viewer, ground.layer)
    assert line.mode == "add_line"
    assert profile(line, density, ramp, shown) is None
    # From the centre of the first bin to that of the last, in pixels of the movie.
    line.add_lines(np.array([[11.5 + 0.5, 23.5], [12, 47.5]]))
    found = profile(line, density, ramp, shown)
    assert found is not None
    distance, values = found
    assert distance[-1] == pytest.approx(24 * 0.65e-3)
    np.testing.assert_allclose(values, distance / distance[-1] * 3, atol=1e-9)


def test_a_profile_has_gaps_where_nothing_was_observed(viewer: ViewerModel) -> None:
    ground = ground_of()
    mask = np.ones((4, 4), bool)
    mask[:, 3] = False
    density = replace(a_density(), mask=mask)
    shown = update_layer(viewer, density_layers(density, "run", ground=ground)[0])
    line = new_line_layer(viewer, shown)
    line.add_lines(np.array([[1, -3], [1, 3.0]]))
    found = profile(line, density, np.ones((4, 4)), shown)
    assert found is not None
    _, values = found
    assert np.isnan(values[0])
    assert np.isnan(values[-1])
    assert np.nanmax(values) == np.nanmin(values) == 1
