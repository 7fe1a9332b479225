"""The verdict below the button, its details, and how well the curves are known."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_binn.gui.discover.findings import Findings
from napari_binn.gui.discover.findings_box import FindingsBox
from napari_binn.gui.labels import Tone
from napari_binn.inference.diagnostics_model import Level
from tests.gui.checks import DESIGN, SENTENCES, make_diagnosis

pytestmark = pytest.mark.gui
LEFT = Qt.MouseButton.LeftButton


def findings(level: Level = "contradicted", agree: bool = True) -> Findings:
    diagnosis = make_diagnosis(level)
    return Findings(
        level=level,
        verdict=diagnosis.sentence,
        checks=tuple((one.name, one.finding, one.sentence) for one in diagnosis.checks),
        known=DESIGN.sentences[0],
        agree=agree,
        agreement="They agree." if agree else "They disagree.",
        others=("The border of the region is taken as closed (no cells cross it).",),
        advice=DESIGN.sentences[1:],
    )


@pytest.fixture
def box(qtbot: QtBot) -> Iterator[FindingsBox]:
    holder = QWidget()
    qtbot.addWidget(holder)
    column = QVBoxLayout(holder)
    box = FindingsBox()
    column.addWidget(box)
    column.addStretch(1)
    holder.resize(320, 900)
    holder.show()
    yield box
    holder.close()


@pytest.mark.parametrize(
    ("level", "mark", "tone"),
    [("consistent", "●", "good"), ("doubtful", "◐", "warning"), ("contradicted", "✕", "bad")],
)
def test_each_level_has_a_mark_of_its_own(
    box: FindingsBox, level: Level, mark: str, tone: Tone
) -> None:
    """Not by colour alone: some see none, and some print."""
    box.set_findings(findings(level))
    assert box.text().startswith(f"{mark} ")
    assert box._verdict.tone == tone


def test_all_is_said_in_sentences(box: FindingsBox) -> None:
    box.set_findings(findings())
    text = box.text()
    for sentence in (DESIGN.sentences[0], "They agree.", "no cells cross it"):
        assert sentence in text
    assert not box._advice.isVisible()


def test_a_disagreement_is_a_warning(box: FindingsBox) -> None:
    box.set_findings(findings(agree=False))
    assert "⚠ They disagree." in box.text()
    assert box._agreement.tone == "warning"
    box.set_findings(findings())
    assert "⚠" not in box.text()


def test_details_unfold(box: FindingsBox, qtbot: QtBot) -> None:
    box.set_findings(findings())
    assert not box.rows()["drift"].isVisible()
    qtbot.mouseClick(box.checked.header, LEFT)
    assert all(row.isVisible() for row in box.rows().values())
    assert SENTENCES["drift"] in box.rows()["drift"].accessibleName()
    qtbot.mouseClick(box.help.header, LEFT)
    assert box._advice.isVisible()
    assert "four times as large" in box._advice.text()


def test_a_check_asks_for_its_picture(box: FindingsBox, qtbot: QtBot) -> None:
    box.set_findings(findings())
    qtbot.mouseClick(box.checked.header, LEFT)
    with qtbot.waitSignal(box.check_clicked) as asked:
        qtbot.mouseClick(box.rows()["patches"], LEFT)
    assert asked.args == ["patches"]


def test_what_is_not_known_takes_no_room(box: FindingsBox) -> None:
    box.set_findings(Findings(known="D(u) is known."))
    assert box.text() == "D(u) is known."
    assert not box.checked.isVisible()
    assert not box.help.isVisible()
    box.set_findings(None)
    assert not box.isVisible()
    assert box.text() == ""


def test_the_same_findings_leave_the_folds_as_they_are(box: FindingsBox, qtbot: QtBot) -> None:
    box.set_findings(findings())
    qtbot.mouseClick(box.checked.header, LEFT)
    rows = box.rows()
    box.set_findings(findings())
    assert box.rows() is rows
    assert rows["drift"].isVisible()


def test_nothing_is_cut_off_and_no_room_is_wasted(box: FindingsBox, qtbot: QtBot) -> None:
    box.set_findings(findings())
    box.checked.set_open(True)
    box.help.set_open(True)
    qtbot.wait(20)
    for row in box.rows().values():
        text = row.findChildren(QWidget)[-1]
        assert text.height() >= text.heightForWidth(text.width())
        assert row.height() < text.height() + 12
    assert box.minimumSizeHint().width() <= 300
    assert box.minimumSizeHint().height() <= box.height()
