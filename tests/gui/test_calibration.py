"""What a layer's axes mean: suggested, checked, typed, and given back to the layer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from napari.layers import Image, Points
from napari.layers._source import layer_source

from napari_binn.gui.calibration import Calibration, apply, problems, suggest, undo
from napari_binn.gui.calibration_model import GREY
from napari_binn.gui.layers import movie_layer
from tests.gui.test_layers import a_movie


def opened(path: Path, **options: Any) -> Image:
    """Return a TIFF file as napari's own reader gives it: without calibration."""
    with layer_source(path=str(path)):
        return Image(tifffile.imread(path), name=path.stem, **options)


@pytest.fixture
def bare() -> Image:
    return Image(np.zeros((5, 8, 9)), name="bare")


def test_our_own_layers_say_everything() -> None:
    from napari.layers import Layer

    layer = Layer.create(*movie_layer(a_movie(times=np.array([0.0, 2.0])), "cells"))
    found = suggest(layer)
    assert problems(found) == {}
    assert (found.time_axis, found.frames) == (0, 2)
    assert found.pixel_size == (0.5, 0.65)
    assert (found.length_unit, found.time_unit) == ("um", "hour")
    assert (found.frame_interval, found.times) == (2.0, None)
    assert set(found.sources.values()) == {"from the layer"}


def test_irregular_times_are_kept_one_by_one() -> None:
    from napari.layers import Layer

    movie = a_movie()
    movie = a_movie(times=np.array([1.0, 3.0]), frames=movie.frames)
    assert suggest(Layer.create(*movie_layer(movie, "cells"))).times == (1.0, 3.0)


def test_a_bare_layer_needs_lengths_and_times(bare: Image) -> None:
    found = suggest(bare)
    assert found.time_axis == 0
    assert found.sources["time_axis"].startswith("assumed")
    assert set(problems(found)) == {"pixel_size", "length_unit", "frame_interval", "time_unit"}
    assert "D means nothing" in problems(found)["pixel_size"]


def test_pixels_and_frames_are_the_users_word(bare: Image) -> None:
    assert problems(suggest(bare).typed(length_unit="pixel", time_unit="frame")) == {}


def test_typed_values_say_so(bare: Image) -> None:
    typed = suggest(bare).typed(pixel_size=(0.5, 0.5), length_unit="um")
    assert typed.sources["pixel_size"] == "typed"
    assert set(problems(typed)) == {"frame_interval", "time_unit"}


@pytest.mark.parametrize(
    ("values", "field", "word"),
    [
        ({"pixel_size": (0.0, 1.0)}, "pixel_size", "above 0"),
        ({"frame_interval": -1.0}, "frame_interval", "above 0"),
        ({"length_unit": None}, "length_unit", "unit"),
        ({"times": (0.0, 1.0)}, "times", "5 frames, but 2 times"),
        ({"times": (0.0, 1.0, 1.0, 2.0, 3.0)}, "times", "must increase"),
        ({"times": (0.0, 1.0, float("nan"), 2.0, 3.0)}, "times", "not a number"),
        ({"time_axis": None}, "time_axis", "Choose the axis"),
        ({"time_axis": 1}, "time_axis", "y and x"),
    ],
)
def test_each_mistake_is_said_at_its_field(
    bare: Image, values: dict[str, Any], field: str, word: str
) -> None:
    good = suggest(bare).typed(
        pixel_size=(1.0, 1.0), length_unit="um", frame_interval=1.0, time_unit="hour"
    )
    assert problems(good) == {}
    assert word in problems(good.typed(**values))[field]


@pytest.mark.parametrize("shape", [(8, 9), (1, 8, 9)])
def test_a_single_frame_is_no_movie(shape: tuple[int, ...]) -> None:
    assert "single frame" in problems(suggest(Image(np.zeros(shape))))["time_axis"]


def test_units_of_napari_become_ours() -> None:
    layer = Image(np.zeros((5, 8, 9)), scale=(600, 650, 0.65), units=("second", "nm", "um"))
    found = suggest(layer)
    assert found.length_unit == "um"
    assert found.pixel_size == pytest.approx((0.65, 0.65))
    assert (found.frame_interval, found.time_unit) == (600, "s")
    odd = suggest(Image(np.zeros((5, 8, 9)), scale=(1, 1, 1), units=("us", "inch", "inch")))
    assert odd.pixel_size == pytest.approx((25400, 25400))
    assert (odd.length_unit, odd.time_unit) == ("um", "s")
    assert odd.frame_interval == pytest.approx(1e-6)


def test_a_scale_without_unit_needs_its_unit_only() -> None:
    found = suggest(Image(np.zeros((5, 8, 9)), scale=(1, 0.65, 0.65)))
    assert found.pixel_size == (0.65, 0.65)
    assert "length_unit" in problems(found)
    assert "pixel_size" not in problems(found)


def test_the_file_is_asked_where_the_layer_is_silent(tmp_path: Path) -> None:
    path = tmp_path / "cells.tif"
    metadata = {
        "axes": "TYX", "PhysicalSizeX": 0.65, "PhysicalSizeY": 0.5, "TimeIncrement": 10,
        "TimeIncrementUnit": "min",
    }  # fmt: skip
    tifffile.imwrite(path, np.zeros((4, 20, 30), np.uint8), ome=True, metadata=metadata)
    found = suggest(opened(path))
    assert problems(found) == {}
    assert found.pixel_size == (0.5, 0.65)
    assert (found.frame_interval, found.time_unit) == (10.0, "min")
    assert found.sources["pixel_size"] == found.sources["time_axis"] == "from cells.tif"


def test_planes_in_depth_are_not_taken_as_time_in_silence(tmp_path: Path) -> None:
    path = tmp_path / "stack.tif"
    tifffile.imwrite(
        path, np.zeros((7, 20, 30), np.uint8), imagej=True, resolution=(2, 2),
        metadata={"axes": "ZYX", "unit": "um"},
    )  # fmt: skip
    found = suggest(opened(path))
    assert found.axes[0].guess == "z"
    assert found.time_axis is None
    assert "stack.tif calls its 7 images planes in depth" in found.warnings[0]
    assert "time_axis" in problems(found)
    assert found.pixel_size == (0.5, 0.5)
    chosen = found.typed(time_axis=0, frame_interval=1.0, time_unit="hour")
    assert problems(chosen) == {}


def test_a_z_stack_needs_a_projection() -> None:
    layer = Image(np.zeros((5, 3, 8, 9)), axis_labels=("t", "z", "y", "x"))
    assert "projection" in problems(suggest(layer))["layer"]


def test_channels_are_found_and_checked() -> None:
    found = suggest(Image(np.zeros((5, 3, 8, 9)), axis_labels=("t", "c", "y", "x")))
    assert (found.time_axis, found.channel_axis) == (0, 1)
    assert "from 0 to 2" in problems(found.typed(channel=3))["channel"]
    colour = suggest(Image(np.zeros((5, 8, 9, 3)), rgb=True))
    assert (colour.time_axis, colour.channel_axis, colour.frames) == (0, 3, 5)


def test_colour_images_are_grey_where_they_look_so() -> None:
    grey = np.stack([np.random.default_rng(0).integers(50, 200, (5, 8, 9))] * 3, axis=-1)
    found = suggest(Image(grey.astype(np.uint8), rgb=True))
    assert found.channel == GREY
    assert "annotations are left out" in found.sources["channel"]
    assert "channel" not in problems(found)
    stained = np.random.default_rng(0).integers(0, 255, (5, 8, 9, 3)).astype(np.uint8)
    assert suggest(Image(stained, rgb=True)).channel == 0
    channels = suggest(Image(np.zeros((5, 3, 8, 9)), axis_labels=("t", "c", "y", "x")))
    assert "from 0 to 2" in problems(channels.typed(channel=GREY))["channel"]


def test_an_unnamed_axis_too_many_has_to_be_chosen() -> None:
    found = suggest(Image(np.zeros((5, 3, 8, 9))))
    assert "Choose the axis" in problems(found)["time_axis"]
    assert "neither time nor channel" in problems(found.typed(time_axis=0))["layer"]


def test_a_file_that_is_gone_or_damaged_is_no_obstacle(tmp_path: Path) -> None:
    broken = tmp_path / "broken.tif"
    broken.write_bytes(b"II*\0 but no more")
    for path in (tmp_path / "gone.tif", broken):
        with layer_source(path=str(path)):
            assert suggest(Image(np.zeros((5, 8, 9)))).time_axis == 0


def test_applying_sets_scale_units_and_names_and_can_be_undone(bare: Image) -> None:
    bare.translate = (0, 2, 3)
    place = bare.world_to_data((0, 2, 3))
    calibration = suggest(bare).typed(
        pixel_size=(0.5, 0.65), length_unit="um", frame_interval=10.0, time_unit="min"
    )
    apply(bare, calibration)
    assert tuple(bare.scale) == (10.0, 0.5, 0.65)
    assert [str(unit) for unit in bare.units] == ["minute", "micrometer", "micrometer"]
    assert bare.axis_labels == ("t", "y", "x")
    np.testing.assert_allclose(bare.world_to_data((0, 1.0, 1.95)), place, atol=1e-12)
    again = suggest(bare)
    assert again.key == calibration.key
    apply(bare, calibration.typed(frame_interval=20.0))
    undo(bare)
    assert tuple(bare.scale) == (1, 1, 1)
    assert tuple(bare.translate) == (0, 2, 3)
    assert bare.metadata == {}


def test_applying_irregular_times_gives_the_slider_their_mean(bare: Image) -> None:
    times = (0.0, 1.0, 2.0, 4.0, 8.0)
    apply(bare, suggest(bare).typed(times=times, time_unit="hour", length_unit="pixel"))
    assert bare.scale[0] == 2.0
    assert suggest(bare).times == times
    assert suggest(bare).length_unit == "pixel"


def test_points_know_their_frames() -> None:
    layer = Points(np.array([[0, 1, 2], [6, 3, 4.0]]), ndim=3)
    assert suggest(layer).frames == 7
    assert problems(suggest(Points(ndim=3)))["time_axis"]


def test_the_key_tells_other_results_from_other_words(bare: Image) -> None:
    first = suggest(bare).typed(length_unit="um", pixel_size=(1.0, 1.0))
    assert first.key == Calibration(first.axes, 0, **_lengths(first)).key
    assert first.key != first.typed(pixel_size=(2.0, 2.0)).key


def _lengths(calibration: Calibration) -> dict[str, Any]:
    return {"length_unit": calibration.length_unit, "pixel_size": calibration.pixel_size}
