"""D(u) or G(u): what the networks think, the final estimate, the formula and the truth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from qtpy.QtWidgets import QVBoxLayout, QWidget

from ...quantities import diffusivity_unit, number
from .canvas import Canvas, set_area, set_curve
from .ground import BARS, Ground, intervals
from .legend import Entry
from .limits import Curve, Range, clipped, curve_limits, settled
from .strokes import Stroke
from .text import with_unit
from .theme import PlotTheme

Array = NDArray[np.float64]
Symbol = Literal["D", "G"]
Compared = tuple[str, ArrayLike, ArrayLike, ArrayLike, ArrayLike]

_HEADINGS = {"D": "Diffusivity", "G": "Growth rate"}
_EMPTY = "The curve appears here while the networks learn."
_HELP = (
    "Band: the range of the networks while they learn, then the 90 % interval of the estimate, "
    "beside which stands the mean of the networks. "
    "Dots: the band from simulated movies, once the bands are checked (tab Checks). "
    "Columns: how often each density was observed (the tallest may be cut off). "
    "Grey: densities at which the data say nothing about the curve."
)
_MOST_COMPARED = 5
_RARE = 0.005  # share of the observations beyond which a density counts as observed


def _array(values: ArrayLike) -> Array:
    return np.asarray(values, dtype=np.float64)


class TermPlot(QWidget):
    """One unknown term of the equation over the densities that were observed.

    Parameters
    ----------
    which
        "D" or "G".

    Attributes
    ----------
    curves
        Single curves by name: "members" and "median" of the networks while they learn, their "mean"
        beside the "estimate", "formula", "truth", and both ends of the "checked" band.
    """

    def __init__(self, which: Symbol, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._which: Symbol = which
        self.canvas = Canvas(f"{_HEADINGS[which]} {which}(u)", _EMPTY)
        self.ground = Ground(self.canvas.view)
        self.canvas.view.addItem(self.ground, ignoreBounds=True)
        self._strokes = {
            "members": Stroke("muted", width=1.0, opacity=0.75),
            "median": Stroke(which, width=2.2),
            "mean": Stroke("foreground", width=1.6, opacity=0.8),
            "estimate": Stroke(which, width=2.2),
            "formula": Stroke("accent", "dashes", width=2.2),
            "truth": Stroke("truth", "dots", width=2.4),
            "checked": Stroke(which, "dots", width=1.8),
        }
        self.curves = {
            name: self.canvas.add_curve(stroke, z)
            for z, (name, stroke) in enumerate(self._strokes.items(), start=2)
        }
        zero = self.canvas.add_curve(Stroke("muted", width=1.0), -5)
        set_curve(zero, np.array([-1e3, 1e3]), np.zeros(2))
        self._band_stroke = Stroke(which, "area", opacity=0.25)
        self._band = self.canvas.add_area(self._band_stroke, 1)
        self._compared = [
            (
                self.canvas.add_curve(Stroke(f"series{k}", width=2.2), 8),
                self.canvas.add_area(Stroke(f"series{k}", "area", opacity=0.2), 1),
            )
            for k in range(_MOST_COMPARED)
        ]
        self.canvas.setToolTip(_HELP)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.canvas)
        self._forget()
        self.set_units("", "", 1.0, "")

    def _forget(self) -> None:
        self._data: dict[str, Curve] = {}
        self._member_rows: tuple[Array, Array] | None = None
        self._limits_of_band: tuple[Array, Array, Array] | None = None
        self._observed: Range | None = None
        self._supported: Range | None = None
        self._formula_label = "formula"
        self._comparison: list[tuple[str, Array, Array, Array, Array]] = []

    def set_units(
        self, length: str, time: str, density_scale: float = 1.0, density_unit: str = ""
    ) -> None:
        """Say what the axes are measured in; u = 1 is ``density_scale`` of ``density_unit``."""
        unit = "" if not time else (
            diffusivity_unit(length, time) if self._which == "D" else f"1/{time}"
        )  # fmt: skip
        one = f" (1 = {number(density_scale, 4)} {density_unit})" if density_unit else ""
        short = with_unit(f"{self._which}(u)", unit)
        self.canvas.legend.set_title(f"{_HEADINGS[self._which]} {short}", short)
        self.canvas.set_label(f"density u{one}")

    def set_histogram(self, u_edges: ArrayLike, weight: ArrayLike) -> None:
        """Draw how often each density was observed: edges (K + 1,) and weights (K,)."""
        edges, heights = _array(u_edges), _array(weight)
        self.ground.set_histogram(edges, heights)
        self._observed = _observed_range(edges, heights)
        self._draw()

    def set_members(
        self, u: ArrayLike, curves: ArrayLike, supported_range: Range | None = None
    ) -> None:
        """Draw what each network has learned: u (N,), curves (M, N)."""
        self._member_rows = (_array(u), np.atleast_2d(_array(curves)))
        if "estimate" not in self._data:
            self._supported = supported_range
        self._draw()

    def set_estimate(
        self,
        u: ArrayLike,
        mid: ArrayLike,
        low: ArrayLike,
        high: ArrayLike,
        supported: ArrayLike | None = None,
    ) -> None:
        """Draw the final estimate with its 90 % band; ``supported`` is True where data are."""
        grid = _array(u)
        self._data["estimate"] = (grid, _array(mid))
        self._limits_of_band = (grid, _array(low), _array(high))
        if supported is not None:
            where = np.asarray(supported, dtype=bool)
            self._supported = (
                (float(grid[where].min()), float(grid[where].max())) if where.any() else None
            )
            self.ground.set_unsupported(unsupported(grid, where))
        self._draw()

    def set_formula(self, u: ArrayLike, values: ArrayLike, label: str = "formula") -> None:
        """Draw a formula; no values take it away."""
        self._formula_label = label
        self._set("formula", u, values)

    def set_checked_band(self, u: ArrayLike, low: ArrayLike, high: ArrayLike) -> None:
        """Draw the band that simulated movies give; no values take it away."""
        grid, gap = _array(u), np.array([np.nan])
        ends = (np.concatenate([grid, gap, grid]), np.concatenate([low, gap, high]))
        self._set("checked", *(ends if len(grid) else (grid, grid)))

    def set_truth(self, u: ArrayLike, values: ArrayLike) -> None:
        """Draw the law that a phantom was made from; no values take it away."""
        self._set("truth", u, values)

    def set_comparison(self, runs: Sequence[Compared]) -> None:
        """Draw (label, u, middle, low, high) of several runs instead; none ends the comparison."""
        self._comparison = [
            (label, _array(u), _array(mid), _array(low), _array(high))
            for label, u, mid, low, high in runs[:_MOST_COMPARED]
        ]
        self._draw()

    def clear_learning(self) -> None:
        """Take away what was learned; units, histogram and truth stay."""
        kept = self._data.get("truth")
        observed = self._observed
        self._forget()
        self._observed = observed
        if kept is not None:
            self._data["truth"] = kept
        self.ground.set_unsupported([])
        self.canvas.reset_view()
        self._draw()

    def clear(self) -> None:
        """Take everything away but the units."""
        self._data.pop("truth", None)
        self._observed = None
        self.ground.set_histogram(np.empty(0), np.empty(0))
        self.clear_learning()

    def set_theme(self, theme: PlotTheme) -> None:
        """Recolour everything."""
        self.canvas.set_theme(theme)
        self.ground.set_theme(theme)

    def _set(self, name: str, u: ArrayLike, values: ArrayLike) -> None:
        grid, curve = _array(u), _array(values)
        if len(grid):
            self._data[name] = (grid, np.broadcast_to(curve, grid.shape))
        else:
            self._data.pop(name, None)
        self._draw()

    def _draw(self) -> None:
        """Bring the picture up to date with what is known."""
        shown = self._shown_curves()
        band = self._shown_band()
        middle = {name: curve for name, curve in shown.items() if name != "checked"}
        y = curve_limits(middle.values(), self._range_of_interest())
        for name, curve in self.curves.items():
            x, values = shown.get(name, (np.empty(0), np.empty(0)))
            set_curve(curve, x, clipped(values, y))
        u, low, high = band if band is not None else (np.empty(0),) * 3
        set_area(self._band, u, clipped(low, y), clipped(high, y))
        self._draw_comparison(y)
        empty = not shown and not self.ground.has_histogram
        self.canvas.set_message(_EMPTY if empty else "")
        self.canvas.set_entries(self._entries(shown, band is not None))
        self._fit(shown, y)

    def _shown_curves(self) -> dict[str, Curve]:
        """Return the curves to be drawn, by name."""
        shown = {name: self._data[name] for name in ("truth",) if name in self._data}
        if self._comparison:
            compared = {f"run {k}": (run[1], run[2]) for k, run in enumerate(self._comparison)}
            return {**shown, **compared}
        if self._member_rows is not None and not {"estimate", "formula"} <= self._data.keys():
            shown |= self._of_networks(*self._member_rows)
        learned = ("estimate", "formula", "checked")
        return {**shown, **{name: self._data[name] for name in learned if name in self._data}}

    def _of_networks(self, u: Array, rows: Array) -> dict[str, Curve]:
        """Return what the networks learned: all of it at first, their mean beside the estimate."""
        if "estimate" in self._data:
            return {"mean": (u, rows.mean(axis=0))}
        gap = np.full((len(rows), 1), np.nan)
        return {
            "members": (np.tile(np.append(u, np.nan), len(rows)), np.hstack([rows, gap]).ravel()),
            "median": (u, np.median(rows, axis=0)),
        }

    def _shown_band(self) -> tuple[Array, Array, Array] | None:
        """Return u, low and high of the band: of the estimate, else across the networks."""
        if self._comparison:
            return None
        if self._limits_of_band is not None:
            return self._limits_of_band
        if self._member_rows is None or len(self._member_rows[1]) < 2:
            return None
        u, rows = self._member_rows
        return u, rows.min(axis=0), rows.max(axis=0)

    def _range_of_interest(self) -> Range | None:
        return self._supported or self._observed

    def _draw_comparison(self, y: Range) -> None:
        nothing = np.empty(0)
        for k, (curve, area) in enumerate(self._compared):
            known = k < len(self._comparison)
            run = self._comparison[k] if known else ("", nothing, nothing, nothing, nothing)
            _, u, mid, low, high = run
            set_curve(curve, u, clipped(mid, y))
            set_area(area, u, clipped(low, y), clipped(high, y))

    def _entries(self, shown: dict[str, Curve], has_band: bool) -> list[Entry]:
        """Return the legend of what is drawn."""
        band = self._band_stroke if has_band else None
        names = {
            "estimate": ("estimate", band),
            "median": ("median", band),
            "members": ("networks", None),
            "mean": ("networks", None),
            "formula": (self._formula_label, None),
            "checked": ("band by simulation", None),
        }
        entries = [
            Entry(label, self._strokes[name], area)
            for name, (label, area) in names.items()
            if name in shown
        ]
        entries += [
            Entry(run[0], Stroke(f"series{k}"), Stroke(f"series{k}", "area", opacity=0.2))
            for k, run in enumerate(self._comparison)
        ]
        if "truth" in shown:
            entries.append(Entry("truth", self._strokes["truth"]))
        if self.ground.has_histogram:
            entries.append(Entry("data", BARS))
        return entries

    def _fit(self, shown: dict[str, Curve], y: Range) -> None:
        ends = [float(np.nanmax(x)) for x, _ in shown.values() if len(x)]
        if not ends:
            ends = [self._observed[1]] if self._observed else [1.0]
        self.canvas.set_range((0.0, max(ends)), settled(self.canvas.home[1], y))


def unsupported(u: Array, supported: NDArray[np.bool_]) -> list[Range]:
    """Return where the data say nothing; beyond the grid, up to u = 1, they say nothing either."""
    found = intervals(u, ~supported)
    end = float(u[-1])
    if found and found[-1][1] >= end:
        found[-1] = (found[-1][0], max(end, 1.0))
    elif end < 1.0:
        found.append((end, 1.0))
    return found


def _observed_range(edges: Array, weight: Array) -> Range | None:
    """Return the densities between which nearly all observations lie."""
    total = float(weight.sum()) if len(weight) else 0.0
    if total <= 0:
        return None
    shares = np.cumsum(weight) / total
    first = int(np.searchsorted(shares, _RARE))
    last = int(np.searchsorted(shares, 1 - _RARE))
    return float(edges[first]), float(edges[last + 1])
