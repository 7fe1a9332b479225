"""What is chosen, and that nothing wrong is used unseen."""

from __future__ import annotations

from napari_binn.gui.choices import Choices

TRIANGLE = [[[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]]


def test_choices_add_up_and_can_be_taken_back() -> None:
    choices = Choices({"device": None})
    choices.change({"binn": {"steps": 50}, "density": {"bin_size": 3.0}})
    choices.change({"density": {"bin_size": None}})
    assert choices.nested([], []) == {"binn": {"steps": 50}, "density": {}}


def test_drawn_regions_are_choices_too() -> None:
    choices = Choices({"density": {"method": "nuclei"}})
    density = choices.nested(TRIANGLE, [])["density"]
    assert density == {"method": "nuclei", "include": TRIANGLE}


def test_choices_that_contradict_each_other_are_a_sentence() -> None:
    choices = Choices({"density": {"bins": [20, 20]}})
    choices.change({"density": {"bin_size": 3.0}})
    assert "either bins or bin_size" in choices.problem("settings")
    choices.change({"density": {"bins": None}})
    assert choices.problem("settings") == ""


def test_what_was_typed_comes_before_what_the_preview_says() -> None:
    choices = Choices()
    assert choices.note("preview", "No cells.")
    assert choices.problem("density") == "No cells."
    assert choices.note("density", "Not a number.")
    assert not choices.note("density", "Not a number.")
    assert choices.problem("density") == choices.problem("settings") == "Not a number."
    choices.note("density", "")
    assert choices.problem("settings") == ""
