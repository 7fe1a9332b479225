"""What a way to measure density is: the interface that all methods have.

A method looks at the movie once, to find what was left open in the settings (a size, a threshold),
and returns what measures a frame. Methods that count give positions of cells; others give a map,
which is averaged over the bins. A package can bring methods of its own, see
:mod:`napari_binn.density.plugins`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ..movie.model import Kind
from ..settings import DensitySettings
from .sight import Sight

#: What a method measures: cells that it counts, the share of the area that they cover, or some
#: quantity in proportion to their density.
Quantity = Literal["cells", "fraction", "brightness"]
#: Measures frame ``index``. Of methods that count: the positions x, y of the cells, shape (N, 2)
#: [length unit of the movie]. Of the others: a map, shape (Y, X), NaN where nothing was observed;
#: a pixel counts in each bin with the share of its area that lies in it, and means below zero count
#: as zero.
Measure = Callable[[int], NDArray[Any]]


@dataclass(frozen=True)
class MethodInfo:
    """A way to measure density, for people who know cells.

    Attributes
    ----------
    key
        Value of the setting ``density.method``.
    title, description
        A few words for a list of choices, and a sentence or two.
    kinds
        The kinds of movie that it can measure.
    quantity
        What it measures; see :data:`Quantity`.
    fields
        Names of the density settings that only this method uses; those that all methods use come
        to it.
    finds
        Whether it finds cells that the movie does not show as such already, so that seeing what
        was found helps to choose its settings.
    parallel
        Whether frames may be measured in several threads at once.
    """

    key: str
    title: str
    description: str
    kinds: tuple[Kind, ...]
    quantity: Quantity
    fields: tuple[str, ...] = ()
    finds: bool = False
    parallel: bool = False

    @property
    def counts(self) -> bool:
        """Whether it counts cells."""
        return self.quantity == "cells"


@dataclass(frozen=True)
class Looked:
    """What a method found when it looked at a movie.

    Attributes
    ----------
    measure
        Measures a frame; see :data:`Measure`. It is not called in the thread that looked.
    notes
        A sentence for each thing that was estimated.
    warnings
        A sentence for each thing that makes the result doubtful.
    estimates
        The numbers found for settings that were left open, by the name of the setting.
    patch
        Of a fraction: the area over which one piece of the picture tells the same as the next,
        about that of a cell [length unit of the movie, squared]. It sets the size of the bins and
        how noisy they are.
    unit
        Unit of a brightness that is in proportion to density; cells per area [length unit of the
        movie] if it is "cells".
    """

    measure: Measure
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    estimates: Mapping[str, float] = field(default_factory=dict)
    patch: float | None = None
    unit: str = "a.u."


@runtime_checkable
class Method(Protocol):
    """A way to measure density."""

    @property
    def info(self) -> MethodInfo:
        """What it is and whom it suits."""
        ...

    def look(self, sight: Sight, indices: NDArray[np.intp], settings: DensitySettings) -> Looked:
        """Look at a movie, and return what measures its frames.

        Parameters
        ----------
        sight
            The movie: its frames as numbers, which pixels are valid, and a memory for what is
            worth keeping while a user changes the settings.
        indices
            The frames that are analysed, all or some of which may be looked at.
        settings
            What the user chose.

        Raises
        ------
        UserError
            The movie cannot be measured so; the text is a sentence for the user.
        """
        ...
