"""What the user has chosen in the steps, and what is wrong with it."""

from __future__ import annotations

from typing import Any, Literal

from ..errors import UserError
from ..settings import Settings, merge_all

#: Where something may be wrong on the screen: what was typed in a step, or what it leads to.
Where = Literal["movie", "density", "preview", "learn"]
Polygons = list[list[list[float]]]


class Choices:
    """The settings that differ from their defaults, but for those of the movie.

    Parameters
    ----------
    values
        Nested settings to begin with.
    """

    def __init__(self, values: dict[str, Any] | None = None) -> None:
        self._values: dict[str, Any] = {}
        self._wrong: dict[Where, str] = {}
        self._contradiction = ""
        self.change(values or {})

    def change(self, values: dict[str, Any]) -> None:
        """Merge nested settings in; None takes a choice back."""
        self._values = _without_none(merge_all(self._values, values))
        try:
            Settings.build(self._values)
            self._contradiction = ""
        except UserError as error:
            self._contradiction = str(error)

    def nested(self, include: Polygons, exclude: Polygons) -> dict[str, Any]:
        """Return the nested settings with the regions that are drawn."""
        drawn = {"include": include, "exclude": exclude}
        density = {name: polygons for name, polygons in drawn.items() if polygons}
        return merge_all(self._values, {"density": density})

    def note(self, where: Where, sentence: str) -> bool:
        """Note what is wrong with what is on the screen; return whether that is news."""
        news = sentence != self._wrong.get(where, "")
        self._wrong[where] = sentence
        return news

    def problem(self, of: Literal["movie", "density", "settings"]) -> str:
        """Return the first sentence on what is wrong, or ""."""
        found = self._wrong.get
        match of:
            case "movie":
                return found("movie", "")
            case "density":
                return found("density", "") or found("preview", "")
        # What is typed wrongly in a step keeps its last right value from being used unseen.
        return found("density", "") or found("learn", "") or self._contradiction


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    cleaned: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            value = _without_none(value)
            if not value:
                continue
        if value is not None:
            cleaned[key] = value
    return cleaned
