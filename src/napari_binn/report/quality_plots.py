"""Pictures of the measurement: what was found in frames, how much in each, and the drift."""

from __future__ import annotations

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from napari_binn.density.model import Density
from napari_binn.quality.model import Quality, Shot
from napari_binn.quantities import length_name, moment, unit_word
from napari_binn.units import FRAME

from .frames import png_uri
from .plots import BLUE, GREEN, GREY, ORANGE, STYLE, new_figure, svg_uri
from .totals import totals_over_time

Array = NDArray[np.float64]

_MARK, _LINE = "#FFD60A", "#FFD60A"
_WIDTH = 9.6
_MOST_HISTOGRAM = 2_000_000


def shots_plot(quality: Quality, density: Density) -> str | None:
    """Draw frames with what was found in them, side by side; None if there are none."""
    shots = quality.shots
    if not shots:
        return None
    x0, y0, x1, y1 = shots[0].box
    width = (_WIDTH - 0.9) / len(shots)
    height = min(width * (y1 - y0) / max(x1 - x0, 1e-30), 2 * width)
    with rc_context(STYLE):
        figure = new_figure(_WIDTH, height + 0.75)
        panels = np.atleast_1d(figure.subplots(1, len(shots), sharex=True, sharey=True))
        for axes, shot in zip(panels, shots, strict=True):
            _draw_shot(axes, shot)
            axes.set_title(_title(shot, density.time_unit))
            axes.set_xlabel(f"x [{length_name(density.length_unit)}]")
        panels[0].set_ylabel(f"y [{length_name(density.length_unit)}]")
        return png_uri(figure)


def _title(shot: Shot, unit: str) -> str:
    name = f"frame {shot.frame + 1}"
    return name if unit == FRAME else f"{name}, {moment(shot.time, unit)}"


def _draw_shot(axes: Axes, shot: Shot) -> None:
    x0, y0, x1, y1 = shot.box
    axes.set(xlim=(x0, x1), ylim=(y1, y0), aspect="equal")
    axes.locator_params(nbins=4)
    extent = (x0, x1, y1, y0)
    if shot.image is not None:
        axes.imshow(shot.image, cmap="gray", vmin=0, vmax=255, extent=extent, origin="upper",
                    interpolation="antialiased")  # fmt: skip
    else:
        axes.set_facecolor("#1B1E22")
    if shot.covered is not None and shot.covered.any() and not shot.covered.all():
        rows, columns = shot.covered.shape
        x = x0 + (np.arange(columns) + 0.5) * (x1 - x0) / columns
        y = y0 + (np.arange(rows) + 0.5) * (y1 - y0) / rows
        hidden = False if shot.hidden is None else shot.hidden
        cover = np.ma.array(shot.covered.astype(float), mask=hidden)
        axes.contour(x, y, cover, levels=[0.5], colors=_LINE, linewidths=0.8)
    if shot.positions is not None and len(shot.positions):
        size = _ring(shot)
        axes.scatter(shot.positions[:, 0], shot.positions[:, 1], s=size, facecolors="none",
                     edgecolors=_MARK, linewidths=0.6)  # fmt: skip
    if shot.hidden is not None and shot.hidden.any():
        rows, columns = shot.hidden.shape
        shade = np.zeros((rows, columns, 4))
        stripes = (np.add.outer(np.arange(rows), np.arange(columns)) // 4) % 2 == 0
        shade[shot.hidden & stripes] = (0.9, 0.35, 0.1, 0.8)
        axes.imshow(shade, extent=extent, origin="upper", interpolation="nearest")


def _ring(shot: Shot) -> float:
    """Return the area of a ring [points²] that leaves the cells apart."""
    panel = 72 * (_WIDTH - 0.9) / 3
    x0, y0, x1, y1 = shot.box
    shape = (y1 - y0) / max(x1 - x0, 1e-30)
    apart = panel * np.sqrt(shape / max(shot.count, 1))
    return float(np.clip(0.5 * apart, 1.2, 7.0) ** 2)


def courses_plot(quality: Quality, density: Density) -> str:
    """Draw how much was found over time, the densities that were found, and the drift."""
    drift = quality.drift is not None
    with rc_context(STYLE):
        figure = new_figure(_WIDTH, 2.9)
        panels = figure.subplots(1, 3 if drift else 2, width_ratios=[1.5, 1, 1][: 2 + drift])
        _draw_totals(panels[0], quality, density)
        _draw_histogram(panels[1], density)
        if drift:
            _draw_drift(figure, panels[2], quality, density)
        return svg_uri(figure)


def _draw_totals(axes: Axes, quality: Quality, density: Density) -> None:
    totals, what = totals_over_time(density, density.values)
    if density.patches_per_bin is not None:
        area = totals_over_time(density, np.ones_like(density.values[:1]))[0][0]
        totals, what = 100 * totals / area, "covered area [%]"
    axes.plot(density.t, totals, color=BLUE, lw=1.2, marker="o", ms=3)
    axes.set(xlabel=f"time [{unit_word(density.time_unit)}]", ylabel=what, title="Over time")
    axes.set_ylim(0, 1.08 * float(totals.max()) or 1.0)
    flagged = sorted({flag.index for flag in quality.flags} - set(quality.left_out))
    _ticks(axes, quality.times[flagged], ORANGE, "looks wrong")
    _ticks(axes, quality.times[list(quality.left_out)], GREY, "left out")
    if axes.get_legend_handles_labels()[1]:
        axes.legend(loc="lower right")


def _ticks(axes: Axes, times: Array, colour: str, label: str) -> None:
    for k, time in enumerate(times[:200]):
        axes.axvline(float(time), color=colour, lw=1.0, alpha=0.7, label=label if k == 0 else None)


def _draw_histogram(axes: Axes, density: Density) -> None:
    values = np.concatenate([frame.ravel() for frame in density.frames()])
    values = values[:: max(1, len(values) // _MOST_HISTOGRAM)]
    axes.hist(values, bins=40, color=BLUE, alpha=0.75, log=True)
    unit = f" [{density.density_unit}]" if density.density_unit else ""
    axes.set(xlabel=f"density{unit}", ylabel="bins, all frames", title="Densities")


def _draw_drift(figure: Figure, axes: Axes, quality: Quality, density: Density) -> None:
    assert quality.drift is not None
    assert quality.kept is not None
    assert quality.drift_error is not None
    times = quality.times[quality.kept]
    for k, (name, colour) in enumerate((("down", ORANGE), ("right", GREEN))):
        path, error = quality.drift[:, k], quality.drift_error
        axes.fill_between(times, path - error, path + error, color=colour, alpha=0.2, lw=0)
        axes.plot(times, path, color=colour, lw=1.2, label=name)
    axes.axhline(0, color=GREY, lw=0.6)
    axes.set(
        xlabel=f"time [{unit_word(density.time_unit)}]",
        ylabel=f"drift [{length_name(density.length_unit)}]",
        title="Drift of the stage",
    )
    axes.legend()
