"""Step ④ as a user works with it: clicks, keys, and what they ask for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QToolButton

from napari_binn.gui.copying import COPY_KINDS
from napari_binn.gui.discover.equation_step import DRAFT, EquationStep
from napari_binn.gui.discover.equation_table import SCORE, WEIGHT, EquationTable
from napari_binn.gui.discover.formula_delegate import named
from napari_binn.gui.formulas import Units, equation_rows, own_equation
from tests.example_run import make_example

pytestmark = pytest.mark.gui

UNITS = Units("mm", "day", "cells/mm²", 2000.0)
LEFT = Qt.MouseButton.LeftButton
ROWS = equation_rows(make_example().equations, UNITS, [own_equation("0.004", "1.3*(1 - u/0.6)")])


@pytest.fixture
def step(qtbot: QtBot) -> EquationStep:
    view = EquationStep()
    qtbot.addWidget(view)
    view.set_units(UNITS)
    view.set_rows(ROWS)
    view.resize(330, 900)
    with qtbot.waitExposed(view):
        view.show()
    return view


def keys_shown(table: EquationTable) -> list[int]:
    model = table.model()
    assert model is not None
    return [
        model.index(row, 0).data(Qt.ItemDataRole.UserRole).key for row in range(model.rowCount())
    ]


def click_row(qtbot: QtBot, step: EquationStep, place: int) -> None:
    table = step.table
    model = table.model()
    assert model is not None
    middle = table.visualRect(model.index(place, 0)).center()
    qtbot.mouseClick(table.viewport(), LEFT, pos=middle)


def click_header(qtbot: QtBot, table: EquationTable, column: int) -> None:
    header = table.horizontalHeader()
    assert header is not None
    place = QPoint(header.sectionPosition(column) + 4, header.height() // 2)
    qtbot.mouseClick(header.viewport(), LEFT, pos=place)


def type_value(qtbot: QtBot, step: EquationStep, place: int, text: str) -> None:
    spin = step.equation.constants._spins[place]
    spin.selectAll()
    qtbot.keyClicks(spin, text)
    qtbot.keyClick(spin, Qt.Key.Key_Return)


def test_the_best_score_comes_first_and_a_click_selects(qtbot: QtBot, step: EquationStep) -> None:
    assert keys_shown(step.table) == [1, 0, 2, 3]
    with qtbot.waitSignal(step.selected) as caught:
        click_row(qtbot, step, 1)
    assert caught.args == [0]
    assert step.texts() == (ROWS[0].D_text, ROWS[0].G_text)
    assert len(step.equation.picture.lines) == 3


def test_arrow_keys_select(qtbot: QtBot, step: EquationStep) -> None:
    click_row(qtbot, step, 0)
    with qtbot.waitSignal(step.selected) as caught:
        qtbot.keyClick(step.table, Qt.Key.Key_Down)
    assert caught.args == [0]


def test_a_click_on_a_header_sorts(qtbot: QtBot, step: EquationStep) -> None:
    click_header(qtbot, step.table, WEIGHT)
    assert keys_shown(step.table)[0] == 1
    click_header(qtbot, step.table, SCORE)
    assert keys_shown(step.table) == [1, 0, 2, 3]


def test_how_far_the_movie_is_from_the_selected_formula_is_said(
    qtbot: QtBot, step: EquationStep
) -> None:
    step.set_rows([replace(ROWS[0], deviance=0.967, forecast=1.234)])
    click_row(qtbot, step, 0)
    assert "0.967 per bin" in step.equation.scores_label.text()
    assert "1.234" in step.equation.scores_label.text()
    type_value(qtbot, step, 0, "0.5")
    qtbot.waitUntil(lambda: step.equation.scores_label.text() == "")  # not known yet


def test_headers_are_explained_in_plain_words(step: EquationStep) -> None:
    model = step.table.model()
    assert model is not None
    tips = [
        model.headerData(c, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
        for c in range(model.columnCount())
    ]
    assert "the data cannot tell" in tips[SCORE]
    assert all(tips)


def test_the_chosen_the_close_and_the_own_are_marked() -> None:
    assert [named(row) for row in ROWS] == [
        f"✓ {ROWS[0].name}",
        f"≈ {ROWS[1].name}",
        ROWS[2].name,
        "yours",
    ]


def test_selecting_by_program_says_nothing(qtbot: QtBot, step: EquationStep) -> None:
    with (
        qtbot.assertNotEmitted(step.selected),
        qtbot.assertNotEmitted(step.constants_edited, wait=200),
    ):
        step.select(2)
        step.set_rows(ROWS[:3])
        step.set_result("Fine.")
        step.set_progress(0.5, "searching G(u)")
    assert step.table.selected_key() == 2
    assert step.texts() == (ROWS[2].D_text, ROWS[2].G_text)


def test_an_equation_that_is_gone_is_no_longer_in_hand(step: EquationStep) -> None:
    step.select(3)
    step.set_rows(ROWS[:2])
    assert step.texts() == ("", "")
    assert not step.equation.copy_button.isEnabled()


def test_an_edited_constant_is_announced_once_and_drawn(qtbot: QtBot, step: EquationStep) -> None:
    step.select(0)
    said: list[list[float]] = []
    step.constants_edited.connect(said.append)
    type_value(qtbot, step, 0, "0.005")
    type_value(qtbot, step, 1, "1,5")
    qtbot.waitUntil(lambda: bool(said))
    assert said == [[0.005, 1.5, 2.09268]]
    assert step.texts() == ("0.005", "1.5 - 2.09268*u")
    assert "0.005" in step.equation.picture.lines[1]


def test_steps_are_a_few_percent_of_the_constant(qtbot: QtBot, step: EquationStep) -> None:
    step.select(0)
    spin = step.equation.constants._spins[0]
    with qtbot.waitSignal(step.constants_edited) as caught:
        qtbot.keyClick(spin, Qt.Key.Key_Up)
    assert caught.args is not None
    assert caught.args[0][0] == pytest.approx(0.00407 * 1.05, rel=1e-3)


@pytest.mark.parametrize(("typed", "value"), [("1e-5", 1e-5), ("-0.3", -0.3), ("abc", 0.00407)])
def test_constants_of_any_size_can_be_typed(
    qtbot: QtBot, step: EquationStep, typed: str, value: float
) -> None:
    step.select(0)
    type_value(qtbot, step, 0, typed)
    assert step.equation.constants.values()[0] == pytest.approx(value, rel=1e-9)


def test_constants_are_set_back_one_by_one_or_all(qtbot: QtBot, step: EquationStep) -> None:
    step.select(0)
    found = step.equation.constants.values()
    assert not step.equation.reset_button.isEnabled()
    type_value(qtbot, step, 0, "0.01")
    type_value(qtbot, step, 1, "2")
    resets = step.equation.constants.findChildren(QToolButton)
    qtbot.mouseClick(resets[0], LEFT)
    assert step.equation.constants.values() == [found[0], 2.0, found[2]]
    with qtbot.waitSignal(step.constants_edited):
        pass
    with qtbot.waitSignal(step.constants_edited) as caught:
        qtbot.mouseClick(step.equation.reset_button, LEFT)
    assert caught.args == [found]


def test_an_edited_equation_can_be_kept(qtbot: QtBot, step: EquationStep) -> None:
    step.select(0)
    keep = step.equation.keep_button
    assert not keep.isEnabled()
    assert keep.toolTip()
    with qtbot.waitSignal(step.constants_edited):
        type_value(qtbot, step, 0, "0.005")
    with qtbot.waitSignal(step.keep_requested) as caught:
        qtbot.mouseClick(keep, LEFT)
    assert caught.args == ["0.005", "1.21 - 2.09268*u"]


def test_another_selection_forgets_an_edit_that_was_not_announced(
    qtbot: QtBot, step: EquationStep
) -> None:
    step.select(0)
    type_value(qtbot, step, 0, "0.005")
    with qtbot.assertNotEmitted(step.constants_edited, wait=250):
        step.select(1)


def test_an_own_equation_is_checked_while_it_is_typed(qtbot: QtBot, step: EquationStep) -> None:
    own = step.own
    assert not own.button.isEnabled()
    qtbot.keyClicks(own.D, "0.01 + 0.02*sin(u)")
    assert "'sin' is not known" in own.problem_label.text()
    assert own.problem_label.isVisible()
    own.D.clear()
    qtbot.keyClicks(own.D, "0.01 + 0.02*u")
    assert not own.problem_label.isVisible()
    assert own.button.toolTip() == "G(u) is missing."
    qtbot.keyClicks(own.G, "1.2*(1 - u)")
    with qtbot.waitSignal(step.own_requested) as caught:
        qtbot.mouseClick(own.button, LEFT)
    assert caught.args == ["0.01 + 0.02*u", "1.2*(1 - u)"]
    assert step.texts() == ("0.01 + 0.02*u", "1.2*(1 - u)")
    assert step.equation.row is not None
    assert step.equation.row.key == DRAFT
    assert step.table.selected_key() is None
    assert step.equation.keep_button.isEnabled()


def test_enter_in_the_line_fits_and_ranks(qtbot: QtBot, step: EquationStep) -> None:
    step.own.set_texts("0.01", "1 - u")
    with qtbot.waitSignal(step.fit_requested) as caught:
        qtbot.keyClick(step.own.G, Qt.Key.Key_Return)
    assert caught.args == ["0.01", "1 - u"]


def test_letters_can_be_fitted_but_not_simulated(qtbot: QtBot, step: EquationStep) -> None:
    own = step.own
    qtbot.keyClicks(own.D, "a*u^2")
    qtbot.keyClicks(own.G, "r*(1 - u/K)")
    assert not own.problem_label.isVisible()
    assert not own.button.isEnabled()
    assert "Letters have no value" in own.button.toolTip()
    with qtbot.waitSignal(step.fit_requested) as caught:
        qtbot.mouseClick(own.fit_button, LEFT)
    assert caught.args == ["a*u^2", "r*(1 - u/K)"]


def test_only_ones_own_equations_can_be_removed(qtbot: QtBot, step: EquationStep) -> None:
    step.select(0)
    assert not step.equation.remove_button.isVisible()
    step.select(3)
    assert step.equation.remove_button.isVisible()
    with qtbot.waitSignal(step.remove_requested) as caught:
        qtbot.mouseClick(step.equation.remove_button, LEFT)
    assert caught.args == [3]


@pytest.mark.parametrize("place", range(len(COPY_KINDS)))
def test_the_equation_is_copied_in_every_form(qtbot: QtBot, step: EquationStep, place: int) -> None:
    assert not step.equation.copy_button.isEnabled()
    step.select(0)
    menu = step.equation.copy_button.menu()
    assert menu is not None
    with qtbot.waitSignal(step.copy_requested) as caught:
        menu.actions()[place].trigger()
    assert caught.args == [list(COPY_KINDS)[place]]


def test_buttons_ask_and_disabled_ones_say_why(qtbot: QtBot, step: EquationStep) -> None:
    with qtbot.waitSignal(step.find_requested):
        qtbot.mouseClick(step.find_button, LEFT)
    with qtbot.waitSignal(step.stop_requested):
        qtbot.mouseClick(step.stop_button, LEFT)
    step.set_available("find", False, "Learn D(u) and G(u) first.")
    with qtbot.assertNotEmitted(step.find_requested):
        qtbot.mouseClick(step.find_button, LEFT)
    assert step.find_button.toolTip() == "Learn D(u) and G(u) first."
    step.select(0)
    step.own.set_texts("0.01", "1 - u")
    step.set_available("edit", False, "The engine is busy.")
    assert not step.equation.constants.isEnabled()
    assert step.own.button.toolTip() == "The engine is busy."
    step.set_available("edit", True)
    assert step.equation.constants.isEnabled()
    assert step.own.button.isEnabled()


def test_progress_and_results_are_shown_and_cleared(step: EquationStep) -> None:
    step.set_progress(0.25, "searching D(u)")
    assert step.progress.isVisible()
    assert step.progress.text() == "searching D(u)"
    step.set_progress(None)
    assert not step.progress.isVisible()
    step.set_result("Mean error of the total 3.2 %.")
    step.set_simulating(True)
    assert step.status.text() == "Simulating…"
    step.set_simulating(False)
    assert step.status.text() == "Mean error of the total 3.2 %."
    step.clear()
    assert not step.table.isVisible()
    assert not step.status.isVisible()
    assert step.texts() == ("", "")


def test_everything_fits_a_narrow_dock(step: EquationStep) -> None:
    step.select(2)
    assert step.minimumSizeHint().width() <= 300


def test_a_row_that_changed_is_shown_as_it_is_now(step: EquationStep) -> None:
    step.select(0)
    changed: list[Any] = [replace(ROWS[0], D_text="0.009", D_latex="0.009", constants=())]
    step.set_rows([*changed, *ROWS[1:]])
    assert step.texts()[0] == "0.009"


def test_an_update_of_the_table_keeps_what_the_user_is_changing(
    qtbot: QtBot, step: EquationStep
) -> None:
    step.select(0)
    type_value(qtbot, step, 0, "0.005")
    step.set_rows([replace(row, delta_bic=float("nan")) for row in ROWS])
    step.select(0)
    assert step.texts()[0] == "0.005"
    with qtbot.waitSignal(step.constants_edited) as caught:
        pass
    assert caught.args is not None
    assert caught.args[0][0] == 0.005


def test_the_selected_law_is_called_by_its_name_with_what_follows_from_it(
    step: EquationStep,
) -> None:
    assert step.equation.law_label.text() == ""
    step.set_units(UNITS)
    step.select(0)
    text = step.equation.law_label.text()
    assert text.startswith("Fisher–KPP: r = ")
    assert "doubling time" in text
    assert "minimal wave speed" in text
    assert step.equation.flaw_label.text() == ""


def test_an_edited_law_is_read_again_without_the_intervals_of_the_old_one(
    qtbot: QtBot, step: EquationStep
) -> None:
    step.set_units(UNITS)
    step.equation.show_row(
        equation_rows(make_example().equations, UNITS, [own_equation("0.02*u", "1.1 - u")])[-1]
    )
    assert step.equation.law_label.text().startswith("porous Fisher")
    step.equation.constants._spins[0].setValue(-0.02)
    qtbot.waitUntil(lambda: "negative" in step.equation.flaw_label.text())
    assert "±" not in step.equation.law_label.text()


@pytest.mark.parametrize(
    ("D", "G", "sentence", "allowed"),
    [
        ("0.01/(u - 0.3)", "1 - u", "has a pole at u = 0.3", False),
        ("0.01 - 0.05*u", "1 - u", "is negative at u = 0.2 to 1", False),
        ("0.01", "0.5 + u^2", "keeps rising beyond u = 1", True),
        ("0.01", "u.real", "cannot be read", False),
        ("0.01", "1 - u", "", True),
    ],
)
def test_what_is_typed_is_checked_where_it_is_used(
    step: EquationStep, D: str, G: str, sentence: str, allowed: bool
) -> None:
    step.own.set_texts(D, G)
    assert sentence in step.own.problem_label.text()
    assert bool(step.own.problem_label.text()) == bool(sentence)
    assert step.own.button.isEnabled() == allowed
