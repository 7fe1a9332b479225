"""Verdict, list of checks, and the picture that shows why."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import Qt
from qtpy.QtGui import QColor
from qtpy.QtWidgets import QApplication

from napari_binn.gui.plots.checks import ChecksPage, Field
from napari_binn.gui.plots.field_map import colour_image
from napari_binn.gui.plots.theme import PlotTheme
from napari_binn.inference.diagnostics_model import CheckName, Finding
from tests.gui.checks import NAMES, SENTENCES, make_diagnosis

pytestmark = pytest.mark.gui
FIELD = Field(np.linspace(0, 3, 13), "day", 0.75, 2000.0, "cells/mm²")


@pytest.fixture
def page(qtbot: QtBot) -> ChecksPage:
    page = ChecksPage()
    qtbot.addWidget(page)
    page.resize(1100, 170)
    with qtbot.waitExposed(page):
        page.show()
    return page


def click(page: ChecksPage, row: int, qtbot: QtBot) -> None:
    viewport = page.list.viewport()
    assert viewport is not None
    place = page.list.visualItemRect(page.list.item(row)).center()
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=place)


def test_a_sentence_stands_where_there_is_nothing_yet(page: ChecksPage) -> None:
    assert "reaction–diffusion" in page.message
    page.set_diagnosis(make_diagnosis(), FIELD)
    assert page.message == ""
    page.clear()
    assert "reaction–diffusion" in page.message


def test_the_verdict_stands_above_the_checks(page: ChecksPage) -> None:
    page.set_diagnosis(make_diagnosis("doubtful", finding="present"), FIELD)
    assert page.verdict.text() == "◐ doubtful"
    assert page.verdict.toolTip() == "Reaction–diffusion may not be the whole story."
    assert page.list.count() == 6
    assert page.list.item(0).text() == "◐ Drift of the pattern"


@pytest.mark.parametrize(("found", "finding"), [("direction", "strong"), ("patches", "present")])
def test_what_decided_the_verdict_is_shown_first(
    page: ChecksPage, found: CheckName, finding: Finding
) -> None:
    page.set_diagnosis(make_diagnosis(found=found, finding=finding), FIELD)
    assert page.name == found
    assert page.sentence.toolTip() == SENTENCES[found]


def test_a_click_shows_another_check(page: ChecksPage, qtbot: QtBot) -> None:
    page.set_diagnosis(make_diagnosis(), FIELD)
    with qtbot.waitSignal(page.selected) as selected:
        click(page, NAMES.index("patches"), qtbot)
    assert selected.args == ["patches"]
    assert page.name == "patches"
    assert not page.expected.isVisible()  # an effect is known for the others only
    assert page.course.canvas.legend.labels == ["seen", "chance (90 %)"]
    assert "not judged" in page.course.canvas.toolTip()
    with qtbot.waitSignal(page.selected):
        click(page, 0, qtbot)
    assert page.expected.isVisible()
    assert page.course.canvas.legend.labels == ["seen", "a drift"]


def test_a_check_can_be_asked_for_from_elsewhere(page: ChecksPage, qtbot: QtBot) -> None:
    page.select("growth")  # before there is any
    page.set_diagnosis(make_diagnosis(), FIELD)
    with qtbot.assertNotEmitted(page.selected):
        page.select("persistence")
    assert page.list.currentRow() == NAMES.index("persistence")
    assert page.deviation.legend.title == "Observed − simulated, all frames"


def test_maps_say_when_and_how_much(page: ChecksPage) -> None:
    page.set_diagnosis(make_diagnosis(), FIELD)
    assert page.deviation.legend.title == "Observed − simulated, day 1"
    assert "200 cells/mm²" in page.deviation.toolTip()
    left, right = (page.deviation.image().pixelColor(x, 5) for x in (2, 12))
    assert left.red() > left.green()  # fewer cells: pink
    assert right.green() > right.red()  # more: green
    assert page.deviation.image().pixelColor(0, 0).alpha() == 0
    faint = page.expected.image().pixelColor(12, 5)
    assert faint.lightness() > right.lightness()  # half of it, on the same scale


def test_a_map_without_deviation_is_white() -> None:
    image = colour_image(np.zeros((2, 3)), 0.0)
    assert (image.width(), image.height()) == (3, 2)
    assert image.pixelColor(1, 1).lightness() > 240


def test_marks_can_be_told_apart_in_both_themes(page: ChecksPage) -> None:
    page.set_diagnosis(make_diagnosis(), FIELD)
    for name in ("light", "dark"):
        theme = PlotTheme.of(name)
        page.set_theme(theme)
        QApplication.processEvents()
        strong, absent = page.list.item(0).foreground(), page.list.item(1).foreground()
        assert strong.color() != absent.color()
        lightness = QColor(theme.background).lightness()
        assert abs(strong.color().lightness() - lightness) > 60


def test_it_fits_a_small_dock(page: ChecksPage) -> None:
    page.set_diagnosis(make_diagnosis(), FIELD)
    page.resize(700, 120)
    QApplication.processEvents()
    assert page.minimumSizeHint().width() <= 300
    assert page.course.canvas.viewport.height() >= 40
