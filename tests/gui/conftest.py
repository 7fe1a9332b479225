"""Sessions in a real window, their engine in the hand of the test or a real one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.gui.rooms import ScriptedRoom
from tests.gui.workflow import Workbench, keep_runs_in, leaving_nothing

if TYPE_CHECKING:
    import napari
    from pytestqt.qtbot import QtBot

    from napari_binn.gui.session import Session


@pytest.fixture
def room(qtbot: QtBot) -> ScriptedRoom:
    return ScriptedRoom()


@pytest.fixture
def session(
    make_napari_viewer: Callable[[], napari.Viewer], room: ScriptedRoom, tmp_path: Path
) -> Iterator[Session]:
    from napari_binn.gui.preferences import Preferences
    from napari_binn.gui.session import Session

    session = Session(
        make_napari_viewer(), room, Preferences(runs_folder=tmp_path), background=False
    )
    yield session
    session.deleteLater()


@pytest.fixture
def nothing_left(qtbot: QtBot) -> Iterator[None]:
    """Look for leaks after the viewers are closed, which this fixture was made before."""
    with leaving_nothing(qtbot):
        yield


@pytest.fixture
def bench(
    nothing_left: None,
    make_napari_viewer: Callable[..., napari.Viewer],
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Workbench:
    keep_runs_in(tmp_path / "runs", monkeypatch)
    viewer = make_napari_viewer(show=True)
    viewer.window._qt_window.resize(1280, 900)
    return Workbench(viewer, qtbot, make_napari_viewer)
