"""One editor for each type of setting."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any, Literal, Protocol, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic.fields import FieldInfo
from qtpy.QtCore import QSignalBlocker, Signal
from qtpy.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLineEdit,
    QSpinBox,
    QWidget,
)

from ..labels import ToneLabel
from .numbers import NumberEdit
from .quiet import Combo, leave_the_wheel

AUTOMATIC = "automatic"
_MOST = 2**31 - 1


class Editor(Protocol):
    """What a form needs of an editor; ``edited`` is emitted when the user changed its value.

    ``value`` raises ValueError with a sentence where the text means nothing.
    """

    edited: Any

    def value(self) -> Any: ...

    def set_value(self, value: Any) -> None: ...


class ChoiceEditor(Combo):
    """One of a few words."""

    edited = Signal()

    def __init__(self, options: tuple[Any, ...], words: Mapping[str, str]) -> None:
        super().__init__()
        self.set_items((words.get(str(option), _in_words(option)), option) for option in options)
        self.activated.connect(lambda _: self.edited.emit())

    def value(self) -> Any:
        """Return the chosen word."""
        return self.currentData()

    def set_value(self, value: Any) -> None:
        """Show a choice."""
        self.choose(value)


class CheckEditor(QCheckBox):
    """Yes or no."""

    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.clicked.connect(lambda _: self.edited.emit())

    def value(self) -> bool:
        """Return whether it is ticked."""
        return self.isChecked()

    def set_value(self, value: Any) -> None:
        """Tick it or not."""
        self.setChecked(bool(value))


class WholeEditor(QSpinBox):
    """A whole number within a range."""

    edited = Signal()

    def __init__(self, low: float, high: float) -> None:
        super().__init__()
        self.setRange(int(max(low, -_MOST)), int(min(high, _MOST)))
        self.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
        self.setGroupSeparatorShown(True)
        leave_the_wheel(self)
        self.valueChanged.connect(lambda _: self.edited.emit())

    def set_value(self, value: Any) -> None:
        """Show a number."""
        blocker = QSignalBlocker(self)
        self.setValue(int(value))
        blocker.unblock()


class ShareEditor(QDoubleSpinBox):
    """A number within a range; one that is set keeps the digits that are not shown."""

    edited = Signal()

    def __init__(self, low: float, high: float) -> None:
        super().__init__()
        self._exact = low
        self.setDecimals(3)
        self.setRange(low, high)
        self.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
        leave_the_wheel(self)
        self.valueChanged.connect(lambda _: self.edited.emit())

    def value(self) -> float:
        """Return the number."""
        shown = super().value()
        return self._exact if shown == round(self._exact, self.decimals()) else shown

    def set_value(self, value: Any) -> None:
        """Show a number."""
        self._exact = float(value)
        blocker = QSignalBlocker(self)
        self.setValue(self._exact)
        blocker.unblock()


class WholeOrNothingEditor(NumberEdit):
    """A whole number or, where the line is empty, the automatic choice."""

    def value(self) -> Any:
        """Return the number or None."""
        number = super().value()
        return int(number) if number is not None and number.is_integer() else number


class TextEditor(QLineEdit):
    """A text; where nothing is a value, the empty line means it."""

    edited = Signal()

    def __init__(self, optional: bool) -> None:
        super().__init__()
        self._optional = optional
        self.setPlaceholderText(AUTOMATIC if optional else "")
        self.textEdited.connect(lambda _: self.edited.emit())

    def value(self) -> str | None:
        """Return the text or None."""
        return None if self._optional and not self.text().strip() else self.text().strip()

    def set_value(self, value: Any) -> None:
        """Show a text; what is being typed and means the same stays as it is."""
        if value != self.value():
            self.setText("" if value is None else str(value))


class PairEditor(QWidget):
    """Width × height, or the automatic choice where both lines are empty."""

    edited = Signal()

    def __init__(self, whole: bool) -> None:
        super().__init__()
        kind = WholeOrNothingEditor if whole else NumberEdit
        self._parts = (kind("auto"), kind("auto"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for index, part in enumerate(self._parts):
            if index:
                row.addWidget(ToneLabel("×"))
            row.addWidget(part, 1)
            part.edited.connect(self.edited)
        self.setFocusProxy(self._parts[0])

    def value(self) -> Any:
        """Return the pair or None."""
        pair = tuple(part.value() for part in self._parts)
        if pair == (None, None):
            return None
        if None in pair:
            raise ValueError("Give both numbers, or none.")
        return pair

    def set_value(self, value: Any) -> None:
        """Show a pair or nothing."""
        for part, number in zip(self._parts, value or (None, None), strict=True):
            part.set_value(number)


def make_editor(info: FieldInfo, words: Mapping[str, str]) -> Editor:
    """Return the editor of a settings field.

    Raises
    ------
    TypeError
        No editor is known for its type.
    """
    kind, optional = _without_none(info.annotation)
    kind, metadata = _plain(kind, info.metadata)
    low, high = _range(metadata)
    if get_origin(kind) is Literal:
        return ChoiceEditor(get_args(kind), words)
    if get_origin(kind) is tuple and len(get_args(kind)) == 2:
        return PairEditor(whole=_plain(get_args(kind)[0], [])[0] is int)
    if kind is str:
        return TextEditor(optional)
    if kind is bool:
        return CheckEditor()
    if kind is int:
        return WholeOrNothingEditor(AUTOMATIC) if optional else WholeEditor(low, high)
    if kind is float:
        bounded = not optional and low > -_MOST and high < _MOST
        return ShareEditor(low, high) if bounded else NumberEdit(AUTOMATIC if optional else "")
    raise TypeError(f"no editor for {info.annotation}")


def _without_none(kind: Any) -> tuple[Any, bool]:
    if get_origin(kind) not in (Union, types.UnionType):
        return kind, False
    kinds = [part for part in get_args(kind) if part is not type(None)]
    return kinds[0], len(kinds) < len(get_args(kind))


def _plain(kind: Any, metadata: list[Any]) -> tuple[Any, list[Any]]:
    """Return the bare type of ``Annotated[...]`` and all that is known about its range."""
    known = list(metadata)
    if hasattr(kind, "__metadata__"):
        for part in kind.__metadata__:
            known += part.metadata if isinstance(part, FieldInfo) else [part]
        kind = kind.__origin__
    return kind, known


def _range(metadata: list[Any]) -> tuple[float, float]:
    low, high = -float(_MOST), float(_MOST)
    for part in metadata:
        match part:
            case Ge(ge=bound) | Gt(gt=bound):
                low = float(bound)  # type: ignore[arg-type]
            case Le(le=bound) | Lt(lt=bound):
                high = float(bound)  # type: ignore[arg-type]
    return low, high


def _in_words(option: Any) -> str:
    return AUTOMATIC if option == "auto" else str(option).replace("_", " ")
