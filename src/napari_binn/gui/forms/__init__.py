"""Forms built from the settings: title, help, unit and range of a field come from there."""

from .form import SettingsForm
from .numbers import NumberEdit
from .rows import FieldRows

__all__ = ["FieldRows", "NumberEdit", "SettingsForm"]
