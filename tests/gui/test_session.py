"""A session decides what is done again, where it goes, and what the engine is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from napari_binn.engine.protocol import Failed, Halted, Paused, Resume
from napari_binn.errors import UserError
from napari_binn.events import STAGES, StageStarted
from napari_binn.gui.session import Session
from napari_binn.run.folder import RunFolder
from napari_binn.run.layout import CHECKPOINT
from tests.example_run import make_example, save_example
from tests.gui.rooms import ScriptedRoom

pytestmark = pytest.mark.gui


def a_run(folder: Path, *parts: str) -> RunFolder:
    return save_example(folder, make_example(), parts=parts)


def test_a_finished_run_that_is_opened_has_nothing_left_to_do(
    session: Session, tmp_path: Path
) -> None:
    session.show_run(a_run(tmp_path / "one", "learn", "discover", "simulate").path)
    assert session.facts().done == set(STAGES)
    assert "Everything is done" in session.obstacle("discover")


def test_a_run_that_stopped_goes_on_in_its_own_folder(
    session: Session, room: ScriptedRoom, tmp_path: Path
) -> None:
    run = a_run(tmp_path / "one", "learn")
    session.show_run(run.path)
    assert session.obstacle("find") == ""
    session.start(None)
    assert room.requests == [Resume(str(run.path), None)]


def test_a_training_that_was_stopped_is_resumed_after_a_restart(
    session: Session, room: ScriptedRoom, tmp_path: Path
) -> None:
    run = a_run(tmp_path / "one")
    (run.path / CHECKPOINT).write_bytes(b"state")
    session.show_run(run.path)
    assert session.obstacle("resume") == ""
    session.resume()
    assert [request.run for request in room.requests if isinstance(request, Resume)] == [
        str(run.path)
    ]


def test_other_settings_never_overwrite_what_was_learned(
    session: Session, room: ScriptedRoom, tmp_path: Path
) -> None:
    run = a_run(tmp_path / "one", "learn", "discover", "simulate")
    session.show_run(run.path)
    session.choose({"binn": {"steps": 123}})
    assert session.facts().done == {"density"}
    assert session.facts().shown == set(STAGES)
    session.start("learn")
    (request,) = room.requests
    assert isinstance(request, Resume)
    assert request.run != str(run.path)
    copy = RunFolder.open(Path(request.run))
    assert copy.has("density")
    assert copy.load_settings().binn.steps == 123
    assert run.has("simulate")


def test_pause_resume_and_stop_reach_the_engine(
    session: Session, room: ScriptedRoom, tmp_path: Path
) -> None:
    session.show_run(a_run(tmp_path / "one").path)
    session.start("learn")
    room.say(StageStarted("learn", "learning"))
    session.pause()
    room.say(Paused())
    assert session.obstacle("resume") == ""
    session.resume()
    session.stop()
    assert room.commands == ["pause", "continue", "stop"]
    assert session.facts().stopping
    room.say(Halted())
    assert not session.facts().busy


def test_what_the_engine_could_not_write_itself_is_written_for_it(
    session: Session, room: ScriptedRoom, tmp_path: Path
) -> None:
    run = a_run(tmp_path / "one")
    session.show_run(run.path)
    session.start("learn")
    run.set_state("running")
    room.forced = True
    room.say(Halted())
    assert run.info().state == "stopped"


def test_a_failure_stands_at_its_step_until_something_changes(
    session: Session, room: ScriptedRoom, tmp_path: Path
) -> None:
    said: list[tuple[str, str]] = []
    session.problem.connect(lambda sentence, details: said.append((sentence, details)))
    session.show_run(a_run(tmp_path / "one").path)
    session.start("learn")
    room.say(StageStarted("learn", "learning"), Failed("It diverged.", "Traceback"))
    assert said == [("It diverged.", "Traceback")]
    assert session.facts().failure == ("learn", "It diverged.")
    session.choose({"binn": {"steps": 50}})
    assert session.facts().failure is None


def test_nothing_starts_while_something_wrong_is_typed(session: Session, tmp_path: Path) -> None:
    session.show_run(a_run(tmp_path / "one").path)
    session.set_problem("learn", "Steps must be at least 20.")
    assert session.obstacle("learn") == "Steps must be at least 20."
    session.set_problem("learn", "")
    assert session.obstacle("learn") == ""


def test_a_run_that_went_to_the_trash_is_no_longer_shown(session: Session, tmp_path: Path) -> None:
    session.show_run(a_run(tmp_path / "one").path)
    session.forget_run()
    assert session.run is None
    assert not session.facts().source
    assert "sample" in session.obstacle("discover")


def test_a_folder_that_is_no_run_is_a_sentence(session: Session, tmp_path: Path) -> None:
    with pytest.raises(UserError):
        session.show_run(tmp_path)


def test_a_copy_begins_with_the_settings_and_the_density(session: Session, tmp_path: Path) -> None:
    run = a_run(tmp_path / "one", "learn", "discover", "simulate")
    copy = RunFolder.open(session.copy_run(run.path))
    assert session.run == copy
    assert copy.has("density")
    assert not copy.has("learn")
    assert copy.load_settings() == run.load_settings()
    assert session.facts().done == {"density"}
