"""Nothing is lost and nothing is left when the engine, or napari, goes away in the middle of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from napari_binn.run.folder import RunFolder
from napari_binn.run.layout import CHECKPOINT
from tests.gui.workflow import (
    ENDLESS,
    Workbench,
    add_cells,
    engines,
)

pytestmark = [pytest.mark.gui, pytest.mark.usefixtures("nothing_left")]
DRIVER = Path(__file__).with_name("napari_that_learns.py")


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
def test_a_killed_engine_becomes_a_sentence_and_the_work_goes_on(bench: Workbench) -> None:
    from qtpy.QtWidgets import QApplication

    add_cells(bench.viewer)
    session = bench.open(binn={"steps": 400})
    tasks = bench.viewer.window._task_status_manager
    bench.learn()
    (engine,) = engines()
    engine.kill()
    bench.until_idle()
    ((sentence, _),) = bench.problems
    assert "ended unexpectedly" in sentence
    bar = bench.discover.messages
    assert bar.isVisible()
    assert sentence in bar.label.text()
    clipboard = QApplication.clipboard()
    assert clipboard is not None
    clipboard.clear()
    bench.click(bar.copy)
    assert "killed by signal 9" in clipboard.text()

    run = session.run
    assert run is not None
    assert run.state() == "stopped"
    assert bench.statuses["density"][0] == "ready"
    assert bench.statuses["learn"] == ("failed", sentence)
    assert not bench.discover.stop.isVisible()
    bench.problems.clear()
    bench.learn()
    bench.until_idle()
    assert session.run == run
    assert bench.statuses["learn"][0] == "ready"
    assert not bench.problems
    bench.until(lambda: not tasks.is_busy(), timeout=5000)


def test_napari_asks_before_it_closes_on_a_training_and_then_keeps_the_run(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    from napari._qt.dialogs.confirm_close_dialog import ConfirmCloseDialog
    from qtpy.QtGui import QCloseEvent
    from qtpy.QtWidgets import QDialog, QLabel

    class ByTheUser(QCloseEvent):
        def spontaneous(self) -> bool:
            return True

    asked: list[str] = []

    def refuse(dialog: QDialog) -> QDialog.DialogCode:
        asked.append(" ".join(label.text() for label in dialog.findChildren(QLabel)))
        dialog.deleteLater()
        return QDialog.DialogCode.Rejected

    monkeypatch.setattr(ConfirmCloseDialog, "exec_", refuse)
    tasks = bench.viewer.window._task_status_manager
    add_cells(bench.viewer)
    session = bench.open(**ENDLESS)
    assert not tasks.is_busy()
    bench.learn(beyond=0.0005)  # far enough for a state that is worth being kept
    assert tasks.is_busy()
    window = bench.viewer.window._qt_window
    closing = ByTheUser()
    window.closeEvent(closing)
    assert not closing.isAccepted()
    assert "the computation of napari-binn (what is finished is kept)" in asked[0]
    assert session.facts().running == "learn"

    run = session.run
    (engine,) = engines()
    bench.viewer.close()
    bench.until(lambda: not engine.is_running(), "the engine lives on", timeout=5000)
    assert run is not None
    assert RunFolder.open(run.path).state() == "stopped"
    assert (run.path / CHECKPOINT).is_file()


@pytest.mark.parametrize("end", ["close", "kill"])
def test_no_engine_outlives_napari(tmp_path: Path, end: str) -> None:
    """napari runs in a process of its own, which is closed by its user or killed from outside."""
    if end == "kill" and sys.platform == "win32":
        pytest.skip("kill -9")
    napari_process = subprocess.Popen(
        [sys.executable, str(DRIVER), str(tmp_path / "runs"), end],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "NAPARI_CONFIG": str(tmp_path / "napari.yaml")},
    )
    try:
        assert napari_process.stdout is not None
        said = napari_process.stdout.readline().strip()
        assert said == "learning"
        (engine,) = engines(napari_process.pid)
        if end == "kill":
            napari_process.send_signal(signal.SIGKILL)
        napari_process.wait(30)
        psutil.wait_procs([engine], timeout=20)
        assert not engine.is_running()
    finally:
        napari_process.kill()
        napari_process.communicate()
    assert napari_process.returncode == (0 if end == "close" else -signal.SIGKILL)
    (folder,) = (path.parent for path in tmp_path.glob("runs/*/run.json"))
    run = RunFolder.open(folder)
    assert run.state() == "stopped"
    run.check_idle()
    assert run.has("density")
