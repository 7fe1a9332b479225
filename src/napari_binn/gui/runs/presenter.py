"""Between the store of runs and the view: reading, opening, renaming, deleting."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from qtpy.QtCore import QEvent, QObject, QTimer, QUrl, Signal
from qtpy.QtGui import QDesktopServices

from ...errors import UserError
from ...run.layout import FILES
from ...run.store import RunStore
from .ask import ask_to_trash
from .panel import RunsPanel
from .trash import move_to_trash

INTERVAL_MS = 2000


class RunsPresenter(QObject):
    """Keeps a :class:`RunsPanel` up to date with a :class:`RunStore` and does what it asks.

    The list is read again every two seconds while it is seen, and on :meth:`refresh`.

    Signals
    -------
    run_opened, copy_requested
        (path)
    compare_requested
        (path, path)
    run_renamed
        (old path, new path)
    runs_deleted
        (list of paths): they are in the trash.
    """

    run_opened = Signal(object)
    copy_requested = Signal(object)
    compare_requested = Signal(object, object)
    run_renamed = Signal(object, object)
    runs_deleted = Signal(list)

    def __init__(
        self,
        store: RunStore,
        panel: RunsPanel,
        parent: QObject | None = None,
        open_url: Callable[[QUrl], bool] = QDesktopServices.openUrl,
    ) -> None:
        super().__init__(parent or panel)
        self._store = store
        self._panel = panel
        self._open_url = open_url
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self._look)
        panel.installEventFilter(self)
        panel.opened.connect(self.run_opened)
        panel.edit_copy.connect(self.copy_requested)
        panel.compare.connect(self.compare_requested)
        panel.open_folder.connect(self._open_folder)
        panel.open_report.connect(self._open_report)
        panel.rename.connect(self._rename)
        panel.delete.connect(self._ask_to_delete)
        panel.forget.connect(self._forget)
        self.set_store(store)
        if panel.isVisible():
            self._timer.start()

    @property
    def store(self) -> RunStore:
        """The runs that are listed."""
        return self._store

    def set_store(self, store: RunStore) -> None:
        """List the runs of another folder."""
        self._store = store
        self._panel.set_folder(store.folder)
        self.refresh()

    def refresh(self) -> None:
        """Read the list now, unless a name is being typed into it."""
        if not self._panel.editing():
            self._panel.set_rows(self._store.rows())

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Look for changes while the panel is seen only."""
        if watched is self._panel and event is not None:
            if event.type() == QEvent.Type.Show:
                self._look()
                self._timer.start()
            elif event.type() == QEvent.Type.Hide:
                self._timer.stop()
        return super().eventFilter(watched, event)

    def _look(self) -> None:
        if self._store.changed():
            self.refresh()

    def _open_folder(self, path: Path) -> None:
        self._show_file(path, "folder")

    def _open_report(self, path: Path) -> None:
        self._show_file(path / FILES["report"], "report")

    def _show_file(self, path: Path, what: str) -> None:
        if not path.exists():
            self._panel.say(f"The {what} {path} is not there any more.")
        elif not self._open_url(QUrl.fromLocalFile(str(path))):
            self._panel.say(f"No program opened the {what}. It is here: {path}")

    def _rename(self, path: Path, name: str) -> None:
        try:
            target = self._store.rename(path, name)
        except UserError as error:
            self._panel.say(str(error))
            return
        self.refresh()
        self._panel.select([target])
        self.run_renamed.emit(path, target)

    def _forget(self, path: Path) -> None:
        try:
            self._store.forget(path)
        except UserError as error:
            self._panel.say(str(error))
            return
        self.refresh()

    def _ask_to_delete(self, paths: list[Path]) -> None:
        ask_to_trash(self._panel, [path.name for path in paths], lambda: self._delete(paths))

    def _delete(self, paths: list[Path]) -> None:
        gone = [path for path in paths if move_to_trash(path) is not None]
        for path in gone:
            self._store.forget(path)
        self.refresh()
        kept = [path for path in paths if path not in gone]
        if kept:
            names = ", ".join(path.name for path in kept)
            self._panel.say(
                f"There is no trash that takes {names}: nothing was deleted. "
                "Open the folder to delete it yourself."
            )
        if gone:
            self.runs_deleted.emit(gone)
