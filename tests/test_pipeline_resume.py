"""A run goes on where it was: after a stage, in the middle of the training, after a kill."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from napari_binn import pipeline, work
from napari_binn.cli import main
from napari_binn.density.npz import save_density
from napari_binn.errors import Stopped, UserError
from napari_binn.events import Event, Notice, Progress, StageFinished, StageStarted, silent
from napari_binn.phantom.truth import Truth
from napari_binn.run.folder import RunFolder
from napari_binn.run.info import write_info
from napari_binn.run.layout import CHECKPOINT, LOSSES
from napari_binn.run.process import Process
from napari_binn.settings import Settings
from tests.example_run import make_example
from tests.synthetic import density

TINY = Settings.build(
    {
        "binn": {"members": 2, "steps": 170, "width": 8, "data_batch": 60, "collocation": 20},
        "equations": {"engine": "library", "refits": 2},
        "simulation": {"refine": 1},
    }
)
#: Share of the learning stage that is its training.
TRAINED = pipeline.TRAINING[TINY.inference.boundary]


def new_run(folder: Path) -> RunFolder:
    """Return a run as the window makes it: an input and settings, nothing else."""
    source = folder / "cells.npz"
    save_density(source, density("fisher", frames=5, bins=(6, 6), noise=0.02))
    made = RunFolder.create(folder / "run", input=str(source))
    made.save_settings(TINY)
    return made


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return new_run(tmp_path)


@pytest.fixture
def learning(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """Return the run with its density; what follows the training is not done."""
    pipeline.resume(run, until="density")
    monkeypatch.setattr(pipeline, "estimate_terms", stop_here)
    return run


def stop_here(*_: object) -> None:
    raise Stopped


def stop_at(share: float) -> Callable[[Event], None]:
    """Return a report function that stops the work at this share of a stage."""

    def report(event: Event) -> None:
        if isinstance(event, Progress) and event.done >= share * event.total:
            raise Stopped

    return report


def train_on(run: RunFolder, report: Callable[[Event], None] = silent) -> None:
    with pytest.raises(Stopped):
        pipeline.resume(run, report, "learn")


def test_stages_are_done_one_at_a_time(run: RunFolder) -> None:
    events: list[Event] = []

    def report(event: Event) -> None:
        events.append(event)
        if isinstance(event, StageFinished):
            assert run.has(event.stage)  # who hears of the end can read the result

    summary = pipeline.resume(run, report, "density")
    assert summary["terms"] is None
    assert run.has("density")
    assert not run.has("learn")
    assert (run.state(), run.info().message) == (
        "stopped",
        "It waits for D(u) and G(u) to be learned.",
    )
    assert len(run.load_inputs()) == 1
    measured = summary["seconds"]["density"]

    summary = pipeline.resume(run, report, "learn")
    assert summary["terms"] is not None
    assert summary["equation"] is None
    assert summary["seconds"]["density"] == measured
    assert not run.has("summary")

    summary = pipeline.resume(run, report)
    assert summary["metrics"] is not None
    assert run.state() == "done"
    assert run.info().message == ""
    ends = [event.stage for event in events if isinstance(event, StageFinished)]
    assert ends == ["density", "learn", "discover", "simulate"]

    assert pipeline.resume(run, until="learn")["terms"] is not None
    assert run.state() == "done"


@pytest.fixture(scope="module")
def learned_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Event]]:
    """Return a run folder whose curves are learned, and what was told meanwhile."""
    run = new_run(tmp_path_factory.mktemp("learned"))
    events: list[Event] = []
    pipeline.resume(run, events.append, "learn")
    return run.path, events


@pytest.fixture
def learned(learned_once: tuple[Path, list[Event]], tmp_path: Path) -> RunFolder:
    """Return a copy of it whose estimate is not checked, as in a run of an earlier version."""
    shutil.copytree(learned_once[0], tmp_path / "run")
    run = RunFolder.open(tmp_path / "run")
    run.file("diagnosis").unlink()
    run.file("design").unlink()
    return run


def test_the_estimate_is_checked_before_the_stage_ends(
    learned_once: tuple[Path, list[Event]],
) -> None:
    run, events = RunFolder.open(learned_once[0]), learned_once[1]
    assert run.has("diagnosis")
    assert run.has("design")
    (end,) = [e for e in events if isinstance(e, StageFinished) and e.stage == "learn"]
    assert end.summary["verdict"] == run.load_diagnosis().level
    shares = [e.done / e.total for e in events if isinstance(e, Progress) and e.stage == "learn"]
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_an_estimate_without_checks_gets_them(learned: RunFolder) -> None:
    summary = pipeline.resume(learned, until="learn")
    assert summary["verdict"]["level"] == learned.load_diagnosis().level
    assert summary["identifiability"] == list(learned.load_design().sentences)


def test_a_check_that_cannot_be_made_costs_a_notice_only(
    learned: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def singular(*_: object) -> None:
        raise np.linalg.LinAlgError("Singular matrix")

    monkeypatch.setattr("napari_binn.inference.diagnostics.diagnose", singular)
    told: list[Event] = []
    summary = pipeline.resume(learned, told.append, "learn")
    (warning,) = [e.text for e in told if isinstance(e, Notice) and e.level == "warning"]
    assert "could not be computed (Singular matrix)" in warning
    assert summary["verdict"] is None
    assert summary["terms"] is not None
    assert summary["design"] is not None


def test_a_movie_that_is_something_else_is_announced(
    learned: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdict = replace(make_example().diagnosis, level="contradicted", sentence="It drifts.")
    monkeypatch.setattr("napari_binn.inference.diagnostics.diagnose", lambda *_: verdict)
    told: list[Event] = []
    pipeline.resume(learned, told.append, "learn")
    assert Notice("It drifts.", "warning") in told


def test_the_law_of_a_phantom_comes_along(run: RunFolder, tmp_path: Path) -> None:
    truth = Truth("x", "0.01", "1 - u", "mm", "day", 1.0, "cells/bin", 0, {})
    (tmp_path / "cells.truth.json").write_text(truth.to_json(), encoding="utf-8")
    pipeline.resume(run, until="density")
    assert run.load_truth() == asdict(truth)


def test_a_stopped_training_goes_on_bit_for_bit(
    learning: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    train_on(learning)
    whole = learning.load_binn()
    assert not (learning.path / CHECKPOINT).exists()

    learning.discard_from("learn")
    monkeypatch.setattr("napari_binn.binn.train.REPORT_INTERVAL", 0.0)
    train_on(learning, stop_at(0.67 * TRAINED))
    assert learning.state() == "stopped"
    assert learning.load_losses()["step"][-1] < 170
    steps: list[float] = []

    def progress(event: Event) -> None:
        if isinstance(event, Progress):
            steps.append(event.done)

    train_on(learning, progress)
    assert steps[0] > TRAINED * 90 / 170  # not from the start
    parts = learning.load_binn()
    np.testing.assert_array_equal(parts.D, whole.D)
    np.testing.assert_array_equal(parts.surface, whole.surface)
    for name, column in whole.losses.items():
        np.testing.assert_array_equal(parts.losses[name], column)
    assert not (learning.path / CHECKPOINT).exists()


def test_a_checkpoint_is_written_during_the_training(
    learning: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a kill would leave: nothing is saved on the way out."""
    monkeypatch.setattr(work, "CHECKPOINT_INTERVAL", 0.0)
    monkeypatch.setattr(work, "LARGEST_SHARE", 1e9)
    monkeypatch.setattr("napari_binn.binn.train.REPORT_INTERVAL", 0.0)

    def kill(event: Event) -> None:
        if isinstance(event, Progress) and event.done >= TRAINED * 110 / 170:
            raise MemoryError

    with pytest.raises(MemoryError):
        pipeline.resume(learning, kill, "learn")
    assert (learning.path / CHECKPOINT).exists()
    assert learning.load_losses()["step"][-1] <= 100


@pytest.mark.parametrize("spoil", ["settings", "bits", "half", "rubbish"])
def test_a_checkpoint_that_is_of_no_use_costs_a_notice(learning: RunFolder, spoil: str) -> None:
    def stop(event: Event) -> None:
        if (learning.path / CHECKPOINT).exists():
            raise Stopped

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(work, "CHECKPOINT_INTERVAL", 0.0)
        patch.setattr("napari_binn.binn.train.REPORT_INTERVAL", 0.0)
        train_on(learning, stop)
    path = learning.path / CHECKPOINT
    data = path.read_bytes()
    if spoil == "settings":
        learning.save_settings(TINY.changed({"binn": {"learning_rate": 0.01}}))
    else:
        flipped = data[:-5] + bytes([data[-5] ^ 8]) + data[-4:]
        path.write_bytes(
            {"bits": flipped, "half": data[: len(data) // 2], "rubbish": b"abc"}[spoil]
        )
    events: list[Event] = []
    train_on(learning, events.append)
    notices = [event.text for event in events if isinstance(event, Notice)]
    assert "The training begins anew" in notices[0]
    assert learning.has("binn")


def test_learning_again_forgets_the_checkpoint(learning: RunFolder) -> None:
    learning.save_checkpoint({"a": np.zeros(3)}, "x")
    learning.discard_from("learn")
    assert not (learning.path / CHECKPOINT).exists()
    assert not (learning.path / LOSSES).exists()


def test_a_killed_run_is_a_stopped_one(run: RunFolder) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        other = replace(Process.this(), pid=process.pid)
        started = replace(run.info(), state="running", process=replace(other, started=0.0))
        write_info(run.path, started)
        assert run.state() == "stopped"  # another process has its number now
        process.communicate()
    write_info(run.path, replace(started, process=other))
    assert run.state() == "stopped"
    assert run.info().state == "running"
    pipeline.resume(run, until="density")
    assert run.info().process is None


def test_two_processes_do_not_work_on_one_run(
    run: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    import psutil

    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        born = psutil.Process(process.pid).create_time()
        other = replace(Process.this(), pid=process.pid, started=born)
        write_info(run.path, replace(run.info(), state="running", process=other))
        assert run.state() == "running"
        for refused in (pipeline.resume, pipeline.resimulate):
            with pytest.raises(UserError, match=f"process {process.pid}.* is working on the run"):
                refused(run)
        assert run.info().process == other
        with pytest.raises(UserError, match="is working on the run"):
            RunFolder.create(run.path, overwrite=True)
        assert main(["resume", str(run.path)]) == 2
        assert capsys.readouterr().err.count("\n") == 1
        process.communicate()


def test_a_run_without_input_says_so(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run")
    run.save_settings(TINY)
    with pytest.raises(UserError, match="has no input"):
        pipeline.resume(run)
    assert run.state() == "failed"


def test_the_command_line_stops_after_a_stage(
    run: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["resume", str(run.path), "--until", "density"]) == 0
    assert "It waits for D(u) and G(u) to be learned." in capsys.readouterr().out
    assert main(["resume", str(run.path), "--until", "dinner"]) == 2
    assert "choose one of density, learn, discover, simulate" in capsys.readouterr().err


def test_the_window_may_look_at_the_surface(
    learning: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("napari_binn.binn.train.REPORT_INTERVAL", 0.0)
    seen: list[tuple[int, ...]] = []

    def look(step: int, surface: Callable[[], np.ndarray]) -> None:  # type: ignore[type-arg]
        if step == 120:
            seen.append(surface().shape)

    with pytest.raises(Stopped):
        pipeline.resume(learning, lambda _: None, "learn", look=look)
    assert seen == [(5, 6, 6)]


def test_starts_are_told_once(run: RunFolder) -> None:
    events: list[Event] = []
    pipeline.resume(run, events.append, "density")
    assert [event.stage for event in events if isinstance(event, StageStarted)] == ["density"]
