"""What can be done when, and what a disabled button says."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from napari_binn.events import STAGES, StageName
from napari_binn.gui.state import Action, Facts, obstacle, status

ALL: frozenset[StageName] = frozenset(STAGES)
READY = Facts(source=True, layer=True)


def enabled(facts: Facts) -> set[str]:
    return {action for action in get_args(Action) if not obstacle(action, facts)}


def test_at_first_nothing_can_be_pressed_and_the_way_to_begin_is_named() -> None:
    assert enabled(Facts()) == set()
    for action in ("measure", "learn", "discover"):
        assert "sample" in obstacle(action, Facts())


def test_a_calibrated_layer_can_be_measured_learned_or_taken_all_the_way() -> None:
    assert enabled(READY) == {"draw", "measure", "learn", "discover"}


@pytest.mark.parametrize("field", ["movie_problem", "density_problem", "settings_problem"])
def test_what_is_wrong_with_a_choice_is_what_the_button_says(field: str) -> None:
    facts = replace(READY, **{field: "Type the size of a pixel."})
    assert enabled(facts) == {"draw"}
    assert obstacle("discover", facts) == "Type the size of a pixel."


def test_while_a_stage_runs_it_can_be_paused_and_stopped_only() -> None:
    facts = replace(READY, running="learn", shown=frozenset({"density"}))
    assert enabled(facts) == {"draw", "pause", "stop", "compare"}
    assert "learning" in obstacle("measure", facts)


def test_what_is_paused_can_be_resumed_or_stopped() -> None:
    facts = replace(READY, running="learn", paused=True)
    assert enabled(facts) == {"draw", "resume", "stop"}
    assert enabled(replace(facts, stopping=True)) == {"draw"}


def test_while_the_movie_is_handed_over_only_stopping_helps() -> None:
    assert enabled(replace(READY, preparing=True)) == {"draw", "pause", "stop"} - {"pause"}


def test_a_training_that_was_stopped_midway_can_be_resumed() -> None:
    facts = replace(READY, interrupted=True, done=frozenset({"density"}))
    assert "resume" in enabled(facts)
    assert "resume" not in enabled(replace(facts, interrupted=False))
    assert status("learn", facts).text == "stopped midway: resume it"


def test_what_is_done_with_these_settings_is_not_done_twice() -> None:
    done = replace(READY, done=ALL, shown=ALL)
    assert enabled(done) == {"draw", "edit", "compare", "check"}
    for action in ("measure", "learn", "find", "discover"):
        assert obstacle(action, done)


def test_after_a_change_the_results_stay_visible_but_can_be_learned_anew() -> None:
    changed = replace(READY, done=frozenset({"density"}), shown=ALL)
    assert {"learn", "discover", "edit", "compare"} <= enabled(changed)
    assert "measure" not in enabled(changed)
    assert status("learn", changed, "D and G").text == "D and G – of other settings than now"


def test_formulas_need_curves_first() -> None:
    assert "step ③" in obstacle("find", READY)
    assert not obstacle("find", replace(READY, done=frozenset({"density", "learn"})))


def test_a_failure_stands_at_its_step() -> None:
    failed = replace(READY, failure=("learn", "The training diverged."))
    assert status("learn", failed).kind == "failed"
    assert status("learn", failed).text == "The training diverged."
    assert status("density", failed).kind == "todo"


def test_the_steps_wait_for_each_other() -> None:
    kinds = [status(step, READY).kind for step in ("movie", "density", "learn", "equation")]
    assert kinds == ["ready", "todo", "later", "later"]
    running = replace(READY, running="learn", done=frozenset({"density"}))
    assert status("learn", running).kind == "running"


def test_a_problem_of_the_movie_does_not_hide_a_density_that_is_there() -> None:
    facts = replace(READY, movie_problem="No pixel size.", done=frozenset({"density"}))
    assert not obstacle("learn", facts)
