"""The dock *Runs*: every run a row; a click shows what it found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QDialog, QVBoxLayout, QWidget

from ...errors import UserError
from ...run.compare import compare
from ...run.folder import RunFolder
from ..sessions import session_of, tie
from .compare_view import ComparisonView
from .panel import RunsPanel
from .presenter import RunsPresenter

if TYPE_CHECKING:
    import napari

    from ..session import Session


class RunsDock(QWidget):
    """The runs of the user, in the folder that the preferences name."""

    def __init__(self, napari_viewer: napari.Viewer, session: Session | None = None) -> None:
        super().__init__()
        self.session = session or session_of(napari_viewer)
        tie(self.session, self)
        self.panel = RunsPanel()
        self.presenter = RunsPresenter(self.session.store, self.panel)
        self._comparison: QDialog | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.panel)
        self._connect()

    def _connect(self) -> None:
        session, presenter = self.session, self.presenter
        presenter.run_opened.connect(self._open)
        presenter.copy_requested.connect(self._edit_copy)
        presenter.compare_requested.connect(self._compare)
        presenter.run_renamed.connect(self._renamed)
        presenter.runs_deleted.connect(self._deleted)
        session.runs_touched.connect(presenter.refresh)
        session.run_changed.connect(self._refresh_current)
        session.changed.connect(self._refresh_current)
        session.viewer.events.theme.connect(self._theme_changed)
        self.destroyed.connect(self._disconnect)
        self._theme_changed()
        self._refresh_current()

    def _disconnect(self) -> None:
        self.session.viewer.events.theme.disconnect(self._theme_changed)

    def _refresh_current(self) -> None:
        session = self.session
        path = None if session.run is None else session.run.path
        self.panel.set_current(path)
        self.panel.set_busy(path if session.facts().busy else None)

    def _open(self, path: Path) -> None:
        session = self.session
        if session.facts().busy:
            if session.run is not None and session.run.path != path:
                self.panel.say("Another run is being computed: wait for it, or stop it first.")
            return
        try:
            session.show_run(path)
        except UserError as error:
            self.panel.say(str(error))

    def _edit_copy(self, path: Path) -> None:
        if self.session.facts().busy:
            self.panel.say("Another run is being computed: wait for it, or stop it first.")
            return
        try:
            copy = self.session.copy_run(path)
        except UserError as error:
            self.panel.say(str(error))
            return
        self.presenter.refresh()
        self.panel.select([copy])

    def _compare(self, first: Path, second: Path) -> None:
        try:
            comparison = compare(RunFolder.open(first), RunFolder.open(second))
        except UserError as error:
            self.panel.say(str(error))
            return
        dialog = QDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle("Two runs compared")
        layout = QVBoxLayout(dialog)
        view = ComparisonView()
        view.set_comparison(comparison)
        layout.addWidget(view)
        dialog.resize(620, 480)
        dialog.finished.connect(lambda _: self.session.compared.emit(None))
        dialog.show()
        self.session.compared.emit(comparison)

    def _renamed(self, old: Path, new: Path) -> None:
        if self.session.run is not None and self.session.run.path == old:
            self.session.show_run(new)

    def _deleted(self, paths: list[Path]) -> None:
        if self.session.run is not None and self.session.run.path in paths:
            self.session.forget_run()

    def _theme_changed(self, _: Any = None) -> None:
        self.panel.set_theme(str(self.session.viewer.theme))
