"""The view of the Runs dock: a filter, the table, and what can be done with the selection."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qtpy.QtCore import QPoint, Qt, Signal
from qtpy.QtWidgets import (
    QLineEdit,
    QMenu,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from superqt import QFlowLayout

from ...run.row import RunRow
from ..labels import Tone, WrapLabel
from . import words
from .actions import ACTIONS, Action, missing
from .model import COUNT_ERROR, RunsModel
from .table import RunsTable

_BUTTONS: tuple[Action, ...] = ("report", "folder", "copy", "compare", "rename", "delete")
_MENU: tuple[Action, ...] = (*_BUTTONS, "forget")


class RunsPanel(QWidget):
    """All runs in a table.

    Signals
    -------
    opened
        (path): show the layers and curves of this run.
    open_folder, open_report, edit_copy, forget
        (path)
    compare
        (path, path)
    delete
        (list of paths)
    rename
        (path, new name)
    """

    opened = Signal(object)
    open_folder = Signal(object)
    open_report = Signal(object)
    edit_copy = Signal(object)
    compare = Signal(object, object)
    delete = Signal(list)
    rename = Signal(object, str)
    forget = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder: Path | None = None
        self._busy: Path | None = None
        self._described: tuple[list[RunRow], set[int]] = ([], set())
        self._model = RunsModel(self)
        self.table = RunsTable(self._model)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("Find a run by name, state, formula or movie")
        self.filter.setClearButtonEnabled(True)
        self.empty = WrapLabel(tone="muted")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.says = WrapLabel()
        self.says.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.buttons = {action: self._button(action) for action in _BUTTONS}
        self._lay_out()
        self._connect()
        self._show_selection()
        self._show_rows()

    def set_rows(self, rows: Sequence[RunRow]) -> None:
        """Show these runs; what was selected stays selected."""
        paths = [row.path for row in self.selected()]
        if self._model.set_rows(rows):
            self.table.select(paths)
        self._show_selection()
        self._show_rows()

    def set_folder(self, folder: Path) -> None:
        """Say where runs are kept, for those who have none yet."""
        self._folder = folder
        self._show_rows()

    def set_current(self, path: Path | None) -> None:
        """Print the run that is shown now in bold."""
        self._model.set_current(path)

    def set_busy(self, path: Path | None) -> None:
        """Say which run is being worked on in this session: it is not deleted or renamed."""
        if path != self._busy:
            self._busy = path
            self._model.set_busy(path)
            self._show_selection()

    def set_theme(self, theme: str) -> None:
        """Follow napari's theme, "dark" or "light"."""
        self._model.set_theme(theme)

    def say(self, sentence: str, tone: Tone = "warning") -> None:
        """Show a sentence below the table, such as why something did not work."""
        self.says.set_tone(tone)
        self.says.setText(sentence)
        self.says.setVisible(bool(sentence))

    def selected(self) -> list[RunRow]:
        """Return the selected runs."""
        return self.table.selected()

    def select(self, paths: list[Path]) -> None:
        """Select runs without opening them."""
        self.table.select(paths)

    def editing(self) -> bool:
        """Return whether a name is being typed."""
        return self.table.editing()

    def context_menu(self) -> QMenu:
        """Return a menu of what can be done with the selection."""
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        rows = self.selected()
        for name in _MENU:
            if name == "forget" and not any(row.elsewhere for row in rows):
                continue
            entry = menu.addAction(ACTIONS[name].title)
            assert entry is not None
            why = missing(name, rows, self._busy)
            entry.setEnabled(not why)
            entry.setToolTip(why or ACTIONS[name].tooltip)
            entry.triggered.connect(lambda _=False, name=name: self._do(name))
        return menu

    def _button(self, action: Action) -> QPushButton:
        button = QPushButton(ACTIONS[action].title)
        button.clicked.connect(lambda: self._do(action))
        return button

    def _lay_out(self) -> None:
        self.stack = QStackedWidget()
        self.stack.addWidget(self.table)
        self.stack.addWidget(self.empty)
        bar = QFlowLayout()
        bar.setHorizontalSpacing(4)
        bar.setVerticalSpacing(4)
        bar.setContentsMargins(0, 0, 0, 0)
        for button in self.buttons.values():
            bar.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.setSpacing(4)
        layout.addWidget(self.filter)
        layout.addWidget(self.stack, 1)
        layout.addWidget(self.says)
        layout.addLayout(bar)

    def _connect(self) -> None:
        self.filter.textChanged.connect(self._find)
        self.table.chosen.connect(self._open)
        self.table.columns_changed.connect(self._show_selection)
        # Queued: the editor of the name is still open when it is typed.
        self._model.rename_asked.connect(self.rename, Qt.ConnectionType.QueuedConnection)
        selection = self.table.selectionModel()
        assert selection is not None
        selection.selectionChanged.connect(self._show_selection)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._pop_up)

    def _pop_up(self, position: QPoint) -> None:
        viewport = self.table.viewport()
        assert viewport is not None
        menu = self.context_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(viewport.mapToGlobal(position))

    def _find(self, text: str) -> None:
        self.table.set_filter(text)
        self._show_rows()

    def _open(self, row: RunRow) -> None:
        if row.state != "unreadable":
            self.opened.emit(row.path)

    def _do(self, action: Action) -> None:
        rows = self.selected()
        if missing(action, rows, self._busy):
            return
        paths = [row.path for row in rows]
        if action == "compare":
            self.compare.emit(*paths)
        elif action == "delete":
            self.delete.emit(paths)
        elif action == "rename":
            self.table.edit_name(paths[0])
        else:
            signals = {
                "report": self.open_report,
                "folder": self.open_folder,
                "copy": self.edit_copy,
                "forget": self.forget,
            }
            signals[action].emit(paths[0])

    def _show_selection(self) -> None:
        """Say what can be done with the selection, and what is wrong with a run."""
        rows = self.selected()
        for action, button in self.buttons.items():
            why = missing(action, rows, self._busy)
            button.setEnabled(not why)
            button.setToolTip(why or ACTIONS[action].tooltip)
        # Reading the list again does not wipe away what was said meanwhile.
        if (rows, self.table.hidden()) != self._described:
            self._describe(rows)

    def _describe(self, rows: list[RunRow]) -> None:
        self._described = (rows, self.table.hidden())
        if len(rows) != 1:
            self.say("")
        elif rows[0].message or rows[0].unreadable:
            self.say(words.state_sentence(rows[0]))
        else:
            hidden = self.table.hidden()
            error_too = COUNT_ERROR in hidden
            self.say(words.details(rows[0], count_error=error_too) if hidden else "", "plain")

    def _show_rows(self) -> None:
        some = bool(self._model.runs)
        self.filter.setVisible(some)
        for button in self.buttons.values():
            button.setVisible(some)
        self.stack.setCurrentWidget(self.table if self.table.shown() else self.empty)
        if some:
            self.empty.setText(f"No run contains “{self.filter.text().strip()}”.")
        else:
            where = f"\nThey are kept in\n{self._folder}" if self._folder else ""
            self.empty.setText(f"Your runs appear here.{where}")
