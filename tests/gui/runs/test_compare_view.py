"""Two runs side by side on the screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtWidgets import QLabel

from napari_binn.gui.runs.compare_view import ComparisonView
from napari_binn.run.compare import compare

from ...example_run import make_example, save_example

pytestmark = pytest.mark.gui


@pytest.fixture
def view(qtbot: QtBot) -> ComparisonView:
    view = ComparisonView()
    qtbot.addWidget(view)
    return view


def texts(view: ComparisonView) -> list[str]:
    labels = view.page.findChildren(QLabel)
    return [label.text().replace("\N{ZERO WIDTH SPACE}", "") for label in labels]


def test_without_runs_it_says_how_to_compare(view: ComparisonView) -> None:
    assert texts(view) == ["Select two runs in the list and press Compare."]


def test_what_differs_stands_in_two_columns(view: ComparisonView, tmp_path: Path) -> None:
    example = make_example()
    a, b = (save_example(tmp_path / name, example) for name in ("first", "second"))
    b.save_settings(example.settings.changed({"binn": {"steps": 500}}))
    view.set_comparison(compare(a, b))
    shown = texts(view)
    assert shown[:3] == ["", "first", "second"]
    assert shown[3].startswith("The D and G curves of both runs agree within their uncertainty")
    assert shown[shown.index("Steps") :][:3] == ["Steps", str(example.settings.binn.steps), "500"]
    assert shown[shown.index("D [mm²/day]") :][:3] == ["D [mm²/day]", "0.00407", "0.00407"]
    assert "Mean error of the total" in shown


def test_equal_runs_are_said_to_be_equal(view: ComparisonView, tmp_path: Path) -> None:
    a, b = (save_example(tmp_path / name, make_example()) for name in ("first", "second"))
    view.set_comparison(compare(a, b))
    assert any(text.startswith("Nothing differs") for text in texts(view))
    assert "Settings that differ" not in texts(view)
