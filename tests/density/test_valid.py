"""Pixels that do not show the specimen hold no cells, and their ground is not counted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from napari_binn.density.measure import measure_density
from napari_binn.density.preview import Previewer
from napari_binn.errors import UserError
from napari_binn.movie.model import Kind, MemoryFrames, Movie
from napari_binn.settings import DensitySettings

SHAPE = (80, 120)


def labels(count: int = 3) -> np.ndarray:
    """Return frames with a cell at every fourth pixel, 600 in each."""
    frames = np.zeros((count, *SHAPE), dtype=np.int32)
    frames[:, 2::4, 2::4] = np.arange(1, 601).reshape(20, 30)
    return frames


def movie(kind: Kind, frames: np.ndarray, hidden: list[np.ndarray] | None, **changes: Any) -> Movie:
    values: dict[str, Any] = {
        "kind": kind, "frames": MemoryFrames(frames), "times": np.arange(float(len(frames))),
        "time_unit": "hour", "length_unit": "um", "pixel_size": (1.0, 1.0),
        "extent": (0.0, 0.0, 120.0, 80.0), "source": "cells.tif",
        "valid": None if hidden is None else MemoryFrames([~mask for mask in hidden]),
    }  # fmt: skip
    return Movie(**values | changes)


def hidden(*corner: int) -> np.ndarray:
    mask = np.zeros(SHAPE, dtype=bool)
    y0, y1, x0, x1 = corner
    mask[y0:y1, x0:x1] = True
    return mask


def test_the_density_is_right_beside_what_is_hidden() -> None:
    """A strip that moves: its cells are lost, and so is its ground."""
    strips = [hidden(0, 80, 4 + 20 * i, 12 + 20 * i) for i in range(3)]
    settings = DensitySettings(bins=(6, 4))
    density = measure_density(movie("labels", labels(), strips), settings)
    assert density.mask is None
    np.testing.assert_allclose(density.values, 1e6 / 16)
    whole = measure_density(movie("labels", labels(), None), settings)
    np.testing.assert_allclose(density.values, whole.values)


def test_brightness_is_that_of_the_rest() -> None:
    frames = np.full((3, *SHAPE), 50, dtype=np.uint16)
    frames[:, :, 60:] = 90
    text = hidden(10, 20, 5, 15)
    frames[:, text] = 255
    settings = DensitySettings(method="intensity", background=10.0, bins=(6, 4))
    density = measure_density(movie("image", frames, [text] * 3), settings)
    np.testing.assert_allclose(density.values[:, :, :3], 40)
    np.testing.assert_allclose(density.values[:, :, 3:], 80)
    assert not any("saturated" in note for note in density.assumptions)


def test_bins_that_are_mostly_hidden_at_some_time_are_left_out() -> None:
    covers = [hidden(0, 0, 0, 0), hidden(0, 20, 0, 15), hidden(0, 0, 0, 0)]
    what = movie("labels", labels(), covers)
    density = measure_density(what, DensitySettings(bins=(6, 4)))
    assert density.mask is not None
    assert density.mask.sum() == 23
    assert not density.mask[0, 0]
    said = [note for note in density.assumptions if "left out" in note]
    assert said == [
        "1 bin is left out, because at some time less than half of the pixels there show the "
        "specimen."
    ]
    shown = Previewer(what).preview(DensitySettings(bins=(6, 4)), 1)
    np.testing.assert_array_equal(shown.mask, density.mask)
    np.testing.assert_array_equal(shown.values, density.values[1])


def test_a_frame_that_shows_nothing_is_told() -> None:
    covers = [hidden(0, 80, 0, 120)] * 3
    frames = np.random.default_rng(0).integers(0, 99, (3, *SHAPE))
    with pytest.raises(UserError, match=r"Frame 1 of cells\.tif has no valid pixel"):
        measure_density(movie("image", frames, covers), DensitySettings(method="intensity"))


def test_a_part_of_a_larger_movie_keeps_its_place() -> None:
    """Positions and bins are those of the field, not of the part that is read."""
    extent = {"extent": (1000.0, 500.0, 1120.0, 580.0)}
    density = measure_density(
        movie("labels", labels(), None, **extent), DensitySettings(bins=(6, 4))
    )
    assert density.x[0] == pytest.approx(1.010)
    assert density.y[0] == pytest.approx(0.510)
    np.testing.assert_allclose(density.values, 1e6 / 16)
    frames = np.tile(np.arange(120, dtype=np.float64), (3, 80, 1))
    settings = DensitySettings(method="intensity", background=0.0, bins=(6, 4))
    bright = measure_density(movie("image", frames, None, **extent), settings)
    np.testing.assert_allclose(bright.values[0, 0], np.arange(6) * 20 + 9.5)
