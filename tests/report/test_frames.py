"""The pictures of the movie show the movie, the right way up and on one scale."""

from __future__ import annotations

import base64
import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from napari_binn.report.frames import Extent, frames_plot, nice_length, shared_maximum

from ..example_run import Example, make_example


@pytest.fixture(scope="module")
def example() -> Example:
    return make_example()


def decoded(uri: str) -> Image.Image:
    head, data = uri.split(",")
    assert head == "data:image/png;base64"
    return Image.open(io.BytesIO(base64.b64decode(data)))


def test_frames_are_drawn_for_any_shape_of_field(example: Example) -> None:
    density = example.density
    tall = replace(density, values=density.values.transpose(0, 2, 1), x=density.y, y=density.x * 3)
    for one in (density, tall, density.first_frames(2)):
        with decoded(frames_plot(one, one.values * 0.9)) as picture:
            across, down = picture.size
        with decoded(frames_plot(one, None)) as picture:
            assert picture.width == across
            assert picture.height < 0.6 * down


def test_extent_reaches_to_the_edges_of_the_bins(example: Example) -> None:
    extent = Extent.of(example.density)
    np.testing.assert_allclose(extent.box, (0, 1.41, 1.0505, 0), atol=1e-12)


def test_one_scale_serves_both_movies(example: Example) -> None:
    high = example.simulation.values * 3
    assert shared_maximum(example.density, high) > shared_maximum(example.density, None)


@pytest.mark.parametrize(("width", "length"), [(1.41, 0.2), (3.0, 1.0), (640, 200), (1.6, 0.5)])
def test_scale_bar_has_a_round_length(width: float, length: float) -> None:
    assert nice_length(width) == pytest.approx(length)
