"""Where formulas come from is chosen in step ④; Julia is fetched by a button, with its log."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from napari_binn.equations import julia
from napari_binn.equations.julia import PysrState
from napari_binn.errors import UserError
from napari_binn.gui.discover.search_form import SearchForm

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

pytestmark = pytest.mark.gui


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> list[PysrState]:
    """What is told about Julia: the last element."""
    states = [PysrState("2.7", "missing")]
    monkeypatch.setattr(julia, "pysr_state", lambda: states[-1])
    return states


@pytest.fixture
def form(qtbot: QtBot, state: list[PysrState]) -> SearchForm:
    form = SearchForm()
    qtbot.addWidget(form)
    form.show()
    return form


def choose(form: SearchForm, engine: str) -> None:
    editor = form.form.editor("engine")
    editor.set_value(engine)
    editor.edited.emit()


def test_a_choice_is_told_and_julia_is_no_topic_without_pysr(
    qtbot: QtBot, form: SearchForm
) -> None:
    with qtbot.waitSignal(form.changed) as caught:
        choose(form, "library")
    assert caught.args == [{"engine": "library"}]
    assert not form.julia.isVisible()


def test_a_missing_julia_is_said_with_its_size_where_pysr_is_chosen(form: SearchForm) -> None:
    form.set_values({"engine": "pysr"})
    assert form.julia.isVisible()
    assert "1 to 2 GB" in form.julia.state_label.text()
    assert form.julia.button.isVisible()
    assert not form.julia.cancel_button.isVisible()


def test_nothing_is_offered_where_julia_is_there_or_pysr_is_not(
    form: SearchForm, state: list[PysrState]
) -> None:
    for other, text in ((PysrState("2.7", "ready"), "is there"), (PysrState(None), "pip install")):
        state.append(other)
        form.set_values({"engine": "pysr"})
        assert not form.julia.button.isVisible()
        assert text in form.julia.state_label.text()


def test_the_button_fetches_julia_and_shows_the_log(
    qtbot: QtBot, form: SearchForm, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def set_up(log: Callable[[str], None], *, alive: Callable[[], None]) -> float:
        log("Installing Julia 1.11")
        go_on.wait(10)
        return 1.2

    monkeypatch.setattr(julia, "set_up", set_up)
    form.set_values({"engine": "pysr"})
    form.julia.button.click()
    qtbot.waitUntil(lambda: form.julia.log_label.text() == "Installing Julia 1.11")
    assert form.julia.cancel_button.isVisible()
    assert not form.julia.button.isVisible()
    go_on.set()
    qtbot.waitUntil(lambda: form.julia.state_label.text() == "Julia is there.")
    assert not form.julia.button.isVisible()


def test_a_cancel_ends_it_and_it_can_be_begun_again(
    qtbot: QtBot, form: SearchForm, monkeypatch: pytest.MonkeyPatch
) -> None:
    def set_up(log: Callable[[str], None], *, alive: Callable[[], None]) -> float:
        while True:
            alive()
            time.sleep(0.01)

    monkeypatch.setattr(julia, "set_up", set_up)
    form.set_values({"engine": "pysr"})
    form.julia.button.click()
    form.julia.cancel_button.click()
    qtbot.waitUntil(lambda: form.julia.state_label.text().startswith("Cancelled"))
    assert form.julia.button.isVisible()


def test_a_failure_is_said(qtbot: QtBot, form: SearchForm, monkeypatch: pytest.MonkeyPatch) -> None:
    def set_up(log: Callable[[str], None], *, alive: Callable[[], None]) -> float:
        raise UserError("Julia could not be set up (no route to host).")

    monkeypatch.setattr(julia, "set_up", set_up)
    form.set_values({"engine": "pysr"})
    form.julia.button.click()
    qtbot.waitUntil(lambda: "no route" in form.julia.state_label.text())
    assert form.julia.state_label.tone == "warning"
