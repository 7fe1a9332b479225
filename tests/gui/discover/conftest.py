"""A session on layers without a window, its engine in the hand of the test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest

from tests.gui.rooms import ScriptedRoom

if TYPE_CHECKING:
    import napari
    from napari.components import ViewerModel

    from napari_binn.gui.session import Session


@pytest.fixture
def viewer() -> ViewerModel:
    from napari.components import ViewerModel

    return ViewerModel()


@pytest.fixture
def session(viewer: ViewerModel, room: ScriptedRoom, tmp_path: Path) -> Iterator[Session]:
    from napari_binn.gui.preferences import Preferences
    from napari_binn.gui.session import Session

    preferences = Preferences(runs_folder=tmp_path / "runs")
    session = Session(cast("napari.Viewer", viewer), room, preferences, background=False)
    yield session
    session.deleteLater()


@pytest.fixture
def calibrated() -> dict[str, Any]:
    """Options of a layer of 4 frames, 2 h apart, of 60 × 80 pixels of 5 µm."""
    return {
        "name": "cells",
        "scale": (2.0, 5.0, 5.0),
        "units": ("hour", "um", "um"),
        "axis_labels": ("t", "y", "x"),
    }


@pytest.fixture
def frames() -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return a movie with a few bright spots, more of them in each frame."""
    rng = np.random.default_rng(0)
    movie = rng.normal(10.0, 0.5, (4, 60, 80)).astype(np.float32)
    y, x = np.mgrid[:60, :80]
    for row, column, since in [(15, 15, 0), (15, 55, 0), (42, 25, 1), (40, 66, 2), (28, 40, 3)]:
        movie[since:] += 60.0 * np.exp(-((y - row) ** 2 + (x - column) ** 2) / 8.0)
    return movie
