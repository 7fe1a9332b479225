"""The engine as a process: what a window writes to it and what it hears."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

import numpy as np
import pytest

from napari_binn.cli import main
from napari_binn.density.npz import save_density
from napari_binn.engine import serve
from napari_binn.engine.answer import handle
from napari_binn.engine.control import Control
from napari_binn.engine.protocol import (
    LAST,
    Command,
    Continued,
    Failed,
    Finished,
    Halted,
    Paused,
    Request,
    Resume,
    Simulate,
    Surface,
    command_line,
    parse_event,
    request_line,
)
from napari_binn.events import Event, Progress, StageFinished
from napari_binn.pipeline import TRAINING
from napari_binn.run.folder import RunFolder
from napari_binn.run.layout import CHECKPOINT
from napari_binn.settings import Settings
from tests.synthetic import density

E = TypeVar("E", bound=Event)
ENDLESS = {"binn": {"steps": 500_000}}
#: Share of the learning stage that is its training.
TRAINED = TRAINING["auto"]
TINY = Settings.build(
    {
        "binn": {"members": 2, "steps": 60, "width": 8, "data_batch": 60, "collocation": 20},
        "equations": {"engine": "library", "refits": 2},
        "simulation": {"refine": 1},
    }
)


class Engine:
    """The other end of an engine's pipes."""

    def __init__(self, *options: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "napari_binn", "engine", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            bufsize=1,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def ask(self, request: Request) -> None:
        self.say(request_line(request))

    def command(self, command: Command) -> None:
        self.say(command_line(command))

    def events(self) -> Iterator[Event]:
        """Yield what the engine says up to and with the end of a request."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            event = parse_event(line)
            assert event is not None, f"not an event: {line}"
            yield event
            if isinstance(event, LAST):
                return

    def hear(self, kind: type[E]) -> E:
        """Return the next event of a kind; the request must not end before."""
        for event in self.events():
            if isinstance(event, kind):
                return event
        raise AssertionError(f"the request ended without {kind.__name__}")

    def last(self) -> Event:
        return list(self.events())[-1]

    def close(self) -> int:
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(timeout=60)


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = Engine()
    with engine.process as process:
        yield engine
        if process.stdin is not None and not process.stdin.closed:
            process.stdin.close()
        process.wait(timeout=60)


@pytest.fixture
def new_run(tmp_path: Path) -> Callable[..., RunFolder]:
    def make(**changes: Any) -> RunFolder:
        source = tmp_path / "cells.npz"
        save_density(source, density("fisher", frames=5, bins=(6, 6), noise=0.02))
        run = RunFolder.create(tmp_path / "run", input=str(source), overwrite=True)
        run.save_settings(TINY.changed(changes))
        return run

    return make


def test_a_run_is_taken_to_its_curves_and_formulas_are_simulated(
    engine: Engine, new_run: Callable[..., RunFolder], tmp_path: Path
) -> None:
    run = new_run()
    engine.ask(Resume(str(run.path), "learn"))
    events = list(engine.events())
    assert [e.stage for e in events if isinstance(e, StageFinished)] == ["density", "learn"]
    last = events[-1]
    assert isinstance(last, Finished)
    assert len(last.result["terms"]["D"]) == len(run.load_terms().u)
    assert run.state() == "stopped"

    engine.ask(Resume(str(tmp_path / "nowhere")))
    last = engine.last()
    assert isinstance(last, Failed)
    assert last.sentence.startswith("There is no run")
    assert last.details == ""

    out = tmp_path / "own.npz"
    engine.ask(Simulate(str(run.path), "0.01", "1 - u", str(out)))
    last = engine.last()
    assert isinstance(last, Finished)
    assert last.result["metrics"]["count_error_percent"] < 10
    with np.load(out, allow_pickle=False) as archive:
        assert archive["values"].shape == (5, 6, 6)

    engine.say('{"request": "dinner"}')
    last = engine.last()
    assert isinstance(last, Failed)
    assert "does not know" in last.sentence
    assert engine.close() == 0


def test_a_training_is_watched_paused_stopped_and_resumed(
    engine: Engine, new_run: Callable[..., RunFolder]
) -> None:
    run = new_run(**ENDLESS)
    engine.command("stop")  # nothing to stop: it is not kept for what comes
    engine.command("watch")
    engine.ask(Resume(str(run.path), "learn"))
    surface = engine.hear(Surface)
    assert surface.path == str(run.path / "live" / "surface.npy")
    assert run.state() == "running"

    engine.command("pause")
    engine.hear(Paused)
    engine.command("continue")
    engine.hear(Continued)
    while engine.hear(Progress).done < TRAINED * 100 / 500_000:
        pass  # until a state was found healthy, so that there is something to keep
    engine.command("pause")
    engine.hear(Paused)
    engine.command("stop")
    assert isinstance(engine.last(), Halted)
    assert run.state() == "stopped"
    assert (run.path / CHECKPOINT).exists()
    assert not (run.path / "live").exists()

    engine.ask(Resume(str(run.path), "learn"))
    assert engine.hear(Progress).done > TRAINED * 50 / 500_000
    engine.command("stop")
    assert isinstance(engine.last(), Halted)


def test_the_engine_ends_with_its_window(engine: Engine, new_run: Callable[..., RunFolder]) -> None:
    run = new_run(**ENDLESS)
    engine.ask(Resume(str(run.path)))
    engine.hear(Progress)
    assert engine.close() == 130
    assert run.state() == "stopped"
    assert run.has("density")


def test_the_engine_ends_when_nobody_reads(
    engine: Engine, new_run: Callable[..., RunFolder]
) -> None:
    run = new_run(**ENDLESS)
    engine.ask(Resume(str(run.path)))
    engine.hear(Progress)
    assert engine.process.stdout is not None
    engine.process.stdout.close()
    assert engine.process.wait(timeout=60) == 130
    assert run.info().state == "stopped"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows delivers no such signals")
def test_ctrl_c_in_the_terminal_is_not_meant_for_the_engine(
    engine: Engine, new_run: Callable[..., RunFolder]
) -> None:
    run = new_run(**ENDLESS)
    engine.ask(Resume(str(run.path)))
    engine.hear(Progress)
    engine.process.send_signal(signal.SIGINT)
    for _ in range(3):
        engine.hear(Progress)
    engine.process.send_signal(signal.SIGTERM)
    assert isinstance(engine.last(), Halted)
    assert engine.process.wait(timeout=60) == 130
    assert run.info().state == "stopped"


def test_an_engine_without_work_goes_away() -> None:
    engine = Engine("--idle", "0.01")
    with engine.process as process:
        assert process.wait(timeout=60) == 0


def test_a_stop_does_not_leave_half_a_library_behind() -> None:
    frames: list[FrameType] = []
    loading = compile("look()", "<frozen importlib._bootstrap>", "exec")
    exec(loading, {"look": lambda: frames.append(sys._getframe())})
    assert serve._importing(frames[0])
    assert not serve._importing(sys._getframe())


def test_prints_of_libraries_do_not_reach_the_window() -> None:
    code = (
        "import os, json\n"
        "from napari_binn.engine import serve\n"
        "def handle(request, report, control):\n"
        "    print('hello'); os.system('echo hello'); os.system('cat')\n"
        "    return serve.Halted()\n"
        "serve.handle = handle\n"
        "serve.main(60)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        input=request_line(Resume("a")) + "\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert [json.loads(line)["event"] for line in result.stdout.splitlines()] == ["Halted"]


def test_a_defect_is_an_answer_with_its_traceback(
    new_run: Callable[..., RunFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run()
    monkeypatch.setattr("napari_binn.pipeline.measure", lambda *_: 1 / 0)
    last = handle(Resume(str(run.path)), lambda _: None, Control())
    assert isinstance(last, Failed)
    assert last.sentence.startswith("The computation failed because of a defect: ZeroDivision")
    assert "Traceback" in last.details


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory")]
)
def test_lack_of_memory_is_one_sentence(
    new_run: Callable[..., RunFolder], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    run = new_run()
    monkeypatch.setattr("napari_binn.pipeline.measure", fail)
    last = handle(Resume(str(run.path)), lambda _: None, Control())
    assert isinstance(last, Failed)
    assert "too little free memory" in last.sentence


def test_the_engine_is_no_command_for_users(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "engine" not in capsys.readouterr().out


def test_in_the_same_process_a_request_is_answered_too(
    new_run: Callable[..., RunFolder],
) -> None:
    run, control = new_run(), Control()
    events: list[Event] = []
    assert isinstance(handle(Resume(str(run.path), "density"), events.append, control), Finished)
    assert [event.stage for event in events if isinstance(event, StageFinished)] == ["density"]
    control.obey("stop")
    assert isinstance(handle(Resume(str(run.path), "learn"), events.append, control), Halted)
    assert run.state() == "stopped"
