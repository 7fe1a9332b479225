"""A form for some of the fields of a settings section."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QVBoxLayout, QWidget

from ...settings import Section
from .editors import Editor, make_editor
from .rows import FieldRows, side_by_side, unit_label
from .sentences import find_problems, help_text


class SettingsForm(QWidget):
    """Titles, help, units and ranges of the fields come from the settings class.

    Parameters
    ----------
    section
        A class of :mod:`napari_binn.settings`.
    fields
        Names of the fields to show, in this order.
    words
        How to call an option of a choice, where its own name is no word: by the option, or by
        "field.option" where it means something else in another field.
    """

    #: {field: value} of the field that the user changed; only what the settings accept.
    changed = Signal(dict)
    #: {field: sentence} of all that is wrong with what was typed, whenever that changes.
    problems_changed = Signal(dict)

    def __init__(
        self,
        section: type[Section],
        fields: Sequence[str],
        words: Mapping[str, str] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._section = section
        self._rows = FieldRows()
        self._editors: dict[str, Editor] = {}
        self._units = {field: unit_label() for field in fields}
        self._own: dict[str, str] = {}
        self._given: dict[str, str] = {}
        self._shown = set(fields)
        for field in fields:
            self._add(field, words or {})
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._rows)
        self.set_values({})

    def editor(self, field: str) -> Any:
        """Return the widget that edits a field."""
        return self._editors[field]

    def values(self) -> dict[str, Any]:
        """Return the valid values that differ from the defaults, of the fields that are shown."""
        return {
            field: value
            for field, value in self._valid().items()
            if field in self._shown and value != self._default(field)
        }

    def problems(self) -> dict[str, str]:
        """Return what is wrong with what was typed."""
        return {field: text for field, text in self._own.items() if field in self._shown}

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show ``values``; the other fields return to their defaults. Nothing is emitted."""
        for field, editor in self._editors.items():
            editor.set_value(values.get(field, self._default(field)))
        self._check()
        self._show_problems()

    def set_problems(self, problems: Mapping[str, str]) -> None:
        """Show sentences at their fields, below what the form itself found."""
        self._given = dict(problems)
        self._show_problems()

    def problem(self, field: str) -> str:
        """Return the problem that is shown at a field, or nothing."""
        return self._rows.problem(field)

    def set_note(self, field: str, text: str, warning: bool = False) -> None:
        """Say something about a field below it."""
        self._rows.set_note(field, text, warning)

    def set_unit(self, field: str, unit: str) -> None:
        """Show a unit behind a field."""
        self._units[field].setText(unit)
        self._units[field].setVisible(bool(unit))

    def show_fields(self, fields: Collection[str]) -> None:
        """Show these fields and hide the others, which then count as not given."""
        self._shown = set(fields)
        for field in self._editors:
            self._rows.set_row_visible(field, field in self._shown)

    def _add(self, field: str, words: Mapping[str, str]) -> None:
        info = self._section.model_fields[field]
        editor = make_editor(info, {key.removeprefix(f"{field}."): words[key] for key in words})
        assert isinstance(editor, QWidget)
        editor.setToolTip(help_text(info))
        editor.setAccessibleName(info.title or field)
        editor.edited.connect(lambda: self._on_edited(field))
        self._editors[field] = editor
        self._units[field].hide()
        row = side_by_side(editor, self._units[field])
        self._rows.add(field, info.title or field, row, help_text(info))

    def _default(self, field: str) -> Any:
        return self._section.model_fields[field].get_default(call_default_factory=True)

    def _on_edited(self, field: str) -> None:
        before = dict(self._own)
        self._check()
        self._show_problems()
        if self._own != before:
            self.problems_changed.emit(self.problems())
        if field not in self._own:
            self.changed.emit({field: self._valid()[field]})

    def _valid(self) -> dict[str, Any]:
        return {
            field: editor.value()
            for field, editor in self._editors.items()
            if field not in self._own
        }

    def _check(self) -> None:
        values: dict[str, Any] = {}
        self._own = {}
        for field, editor in self._editors.items():
            try:
                values[field] = editor.value()
            except ValueError as error:
                self._own[field] = str(error)
        for field, sentence in find_problems(self._section, values).items():
            self._own.setdefault(field, sentence)

    def _show_problems(self) -> None:
        self._rows.set_problems(self._given | self._own)
