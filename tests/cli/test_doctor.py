"""The doctor says what is there, what is missing and what to do, and changes nothing."""

from __future__ import annotations

import json
import sys
from collections import namedtuple
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest

from napari_binn.cli import doctor, main
from napari_binn.equations import julia
from napari_binn.equations.julia import PysrState

ROWS = ["Python", "napari", "Qt", "Display", "torch", "Operon", "PySR", "Disk"]


def test_every_row_that_is_not_ok_says_what_to_do() -> None:
    findings = doctor.examine()
    assert [finding.name for finding in findings] == ROWS
    for finding in findings:
        assert finding.found
        assert (finding.status == "ok") == (finding.advice == "")


def test_json_holds_the_same_rows(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["doctor", "--json"])
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == ROWS
    assert code == (1 if any(r["needed"] and r["status"] == "problem" for r in rows) else 0)


def test_a_pipe_gets_one_line_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    main(["doctor"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("\t")[1] for line in lines] == ROWS


def test_without_torch_a_movie_cannot_be_analysed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert doctor.check_torch().status == "problem"
    assert main(["doctor"]) == 1
    assert "pytorch.org" in capsys.readouterr().out


def test_without_operon_and_pysr_it_can(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hide(monkeypatch, "pyoperon", "pysr")
    assert {doctor.check_operon().status, doctor.check_pysr().status} == {"optional"}
    assert main(["doctor"]) == 0
    assert "pip install pyoperon" in capsys.readouterr().out


def test_an_operon_that_does_not_load_is_told_from_a_missing_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pyoperon", None)
    if doctor.check_operon().found == "not installed":
        pytest.skip("Operon is not installed here")
    assert "does not load" in doctor.check_operon().found


def test_without_a_qt_binding_only_the_window_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    hide(monkeypatch, "PyQt6", "PySide6", "PySide6_Essentials", "PyQt5")
    finding = doctor.check_qt()
    assert finding.status == "problem"
    assert not finding.needed
    assert "napari-binn[all]" in finding.advice


def test_a_display_is_found_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":7")
    assert doctor.check_display().found == "DISPLAY=:7"
    monkeypatch.delenv("DISPLAY")
    assert "xvfb-run" in doctor.check_display().advice


@pytest.mark.parametrize(
    ("free", "status", "needed"),
    [(5e9, "ok", False), (1e9, "problem", False), (1e7, "problem", True)],
)
def test_a_full_disk_is_a_problem(
    free: float, status: str, needed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: usage(1e12, 0, free))
    finding = doctor.check_disk(tmp_path)
    assert (finding.status, finding.needed) == (status, needed)


def test_looking_at_pysr_neither_imports_it_nor_fetches_julia() -> None:
    before = set(sys.modules)
    doctor.check_pysr()
    assert not {"pysr", "juliacall"} & (set(sys.modules) - before)


def hide(monkeypatch: pytest.MonkeyPatch, *packages: str) -> None:
    """Make the doctor see the machine without these packages."""

    def seen(package: str) -> Any:
        if package in packages:
            raise PackageNotFoundError(package)
        return version(package)

    monkeypatch.setattr(doctor, "version", seen)
    monkeypatch.setattr(julia, "version", seen)


@pytest.mark.parametrize(
    ("state", "found", "status"),
    [
        (PysrState("2.7", "ready"), "2.7 with Julia", "ok"),
        (PysrState("2.7", "missing"), "2.7; its Julia is not installed", "optional"),
        (PysrState("2.7", "unknown", "!"), "2.7; the state of its Julia is unknown: !", "optional"),
    ],
)  # fmt: skip
def test_the_state_of_julia_is_told(
    monkeypatch: pytest.MonkeyPatch, state: PysrState, found: str, status: str
) -> None:
    monkeypatch.setattr(julia, "pysr_state", lambda: state)
    finding = doctor.check_pysr()
    assert (finding.found, finding.status) == (found, status)
    assert ("--set-up-julia" in finding.advice) == (status != "ok")


def test_setting_up_julia_shows_its_log_and_what_it_took(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def set_up(log: Any) -> float:
        log("Installing Julia 1.11")
        return 1.25

    monkeypatch.setattr(julia, "pysr_state", lambda: PysrState("2.7", "missing"))
    monkeypatch.setattr(julia, "set_up", set_up)
    assert main(["doctor", "--set-up-julia"]) == 0
    out = capsys.readouterr().out
    assert "1 to 2 GB" in out
    assert "  Installing Julia 1.11\n" in out
    assert "took 1.2 GB" in out


def test_setting_up_julia_can_be_cancelled(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def set_up(log: Any) -> float:
        raise KeyboardInterrupt

    monkeypatch.setattr(julia, "pysr_state", lambda: PysrState("2.7", "missing"))
    monkeypatch.setattr(julia, "set_up", set_up)
    assert main(["doctor", "--set-up-julia"]) == 130
    assert "goes on from there" in capsys.readouterr().err


def test_a_julia_that_is_there_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(julia, "pysr_state", lambda: PysrState("2.7", "ready"))
    assert main(["doctor", "--set-up-julia"]) == 0
    assert capsys.readouterr().out == "Julia is ready for PySR.\n"
