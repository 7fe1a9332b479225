"""The list of runs: newest first, tolerant of damage, fresh when something changed."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from napari_binn.errors import UserError
from napari_binn.run import row as row_module
from napari_binn.run.folder import RunFolder
from napari_binn.run.info import write_info
from napari_binn.run.layout import FILES
from napari_binn.run.store import RunStore

from ..example_run import Example, make_example, save_example

NOW = datetime(2026, 11, 21, 14, 32)


@pytest.fixture(scope="module")
def example() -> Example:
    return make_example()


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "runs")


def alter(run: RunFolder, **values: Any) -> RunFolder:
    write_info(run.path, replace(run.info(), **values))
    return run


def test_a_folder_that_does_not_exist_holds_no_runs(store: RunStore) -> None:
    assert store.rows() == []
    assert not store.changed()


def test_a_finished_run_tells_its_result(store: RunStore, example: Example) -> None:
    save_example(store.folder / "wound", example).save_report("<html>")
    (row,) = store.rows()
    assert (row.name, row.state, row.unreadable) == ("wound", "done", None)
    assert row.seconds == pytest.approx(32.4)
    assert row.count_error_percent == pytest.approx(2.31)
    assert (row.D_text, row.G_text) == (
        example.equations.best.D.text,
        example.equations.best.G.text,
    )
    assert row.input == "movies/wound <edge> & rim.tif"
    assert row.has_report
    assert row.created.tzinfo is not None


def test_formulas_are_told_before_the_simulation_is_done(store: RunStore, example: Example) -> None:
    save_example(store.folder / "wound", example, parts=("learn", "discover"))
    (row,) = store.rows()
    assert row.D_text == "0.00407"
    assert (row.count_error_percent, row.has_report) == (None, False)


def test_the_newest_run_comes_first(store: RunStore) -> None:
    for day, name in ((3, "b"), (9, "c"), (1, "a")):
        run = RunFolder.create(store.folder / name)
        alter(run, created=f"2026-11-0{day}T10:00:00+01:00")
    assert [row.name for row in store.rows()] == ["c", "b", "a"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"napari_binn_run": 99}'])
def test_a_damaged_run_is_a_row_with_its_sentence(store: RunStore, content: str) -> None:
    RunFolder.create(store.folder / "good")
    run = RunFolder.create(store.folder / "bad")
    (run.path / "run.json").write_text(content)
    rows = {row.name: row for row in store.rows()}
    assert rows["good"].unreadable is None
    assert rows["bad"].state == "unreadable"
    assert str(run.path) in (rows["bad"].unreadable or "")


@pytest.mark.parametrize("content", ["{", '{"metrics": 3, "seconds": [], "equation": "x"}'])
def test_a_damaged_summary_leaves_the_rest_readable(
    store: RunStore, example: Example, content: str
) -> None:
    run = save_example(store.folder / "wound", example)
    run.file("summary").write_text(content)
    (row,) = store.rows()
    assert (row.state, row.count_error_percent) == ("done", None)
    assert row.D_text == "0.00407"


def test_folders_that_are_no_runs_are_left_out(store: RunStore) -> None:
    (store.folder / "pictures").mkdir(parents=True)
    (store.folder / "notes.txt").write_text("hello")
    assert store.rows() == []


def test_only_what_changed_is_read_again(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [RunFolder.create(store.folder / name) for name in "abc"]
    read: list[str] = []
    original = row_module.read_row

    def spy(folder: Path, *, elsewhere: bool = False) -> row_module.RunRow:
        read.append(folder.name)
        return original(folder, elsewhere=elsewhere)

    monkeypatch.setattr("napari_binn.run.store.read_row", spy)
    store.rows()
    store.rows()
    assert read == ["a", "b", "c"]
    runs[1].set_state("failed", "The movie has 2 frames.")
    assert store.changed()
    assert {row.message for row in store.rows()} == {"", "The movie has 2 frames."}
    assert read == ["a", "b", "c", "b"]


def test_new_and_deleted_runs_and_reports_are_changes(store: RunStore) -> None:
    assert store.changed()
    store.rows()
    run = RunFolder.create(store.folder / "a")
    assert store.changed()
    store.rows()
    assert not store.changed()
    run.save_report("<html>")
    assert store.changed()
    store.rows()
    (run.path / "run.json").unlink()
    assert store.changed()


def test_a_run_whose_process_is_gone_counts_as_stopped(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    RunFolder.create(store.folder / "a").set_state("running")
    assert store.rows()[0].state == "running"
    monkeypatch.setattr("napari_binn.run.process.Process.lives", lambda self: False)
    assert store.changed()
    assert store.rows()[0].state == "stopped"
    assert not store.changed()


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("growth", "growth"),
        ("Growth to confluence", "Growth-to-confluence"),
        ("a/b\\c: d?", "a-b-c-d"),
        ("..", "run"),
        ("con", "run-con"),
        ("µm wells é", "µm-wells-é"),
        ("x" * 300, "x" * 56),
    ],
)
def test_a_new_path_suits_any_file_system(store: RunStore, stem: str, name: str) -> None:
    assert store.new_path(stem, NOW) == store.folder / f"{name}-2026-11-21-1432"


def test_a_new_path_is_never_taken(store: RunStore) -> None:
    names = []
    for _ in range(3):
        path = store.new_path("growth", NOW)
        RunFolder.create(path)
        names.append(path.name)
    assert names == [f"growth-2026-11-21-1432{suffix}" for suffix in ("", "-2", "-3")]


def test_a_run_takes_another_name(store: RunStore) -> None:
    run = RunFolder.create(store.folder / "a")
    alter(run, input=str(run.path / "input.tif"))
    path = store.rename(run.path, "  my wound ")
    assert path == store.folder / "my wound"
    assert [row.name for row in store.rows()] == ["my wound"]
    assert RunFolder.open(path).info().input == str(path / "input.tif")


@pytest.mark.parametrize(
    "name", ["", "  ", "a/b", "a\\b", "..", ".hidden", "what?", "x" * 200, "nul", "taken"]
)
def test_a_name_that_cannot_be_is_refused(store: RunStore, name: str) -> None:
    run = RunFolder.create(store.folder / "a")
    RunFolder.create(store.folder / "taken")
    with pytest.raises(UserError):
        store.rename(run.path, name)
    assert run.path.is_dir()


def test_a_run_that_is_worked_on_keeps_its_name(store: RunStore) -> None:
    run = RunFolder.create(store.folder / "a")
    run.set_state("running")
    with pytest.raises(UserError, match="stop it"):
        store.rename(run.path, "b")


def test_runs_elsewhere_are_remembered_renamed_and_forgotten(
    store: RunStore, tmp_path: Path
) -> None:
    other = RunFolder.create(tmp_path / "usb stick" / "a").path
    store.add(other)
    store.add(other)
    (row,) = RunStore(store.folder).rows()
    assert (row.path, row.elsewhere) == (other, True)
    renamed = store.rename(other, "b")
    assert [row.path for row in store.rows()] == [renamed]
    store.forget(renamed)
    assert store.rows() == []
    assert renamed.is_dir()


def test_a_run_elsewhere_that_is_gone_says_so(store: RunStore, tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "elsewhere" / "a")
    store.add(run.path)
    (run.path / "run.json").unlink()
    (row,) = store.rows()
    assert row.state == "unreadable"


def test_runs_inside_need_no_registration_and_other_folders_are_refused(
    store: RunStore, tmp_path: Path
) -> None:
    run = RunFolder.create(store.folder / "a")
    store.add(run.path)
    (row,) = store.rows()
    assert not row.elsewhere
    with pytest.raises(UserError, match="not a run"):
        store.add(tmp_path)


def test_a_damaged_registry_loses_no_run_inside(store: RunStore) -> None:
    RunFolder.create(store.folder / "a")
    (store.folder / "runs-elsewhere.json").write_text("[")
    assert len(store.rows()) == 1


def test_a_copy_has_the_settings_and_the_density(store: RunStore, example: Example) -> None:
    run = save_example(store.folder / "a", example)
    copy = store.copy_settings(run.path, store.folder / "b")
    assert copy.load_settings() == example.settings
    assert copy.load_density().values.shape == example.density.values.shape
    assert copy.load_truth() == run.load_truth()
    assert copy.info().input == run.info().input
    assert copy.info().state == "stopped"
    assert not copy.has("learn")
    assert not copy.has("summary")


def test_a_copy_can_leave_or_keep_more(store: RunStore, example: Example) -> None:
    run = save_example(store.folder / "a", example)
    bare = store.copy_settings(run.path, store.folder / "b", keep=())
    assert bare.info().state == "new"
    assert not bare.has("density")
    learned = store.copy_settings(run.path, store.folder / "c", keep=("density", "learn"))
    assert learned.load_terms().density_scale == pytest.approx(example.terms.density_scale)
    assert learned.load_binn().members == 5
    gap = store.copy_settings(run.path, store.folder / "d", keep=("density", "discover"))
    assert not gap.has("discover")


def test_a_copy_stands_on_its_own(store: RunStore, example: Example) -> None:
    run = save_example(store.folder / "a", example)
    movie = run.path / "input.npz"
    movie.write_bytes(b"a layer that was saved with the run")
    alter(run, input=str(movie))
    copy = store.copy_settings(run.path, store.folder / "b")
    run.discard_from("density")
    movie.unlink()
    run.save_settings(example.settings.changed({"seed": 9}))
    assert Path(copy.info().input) == copy.path / "input.npz"
    assert Path(copy.info().input).read_bytes().startswith(b"a layer")
    assert copy.has("density")
    assert copy.load_settings().seed == 3


def test_a_copy_that_fails_leaves_nothing(
    store: RunStore, example: Example, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = save_example(store.folder / "a", example)

    def full(source: Any, target: Any) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("napari_binn.run.copying._link_or_copy", full)
    with pytest.raises(UserError, match="disk is full"):
        store.copy_settings(run.path, store.folder / "b")
    assert not (store.folder / "b").exists()
    with pytest.raises(UserError, match="exists already"):
        store.copy_settings(run.path, run.path)
    run.file("settings").write_text("not toml [")
    with pytest.raises(UserError, match=FILES["settings"]):
        store.copy_settings(run.path, store.folder / "b")
