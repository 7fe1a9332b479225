"""Layers carry scale, place, units and names of axes, and can be made without Qt."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from napari_binn.gui.layers import movie_layer, run_layers
from napari_binn.movie.model import MemoryFrames, Movie
from tests.example_run import make_example, save_example


def a_movie(**changes: object) -> Movie:
    """Return a movie (2, 3, 4) with pixels that are not square."""
    movie = Movie(
        kind="image",
        frames=MemoryFrames(np.arange(24, dtype=np.uint16).reshape(2, 3, 4)),
        times=np.array([1.0, 3.0]),
        time_unit="hour",
        length_unit="um",
        pixel_size=(0.5, 0.65),
        extent=(0, 0, 2.6, 1.5),
        source="cells.tif",
    )
    return replace(movie, **changes)  # type: ignore[arg-type]


def test_observed_simulated_and_residual_lie_on_each_other(tmp_path: Path) -> None:
    run = save_example(tmp_path / "run", make_example())
    density = run.load_density()
    layers = {options["name"]: (data, options) for data, options, _ in run_layers(run)}
    assert list(layers) == ["observed", "simulated", "residual"]
    for _, options in layers.values():
        assert options["scale"] == pytest.approx((0.25, *density.spacing))
        assert options["translate"] == (0.0, density.y[0], density.x[0])
        assert options["units"] == ("day", "mm", "mm")
        assert options["axis_labels"] == ("t", "y", "x")
        assert options["metadata"]["run"] == str(run.path)
    observed, simulated, residual = (data for data, _ in layers.values())
    np.testing.assert_allclose(residual, observed - simulated, atol=1e-3)
    assert layers["observed"][1]["contrast_limits"] == layers["simulated"][1]["contrast_limits"]
    low, high = layers["residual"][1]["contrast_limits"]
    assert low == -high
    assert high >= np.abs(residual).max() * (1 - 1e-6)


def test_a_run_that_was_stopped_shows_what_it_has(tmp_path: Path) -> None:
    run = save_example(tmp_path / "run", make_example(), parts=("learn",))
    assert [options["name"] for _, options, _ in run_layers(run)] == ["observed"]


def test_bins_that_were_not_observed_are_not_shown_as_empty(tmp_path: Path) -> None:
    run = save_example(tmp_path / "run", make_example())
    density = run.load_density()
    mask = np.ones(density.shape[1:], dtype=bool)
    mask[0, :3] = False
    run.save_density(replace(density, mask=mask))
    for data, _, _ in run_layers(run):
        assert np.isnan(data[:, 0, :3]).all()
        assert np.isfinite(data[:, mask]).all()


def test_a_movie_starts_at_its_corner_in_its_own_units() -> None:
    data, options, kind = movie_layer(a_movie(), "cells", phantom="growth")
    assert (kind, data.shape) == ("image", (2, 3, 4))
    assert options["scale"] == (2.0, 0.5, 0.65)
    assert options["translate"] == (1.0, 0.25, 0.325)
    assert options["units"] == ("hour", "um", "um")
    assert options["metadata"]["phantom"] == "growth"
    assert options["metadata"]["times"] == [1.0, 3.0]


def test_labels_become_a_labels_layer() -> None:
    _, options, kind = movie_layer(a_movie(kind="labels"), "cells")
    assert kind == "labels"
    assert "contrast_limits" not in options


def test_napari_takes_layers_that_are_not_calibrated() -> None:
    from napari.layers import Layer

    movie = a_movie(time_unit="frame", length_unit="pixel", pixel_size=(1.0, 1.0))
    layer = Layer.create(*movie_layer(movie, "cells"))
    assert [str(unit) for unit in layer.units] == ["pixel"] * 3
