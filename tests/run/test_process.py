"""Whether the process that worked on a run is there still."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

from napari_binn.run.process import Process


def test_this_process_lives() -> None:
    this = Process.this()
    assert this.lives()
    assert this.is_this()
    assert not this.elsewhere()


def test_a_process_that_ended_lives_no_more() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        other = replace(Process.this(), pid=process.pid)
        assert not other.is_this()
    assert not other.lives()


def test_another_process_with_its_number_is_not_it() -> None:
    old = replace(Process.this(), started=0.0)
    assert not old.lives()
    assert not old.is_this()


def test_a_process_of_another_computer_may_live() -> None:
    other = replace(Process.this(), host="elsewhere")
    assert other.elsewhere()
    assert other.lives()
    assert not other.is_this()
