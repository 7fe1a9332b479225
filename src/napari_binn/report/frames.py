"""Observed, simulated and residual frames side by side."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from matplotlib import colormaps, rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from numpy.typing import NDArray

from napari_binn.density.model import Density
from napari_binn.quantities import length, length_name, moment

from .plots import STYLE

Array = NDArray[np.float64]

SHOWN = 4  # frames of the figure
_UNSEEN = "#D5D8DC"


@dataclass(frozen=True)
class Extent:
    """The observed rectangle, with y downwards as in a microscope image."""

    left: float
    right: float
    bottom: float
    top: float

    @classmethod
    def of(cls, density: Density) -> Extent:
        """Return the outer edges of the bins [length unit]."""
        hy, hx = density.spacing
        x, y = density.x, density.y
        return cls(
            float(x[0] - hx / 2), float(x[-1] + hx / 2), float(y[-1] + hy / 2), float(y[0] - hy / 2)
        )

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, right, bottom, top as matplotlib wants them."""
        return self.left, self.right, self.bottom, self.top

    @property
    def aspect(self) -> float:
        """Height over width."""
        return (self.bottom - self.top) / (self.right - self.left)


@dataclass(frozen=True)
class _Sheet:
    """A figure of equal panels in rows and columns, placed by the inch."""

    figure: Figure
    panel_size: tuple[float, float]
    rows: int

    LEFT: ClassVar[float] = 1.05
    RIGHT: ClassVar[float] = 1.1
    TOP: ClassVar[float] = 0.35
    BOTTOM: ClassVar[float] = 0.5
    GAP: ClassVar[float] = 0.14

    @classmethod
    def of(cls, extent: Extent, rows: int, columns: int) -> _Sheet:
        """Return an empty sheet whose panels have the proportions of the field."""
        width = min(2.15, 3.2 / extent.aspect)
        height = max(width * extent.aspect, 0.7)
        figure = Figure(
            figsize=(
                cls.LEFT + columns * (width + cls.GAP) - cls.GAP + cls.RIGHT,
                cls.TOP + rows * (height + cls.GAP) - cls.GAP + cls.BOTTOM,
            ),
            facecolor="white",
        )
        return cls(figure, (width, height), rows)

    def panel(self, row: int, column: int) -> Axes:
        """Return new axes in a row, counted from the top, and a column."""
        width, height = self.panel_size
        return self._axes(self.LEFT + column * (width + self.GAP), self._foot(row), width, height)

    def colour_bar(self, image: AxesImage, row: int, unit: str) -> None:
        """Draw the colour bar of ``row`` at its right; the first one serves the second row, too."""
        height = self.panel_size[1]
        last = min(row + 1, self.rows - 1) if row == 0 else row
        foot = self._foot(last)
        space = self._foot(row) + height - foot
        left = float(self.figure.get_figwidth()) - self.RIGHT + 0.14
        axes = self._axes(left, foot + 0.05 * space, 0.11, 0.9 * space)
        bar = self.figure.colorbar(image, cax=axes)
        bar.set_label(unit, fontsize=8.5)
        bar.ax.tick_params(labelsize=8)
        bar.outline.set_visible(False)

    def _foot(self, row: int) -> float:
        return self.BOTTOM + (self.rows - 1 - row) * (self.panel_size[1] + self.GAP)

    def _axes(self, left: float, foot: float, width: float, height: float) -> Axes:
        across, up = self.figure.get_size_inches()
        return self.figure.add_axes((left / across, foot / up, width / across, height / up))


def frames_plot(density: Density, simulated: Array | None) -> str:
    """Draw about four frames: observed, simulated and their difference, with colour bars.

    Parameters
    ----------
    simulated
        Shape (T, Y, X) [density unit], or None where there is no simulation yet.

    Returns
    -------
    A PNG as a data URI.
    """
    shown = np.unique(np.linspace(0, len(density.t) - 1, SHOWN).round().astype(int))
    rows: list[tuple[str, Array]] = [("observed", density.values[shown])]
    if simulated is not None:
        rows += [
            ("simulated", simulated[shown]),
            ("simulated\n− observed", simulated[shown] - density.values[shown]),
        ]
    extent = Extent.of(density)
    top = shared_maximum(density, simulated)
    with rc_context(STYLE):
        sheet = _Sheet.of(extent, len(rows), len(shown))
        for row, (name, values) in enumerate(rows):
            limits = (0.0, top) if row < 2 else _symmetric(density, values)
            panels = [sheet.panel(row, column) for column in range(len(shown))]
            for axes, frame in zip(panels, values, strict=True):
                image = _draw(axes, _masked(frame, density), extent, limits, row < 2)
            _name_row(panels[0], name, density.length_unit)
            if row != 1:
                sheet.colour_bar(image, row, density.density_unit)
            if row == 0:
                _scale_bar(panels[0], extent, density.length_unit)
                for axes, frame in zip(panels, shown, strict=True):
                    axes.set_title(moment(density.t[frame], density.time_unit))
        for axes in panels:
            axes.tick_params(labelbottom=True)
            axes.set_xlabel(f"x [{length_name(density.length_unit)}]")
        return png_uri(sheet.figure)


def shared_maximum(density: Density, simulated: Array | None) -> float:
    """Return the density at the upper end of the colour scale of both movies."""
    movies = [density.values] if simulated is None else [density.values, simulated]
    seen = slice(None) if density.mask is None else density.mask
    values = np.concatenate([movie[:, seen].ravel() for movie in movies])
    return float(np.percentile(values[np.isfinite(values)], 99.8)) or 1.0


def nice_length(width: float) -> float:
    """Return a round length (1, 2 or 5 times a power of ten) of at most a third of ``width``."""
    power = 10.0 ** np.floor(np.log10(width / 3))
    return float(max(step for step in (1, 2, 5) if step * power <= width / 3) * power)


def _draw(
    axes: Axes, values: Array, extent: Extent, span: tuple[float, float], density_colours: bool
) -> AxesImage:
    name = "viridis" if density_colours else "RdBu_r"
    colours = colormaps[name].with_extremes(bad=_UNSEEN)
    axes.tick_params(labelsize=7.5, labelbottom=False, labelleft=False)
    axes.locator_params(nbins=5)
    return axes.imshow(values, cmap=colours, vmin=span[0], vmax=span[1], extent=extent.box,
                       origin="upper", interpolation="nearest", aspect="equal")  # fmt: skip


def _name_row(axes: Axes, name: str, unit: str) -> None:
    axes.tick_params(labelleft=True)
    axes.set_ylabel(f"y [{length_name(unit)}]")
    axes.annotate(name, (0, 0.5), (-52, 0), xycoords="axes fraction", textcoords="offset points",
                  rotation=90, ha="center", va="center", fontweight="bold")  # fmt: skip


def _scale_bar(axes: Axes, extent: Extent, unit: str) -> None:
    bar = nice_length(extent.right - extent.left)
    x = extent.right - 0.06 * (extent.right - extent.left)
    y = extent.bottom - 0.08 * (extent.bottom - extent.top)
    axes.plot([x - bar, x], [y, y], color="white", lw=3, solid_capstyle="butt")
    axes.annotate(length(bar, unit), (x - bar / 2, y), (0, 3), textcoords="offset points",
                  ha="center", va="bottom", color="white", fontsize=8)  # fmt: skip


def _masked(values: Array, density: Density) -> Array:
    return values if density.mask is None else np.where(density.mask, values, np.nan)


def _symmetric(density: Density, residual: Array) -> tuple[float, float]:
    seen = residual if density.mask is None else residual[:, density.mask]
    reach = float(np.percentile(np.abs(seen[np.isfinite(seen)]), 99.5)) or 1.0
    return -reach, reach


def png_uri(figure: Figure) -> str:
    """Return a figure as a data URI of a PNG."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=130, metadata={"Software": None})
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
