"""From the choices in the window to a run that the engine can go on with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_binn.errors import UserError
from napari_binn.gui.calibration import suggest
from napari_binn.gui.orders import Order, prepare_run
from napari_binn.gui.plan import Plan
from napari_binn.gui.sources import LayerSource, RunSource, Source
from napari_binn.movie.model import Movie
from napari_binn.movie.read import open_input
from napari_binn.run.folder import RunFolder
from napari_binn.run.store import RunStore
from tests.example_run import make_example, save_example


def a_source() -> LayerSource:
    from napari.layers import Image

    data = np.random.default_rng(0).integers(0, 99, (4, 20, 30)).astype(np.uint16)
    layer = Image(data, name="cells.tif", scale=(2, 0.5, 0.5), units=("hour", "um", "um"))
    return LayerSource(layer, suggest(layer))


def order(tmp_path: Path, plan: Plan, source: Source | None = None, **given: Any) -> Order:
    values: dict[str, Any] = {"choices": {}, "present": None, "until": None} | given
    return Order(
        source=source or a_source(), plan=plan, store=RunStore(tmp_path / "runs"), **values
    )


def test_a_layer_is_handed_over_with_its_calibration(tmp_path: Path) -> None:
    run = prepare_run(order(tmp_path, Plan("new"), choices={"binn": {"steps": 50}}))
    settings = run.load_settings()
    assert settings.binn.steps == 50
    movie = open_input(Path(run.info().input), settings.movie)
    assert isinstance(movie, Movie)
    np.testing.assert_allclose(movie.times, [0, 2, 4, 6])
    assert run.path.parent == tmp_path / "runs"
    assert run.path.name.startswith("cells-")
    assert settings.movie.pixel_size == (0.5, 0.5)
    assert settings.movie.length_unit == "um"
    assert len(run.load_inputs()) == 1


def test_a_phantom_keeps_its_law(tmp_path: Path) -> None:
    from napari.layers import Layer

    from napari_binn.gui.sample_data import growth

    layer = Layer.create(*growth()[0])
    run = prepare_run(order(tmp_path, Plan("new"), LayerSource(layer, suggest(layer))))
    assert run.load_truth()["name"] == "growth"


def test_the_run_goes_on_with_settings_of_later_steps(tmp_path: Path) -> None:
    present = save_example(tmp_path / "runs" / "one", make_example(), parts=())
    choices = {"binn": {"steps": 77}, "density": {"bins": [15, 11]}}
    run = prepare_run(order(tmp_path, Plan("continue"), present=present, choices=choices))
    assert run.path == present.path
    assert run.has("density")
    assert run.load_settings().binn.steps == 77


def test_a_density_that_is_measured_anew_leaves_nothing_of_the_old_one(tmp_path: Path) -> None:
    present = save_example(tmp_path / "runs" / "one", make_example(), parts=())
    run = prepare_run(order(tmp_path, Plan("replace"), present=present))
    assert run.path == present.path
    assert not run.has("density")


def test_a_new_run_takes_over_what_still_holds(tmp_path: Path) -> None:
    present = save_example(tmp_path / "runs" / "one", make_example())
    plan = Plan("new", ("density", "learn"))
    choices = {"equations": {"engine": "library"}}
    run = prepare_run(order(tmp_path, plan, present=present, choices=choices))
    assert run.path != present.path
    assert run.has("learn")
    assert not run.has("discover")
    assert run.load_settings().equations.engine == "library"
    assert present.has("simulate")


def test_the_input_of_an_opened_run_is_analysed_again(tmp_path: Path) -> None:
    origin = save_example(tmp_path / "elsewhere" / "one", make_example())
    source = RunSource(origin.path, "movie.tif", {"length_unit": "um"})
    run = prepare_run(order(tmp_path, Plan("new"), source))
    assert run.info().input == "movie.tif"
    assert run.load_settings().movie.length_unit == "um"
    assert run.load_truth() == origin.load_truth()


def test_settings_that_contradict_each_other_leave_no_run(tmp_path: Path) -> None:
    choices = {"density": {"bins": [20, 20], "bin_size": 3.0}}
    with pytest.raises(UserError):
        prepare_run(order(tmp_path, Plan("new"), choices=choices))
    assert RunStore(tmp_path / "runs").rows() == []


def test_a_layer_that_is_no_movie_leaves_no_run(tmp_path: Path) -> None:
    from napari.layers import Image

    layer = Image(np.zeros((3, 4, 20, 20)), name="stack", axis_labels=("t", "z", "y", "x"))
    with pytest.raises(UserError):
        prepare_run(order(tmp_path, Plan("new"), LayerSource(layer, suggest(layer))))
    assert not any((tmp_path / "runs").glob("*"))


def test_a_run_folder_is_made_where_runs_are_kept(tmp_path: Path) -> None:
    run = prepare_run(order(tmp_path, Plan("new")))
    assert RunFolder.open(run.path).info().state == "new"
