"""Who counts nuclei where there are none is told; who left the choice open gets what suits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from napari_binn.density.measure import measure_density
from napari_binn.density.preview import Previewer
from napari_binn.events import Event, Notice
from napari_binn.movie.model import MemoryFrames, Movie
from napari_binn.settings import DensitySettings

from .cells import fluorescence, scattered
from .textures import picture, wound

SHAPE = (240, 320)


def movie(frames: list[np.ndarray]) -> Movie:
    return Movie(
        "image", MemoryFrames(frames), np.arange(float(len(frames))), "hour", "um", (1.0, 1.0),
        (0.0, 0.0, 320.0, 240.0), "cells.tif",
    )  # fmt: skip


@pytest.fixture(scope="module")
def sheet() -> Movie:
    rng = np.random.default_rng(0)
    return movie([picture(wound(SHAPE, width), 24, rng) for width in (120.0, 90.0, 60.0)])


def stained(count: int, diameter: float) -> Movie:
    rng = np.random.default_rng(1)
    cells = [scattered(count + 10 * i, SHAPE, 0.8 * diameter, rng) for i in range(3)]
    return movie([fluorescence(xy, SHAPE, diameter, rng) for xy in cells])


def told(what: Movie, **settings: Any) -> list[Notice]:
    events: list[Event] = []
    measure_density(what, DensitySettings(bins=(6, 5), **settings), events.append)
    return [event for event in events if isinstance(event, Notice)]


def test_phase_contrast_is_measured_by_its_covered_area(sheet: Movie) -> None:
    first, *_ = told(sheet)
    assert first.text.startswith("Method: confluence")
    assert "lines and rims rather than round spots" in first.text
    assert Previewer(sheet).preview(DensitySettings(), 0).method == "confluence"


def test_counting_nuclei_in_phase_contrast_is_warned_of(sheet: Movie) -> None:
    warnings = [notice.text for notice in told(sheet, method="nuclei") if notice.level == "warning"]
    assert any("The method confluence measures the covered area" in text for text in warnings)
    shown = Previewer(sheet).preview(DensitySettings(method="nuclei"), 0)
    assert any("may mean nothing" in text for text in shown.warnings)


@pytest.mark.parametrize(("count", "diameter"), [(40, 8.0), (500, 8.0), (700, 8.0), (150, 14.0)])
def test_nuclei_are_counted_without_a_word(count: int, diameter: float) -> None:
    what = stained(count, diameter)
    assert not any("Method" in note.text or "rims" in note.text for note in told(what))
    assert Previewer(what).preview(DensitySettings(), 0).method == "nuclei"


def test_a_full_camera_is_told() -> None:
    rng = np.random.default_rng(2)
    bright = [np.minimum(rng.poisson(200, SHAPE) + 40 * i, 255).astype(np.uint8) for i in range(3)]
    notices = told(movie(bright), method="intensity")
    warnings = [notice.text for notice in notices if notice.level == "warning"]
    assert len(warnings) == 1
    assert "are saturated (they have the highest value, 255)" in warnings[0]
    dim = [rng.poisson(100 + 10 * i, SHAPE).astype(np.uint16) for i in range(3)]
    assert not [n for n in told(movie(dim), method="intensity") if n.level == "warning"]
