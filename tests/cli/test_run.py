"""From the command line to a run folder, with the real stages; and what bad input leaves behind."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_binn.cli import main
from napari_binn.cli.outcome import rescaled
from napari_binn.run.folder import RunFolder
from tests.example_run import exact_wave

# The smallest work that still goes through every stage.
QUICK = (
    "--set", "binn.members=1", "--set", "binn.steps=20", "--set", "binn.width=8",
    "--set", "equations.engine=library", "--set", "equations.refits=4",
    "--set", "simulation.refine=1",
)  # fmt: skip


posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows delivers no such signals")


def wave(path: Path, **changes: object) -> Path:
    """Write the exact travelling wave as an npz input, with ``changes``, and return its path."""
    t, x = np.linspace(0, 1.5, 6), (np.arange(10) + 0.5) * 0.12
    arrays: dict[str, object] = {
        "density": np.repeat(exact_wave(t, x)[:, None], 5, axis=1),
        "t": t, "x": x, "y": (np.arange(5) + 0.5) * 0.12, "length_unit": "mm", "time_unit": "day",
    }  # fmt: skip
    arrays |= changes
    np.savez(path, allow_pickle=False, **arrays)  # type: ignore[arg-type]
    return path


@dataclass(frozen=True)
class Finished:
    """A finished run, the words that it was started with and what it printed."""

    run: RunFolder
    words: list[str]
    printed: list[str]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """Return a run of the exact wave."""
    folder = tmp_path_factory.mktemp("finished")
    words = ["run", str(wave(folder / "wave.npz")), "--out", str(folder / "run"), *QUICK]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        assert main(words) == 0
    return Finished(RunFolder.open(folder / "run"), words, printed.getvalue().splitlines())


def test_a_run_ends_with_equation_errors_and_report(finished: Finished) -> None:
    summary = json.loads((finished.run.path / "summary.json").read_text(encoding="utf-8"))
    assert f"  D(u) = {rescaled(summary['equation']['D'])}   [mm²/day]" in finished.printed
    error = f"{summary['metrics']['count_error_percent']:.2f} %"
    assert any(line.endswith(error) for line in finished.printed)
    report = Path(finished.printed[-1].removeprefix("Report: "))
    assert "</html>" in report.read_text(encoding="utf-8")


def test_the_run_remembers_its_command_line(finished: Finished) -> None:
    assert list(finished.run.info().argv) == finished.words
    assert finished.run.info().state == "done"
    assert finished.run.load_settings().binn.steps == 20


def test_simulating_again_gives_the_same_numbers(
    finished: Finished, capsys: pytest.CaptureFixture[str]
) -> None:
    before = finished.run.load_summary()["metrics"]
    assert main(["simulate", str(finished.run.path)]) == 0
    assert finished.run.load_summary()["metrics"] == pytest.approx(before, nan_ok=True)
    assert capsys.readouterr().out.splitlines() == finished.printed


def test_a_finished_run_of_an_earlier_version_gets_its_checks(
    finished: Finished, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(finished.run.path, tmp_path / "run")
    run = RunFolder.open(tmp_path / "run")
    for part in ("diagnosis", "design", "report"):
        run.file(part).unlink()
    assert main(["resume", str(run.path)]) == 0
    assert run.load_diagnosis().sentence in capsys.readouterr().out
    assert run.has("report")
    assert main(["resume", str(run.path)]) == 0
    assert "is finished; its report is" in capsys.readouterr().out


def test_a_run_is_not_replaced_unless_asked_for(
    finished: Finished, capsys: pytest.CaptureFixture[str]
) -> None:
    before = finished.run.file("summary").read_bytes()
    assert main(finished.words) == 2
    assert str(finished.run.path) in capsys.readouterr().err
    assert finished.run.file("summary").read_bytes() == before


def endless(folder: Path) -> subprocess.Popen[str]:
    """Start a run in ``folder`` that trains for hours, its events on stdout."""
    source = wave(folder.parent / "wave.npz")
    words = ["run", str(source), "--out", str(folder), *QUICK, "--set", "binn.steps=500000"]
    return subprocess.Popen(
        [sys.executable, "-m", "napari_binn", *words, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@posix
def test_a_stopped_run_is_kept_and_can_be_resumed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    with endless(folder) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line)["event"] == "Losses":
                break
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert f"napari-binn resume {folder}" in errors
    assert errors.count("\n") == 1
    run = RunFolder.open(folder)
    assert run.info().state == "stopped"
    assert run.has("density")

    run.save_settings(run.load_settings().changed({"binn": {"steps": 20}}))
    assert main(["resume", str(folder), "--json"]) == 0
    assert run.info().state == "done"
    assert run.has("report")
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    for kind in ("StageStarted", "StageFinished"):
        stages = [event["stage"] for event in events if event["event"] == kind]
        assert stages == ["learn", "discover", "simulate"]
    assert {"Progress", "Losses"} <= {event["event"] for event in events}


@posix
def test_a_run_stops_when_nobody_reads_its_events(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with endless(folder) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(timeout=60) == 130
    assert RunFolder.open(folder).info().state == "stopped"


def truncated_tiff(folder: Path) -> list[str]:
    path = folder / "movie.tif"
    tifffile.imwrite(
        path, np.zeros((4, 64, 64), np.uint16), photometric="minisblack", metadata={"axes": "TYX"}
    )
    path.write_bytes(path.read_bytes()[:-9000])
    return [str(path), "--pixel-size", "1", "--length-unit", "um", "--frame-interval", "1",
            "--time-unit", "hour"]  # fmt: skip


def empty_folder(folder: Path) -> list[str]:
    (folder / "frames").mkdir()
    return [str(folder / "frames")]


def one_frame(folder: Path) -> list[str]:
    density = np.full((1, 5, 10), 5.0)
    return [str(wave(folder / "a.npz", t=np.zeros(1), density=density))]


def same_time_twice(folder: Path) -> list[str]:
    return [str(wave(folder / "a.npz", t=np.array([0, 1, 1, 2, 3, 4.0])))]


def backwards(folder: Path) -> list[str]:
    return [str(wave(folder / "a.npz", t=np.arange(6.0)[::-1]))]


def not_a_number(folder: Path) -> list[str]:
    density = np.full((6, 5, 10), 5.0)
    density[3, 2, 1] = np.nan
    return [str(wave(folder / "a.npz", density=density))]


def negative(folder: Path) -> list[str]:
    return [str(wave(folder / "a.npz", density=np.full((6, 5, 10), -1.0)))]


def no_columns(folder: Path) -> list[str]:
    path = folder / "cells.csv"
    path.write_text("name,size\na,1\nb,2\n")
    return [str(path), "--length-unit", "um", "--time-unit", "hour"]


def positions(folder: Path, *options: str) -> list[str]:
    path, rng = folder / "cells.csv", np.random.default_rng(0)
    rows = [f"{t},{x:.3f},{y:.3f}" for t in range(5) for x, y in 1000 * rng.random((80, 2))]
    path.write_text("t,x,y\n" + "\n".join(rows) + "\n")
    return [str(path), "--length-unit", "um", "--time-unit", "hour", "--bins", "6x6", *options]


def outside_the_field(folder: Path) -> list[str]:
    return positions(folder, "--field", "0,0,300,300")


def region_outside(folder: Path) -> list[str]:
    return positions(folder, "--field", "0,0,1000,1000", "--region", "2000,2000,3000,3000")


def region_too_small(folder: Path) -> list[str]:
    return [str(wave(folder / "a.npz")), "--region", "0,0,0.25,0.25"]


def colour(folder: Path) -> list[str]:
    path = folder / "rgb.tif"
    tifffile.imwrite(path, np.zeros((5, 64, 64, 3), np.uint8), photometric="rgb")
    return [str(path), "--pixel-size", "1", "--length-unit", "um", "--frame-interval", "1",
            "--time-unit", "hour"]  # fmt: skip


def not_calibrated(folder: Path) -> list[str]:
    path = folder / "movie.tif"
    tifffile.imwrite(
        path, np.zeros((5, 64, 64), np.uint16), photometric="minisblack", metadata={"axes": "TYX"}
    )
    return [str(path), "--length-unit", "um", "--time-unit", "hour"]


def no_such_gpu(folder: Path) -> list[str]:
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA GPU")
    return [str(wave(folder / "a.npz")), "--device", "cuda"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: [str(folder / "missing.tif")],
        truncated_tiff, empty_folder, one_frame, same_time_twice, backwards, not_a_number,
        negative, no_columns, outside_the_field, region_outside, region_too_small, colour,
        not_calibrated, no_such_gpu,
    ],
)  # fmt: skip
def test_bad_input_gets_one_sentence_and_nothing_is_written(
    spoil: Callable[[Path], list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = spoil(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    assert main(["run", *words, "--out", str(tmp_path / "runs" / "run")]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert captured.err.rstrip()[-1] in ".?"
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_that_is_not_ours_is_not_touched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    thesis = tmp_path / "out" / "thesis.docx"
    thesis.parent.mkdir()
    thesis.write_bytes(b"years of work")
    words = ["run", str(wave(tmp_path / "a.npz")), "--out", str(thesis.parent), "--overwrite"]
    assert main(words) == 2
    assert "not a run" in capsys.readouterr().err
    assert list(thesis.parent.iterdir()) == [thesis]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full to stand for a full disk")
def test_a_full_disk_gets_one_sentence(tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "napari_binn", "--version"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert "Traceback" not in result.stderr
    assert result.returncode == 2
    assert "disk is full" in result.stderr


def test_one_bad_row_costs_that_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wave(tmp_path / "good.npz")
    (tmp_path / "wells.csv").write_text("input,out\nmissing.npz,a\ngood.npz,b\n")
    assert main(["batch", str(tmp_path / "wells.csv"), *QUICK]) == 2
    captured = capsys.readouterr()
    rows = [line.split("\t") for line in captured.out.splitlines()]
    assert [row[-1] for row in rows[2:]] == ["done"]
    assert "missing.npz" in rows[1][-1]
    assert not (tmp_path / "a").exists()
    assert RunFolder.open(tmp_path / "b").info().state == "done"
