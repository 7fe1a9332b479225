"""The animation shows the movie, the right way up, and stays small."""

from __future__ import annotations

import base64
import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from napari_binn.report.animation import GAP, HEADER, LARGEST, animation

from ..example_run import Example, make_example


@pytest.fixture(scope="module")
def example() -> Example:
    return make_example()


def decoded(uri: str) -> Image.Image:
    head, data = uri.split(",")
    assert head == "data:image/gif;base64"
    return Image.open(io.BytesIO(base64.b64decode(data)))


def test_animation_has_a_frame_for_each_time_and_stays_small(example: Example) -> None:
    uri = animation(example.density, example.simulation.values)
    with decoded(uri) as movie:
        assert movie.n_frames == len(example.density.t)  # type: ignore[attr-defined]
        assert movie.info["loop"] == 0
    assert len(uri) < 300_000


def test_long_and_fine_movies_make_a_small_animation(example: Example) -> None:
    rng = np.random.default_rng(0)
    fine = replace(
        example.density,
        values=rng.random((120, 200, 300)),
        t=np.arange(120.0),
        y=np.arange(200.0),
        x=np.arange(300.0),
    )
    uri = animation(fine, rng.random((120, 200, 300)).round(1))
    assert len(uri) < LARGEST * 4 / 3
    with decoded(uri) as movie:
        assert movie.n_frames >= 10  # type: ignore[attr-defined]


def test_animation_is_not_mirrored(example: Example) -> None:
    """A bright bin in the first row and last column of the array is at the top right."""
    values = np.zeros(example.density.shape)
    values[:, 0, -1] = 1.0
    density = replace(example.density, values=values)
    with decoded(animation(density, values * 0)) as movie:
        pixels = np.asarray(movie.convert("RGB"), dtype=int)
    yellow = (pixels[..., 0] > 180) & (pixels[..., 1] > 180) & (pixels[..., 2] < 120)
    rows, columns = np.nonzero(yellow)
    height, width = yellow.shape
    panel = (width - GAP) // 2
    assert rows.min() == HEADER
    assert rows.max() < HEADER + (height - HEADER) * 0.12
    assert panel * 0.9 < columns.min() <= columns.max() < panel


def test_unobserved_bins_are_grey(example: Example) -> None:
    mask = np.ones(example.density.shape[1:], dtype=bool)
    mask[:, :5] = False
    density = replace(example.density, mask=mask)
    with decoded(animation(density, example.simulation.values)) as movie:
        red, green, blue = movie.convert("RGB").getpixel((20, 60))  # type: ignore[misc]
    assert red == green == blue


def test_captions_have_room_above_narrow_fields(example: Example) -> None:
    narrow = replace(example.density, x=example.density.x / 20)
    with decoded(animation(narrow, example.simulation.values)) as movie:
        grey = np.asarray(movie.convert("L"), dtype=int)[:HEADER]
    written = np.flatnonzero((grey < 128).any(axis=0))
    gaps = written[np.flatnonzero(np.diff(written) > 30)]
    assert len(gaps) == 1  # two captions, well apart
    assert written.max() < grey.shape[1] - 1
