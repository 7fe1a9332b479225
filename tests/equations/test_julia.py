"""Julia is fetched only when asked for, tells what it does, and can be cancelled."""

from __future__ import annotations

import shutil
import sys
from collections import namedtuple

import pytest

from napari_binn.equations import julia
from napari_binn.equations.julia import PysrState, set_up
from napari_binn.errors import Stopped, UserError

Usage = namedtuple("Usage", "total used free")


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_every_line_of_the_installer_is_passed_on() -> None:
    lines: list[str] = []
    taken = set_up(lines.append, command=python("print('Julia 1.11'); print(); print('done')"))
    assert lines == ["Julia 1.11", "done"]
    assert taken >= 0


def test_a_failure_says_why_in_a_sentence() -> None:
    code = "print('fetching'); print('no route to host.'); raise SystemExit(1)"
    with pytest.raises(UserError, match=r"could not be set up \(no route to host\)"):
        set_up(lambda line: None, command=python(code))


def test_a_cancel_ends_the_installer_at_once() -> None:
    lines: list[str] = []

    def alive() -> None:
        if lines:
            raise Stopped("Stopped.")

    with pytest.raises(Stopped):
        set_up(lines.append, alive=alive, command=python(
            "import time; print('fetching', flush=True); time.sleep(100)"))  # fmt: skip


def test_a_disk_that_is_too_full_is_said_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(9e9, 8e9, 1e9))
    with pytest.raises(UserError, match=r"1\.0 GB are free"):
        set_up(lambda line: None, command=python("print('never')"))


def test_without_pysr_there_is_nothing_to_set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(julia, "pysr_state", lambda: PysrState(None))
    with pytest.raises(UserError, match="pip install pysr"):
        set_up(lambda line: None)
