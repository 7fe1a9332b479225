"""A real scratch assay, where it is at hand: its wound has the area of the contours drawn in."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from napari_binn.density.measure import measure_density
from napari_binn.movie.model import Movie
from napari_binn.movie.read import open_input
from napari_binn.settings import DensitySettings, MovieSettings

FOLDER = Path(os.environ.get("NAPARI_BINN_DATA", Path(__file__).parents[3] / "shared" / "data"))
SCRATCH = FOLDER / "scratch_assay"
# Printed into the frames, ticks 0 to 21 [pixels²]. Later the gaps between cells are many, and the
# contours leave out some of them.
AREAS = (1014506.0, 917166.5, 761142.0, 606068.5, 459978.5, 355637.5, 301792.0, 208315.0)

pytestmark = pytest.mark.skipif(
    not SCRATCH.is_dir(), reason=f"no scratch assay in {FOLDER} (NAPARI_BINN_DATA names another)"
)


def test_the_wound_closes_as_the_contours_say() -> None:
    """With nothing chosen but the units."""
    units = MovieSettings(time_unit="frame", length_unit="pixel")
    movie = open_input(SCRATCH, units)
    assert isinstance(movie, Movie)
    density = measure_density(movie, DensitySettings(t_range=(0, len(AREAS) - 1)))
    assert density.density_unit == "area fraction"
    assert any(note.startswith("Method: confluence") for note in density.assumptions)
    areas = density.bare_areas()
    assert areas is not None
    # Bins under the text are masked, but the wound lies elsewhere.
    np.testing.assert_allclose(areas, AREAS, rtol=0.05)
