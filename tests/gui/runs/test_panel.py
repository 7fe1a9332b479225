"""The list of runs: what a user sees and clicks."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import QModelIndex, QPoint, Qt
from qtpy.QtWidgets import QApplication, QLineEdit

from napari_binn.gui.runs.model import COUNT_ERROR, NAME, STATE
from napari_binn.gui.runs.panel import RunsPanel
from napari_binn.run.row import RunRow

pytestmark = pytest.mark.gui

FOLDER = Path("/runs")
NOW = datetime(2026, 11, 21, 14, 32).astimezone()
CTRL = Qt.KeyboardModifier.ControlModifier


def row(name: str, age: int = 0, **values: Any) -> RunRow:
    return RunRow(
        FOLDER / name, name, values.pop("state", "done"), NOW - timedelta(days=age), **values
    )


ROWS = [
    row("growth", 0, count_error_percent=3.1, has_report=True, D_text="0.02*u", G_text="1.1"),
    row("scratch", 1, state="failed", message="The movie has 2 frames."),
    row("wound", 2, count_error_percent=12.0, input="movies/plate3.tif"),
]


@pytest.fixture
def panel(qtbot: QtBot) -> RunsPanel:
    panel = RunsPanel()
    qtbot.addWidget(panel)
    panel.set_folder(FOLDER)
    panel.set_rows(ROWS)
    panel.resize(1000, 300)
    with qtbot.waitExposed(panel):
        panel.show()
    return panel


def texts(panel: RunsPanel, column: int = NAME) -> list[str]:
    model = panel.table.model()
    assert model is not None
    return [model.index(k, column).data() for k in range(model.rowCount())]


def cell(panel: RunsPanel, name: str, column: int = NAME) -> QModelIndex:
    model = panel.table.model()
    assert model is not None
    return model.index(texts(panel).index(name), column)


def click(qtbot: QtBot, panel: RunsPanel, name: str, modifier: Any = None) -> None:
    viewport = panel.table.viewport()
    place: QPoint = panel.table.visualRect(cell(panel, name)).center()
    qtbot.mouseClick(
        viewport,
        Qt.MouseButton.LeftButton,
        modifier or Qt.KeyboardModifier.NoModifier,
        place,
    )


def emitted(signal: Any) -> list[tuple[Any, ...]]:
    calls: list[tuple[Any, ...]] = []
    signal.connect(lambda *values: calls.append(values))
    return calls


def test_a_click_shows_a_run(qtbot: QtBot, panel: RunsPanel) -> None:
    opened = emitted(panel.opened)
    click(qtbot, panel, "wound")
    assert opened == [(FOLDER / "wound",)]


def test_enter_shows_the_run_that_the_arrows_reached(qtbot: QtBot, panel: RunsPanel) -> None:
    opened = emitted(panel.opened)
    panel.select([FOLDER / "growth"])
    panel.table.setFocus()
    qtbot.keyClick(panel.table, Qt.Key.Key_Down)
    assert opened == []
    qtbot.keyClick(panel.table, Qt.Key.Key_Return)
    assert opened == [(FOLDER / "scratch",)]


def test_selecting_several_opens_none_of_them(qtbot: QtBot, panel: RunsPanel) -> None:
    panel.select([FOLDER / "growth"])
    opened = emitted(panel.opened)
    click(qtbot, panel, "wound", CTRL)
    assert [row.name for row in panel.selected()] == ["growth", "wound"]
    assert opened == []


def test_a_run_that_cannot_be_read_says_why_and_is_not_opened(
    qtbot: QtBot, panel: RunsPanel
) -> None:
    panel.set_rows([row("bad", state="unreadable", unreadable="run.json is damaged.")])
    opened = emitted(panel.opened)
    click(qtbot, panel, "bad")
    assert opened == []
    assert panel.says.text() == "run.json is damaged."
    assert panel.says.isVisible()


def test_the_reason_of_a_failure_is_shown(qtbot: QtBot, panel: RunsPanel) -> None:
    click(qtbot, panel, "scratch")
    assert panel.says.text() == "The movie has 2 frames."
    click(qtbot, panel, "growth")
    assert not panel.says.isVisible()


def test_two_runs_are_compared(qtbot: QtBot, panel: RunsPanel) -> None:
    compared = emitted(panel.compare)
    button = panel.buttons["compare"]
    click(qtbot, panel, "growth")
    assert not button.isEnabled()
    assert "two runs" in button.toolTip()
    click(qtbot, panel, "wound", CTRL)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert compared == [(FOLDER / "growth", FOLDER / "wound")]


@pytest.mark.parametrize(
    ("action", "signal", "value"),
    [
        ("report", "open_report", FOLDER / "growth"),
        ("folder", "open_folder", FOLDER / "growth"),
        ("copy", "edit_copy", FOLDER / "growth"),
        ("delete", "delete", [FOLDER / "growth"]),
    ],
)
def test_buttons_act_on_the_selection(
    qtbot: QtBot, panel: RunsPanel, action: Any, signal: str, value: Any
) -> None:
    calls = emitted(getattr(panel, signal))
    panel.select([FOLDER / "growth"])
    qtbot.mouseClick(panel.buttons[action], Qt.MouseButton.LeftButton)
    assert calls == [(value,)]


def test_the_menu_offers_the_same(panel: RunsPanel) -> None:
    panel.select([FOLDER / "wound"])
    menu = panel.context_menu()
    entries = {entry.text(): entry for entry in menu.actions()}
    assert list(entries) == [button.text() for button in panel.buttons.values()]
    assert not entries["Report"].isEnabled()
    assert entries["Report"].toolTip() == "This run has no report yet."
    folders = emitted(panel.open_folder)
    entries["Folder"].trigger()
    assert folders == [(FOLDER / "wound",)]
    menu.deleteLater()


def test_a_run_elsewhere_can_be_taken_off_the_list(panel: RunsPanel) -> None:
    panel.set_rows([row("far", elsewhere=True)])
    panel.select([FOLDER / "far"])
    menu = panel.context_menu()
    forgotten = emitted(panel.forget)
    menu.actions()[-1].trigger()
    assert forgotten == [(FOLDER / "far",)]
    menu.deleteLater()


def test_a_name_is_typed_into_the_table(qtbot: QtBot, panel: RunsPanel) -> None:
    panel.select([FOLDER / "wound"])
    qtbot.mouseClick(panel.buttons["rename"], Qt.MouseButton.LeftButton)
    assert panel.editing()
    editor = panel.table.findChild(QLineEdit)
    assert editor.text() == "wound"
    qtbot.keyClicks(editor, "plate 3")
    with qtbot.waitSignal(panel.rename) as asked:
        qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert asked.args == [FOLDER / "wound", "plate 3"]
    assert not panel.editing()
    assert "wound" in texts(panel)


def test_the_run_that_is_worked_on_is_neither_renamed_nor_deleted(
    qtbot: QtBot, panel: RunsPanel
) -> None:
    panel.select([FOLDER / "growth"])
    panel.set_busy(FOLDER / "growth")
    for action in ("rename", "delete"):
        assert not panel.buttons[action].isEnabled()
        assert "stop it" in panel.buttons[action].toolTip()
    panel.table.setFocus()
    qtbot.keyClick(panel.table, Qt.Key.Key_F2)
    assert not panel.editing()
    panel.set_busy(None)
    assert panel.buttons["delete"].isEnabled()


def test_the_filter_finds_names_states_formulas_and_movies(qtbot: QtBot, panel: RunsPanel) -> None:
    for typed, found in (
        ("scr", ["scratch"]),
        ("FAILED", ["scratch"]),
        ("0.02 u", ["growth"]),
        ("plate3", ["wound"]),
    ):
        panel.filter.clear()
        qtbot.keyClicks(panel.filter, typed)
        assert texts(panel) == found
    qtbot.keyClicks(panel.filter, "zzz")
    assert panel.empty.isVisible()
    assert "zzz" in panel.empty.text()
    panel.filter.clear()
    assert len(texts(panel)) == 3
    assert panel.table.isVisible()


def test_a_click_on_a_title_sorts_and_unknown_values_stay_last(panel: RunsPanel) -> None:
    assert texts(panel) == ["growth", "scratch", "wound"]
    panel.table.sortByColumn(COUNT_ERROR, Qt.SortOrder.AscendingOrder)
    assert texts(panel) == ["growth", "wound", "scratch"]
    panel.table.sortByColumn(COUNT_ERROR, Qt.SortOrder.DescendingOrder)
    assert texts(panel) == ["wound", "growth", "scratch"]


def test_the_selection_survives_new_rows_and_opens_nothing(panel: RunsPanel) -> None:
    panel.select([FOLDER / "growth", FOLDER / "wound"])
    opened = emitted(panel.opened)
    panel.set_rows([row("newest", -1), *ROWS])
    assert [row.name for row in panel.selected()] == ["growth", "wound"]
    panel.set_rows([row("growth", state="running"), *ROWS[1:]])
    assert [row.name for row in panel.selected()] == ["growth", "wound"]
    assert not panel.buttons["delete"].isEnabled()
    panel.set_rows(ROWS[:1])
    assert [row.name for row in panel.selected()] == ["growth"]
    assert opened == []


def test_a_sentence_stays_while_the_list_is_read_again(panel: RunsPanel) -> None:
    panel.select([FOLDER / "growth"])
    panel.say("There is no trash.")
    panel.set_rows([row("newest", -1), *ROWS])
    assert panel.says.text() == "There is no trash."
    panel.select([FOLDER / "wound"])
    assert not panel.says.isVisible()


def test_the_run_that_is_shown_is_bold(panel: RunsPanel) -> None:
    panel.set_current(FOLDER / "wound")
    font = cell(panel, "wound").data(Qt.ItemDataRole.FontRole)
    assert font.bold()
    assert cell(panel, "growth").data(Qt.ItemDataRole.FontRole) is None


def test_without_runs_the_panel_says_where_they_will_be(panel: RunsPanel) -> None:
    panel.set_rows([])
    assert panel.empty.isVisible()
    assert str(FOLDER) in panel.empty.text()
    assert not panel.filter.isVisible()
    assert not panel.buttons["delete"].isVisible()


@pytest.mark.parametrize("width", [320, 420, 620, 1000])
def test_no_column_is_cut_and_nothing_is_lost(panel: RunsPanel, width: int) -> None:
    panel.select([FOLDER / "growth"])
    panel.resize(width, 400)
    QApplication.processEvents()
    assert panel.width() == width
    bar = panel.table.horizontalScrollBar()
    assert bar is not None
    assert bar.maximum() == 0
    assert not panel.table.isColumnHidden(STATE)
    if panel.table.hidden():
        assert "0.02 u" in panel.says.text()


def test_each_theme_has_its_own_dots(panel: RunsPanel) -> None:
    def colour() -> str:
        icon = cell(panel, "growth", STATE).data(Qt.ItemDataRole.DecorationRole)
        return str(icon.pixmap(12, 12).toImage().pixelColor(6, 6).name())

    panel.set_theme("dark")
    dark = colour()
    panel.set_theme("light")
    assert colour() != dark
