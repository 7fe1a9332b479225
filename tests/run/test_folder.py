"""A run folder keeps what it is given, refuses what is not its own, and survives damage."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_binn.equations.model import Equation
from napari_binn.errors import UserError
from napari_binn.events import STAGES
from napari_binn.run.folder import RunFolder
from napari_binn.run.layout import FILES, LOSSES, RESULT, WEIGHTS, Part
from napari_binn.settings import Settings

from ..example_run import Example, example_bootstrap, make_example, save_example


@pytest.fixture(scope="module")
def example() -> Example:
    return make_example()


@pytest.fixture
def run(tmp_path: Path, example: Example) -> RunFolder:
    return save_example(tmp_path / "run", example)


def assert_same(one: Any, other: Any) -> None:
    """Compare results deeply, arrays bit by bit and with their types; NaN equals NaN."""
    assert type(one) is type(other)
    if is_dataclass(one):
        for item in fields(one):
            assert_same(getattr(one, item.name), getattr(other, item.name))
    elif isinstance(one, np.ndarray):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    elif isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_same(one[key], other[key])
    elif isinstance(one, tuple | list):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            assert_same(a, b)
    elif isinstance(one, float):
        np.testing.assert_equal(one, other)
    else:
        assert one == other


def test_every_result_comes_back_as_it_was_saved(run: RunFolder, example: Example) -> None:
    opened = RunFolder.open(run.path)
    assert opened.load_settings().model_dump() == example.settings.model_dump()
    for part in (
        "density", "binn", "terms", "diagnosis", "design", "equations", "simulation", "truth",
    ):  # fmt: skip
        assert_same(getattr(opened, f"load_{part}")(), getattr(example, part))


def test_the_check_of_the_bands_goes_with_its_estimate(run: RunFolder, example: Example) -> None:
    found = example_bootstrap(example.terms)
    run.save_bootstrap(found)
    assert_same(RunFolder.open(run.path).load_bootstrap(), found)
    run.discard_from("learn")
    assert not any(run.has(part) for part in ("bootstrap", "design", "diagnosis"))


def test_what_has_no_value_comes_back_as_such(run: RunFolder, example: Example) -> None:
    diagnosis = replace(example.diagnosis, velocity=(float("nan"), 0.1))
    run.save_diagnosis(diagnosis)
    assert_same(run.load_diagnosis(), diagnosis)
    design = replace(example.design, sd_D=float("nan"), known=(), options=())
    run.save_design(design)
    assert_same(run.load_design(), design)


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("diagnosis", '"doubtful"', '"odd"'),
        ("diagnosis", '"checks"', '"tests"'),
        ("design", '"field"', '"luck"'),
        ("design", '"known"', '"unknown"'),
        ("bootstrap", '"u": [', '"u": [0.5,'),
        ("bootstrap", '"ratio_D": [', '"ratio_D": ["x",'),
    ],
)
def test_damaged_checks_are_named(
    run: RunFolder, example: Example, part: Any, old: str, new: str
) -> None:
    run.save_bootstrap(example_bootstrap(example.terms))
    path = run.file(part)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(UserError, match=rf"{path.name} is damaged"):
        getattr(run, f"load_{part}")()


def test_density_with_mask_and_without_counts_comes_back(tmp_path: Path, example: Example) -> None:
    mask = np.ones(example.density.shape[1:], dtype=bool)
    mask[:3, 2] = False
    density = replace(
        example.density,
        values=np.where(mask, example.density.values, 0.0),
        mask=mask,
        counts_per_unit=None,
        assumptions=(),
    )
    run = RunFolder.create(tmp_path / "run")
    run.save_density(density)
    assert_same(run.load_density(), density)


def test_the_users_own_equations_are_kept_with_the_search(run: RunFolder) -> None:
    assert run.load_own_equations() == ()
    found = run.load_equations()
    for equation in found.equations[1:]:
        run.add_own_equation(equation)
    first, second = RunFolder.open(run.path).load_own_equations()
    assert (first.D.text, second.G.text) == (
        found.equations[1].D.text,
        found.equations[2].G.text,
    )
    assert {f.source for own in (first, second) for f in (own.D, own.G)} == {"user"}
    run.remove_own_equation(0)
    assert_same(run.load_own_equations(), (second,))
    with pytest.raises(IndexError):
        run.remove_own_equation(1)
    run.discard_from("discover")
    assert run.load_own_equations() == ()


def test_damaged_own_equations_are_named(run: RunFolder) -> None:
    run.file("own").write_text('{"equations": [{}]}', encoding="utf-8")
    with pytest.raises(UserError, match=r"own_equations\.json is damaged"):
        run.load_own_equations()


def test_times_of_stages_are_noted(run: RunFolder) -> None:
    run.note_seconds("density", 1.5)
    run.set_state("running")
    assert run.state() == "running"
    run.note_seconds("learn", 2.0)
    assert run.info().seconds == {"density": 1.5, "learn": 2.0}
    run.check_idle()  # this process may go on with it
    run.set_state("stopped")
    assert run.info().process is None


def test_simulation_without_forecast_comes_back(tmp_path: Path, example: Example) -> None:
    simulation = replace(
        example.simulation, forecast=None, forecast_from=None, metrics={"relative_l2": np.nan}
    )
    run = RunFolder.create(tmp_path / "run")
    run.save_simulation(simulation)
    assert_same(run.load_simulation(), simulation)


def test_inputs_come_back(tmp_path: Path) -> None:
    movie = tmp_path / "movie.tif"
    movie.write_bytes(b"x")
    run = RunFolder.create(tmp_path / "run")
    run.save_inputs([movie])
    (found,) = run.load_inputs()
    assert (found.path, found.size) == (str(movie), 1)


def test_settings_file_is_complete_and_a_valid_config(run: RunFolder) -> None:
    text = run.file("settings").read_text(encoding="utf-8")
    assert "seed = 3" in text
    assert f"refits = {Settings().equations.refits}" in text  # a default
    assert run.load_settings() == Settings.build(run.load_settings().model_dump())


def test_losses_can_be_read_before_the_training_is_done(tmp_path: Path, example: Example) -> None:
    run = RunFolder.create(tmp_path / "run")
    run.save_losses(example.binn.losses)
    assert_same(run.load_losses(), example.binn.losses)
    assert not run.has("binn")


def test_new_run_makes_its_parents_and_says_what_it_is(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "a" / "b", input="movie.tif", argv=["run", "movie.tif"])
    values = json.loads((run.path / "run.json").read_text(encoding="utf-8"))
    assert values["napari_binn_run"] == 1
    assert values["state"] == "new"
    info = RunFolder.open(run.path).info()
    assert (info.input, info.argv) == ("movie.tif", ("run", "movie.tif"))
    assert info.created[:2] == "20"
    assert {"napari-binn", "python", "torch", "numpy"} <= info.versions.keys()
    assert not any(run.has(stage) for stage in STAGES)


def test_state_changes_keep_the_rest(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run", input="movie.tif")
    before = run.info()
    run.set_state("failed", "The network diverged.")
    after = run.info()
    assert (after.state, after.message) == ("failed", "The network diverged.")
    assert (after.input, after.created, after.versions) == (
        before.input,
        before.created,
        before.versions,
    )
    run.set_state("running")
    assert run.info().message == ""


def test_stages_are_done_when_their_last_file_is_there(run: RunFolder) -> None:
    for stage in STAGES:
        assert run.has(stage)
        run.file(RESULT[stage]).unlink()
        assert not run.has(stage)


@pytest.mark.parametrize(
    ("stage", "left"),
    [
        ("learn", {"density"}),
        ("discover", {"density", "binn", "terms", "diagnosis", "design"}),
    ],
)
def test_discarding_a_stage_discards_what_follows(
    run: RunFolder, stage: Any, left: set[Any]
) -> None:
    run.discard_from(stage)
    results: tuple[Part, ...] = (
        "density", "binn", "terms", "diagnosis", "design", "equations", "simulation", "summary",
    )  # fmt: skip
    assert {part for part in results if run.has(part)} == left
    assert run.has("settings")
    assert (run.path / LOSSES).exists() == ("binn" in left)


def test_foreign_folder_is_refused_and_untouched(tmp_path: Path) -> None:
    folder = tmp_path / "thesis"
    folder.mkdir()
    (folder / "summary.json").write_text("{}", encoding="utf-8")
    for overwrite in (False, True):
        with pytest.raises(UserError, match=r"thesis exists, is not empty and is not a run"):
            RunFolder.create(folder, overwrite=overwrite)
    assert os.listdir(folder) == ["summary.json"]
    with pytest.raises(UserError, match=r"is not a run of napari-binn"):
        RunFolder.open(folder)


def test_foreign_run_json_does_not_make_a_folder_ours(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"state": "done"}', encoding="utf-8")
    with pytest.raises(UserError, match="is not a run of napari-binn"):
        RunFolder.create(tmp_path, overwrite=True)
    with pytest.raises(UserError, match="is not a run of napari-binn"):
        RunFolder.open(tmp_path)


def test_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run"
    path.write_text("x", encoding="utf-8")
    with pytest.raises(UserError, match="is a file"):
        RunFolder.create(path)
    with pytest.raises(UserError, match="cannot be written"):
        RunFolder.create(path / "below")
    assert path.read_text(encoding="utf-8") == "x"


def test_empty_folder_is_used(tmp_path: Path) -> None:
    assert RunFolder.create(tmp_path).info().state == "new"


def test_existing_run_is_kept_unless_told_otherwise(run: RunFolder) -> None:
    with pytest.raises(UserError, match="exists already"):
        RunFolder.create(run.path)
    assert run.has("simulate")
    (run.path / "my notes.txt").write_text("keep", encoding="utf-8")
    fresh = RunFolder.create(run.path, overwrite=True)
    assert sorted(os.listdir(fresh.path)) == ["my notes.txt", "run.json"]


def test_run_that_failed_before_its_first_result_gives_way(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run")
    run.save_settings(Settings())
    run.set_state("failed", "The movie has one frame only.")
    assert RunFolder.create(run.path).info().state == "new"


def test_check_writes_nothing(tmp_path: Path) -> None:
    RunFolder.check_free(tmp_path / "run")
    assert os.listdir(tmp_path) == []


def test_folder_with_only_the_rest_of_a_killed_start_is_used(tmp_path: Path) -> None:
    (tmp_path / ".run.1234abcd.partial.json").write_text("{", encoding="utf-8")
    RunFolder.create(tmp_path)
    assert os.listdir(tmp_path) == ["run.json"]


def test_open_names_a_missing_run(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"There is no run .*nowhere"):
        RunFolder.open(tmp_path / "nowhere")


def test_run_of_a_newer_version_asks_for_an_update(run: RunFolder) -> None:
    path = run.path / "run.json"
    values = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**values, "napari_binn_run": 2}), encoding="utf-8")
    with pytest.raises(UserError, match="newer napari-binn"):
        RunFolder.open(run.path)
    path.write_text(json.dumps({**values, "state": "odd"}), encoding="utf-8")
    with pytest.raises(UserError, match=r"run\.json is damaged"):
        RunFolder.open(run.path)


@pytest.mark.parametrize(
    "part", ["settings", "density", "binn", "terms", "equations", "simulation", "truth", "summary"]
)
@pytest.mark.parametrize("share", [0.0, 0.5])
def test_damaged_part_is_named(run: RunFolder, part: Any, share: float) -> None:
    path = run.file(part)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)] + (b"=" if part == "settings" else b""))
    with pytest.raises(UserError, match=path.name):
        getattr(run, f"load_{part}")()


def test_damaged_weights_are_named(run: RunFolder) -> None:
    path = run.path / WEIGHTS
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(UserError, match=r"binn\.safetensors is damaged"):
        run.load_binn()


def _edit(run: RunFolder, change: Callable[[dict[str, Any]], object]) -> None:
    path = run.file("equations")
    values = json.loads(path.read_text(encoding="utf-8"))
    change(values)
    path.write_text(json.dumps(values), encoding="utf-8")


@pytest.mark.parametrize(
    "change",
    [
        lambda v: v.pop("rule"),
        lambda v: v.update(equations=[]),
        lambda v: v.update(equations=3),
        lambda v: v.update(u_range=[1]),
        lambda v: v["equations"][0]["D"].pop("text"),
    ],
)
def test_equations_with_missing_pieces_are_damaged(
    run: RunFolder, change: Callable[[dict[str, Any]], object]
) -> None:
    _edit(run, change)
    with pytest.raises(UserError, match=r"equations\.json is damaged"):
        run.load_equations()


def test_arrays_that_do_not_fit_each_other_are_damaged(run: RunFolder) -> None:
    path = run.file("terms")
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    np.savez(path, **{**arrays, "D": arrays["D"][:-1]})
    with pytest.raises(UserError, match=r"terms\.npz is damaged .*D does not fit"):
        run.load_terms()
    np.savez(path, **{**arrays, "D": arrays["D"][None]})
    with pytest.raises(UserError, match=r"terms\.npz is damaged .*D has 2 axes"):
        run.load_terms()


def test_kill_between_the_files_of_the_network_leaves_no_mixture(
    run: RunFolder, example: Example, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Curves and weights are two files: half of the new pair must not pass for a whole."""
    real = os.replace

    def die_before_the_curves(source: Path, target: Path) -> None:
        if Path(target).name == FILES["binn"]:
            raise KeyboardInterrupt
        real(source, target)

    monkeypatch.setattr(os, "replace", die_before_the_curves)
    with pytest.raises(KeyboardInterrupt):
        run.save_binn(example.binn)
    assert not run.has("binn")
    assert RunFolder.open(run.path).has("density")


def test_full_disk_names_the_file_and_keeps_the_run(
    run: RunFolder, example: Example, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    before = sorted(os.listdir(run.path))
    monkeypatch.setattr(os, "fsync", refuse)
    parts: tuple[Part, ...] = (
        "settings", "density", "terms", "equations", "simulation", "truth",
    )  # fmt: skip
    for part in parts:
        with pytest.raises(UserError, match=r"^The disk is full, so") as caught:
            getattr(run, f"save_{part}")(getattr(example, part))
        assert FILES[part] in str(caught.value)
    monkeypatch.undo()
    assert sorted(os.listdir(run.path)) == before
    assert_same(run.load_terms(), example.terms)


def test_infinite_errors_and_missing_intervals_do_not_break_the_json(
    run: RunFolder, example: Example
) -> None:
    text = run.file("equations").read_text(encoding="utf-8")
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    best: Equation = run.load_equations().best
    assert np.isnan(best.constants[2][2])
    assert best.scores == example.equations.best.scores
