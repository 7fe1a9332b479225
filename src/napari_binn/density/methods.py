"""The ways to measure density, for whom each is, and what can be chosen in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..errors import UserError
from ..movie.model import Kind, Movie
from ..settings import DensitySettings

Method = Literal["points", "labels", "nuclei", "intensity"]

#: Fields of :class:`~napari_binn.settings.DensitySettings` that every method uses.
COMMON_FIELDS = ("region", "include", "exclude", "t_range", "bins", "bin_size")


@dataclass(frozen=True)
class MethodInfo:
    """A way to measure density.

    Attributes
    ----------
    key
        Value of the setting ``density.method``.
    title, description
        For people who know cells.
    fields
        Names of the density settings that only this method uses; :data:`COMMON_FIELDS` come to it.
    """

    key: Method
    title: str
    description: str
    fields: tuple[str, ...] = ()


_METHODS: dict[Kind, tuple[MethodInfo, ...]] = {
    "image": (
        MethodInfo(
            "nuclei",
            "Count bright nuclei",
            "Each bright spot of the size of a nucleus is one cell.",
            ("nucleus_diameter", "detector", "threshold"),
        ),
        MethodInfo(
            "intensity",
            "Brightness",
            "The brighter a place is, the more cells there are: for fluorescence in proportion to "
            "cell number, where single cells cannot be told apart.",
            ("background", "intensity_per_cell"),
        ),
    ),
    "labels": (
        MethodInfo(
            "labels",
            "Count labelled cells",
            "Each label of the segmentation is one cell, at the middle of its pixels.",
        ),
    ),
    "points": (
        MethodInfo("points", "Count given positions", "Each position in the table is one cell."),
    ),
}


def methods_for(kind: Kind) -> tuple[MethodInfo, ...]:
    """Return the methods that apply to a movie of this kind, the default first."""
    return _METHODS[kind]


def choose_method(movie: Movie, settings: DensitySettings) -> Method:
    """Return the method of the settings; ``auto`` is the default for the kind of movie.

    Raises
    ------
    UserError
        The method needs another kind of movie.
    """
    default = methods_for(movie.kind)[0].key
    method = settings.method
    if method == "auto":
        return default
    if method not in {info.key for info in methods_for(movie.kind)}:
        hint = (
            "open it with the setting 'movie.kind' at labels"
            if method == "labels" and movie.kind == "image"
            else f"choose {default} or auto"
        )
        held = {"points": "cell positions", "labels": "labels", "image": "intensities"}[movie.kind]
        raise UserError(
            f"The setting 'density.method' is {method}, but {movie.source} holds {held}: {hint}."
        )
    return method
