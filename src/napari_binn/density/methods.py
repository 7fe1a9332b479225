"""The methods there are, and which one measures a movie."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..movie.model import Kind, Movie
from ..settings import METHODS, DensitySettings
from . import plugins
from .cellpose import Cellpose
from .confluence import Confluence
from .frames import spread
from .intensity import Intensity
from .labels import Labels
from .method import Method, MethodInfo
from .nuclei_method import SAMPLE, Nuclei
from .points import Points
from .shapes import bright_spots_are_round
from .sight import Sight

__all__ = ["COMMON_FIELDS", "Choice", "MethodInfo", "check_method", "choose_method", "methods_for"]

#: Fields of :class:`~napari_binn.settings.DensitySettings` that every method uses.
COMMON_FIELDS = ("region", "include", "exclude", "t_range", "bins", "bin_size")

# The default of each kind of movie comes first.
_OURS: tuple[Method, ...] = (Nuclei(), Confluence(), Intensity(), Cellpose(), Labels(), Points())
assert tuple(sorted(method.info.key for method in _OURS)) == tuple(sorted(METHODS))

_NO_SPOTS = (
    "The bright places of {source} are lines and rims rather than round spots, as in phase "
    "contrast or DIC"
)


@dataclass(frozen=True)
class Choice:
    """The method that measures a movie.

    Attributes
    ----------
    method
        The method.
    notes
        Why it was chosen, where it was not named by the user.
    warnings
        Why it does not suit the movie, if it does not.
    """

    method: Method
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def methods_for(kind: Kind) -> tuple[MethodInfo, ...]:
    """Return the methods that apply to a movie of this kind, the default first.

    Methods of other packages come last; of those that cannot be loaded nothing is said here.
    """
    return tuple(method.info for method in (*_ours(kind), *_others(kind)))


def _ours(kind: Kind) -> Iterable[Method]:
    return (method for method in _OURS if kind in method.info.kinds)


def _others(kind: Kind) -> Iterable[Method]:
    for name in plugins.offered():
        try:
            method = plugins.load(name)
        except UserError:
            continue
        if kind in method.info.kinds:
            yield method


def check_method(movie: Movie, settings: DensitySettings) -> Method:
    """Return the method of the settings; ``auto`` is the default for the kind of movie.

    No frame is read.

    Raises
    ------
    UserError
        The method needs another kind of movie, or there is no such method.
    """
    default = next(iter(_ours(movie.kind)))
    if settings.method == "auto":
        return default
    ours = {method.info.key: method for method in _OURS}
    method = ours.get(settings.method) or plugins.load(settings.method)
    if movie.kind not in method.info.kinds:
        key = method.info.key
        hint = (
            "open it with the setting 'movie.kind' at labels"
            if key == "labels" and movie.kind == "image"
            else f"choose {default.info.key} or auto"
        )
        held = {"points": "cell positions", "labels": "labels", "image": "intensities"}[movie.kind]
        raise UserError(
            f"The setting 'density.method' is {key}, but {movie.source} holds {held}: {hint}."
        )
    return method


def choose_method(sight: Sight, indices: NDArray[np.intp], settings: DensitySettings) -> Choice:
    """Return the method of the settings, and what is to be said about it.

    Of images, ``auto`` counts nuclei, unless the bright places of all frames that are looked at are
    clearly no round spots: then the covered area is measured.

    Raises
    ------
    UserError
        As :func:`check_method` does.
    """
    method = check_method(sight.movie, settings)
    if method.info.key != "nuclei":
        return Choice(method)
    sample = tuple(spread(indices, SAMPLE))
    if sight.keep(("round", sample), lambda: bright_spots_are_round(sight, sample)):
        return Choice(method)
    reason = _NO_SPOTS.format(source=sight.movie.source)
    if settings.method == "auto":
        note = (
            f"Method: confluence (the covered area). {reason}, so nuclei cannot be counted; "
            "the setting 'density.method' chooses another method."
        )
        return Choice(Confluence(), notes=(note,))
    warning = (
        f"{reason}: counts of nuclei may mean nothing here. The method confluence measures the "
        "covered area instead."
    )
    return Choice(method, warnings=(warning,))
