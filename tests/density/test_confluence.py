"""The covered area of sheets of cells is right, whatever the light, the noise and the frame."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from napari_binn.density.measure import measure_density
from napari_binn.density.model import Density
from napari_binn.density.preview import Previewer
from napari_binn.errors import UserError
from napari_binn.movie.model import MemoryFrames, Movie
from napari_binn.settings import DensitySettings

from .textures import Mask, picture, wound

SHAPE, CELL = (240, 320), 20.0
WIDTHS = (150.0, 100.0, 60.0)
NOTHING, ALL = np.zeros(SHAPE, dtype=bool), np.ones(SHAPE, dtype=bool)


def movie(covers: list[Mask], valid: list[Mask] | None = None, **optics: Any) -> Movie:
    rng = np.random.default_rng(4)
    return Movie(
        kind="image",
        frames=MemoryFrames([picture(cover, CELL, rng, **optics) for cover in covers]),
        times=np.arange(len(covers), dtype=float),
        time_unit="hour",
        length_unit="um",
        pixel_size=(2.0, 2.0),
        extent=(0.0, 0.0, 640.0, 480.0),
        source="scratch.tif",
        valid=None if valid is None else MemoryFrames(valid),
    )


def measured(what: Movie, **settings: Any) -> Density:
    return measure_density(what, DensitySettings(method="confluence", **settings))


def errors(density: Density, covers: list[Mask]) -> np.ndarray:
    """Return the errors of the bare area, as shares of the field."""
    areas = density.bare_areas()
    assert areas is not None
    truth = np.array([float((~cover).mean()) for cover in covers])
    return np.abs(areas / (0.64 * 0.48) - truth)


@pytest.mark.parametrize("optics", ["phase", "dic"])
@pytest.mark.parametrize(("noise", "light"), [(0.005, 0.0), (0.03, 0.5), (0.1, 0.2)])
def test_the_wound_has_its_true_area(optics: str, noise: float, light: float) -> None:
    covers = [wound(SHAPE, width) for width in WIDTHS]
    density = measured(movie(covers, optics=optics, noise=noise, light=light, debris=30))
    truth = np.array([float((~cover).mean()) for cover in covers])
    assert (errors(density, covers) < 0.05 * truth + 0.005).all()
    assert density.density_unit == "area fraction"
    assert density.counts_per_unit is None
    assert 0 <= density.values.min() <= density.values.max() <= 1


def test_one_limit_serves_empty_and_full_frames() -> None:
    covers = [NOTHING, wound(SHAPE, 100), ALL]
    assert (errors(measured(movie(covers)), covers) < 0.01).all()


@pytest.mark.parametrize("cover", [ALL, wound(SHAPE, 8.0, wave=0.0)])
def test_a_movie_that_is_covered_throughout(cover: Mask) -> None:
    """A crack narrower than a cell is no gap."""
    density = measured(movie([cover] * 3), cell_diameter=40.0)
    areas = density.bare_areas()
    assert areas is not None
    assert (areas < 0.03 * 0.64 * 0.48).all()
    assert areas.mean() < 0.015 * 0.64 * 0.48


def test_a_movie_without_cells_is_told() -> None:
    with pytest.raises(UserError, match="no texture of cells"):
        measured(movie([NOTHING] * 3))
    with pytest.raises(UserError, match="No place is covered"):
        measured(movie([NOTHING] * 3), cell_diameter=40.0)
    flat = movie([NOTHING] * 3, noise=0.0)
    with pytest.raises(UserError, match="uniform"):
        measured(flat, cell_diameter=40.0)
    with pytest.raises(UserError, match="smaller than three pixels"):
        measured(movie([ALL] * 2), cell_diameter=3.0)


def test_the_cell_is_guessed_and_can_be_stated() -> None:
    covers = [wound(SHAPE, width) for width in WIDTHS]
    what = movie(covers)
    shown = Previewer(what).preview(DensitySettings(method="confluence"), 0)
    assert shown.estimates["cell_diameter"] == pytest.approx(40.0, rel=0.5)
    assert "(estimated)" in shown.notes[0]
    stated = Previewer(what).preview(DensitySettings(method="confluence", cell_diameter=40.0), 0)
    assert not stated.estimates
    assert "(estimated)" not in stated.notes[0]
    assert shown.covered_share == pytest.approx(covers[0].mean(), abs=0.02)
    assert shown.bare_area == pytest.approx(640 * 480 * (~covers[0]).mean(), rel=0.05)


def test_more_sensitive_covers_more() -> None:
    what = movie([wound(SHAPE, width) for width in WIDTHS], noise=0.05)
    totals = [measured(what, sensitivity=s, bins=(8, 6)).values.sum() for s in (0.4, 1.0, 2.5)]
    assert totals == sorted(totals)


def test_what_is_burned_in_is_neither_texture_nor_ground() -> None:
    """Bright letters in the wound change nothing; the bins there are measured on the rest."""
    cover = wound(SHAPE, 120)
    letters = np.zeros(SHAPE, dtype=bool)
    letters[100:106, 130:200] = letters[112:118, 130:200] = True
    clean = movie([cover] * 2)
    frames = [np.where(letters, 60000, frame).astype(np.uint16) for frame in clean]
    spoilt = Movie(**(vars(clean) | {"frames": MemoryFrames(frames)}))
    masked = Movie(**(vars(spoilt) | {"valid": MemoryFrames([~letters] * 2)}))
    wanted: dict[str, Any] = {"cell_diameter": 40.0, "bins": (8, 6)}
    truth = measured(clean, **wanted)
    assert errors(measured(masked, **wanted), [cover] * 2).max() < 0.01
    assert np.abs(measured(masked, **wanted).values - truth.values).max() < 0.12
    assert np.abs(measured(spoilt, **wanted).values - truth.values).max() > 0.3


def test_a_bin_is_known_to_hold_so_many_cells() -> None:
    density = measured(movie([wound(SHAPE, width) for width in WIDTHS]), cell_diameter=40.0)
    hy, hx = density.spacing
    assert density.patches_per_bin == pytest.approx(hx * hy / (np.pi / 4 * 0.04**2))


def test_the_area_of_the_wound_is_said() -> None:
    density = measured(movie([wound(SHAPE, width) for width in WIDTHS]))
    said = [note for note in density.assumptions if note.startswith("Bare area")]
    assert len(said) == 1
    assert "mm²" in said[0]
    assert "in the first frame" in said[0]
