"""The engine process behind the window: what it says arrives, and it never stays behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from napari_binn.engine.process import EngineProcess, default_command
from napari_binn.engine.protocol import Failed, Finished, Halted, Paused, Resume
from napari_binn.events import Event, Losses, Notice, Progress, StageFinished, StageStarted

FAKE = [sys.executable, "-S", "-E", str(Path(__file__).with_name("fake_engine.py"))]


@pytest.fixture
def engine() -> Iterator[EngineProcess]:
    before = set(threading.enumerate())
    engine = EngineProcess(FAKE)
    yield engine
    engine.close(force_after=0.3)
    until(lambda: set(threading.enumerate()) <= before)


def until(done: Callable[[], bool], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.02)


def gone(pid: int) -> bool:
    """Whether a process is gone, or a zombie that nobody fetches."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return not Path("/proc/self").exists() or not Path(f"/proc/{pid}").exists()


def ask(engine: EngineProcess, script: str) -> list[Event]:
    engine.submit(Resume(script))
    return list(engine.events(0.02))


def test_a_request_is_answered_and_the_engine_stays_for_the_next(engine: EngineProcess) -> None:
    first = ask(engine, "stage=learn progress=1 finish_stage=learn")
    assert [type(event) for event in first] == [StageStarted, Progress, StageFinished, Finished]
    assert not engine.busy
    pid = engine.pid
    (second,) = ask(engine, "")
    assert isinstance(second, Finished)
    assert second.result["pid"] == pid


def test_one_request_at_a_time(engine: EngineProcess) -> None:
    engine.submit(Resume("wait"))
    with pytest.raises(RuntimeError, match="busy"):
        engine.submit(Resume(""))
    engine.stop()
    assert list(engine.events()) == [Halted()]


def test_commands_act_at_once(engine: EngineProcess) -> None:
    engine.submit(Resume("stage wait"))
    events = engine.events(0.02)
    assert isinstance(next(events), StageStarted)
    engine.command("pause")
    assert next(events) == Paused()
    engine.stop()
    assert list(events) == [Halted()]
    assert not engine.forced


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_killed_engine_is_a_sentence_with_details_and_the_next_request_works(
    engine: EngineProcess,
) -> None:
    *_, last = ask(engine, "stage errors=300 kill")
    assert isinstance(last, Failed)
    assert "killed by signal 9" in last.sentence
    assert "What was finished is kept" in last.sentence
    assert "memory" in last.sentence
    assert "complaint 299" in last.details
    assert "complaint 0\n" not in last.details
    assert isinstance(ask(engine, "")[-1], Finished)


def test_a_crash_says_its_exit_code(engine: EngineProcess) -> None:
    *_, last = ask(engine, "stage die=7")
    assert isinstance(last, Failed)
    assert "exit code 7" in last.sentence
    assert "memory" not in last.sentence


def test_an_engine_that_cannot_start_says_so() -> None:
    engine = EngineProcess([sys.executable, "-c", "raise SystemExit('no torch here')"])
    (last,) = ask(engine, "")
    assert isinstance(last, Failed)
    assert "could not be started" in last.sentence
    assert "no torch here" in last.details
    missing = EngineProcess(["/nowhere/python"])
    (last,) = ask(missing, "")
    assert isinstance(last, Failed)
    assert "could not be started" in last.sentence


def test_an_engine_that_left_while_idle_is_started_again(engine: EngineProcess) -> None:
    engine.start()
    pid = engine.pid
    assert pid is not None
    os.kill(pid, signal.SIGTERM)
    until(lambda: not engine.alive)
    assert isinstance(ask(engine, "")[-1], Finished)
    assert engine.pid != pid


@pytest.mark.skipif(sys.platform == "win32", reason="looks at processes the POSIX way")
def test_an_engine_that_does_not_stop_is_killed_with_its_children(engine: EngineProcess) -> None:
    engine.submit(Resume("stage child hang"))
    pid = engine.pid
    assert pid is not None
    events = engine.events(0.02)
    assert isinstance(next(events), StageStarted)
    child = next(events)
    assert isinstance(child, Notice)
    began = time.monotonic()
    engine.stop(force_after=0.3)
    assert time.monotonic() - began < 0.2
    assert list(events) == [Halted()]
    assert engine.forced
    assert gone(pid)
    until(lambda: gone(int(child.text)))
    assert isinstance(ask(engine, "")[-1], Finished)
    assert not engine.forced


def test_anything_else_on_the_output_is_ignored(engine: EngineProcess) -> None:
    events = ask(engine, "garbage stage garbage")
    assert [type(event) for event in events] == [StageStarted, Finished]


def test_much_on_the_error_output_does_not_block_the_engine(engine: EngineProcess) -> None:
    assert isinstance(ask(engine, "errors=20000")[-1], Finished)


def test_who_reads_slowly_gets_the_newest_of_each_kind(engine: EngineProcess) -> None:
    engine.submit(Resume("stage flood=5000 finish_stage"))
    until(lambda: not engine.busy)
    events = engine.take()
    kinds = [StageStarted, Progress, Losses, StageFinished, Finished]
    assert [type(event) for event in events] == kinds
    assert isinstance(events[2], Losses)
    assert events[2].step == 4999


@pytest.mark.skipif(sys.platform == "win32", reason="looks at processes the POSIX way")
@pytest.mark.parametrize("script", ["wait", "stage hang"])
def test_closing_leaves_no_process(engine: EngineProcess, script: str) -> None:
    engine.submit(Resume(script))
    pid = engine.pid
    assert pid is not None
    if script == "stage hang":
        assert isinstance(next(engine.events(0.02)), StageStarted)
    engine.close(force_after=0.3)
    assert gone(pid)
    assert not engine.alive
    assert list(engine.events()) == []
    engine.close()


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
def test_the_engine_ends_with_a_window_that_is_killed() -> None:
    code = (
        "import sys, time\n"
        "from napari_binn.engine.process import EngineProcess\n"
        "from napari_binn.engine.protocol import Resume\n"
        f"engine = EngineProcess({FAKE!r})\n"
        "engine.submit(Resume('stage wait'))\n"
        "next(engine.events())\n"
        "print(engine.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    ) as window:
        assert window.stdout is not None
        pid = int(window.stdout.readline())
        assert not gone(pid)
        window.kill()
    until(lambda: gone(pid), 5.0)


@pytest.mark.parametrize("threads", [0, 3])
def test_the_window_keeps_a_core_for_itself(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr("napari_binn.engine.resources.physical_cores", lambda: 8)
    engine = EngineProcess(FAKE, threads=threads)
    notice, _ = ask(engine, "env=OMP_NUM_THREADS")
    engine.close()
    assert isinstance(notice, Notice)
    assert notice.text == str(threads or 7)


def test_files_in_the_folder_of_the_user_do_not_disturb_the_engine(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise RuntimeError('the wrong json')")
    command = [*default_command()[:-3], "-c", "import json; print(json.__name__)"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "json"
