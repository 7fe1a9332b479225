"""Step ③: how thorough, the four buttons, the progress and what the data determine."""

from __future__ import annotations

from typing import Any

import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from napari_binn.gui.discover.findings import Findings
from napari_binn.gui.discover.learn_step import LearnStep
from napari_binn.gui.discover.recipes import RECIPES, recipe_of, recipe_values
from napari_binn.settings import Settings

pytestmark = pytest.mark.gui

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def step(qtbot: QtBot) -> LearnStep:
    step = LearnStep()
    qtbot.addWidget(step)
    step.resize(320, 600)
    step.show()
    return step


def edits(step: LearnStep) -> list[dict[str, Any]]:
    seen: list[dict[str, Any]] = []
    step.changed.connect(seen.append)
    return seen


def buttons(step: LearnStep) -> set[str]:
    return {name for name, button in step._buttons().items() if button.isVisible()}


def follow(step: LearnStep, *possible: str) -> None:
    """Let exactly these actions be possible."""
    for action in step._buttons():
        step.set_available(action, action in possible, "" if action in possible else "Not now.")


def test_the_buttons_follow_the_training(step: LearnStep) -> None:
    follow(step)
    assert buttons(step) == {"learn"}
    assert step.learn.toolTip() == "Not now."
    follow(step, "learn")
    assert step.learn.isEnabled()
    follow(step, "pause", "stop")
    step.set_progress(0.1, "step 200 of 2,000")
    assert buttons(step) == {"pause", "stop"}
    follow(step, "resume", "stop")
    assert buttons(step) == {"resume", "stop"}
    step.set_progress(None, "")
    follow(step, "resume", "learn")
    assert buttons(step) == {"resume", "learn"}


def test_a_run_of_another_step_is_not_paused_here(step: LearnStep) -> None:
    follow(step, "pause", "stop")
    assert buttons(step) == {"learn"}


@pytest.mark.parametrize("action", ["learn", "pause", "resume", "stop"])
def test_each_button_asks_for_what_it_says(step: LearnStep, qtbot: QtBot, action: str) -> None:
    follow(step, action)
    if action in ("pause", "stop"):
        step.set_progress(0.5, "")
    with qtbot.waitSignal(getattr(step, f"{action}_requested")):
        qtbot.mouseClick(getattr(step, action), LEFT)


def test_a_bar_shows_how_far_the_training_is(step: LearnStep) -> None:
    step.set_progress(0.1, "step 200 of 2,000")
    assert step._progress.running
    assert step._progress.fraction() == pytest.approx(0.1)
    assert step.progress_text() == "step 200 of 2,000"
    step.set_progress(None)
    assert not step._progress.running
    assert step.progress_text() == ""


def test_a_recipe_sets_what_it_decides(step: LearnStep) -> None:
    seen = edits(step)
    step.recipe.setFocus()
    QTest.keyClick(step.recipe, Qt.Key.Key_Down)
    assert step.recipe.currentText() == "Quick look"
    quick = recipe_values(RECIPES[1])
    assert seen == [{"binn": quick}]
    assert Settings().changed(seen[0]).binn.steps < Settings().binn.steps
    QTest.keyClick(step.recipe, Qt.Key.Key_Up)
    assert seen[-1] == {"binn": recipe_values(RECIPES[0])}
    assert step.values() == {}


def test_every_recipe_is_known_by_its_values_and_is_valid() -> None:
    for recipe in RECIPES:
        assert recipe_of(recipe.binn) is recipe
        assert Settings().changed({"binn": dict(recipe.binn)})
    assert recipe_of({"steps": 1234}) is None


def test_own_settings_are_no_recipe(step: LearnStep, qtbot: QtBot) -> None:
    qtbot.mouseClick(step.advanced.header, LEFT)
    seen = edits(step)
    steps = step.forms.binn.editor("steps")
    steps.setFocus()
    QTest.keyClick(steps, Qt.Key.Key_Up)
    (section,) = seen[-1]
    assert section == "binn"
    assert step.recipe.currentText() == "Your own"
    step.recipe.setFocus()
    QTest.keyClick(step.recipe, Qt.Key.Key_Home)
    assert step.recipe.currentText() == "Balanced (default)"
    assert step.recipe.findText("Your own") == -1


def test_a_recipe_leaves_the_other_settings_alone(step: LearnStep) -> None:
    step.set_values({"binn": {"learning_rate": 1e-3}, "seed": 4})
    step.recipe.setFocus()
    QTest.keyClick(step.recipe, Qt.Key.Key_Down)
    values = step.values()
    assert values["binn"]["learning_rate"] == 1e-3
    assert values["seed"] == 4


def test_the_recipe_of_the_paper_shows_only_what_counts_for_it(
    step: LearnStep, qtbot: QtBot
) -> None:
    step.advanced.set_open(True)
    step.set_values({"binn": {"learning_rate": 1e-3}})
    editor = step.forms.binn.editor
    assert not editor("patience").isVisible()
    seen = edits(step)
    step.recipe.setFocus()
    QTest.keyClick(step.recipe, Qt.Key.Key_End)
    assert step.recipe.currentText() == "As in the paper"
    assert Settings().changed(seen[-1]).binn.recipe == "paper"
    assert editor("patience").isVisible()
    assert editor("members").isVisible()
    assert not editor("steps").isVisible()
    assert not editor("learning_rate").isVisible()
    assert step.values() == {"binn": {"recipe": "paper"}}

    editor("members").setFocus()
    QTest.keyClick(editor("members"), Qt.Key.Key_Up)
    assert step.recipe.currentText() == "As in the paper"
    assert step.values() == {"binn": {"recipe": "paper", "members": 6}}

    step.recipe.setFocus()
    QTest.keyClick(step.recipe, Qt.Key.Key_Home)
    assert Settings().changed(seen[-1]).binn.recipe == "standard"
    assert step.values() == {"binn": {"learning_rate": 1e-3}}


def test_a_run_of_the_paper_is_shown_as_one(step: LearnStep) -> None:
    values = {"binn": {"recipe": "paper", "patience": 1000}}
    step.set_values(values)
    assert step.recipe.currentText() == "As in the paper"
    assert step.values() == values
    step.set_values({})
    assert step.values() == {}


def test_the_border_is_asked_for_in_words(step: LearnStep) -> None:
    step.advanced.set_open(True)
    seen = edits(step)
    boundary = step.forms.inference.editor("boundary")
    boundary.setFocus()
    for said in ("no (closed)", "yes (open)"):
        QTest.keyClick(boundary, Qt.Key.Key_Down)
        assert boundary.currentText() == said
    assert seen == [{"inference": {"boundary": kind}} for kind in ("closed", "open")]
    assert "larger field of the same cells" in step.forms.inference._rows.note("boundary")


def test_changes_carry_their_section(step: LearnStep, qtbot: QtBot) -> None:
    step.advanced.set_open(True)
    seen = edits(step)
    for editor in (
        step.forms.inference.editor("noise"),
        step.forms.general.editor("device"),
        step.forms.general.editor("seed"),
    ):
        editor.setFocus()
        QTest.keyClick(editor, Qt.Key.Key_Up if editor is seed(step) else Qt.Key.Key_Down)
    assert seen == [{"inference": {"noise": "counts"}}, {"device": "cpu"}, {"seed": 1}]


def seed(step: LearnStep) -> Any:
    return step.forms.general.editor("seed")


def test_values_are_shown_without_being_announced(step: LearnStep, qtbot: QtBot) -> None:
    values = {"binn": {"steps": 600, "members": 3}, "inference": {"knots": 9}, "device": "cpu"}
    with qtbot.assertNotEmitted(step.changed), qtbot.assertNotEmitted(step.watch_toggled):
        step.set_values(values)
        step.set_watched(True)
    assert step.values() == values
    assert step.recipe.currentText() == "Quick look"
    step.set_values({})
    assert step.values() == {}


def test_mistakes_are_explained_with_their_section(step: LearnStep, qtbot: QtBot) -> None:
    step.advanced.set_open(True)
    with qtbot.waitSignal(step.problems_changed) as found:
        QTest.keyClicks(step.forms.binn.editor("learning_rate"), "!")
    assert list(found.args[0]) == ["binn.learning_rate"]
    step.set_problems({"inference.knots": "Too many for this movie."})
    assert step.forms.inference.problem("knots") == "Too many for this movie."


def test_the_fitted_surface_is_shown_on_request(step: LearnStep, qtbot: QtBot) -> None:
    with qtbot.waitSignal(step.watch_toggled) as toggled:
        step.watch.click()
    assert toggled.args == [True]


def test_the_result_is_said_in_sentences(step: LearnStep, qtbot: QtBot) -> None:
    step.set_findings(Findings(known="D(u) is determined.", checks=(("drift", "absent", "None."),)))
    assert step.result_text() == "D(u) is determined."
    step.findings.checked.set_open(True)
    with qtbot.waitSignal(step.check_clicked) as asked:
        qtbot.mouseClick(step.findings.rows()["drift"], LEFT)
    assert asked.args == ["drift"]
    step.set_findings(None)
    assert step.result_text() == ""


def test_it_fits_a_narrow_dock(step: LearnStep) -> None:
    step.advanced.set_open(True)
    step.set_progress(0.5, "step 1,240 of 2,000")
    assert step.minimumSizeHint().width() <= 300
