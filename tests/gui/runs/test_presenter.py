"""The list of runs at work on real folders."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import Qt, QTimer, QUrl
from qtpy.QtWidgets import QLineEdit, QMessageBox, QPushButton

from napari_binn.gui.runs import trash
from napari_binn.gui.runs.panel import RunsPanel
from napari_binn.gui.runs.presenter import RunsPresenter
from napari_binn.run.folder import RunFolder
from napari_binn.run.store import RunStore

from ...example_run import make_example, save_example

pytestmark = pytest.mark.gui


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunStore:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home" / "share"))
    (tmp_path / "home").mkdir()
    store = RunStore(tmp_path / "runs")
    save_example(store.folder / "wound", make_example()).save_report("<html>")
    RunFolder.create(store.folder / "empty")
    return store


@pytest.fixture
def urls() -> list[str]:
    return []


@pytest.fixture
def panel(qtbot: QtBot) -> RunsPanel:
    panel = RunsPanel()
    qtbot.addWidget(panel)
    return panel


@pytest.fixture
def presenter(qtbot: QtBot, store: RunStore, panel: RunsPanel, urls: list[str]) -> RunsPresenter:
    def open_url(url: QUrl) -> bool:
        urls.append(url.toLocalFile())
        return "empty" not in url.toLocalFile()

    presenter = RunsPresenter(store, panel, open_url=open_url)
    panel.resize(900, 300)
    with qtbot.waitExposed(panel):
        panel.show()
    return presenter


def names(panel: RunsPanel) -> set[str]:
    model = panel.table.model()
    assert model is not None
    return {model.index(k, 0).data() for k in range(model.rowCount())}


def press(qtbot: QtBot, panel: RunsPanel, action: str) -> None:
    button = panel.buttons[action]  # type: ignore[index]
    assert button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def answer(qtbot: QtBot, panel: RunsPanel, text: str) -> str:
    """Press a button of the question and return what was asked."""
    box = panel.findChild(QMessageBox)
    question = str(box.text())
    (button,) = [b for b in box.findChildren(QPushButton) if b.text() == text]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.findChild(QMessageBox) is None)
    return question


def test_the_runs_of_the_folder_are_listed(presenter: RunsPresenter, panel: RunsPanel) -> None:
    assert names(panel) == {"wound", "empty"}


def test_the_list_is_read_again_only_while_it_is_seen(
    qtbot: QtBot, presenter: RunsPresenter, panel: RunsPanel, store: RunStore
) -> None:
    timer = presenter.findChild(QTimer)
    assert timer.isActive()
    panel.hide()
    assert not timer.isActive()
    RunFolder.create(store.folder / "new")
    panel.show()
    assert names(panel) == {"wound", "empty", "new"}
    RunFolder.create(store.folder / "newer")
    timer.timeout.emit()
    assert "newer" in names(panel)


def test_folder_and_report_are_opened(
    qtbot: QtBot, presenter: RunsPresenter, panel: RunsPanel, store: RunStore, urls: list[str]
) -> None:
    run = store.folder / "wound"
    panel.select([run])
    press(qtbot, panel, "folder")
    press(qtbot, panel, "report")
    assert [Path(url) for url in urls] == [run, run / "report.html"]
    (run / "report.html").unlink()
    press(qtbot, panel, "report")
    assert "not there any more" in panel.says.text()


def test_where_nothing_opens_a_folder_its_path_is_said(
    qtbot: QtBot, presenter: RunsPresenter, panel: RunsPanel, store: RunStore
) -> None:
    panel.select([store.folder / "empty"])
    press(qtbot, panel, "folder")
    assert str(store.folder / "empty") in panel.says.text()


def rename(qtbot: QtBot, panel: RunsPanel, path: Path, name: str) -> None:
    panel.select([path])
    press(qtbot, panel, "rename")
    editor = panel.table.findChild(QLineEdit)
    qtbot.keyClicks(editor, name)
    with qtbot.waitSignal(panel.rename):
        qtbot.keyClick(editor, Qt.Key.Key_Return)


def test_a_run_is_renamed_on_the_disk_and_stays_selected(
    qtbot: QtBot, presenter: RunsPresenter, panel: RunsPanel, store: RunStore
) -> None:
    with qtbot.waitSignal(presenter.run_renamed) as renamed:
        rename(qtbot, panel, store.folder / "wound", "plate 3")
    assert renamed.args == [store.folder / "wound", store.folder / "plate 3"]
    assert (store.folder / "plate 3" / "run.json").is_file()
    assert [row.name for row in panel.selected()] == ["plate 3"]


def test_a_name_that_is_taken_is_refused_with_a_sentence(
    qtbot: QtBot, presenter: RunsPresenter, panel: RunsPanel, store: RunStore
) -> None:
    rename(qtbot, panel, store.folder / "wound", "empty")
    qtbot.waitUntil(lambda: "already" in panel.says.text())
    assert names(panel) == {"wound", "empty"}


def test_deleting_asks_and_moves_to_the_trash(
    qtbot: QtBot, presenter: RunsPresenter, panel: RunsPanel, store: RunStore, tmp_path: Path
) -> None:
    panel.select([store.folder / "wound", store.folder / "empty"])
    press(qtbot, panel, "delete")
    with qtbot.waitSignal(presenter.runs_deleted) as deleted:
        assert answer(qtbot, panel, "Move to trash") == "Move 2 runs to the trash?"
    assert set(deleted.args[0]) == {store.folder / "wound", store.folder / "empty"}
    assert not (store.folder / "wound").exists()
    assert list(tmp_path.rglob("summary.json")), "the run is still somewhere: in the trash"
    assert names(panel) == set()


def test_a_run_that_is_kept_stays(
    qtbot: QtBot, presenter: RunsPresenter, panel: RunsPanel, store: RunStore
) -> None:
    panel.select([store.folder / "wound"])
    press(qtbot, panel, "delete")
    assert answer(qtbot, panel, "Keep") == "Move the run wound to the trash?"
    assert (store.folder / "wound" / "summary.json").is_file()


def test_without_a_trash_nothing_is_deleted(
    qtbot: QtBot,
    presenter: RunsPresenter,
    panel: RunsPanel,
    store: RunStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("napari_binn.gui.runs.presenter.move_to_trash", lambda path: None)
    panel.select([store.folder / "wound"])
    press(qtbot, panel, "delete")
    answer(qtbot, panel, "Move to trash")
    assert "nothing was deleted" in panel.says.text()
    assert (store.folder / "wound" / "summary.json").is_file()


def test_the_trash_tells_where_things_went(store: RunStore, tmp_path: Path) -> None:
    where = trash.move_to_trash(store.folder / "wound")
    assert where is not None
    assert (where / "summary.json").is_file()
    assert trash.move_to_trash(tmp_path / "missing") is None


def test_what_others_do_is_passed_on(
    qtbot: QtBot, presenter: RunsPresenter, panel: RunsPanel, store: RunStore
) -> None:
    wound, empty = store.folder / "wound", store.folder / "empty"
    panel.select([wound])
    with qtbot.waitSignal(presenter.copy_requested) as copied:
        press(qtbot, panel, "copy")
    assert copied.args == [wound]
    panel.select([wound, empty])
    with qtbot.waitSignal(presenter.compare_requested) as compared:
        press(qtbot, panel, "compare")
    assert set(compared.args) == {wound, empty}


def test_a_run_elsewhere_is_taken_off_the_list(
    presenter: RunsPresenter, panel: RunsPanel, store: RunStore, tmp_path: Path
) -> None:
    far = RunFolder.create(tmp_path / "far" / "a").path
    store.add(far)
    presenter.refresh()
    assert "a" in names(panel)
    panel.forget.emit(far)
    assert "a" not in names(panel)
    assert far.is_dir()


def test_another_folder_can_be_listed(
    presenter: RunsPresenter, panel: RunsPanel, tmp_path: Path
) -> None:
    presenter.set_store(RunStore(tmp_path / "other"))
    assert names(panel) == set()
    assert str(tmp_path / "other") in panel.empty.text()
