"""The unit of a length or a time."""

from __future__ import annotations

from ..forms.quiet import Combo

LENGTH_UNITS = ("um", "mm", "pixel")
TIME_UNITS = ("s", "min", "hour", "day", "frame")
_NOT_CALIBRATED = {"pixel": "pixels (not calibrated)", "frame": "frames (not calibrated)"}
_NAMES = {"um": "µm", "hour": "hours", "day": "days"}


class UnitCombo(Combo):
    """A unit, or none as yet."""

    def __init__(self, units: tuple[str, ...], tooltip: str) -> None:
        super().__init__()
        self._units = units
        self.setPlaceholderText("unit?")
        self.setToolTip(tooltip)
        self.setMinimumContentsLength(4)
        self.set_unit(None)

    def set_unit(self, unit: str | None) -> None:
        """Show a unit; one that is not among the usual ones is offered too."""
        units = self._units if unit is None or unit in self._units else (unit, *self._units)
        self.set_items(
            (_NOT_CALIBRATED.get(name) or _NAMES.get(name, name), name) for name in units
        )
        self.choose(unit)
