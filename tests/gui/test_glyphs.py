"""The letters of the first formula are drawn beforehand, and nobody sees it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from napari_binn.gui import glyphs, overlay
from napari_binn.gui.glyphs import LETTERS, Glyphs

pytestmark = pytest.mark.gui


@pytest.fixture
def viewer(qtbot: QtBot) -> Iterator[Any]:
    from napari.components import ViewerModel

    return ViewerModel()


@pytest.fixture
def letters(viewer: Any, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Glyphs]:
    monkeypatch.setattr(glyphs, "PACE", 1)
    made = Glyphs(viewer)
    yield made
    made.end()


def text(viewer: Any) -> Any:
    return viewer.canvas.overlays.text


def test_every_letter_of_a_formula_is_among_them() -> None:
    law = overlay.canvas_text("0.0153*exp(-2*u**3)", "1.2e-7*(1 - sqrt(u))/u", 4475, "cells/mm²")
    assert set(law) - set("\n\u200b") <= set(LETTERS)


def test_they_are_drawn_unseen_and_leave_no_trace(
    viewer: Any, letters: Glyphs, qtbot: QtBot
) -> None:
    before = text(viewer).opacity, text(viewer).box
    seen: list[tuple[str, float]] = []
    text(viewer).events.text.connect(lambda: seen.append((text(viewer).text, text(viewer).opacity)))
    letters.begin()
    qtbot.waitUntil(lambda: not letters.active)
    assert {letter for letter, _ in seen} >= set(LETTERS)
    assert {opacity for _, opacity in seen} == {0.0}
    assert (text(viewer).opacity, text(viewer).box) == before
    assert not text(viewer).visible


def test_a_formula_that_comes_meanwhile_is_seen(viewer: Any, letters: Glyphs, qtbot: QtBot) -> None:
    letters.begin()
    qtbot.waitUntil(lambda: text(viewer).visible)
    overlay.show_formula(viewer, "u = 1")
    assert not letters.active
    assert text(viewer).opacity == 1.0
    assert text(viewer).text.startswith("u = 1")


def test_what_stands_there_already_stays(viewer: Any, letters: Glyphs) -> None:
    overlay.show_formula(viewer, "u = 1")
    letters.begin()
    assert not letters.active
