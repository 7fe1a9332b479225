"""Learned results are never overwritten: other choices make another run."""

from __future__ import annotations

from typing import Any

import pytest

from napari_binn.events import STAGES
from napari_binn.gui.plan import Plan, make_plan, valid_stages
from napari_binn.settings import Settings

BEFORE = Settings.build({"binn": {"steps": 100}})


def now(**changes: Any) -> Settings:
    return BEFORE.changed(changes)


def test_without_a_run_a_new_one_is_made() -> None:
    assert make_plan((), False, None, BEFORE, same_input=True) == Plan("new")


@pytest.mark.parametrize("finished", [(), STAGES[:1], STAGES[:2], STAGES])
def test_a_run_with_the_same_choices_goes_on(finished: tuple[Any, ...]) -> None:
    assert make_plan(finished, False, BEFORE, BEFORE, same_input=True) == Plan("continue")


def test_another_movie_makes_another_run() -> None:
    assert make_plan(STAGES, False, BEFORE, BEFORE, same_input=False) == Plan("new")


def test_a_density_is_measured_again_in_place_until_something_was_learned_from_it() -> None:
    finer = now(density={"bins": [20, 20]})
    assert make_plan(STAGES[:1], False, BEFORE, finer, same_input=True) == Plan("replace")
    assert make_plan(STAGES[:1], True, BEFORE, finer, same_input=True) == Plan("new")
    assert make_plan(STAGES[:2], False, BEFORE, finer, same_input=True) == Plan("new")


def test_a_new_run_takes_over_what_the_change_does_not_touch() -> None:
    longer = now(binn={"steps": 200})
    assert make_plan(STAGES, False, BEFORE, longer, same_input=True) == Plan("new", STAGES[:1])
    other = now(equations={"engine": "library"})
    assert make_plan(STAGES, False, BEFORE, other, same_input=True) == Plan("new", STAGES[:2])


def test_settings_of_stages_that_did_not_run_yet_are_simply_taken_over() -> None:
    longer = now(binn={"steps": 200})
    assert make_plan(STAGES[:1], False, BEFORE, longer, same_input=True) == Plan("continue")


def test_a_training_that_was_stopped_midway_is_not_mixed_with_other_settings() -> None:
    longer = now(binn={"steps": 200})
    assert make_plan(STAGES[:1], True, BEFORE, longer, same_input=True) == Plan("new", STAGES[:1])
    assert make_plan(STAGES[:1], True, BEFORE, BEFORE, same_input=True) == Plan("continue")


def test_the_device_changes_where_a_result_is_computed_not_the_result() -> None:
    elsewhere = now(device="cuda")
    assert valid_stages(STAGES, BEFORE, elsewhere, same_input=True) == STAGES
