"""What is analysed: a layer in the viewer, or the input of a run that was opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..movie.model import Movie
from .calibration import Calibration, problems

if TYPE_CHECKING:
    from napari.layers import Layer


@dataclass(frozen=True)
class LayerSource:
    """A layer with the calibration that the user sees and edits.

    Attributes
    ----------
    version
        Counts the times that the data of the layer were replaced: other data, other results.
    """

    layer: Layer
    calibration: Calibration
    version: int = 0

    @property
    def name(self) -> str:
        """The layer's name as it is now."""
        return str(self.layer.name)

    def problem(self) -> str:
        """Return the first sentence on what the calibration lacks, or ""."""
        return next(iter(problems(self.calibration).values()), "")

    def movie(self) -> Movie:
        """Return the layer as a movie; :class:`UserError` where it is none."""
        from .inputs import to_movie

        return to_movie(self.layer, self.calibration)

    def same_as(self, other: Source | None) -> bool:
        """Whether ``other`` analyses the same data in the same units."""
        return (
            isinstance(other, LayerSource)
            and other.layer is self.layer
            and other.version == self.version
            and other.calibration.key == self.calibration.key
        )


@dataclass(frozen=True)
class RunSource:
    """The input of a run, as run.json names it, with the run's own settings for reading it."""

    path: Path
    input: str
    movie: dict[str, Any]

    @property
    def name(self) -> str:
        """The name of the input."""
        return Path(self.input).name or self.path.name

    def problem(self) -> str:
        """Return "": a run that was begun was calibrated."""
        return ""

    def same_as(self, other: Source | None) -> bool:
        """Whether ``other`` is the input of the same run."""
        return isinstance(other, RunSource) and (other.input, other.movie) == (
            self.input,
            self.movie,
        )


Source = LayerSource | RunSource
