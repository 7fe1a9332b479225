"""Exit codes and sentences of the command line as a whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from napari_binn import __version__
from napari_binn.cli import main
from tests.example_run import make_example, save_example

COMMANDS = (
    "demo", "run", "resume", "report", "simulate", "export", "open", "phantom", "batch", "doctor"
)  # fmt: skip


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert [name for name in COMMANDS if f" {name} " not in shown] == []


def test_without_a_command_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "resume" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"napari-binn {__version__}\n"


def test_python_m_is_the_same_command() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "napari_binn", "--version"], capture_output=True, text=True
    )
    assert (result.returncode, result.stdout) == (0, f"napari-binn {__version__}\n")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["frobnicate"], "frobnicate"),
        (["run", "movie.tif"], "--out"),
        (["run", "--out", "RUN"], "INPUT"),
        (["run", "movie.tif", "--out", "RUN", "--bin", "9x9"], "--bin"),
        (["run", "movie.tif", "--out", "RUN", "--seed", "lucky"], "--seed"),
        (["run", "movie.tif", "--out", "RUN", "--bins", "nine"], "--bins 'nine'"),
        (["run", "movie.tif", "--out", "RUN", "--set", "binn.stepz=9"], "binn.steps"),
        (["run", "movie.tif", "--out", "RUN", "--device", "gpu"], "device"),
        (["run", "movie.tif", "--out", "RUN", "--config", "no.toml"], "no.toml"),
        (["resume", "nowhere"], "nowhere"),
        (["report", "nowhere"], "nowhere"),
        (["simulate", "nowhere"], "nowhere"),
        (["open", "nowhere"], "nowhere"),
        (["export", "nowhere", "--out", "law.py"], "nowhere"),
        (["batch", "nowhere.csv"], "nowhere.csv"),
    ],
)
def test_a_mistake_gets_one_sentence_and_exit_code_2(
    args: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(args) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert words in captured.err
    assert captured.err.count("\n") == 1
    assert captured.err.endswith(".\n") or captured.err.endswith("?\n")
    assert list(tmp_path.iterdir()) == []


def test_resuming_a_finished_run_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = save_example(tmp_path / "run", make_example())
    run.save_report("<html></html>")
    assert main(["resume", str(run.path)]) == 0
    said = capsys.readouterr().out
    assert "is finished" in said
    assert str(run.file("report")) in said


def test_the_report_is_written_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = save_example(tmp_path / "run", make_example())
    assert main(["report", str(run.path)]) == 0
    assert capsys.readouterr().out.strip() == str(run.file("report"))
    assert "</html>" in run.file("report").read_text()


def test_export_names_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = save_example(tmp_path / "run", make_example())
    assert main(["export", str(run.path), "--out", str(tmp_path / "law.py")]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "law.py")
    assert main(["export", str(run.path), "--out", str(tmp_path / "law.docx")]) == 2
    assert ".tex" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe of a POSIX shell")
def test_a_reader_that_leaves_early_is_no_error() -> None:
    command = f"{sys.executable} -m napari_binn --help | head -c 1"
    result = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
    assert result.stderr == ""
