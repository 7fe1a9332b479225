"""Step ③: the network learns D(u) and G(u)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from ..actions import ActionButton, ProgressLine
from ..forms import FieldRows
from ..forms.quiet import Combo
from ..forms.rows import side_by_side
from ..step import Fold
from .findings import Findings
from .findings_box import FindingsBox
from .learn_forms import LearnForms
from .recipes import RECIPES, recipe_of, recipe_values

_OWN = "own"


class LearnStep(QWidget):
    """Choose how thorough, learn, pause, resume, stop; read what the data determine."""

    learn_requested = Signal()
    pause_requested = Signal()
    resume_requested = Signal()
    stop_requested = Signal()
    #: Show the fitted surface while it is learned, or not.
    watch_toggled = Signal(bool)
    #: Nested settings that the user changed: {"binn": {…}}, {"inference": {…}}, {"seed": …}, ….
    changed = Signal(dict)
    problems_changed = Signal(dict)
    #: The user wants to see the picture of a check.
    check_clicked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.recipe = Combo()
        self.forms = LearnForms()
        self.advanced = Fold("Advanced", self.forms)
        self.learn = ActionButton("Learn", "Learn D(u) and G(u) from the measured density.", True)
        self.pause = ActionButton("Pause", "Let the training stand still.")
        self.resume = ActionButton("Resume", "Go on with the training where it stood.")
        self.stop = ActionButton("Stop", "Stop the training; what was learned is kept.")
        self.watch = QCheckBox("Show the fitted surface")
        self._rows = FieldRows()
        self._progress = ProgressLine()
        self.findings = FindingsBox()
        self._lay_out()
        self._connect()
        self.set_values({})
        for action in ("pause", "resume", "stop"):
            self.set_available(action, False, "Nothing is running.")

    def set_available(self, action: str, enabled: bool, tooltip: str = "") -> None:
        """Follow the state machine: "learn", "pause", "resume" or "stop"."""
        self._buttons()[action].set_available(enabled, tooltip)
        self._show_buttons()

    def set_progress(self, fraction: float | None, text: str = "") -> None:
        """Show how far the training is; None: it is not running."""
        self._progress.set_progress(fraction, text)
        self._show_buttons()

    def set_findings(self, findings: Findings | None) -> None:
        """Say whether the law explains the movie, and how well it is known."""
        self.findings.set_findings(findings)

    def set_watched(self, watched: bool) -> None:
        """Show whether the fitted surface is shown."""
        self.watch.setChecked(watched)

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show nested settings; the others return to their defaults. Nothing is emitted."""
        self.forms.set_values(values)
        self._show_recipe()

    def set_problems(self, problems: Mapping[str, str]) -> None:
        """Show sentences at their fields; a name may carry its section ("binn.steps")."""
        self.forms.set_problems(problems)

    def values(self) -> dict[str, Any]:
        """Return the nested settings that differ from the defaults."""
        return self.forms.values()

    def problems(self) -> dict[str, str]:
        """Return what is wrong with what was typed, by names with their section."""
        return self.forms.problems()

    def progress_text(self) -> str:
        """Return the line below the bar."""
        return self._progress.text()

    def result_text(self) -> str:
        """Return what is said about the result."""
        return self.findings.text()

    def _buttons(self) -> dict[str, ActionButton]:
        return {
            "learn": self.learn,
            "pause": self.pause,
            "resume": self.resume,
            "stop": self.stop,
        }

    def _lay_out(self) -> None:
        self.recipe.set_items((recipe.title, recipe.key) for recipe in RECIPES)
        self.watch.setToolTip("Add a layer with the density that the network has learned so far.")
        self._rows.add("recipe", "Recipe", self.recipe, "How thorough the learning is.")
        buttons = side_by_side(self.learn, self.pause, self.resume, self.stop, stretch_first=False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._rows)
        layout.addWidget(self.advanced)
        layout.addLayout(buttons)
        for widget in (self._progress, self.watch, self.findings):
            layout.addWidget(widget)

    def _connect(self) -> None:
        self.recipe.activated.connect(lambda _: self._on_recipe())
        self.forms.changed.connect(self._on_changed)
        self.forms.problems_changed.connect(self.problems_changed)
        self.watch.clicked.connect(lambda: self.watch_toggled.emit(self.watch.isChecked()))
        self.findings.check_clicked.connect(self.check_clicked)
        self.learn.clicked.connect(lambda: self.learn_requested.emit())
        self.pause.clicked.connect(lambda: self.pause_requested.emit())
        self.resume.clicked.connect(lambda: self.resume_requested.emit())
        self.stop.clicked.connect(lambda: self.stop_requested.emit())

    def _show_buttons(self) -> None:
        """Show only what makes sense: the training runs, stands still, or does neither."""
        running = self._progress.running
        self.resume.setVisible(self.resume.isEnabled())
        self.pause.setVisible(running and not self.resume.isEnabled())
        self.stop.setVisible(running)
        self.learn.setVisible(not running)

    def _show_recipe(self) -> None:
        recipe = recipe_of(self.forms.values().get("binn", {}))
        own = [("Your own", _OWN)] if recipe is None else []
        self.recipe.set_items([*((each.title, each.key) for each in RECIPES), *own])
        self.recipe.choose(_OWN if recipe is None else recipe.key)
        text = "Set below, under Advanced." if recipe is None else recipe.description
        self._rows.set_note("recipe", text)

    def _on_recipe(self) -> None:
        recipe = next((each for each in RECIPES if each.key == self.recipe.currentData()), None)
        if recipe is None:
            return
        decided = recipe_values(recipe)
        self.forms.merge({"binn": decided})
        self._show_recipe()
        self.changed.emit({"binn": decided})

    def _on_changed(self, values: dict[str, Any]) -> None:
        self._show_recipe()
        self.changed.emit(values)
