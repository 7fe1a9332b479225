"""A request to stop surfaces once, and never gets lost."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading

import pytest

from napari_binn.cli.stop import stoppable
from napari_binn.errors import Stopped
from napari_binn.events import Event, Notice, silent

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows delivers no such signals")


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_becomes_stopped_with_its_sentence(number: int) -> None:
    with pytest.raises(Stopped, match="kept in RUN"), stoppable(silent, "kept in RUN"):
        os.kill(os.getpid(), number)


@posix
def test_a_swallowed_stop_surfaces_at_the_next_report() -> None:
    with stoppable(silent, "stopped") as report:
        with contextlib.suppress(Stopped):
            os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(Stopped):
            report(Notice("still running"))


@posix
def test_handlers_are_put_back() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with stoppable(silent, "stopped"):
        assert signal.getsignal(signal.SIGINT) != before[0]
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


@posix
def test_a_signal_that_was_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with stoppable(silent, "stopped"):
            os.kill(os.getpid(), signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


@posix
def test_the_second_request_ends_a_process_that_does_not_listen() -> None:
    code = (
        "import os, signal\n"
        "from napari_binn.cli.stop import stoppable\n"
        "from napari_binn.errors import Stopped\n"
        "from napari_binn.events import silent\n"
        "with stoppable(silent, 'stopped'):\n"
        "    for _ in range(2):\n"
        "        try:\n"
        "            os.kill(os.getpid(), signal.SIGTERM)\n"
        "        except Stopped:\n"
        "            print('first', flush=True)\n"
        "print('never')\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (-signal.SIGTERM, "first\n")


def test_a_reader_that_went_away_is_a_request_to_stop() -> None:
    def broken(event: Event) -> None:
        raise BrokenPipeError

    with stoppable(broken, "nobody reads") as report, pytest.raises(Stopped, match="nobody reads"):
        report(Notice("hello"))


def test_outside_the_main_thread_reports_pass_through() -> None:
    heard: list[Event] = []

    def work() -> None:
        with stoppable(heard.append, "stopped") as report:
            report(Notice("hello"))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert heard == [Notice("hello")]
