"""The report's curves: losses, D(u) and G(u), and the number of cells over time."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from napari_binn.density.model import Density
from napari_binn.equations.model import Simulation
from napari_binn.inference.terms import Z90, Noise, Terms
from napari_binn.quantities import diffusivity_unit

from .contents import Contents
from .law import Curve, law_of, true_law
from .totals import total_sd, totals_over_time

Array = NDArray[np.float64]

# Okabe and Ito's colours: distinct for colour-blind readers, too.
BLUE, ORANGE, GREEN, SKY, GREY = "#0072B2", "#D55E00", "#009E73", "#56B4E9", "#8A8F98"
NETWORK = "#4A4F57"
STYLE: Any = {
    "font.size": 9.5,
    "font.family": "DejaVu Sans",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#5A6068",
    "axes.labelcolor": "#22262B",
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "svg.fonttype": "path",
    "svg.hashsalt": "napari-binn",
    "mathtext.fontset": "cm",
}
LOG_ABOVE = 20.0  # D that varies by more than this factor is drawn on a log axis


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure [inch] that belongs to no window."""
    return Figure(figsize=(width, height), layout="constrained", facecolor="white")


def svg_uri(figure: Figure) -> str:
    """Return a figure as a data URI of an SVG whose text is drawn as paths."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return f"data:image/svg+xml;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def losses_plot(losses: dict[str, Array]) -> str:
    """Draw each loss over the training steps on a log axis."""
    names = {
        "data": ("misfit to the data", BLUE),
        "residual": ("violation of the equation", ORANGE),
        "validation": ("misfit to data left out", GREEN),
    }
    with rc_context(STYLE):
        figure = new_figure(8.2, 2.7)
        axes = figure.subplots()
        steps = losses.get("step", np.empty(0))
        for name, values in losses.items():
            if name == "step" or not np.any(np.isfinite(values) & (values > 0)):
                continue
            label, colour = names.get(name, (name, GREY))
            shown = np.isfinite(values) & (values > 0)
            axes.plot(steps[shown], values[shown], color=colour, lw=1.4, label=label)
        axes.set(yscale="log", xlabel="training step", ylabel="loss")
        axes.grid(axis="y", color="#E6E8EB", lw=0.6)
        if axes.lines:
            axes.legend(ncols=3, loc="upper right")
        return svg_uri(figure)


def terms_plot(contents: Contents, density: Density, terms: Terms) -> str:
    """Draw D(u) and G(u) with bands over the histogram of the observed densities."""
    law = law_of(contents)
    truth = true_law(contents.truth, terms.density_scale)
    unit = diffusivity_unit(density.length_unit, density.time_unit)
    binn = contents.binn
    with rc_context(STYLE):
        figure = new_figure(9.6, 4.3)
        panels = figure.subplots(1, 2)
        for k, (symbol, axes) in enumerate(zip("DG", panels, strict=True)):
            members = None if binn is None else (binn.u, getattr(binn, symbol))
            simulated = _simulated_band(contents, symbol)
            formula = getattr(law, symbol) if law is not None and law.is_formula else None
            _curve_panel(axes, symbol, terms, members, formula, None if truth is None else truth[k])
            if simulated is not None:
                _outline(axes, *simulated)
            below = _histogram(axes, density, terms.density_scale)
            _unsupported(below, terms)
            _density_axis(axes, terms.density_scale, density.density_unit)
        panels[0].set(title="How fast cells spread", ylabel=f"diffusivity D  [{unit}]")
        panels[1].set(
            title="How fast they multiply", ylabel=f"growth rate G  [1/{density.time_unit}]"
        )
        figure.legend(*_legend_entries(panels[0], below), loc="outside lower center", ncols=3)
        return svg_uri(figure)


def totals_plot(density: Density, noise: Noise | None, simulation: Simulation | None) -> str:
    """Draw the number of cells over time: observed, simulated and forecast."""
    observed, what = totals_over_time(density, density.values)
    with rc_context(STYLE):
        figure = new_figure(8.2, 3.1)
        axes = figure.subplots()
        if simulation is not None:
            simulated, _ = totals_over_time(density, simulation.values)
            if noise is not None:
                half = Z90 * total_sd(density, simulation.values, noise)
                axes.fill_between(
                    density.t, simulated - half, simulated + half, color=ORANGE, alpha=0.16, lw=0,
                    label="where 90 % of measurements would lie",
                )  # fmt: skip
            axes.plot(
                density.t, simulated, color=ORANGE, lw=1.8, label="simulated from the formula"
            )
            _forecast_line(axes, density, simulation)
        axes.plot(density.t, observed, "o", color=BLUE, ms=5, label="observed")
        axes.set(xlabel=f"time [{density.time_unit}]", ylabel=what)
        axes.set_ylim(bottom=0)
        axes.grid(axis="y", color="#E6E8EB", lw=0.6)
        axes.legend(loc="upper left")
        return svg_uri(figure)


def _curve_panel(
    axes: Axes,
    symbol: str,
    terms: Terms,
    members: tuple[Array, Array] | None,
    formula: Curve | None,
    truth: Curve | None,
) -> None:
    u, middle = terms.u, getattr(terms, symbol)
    low, high = getattr(terms, f"{symbol}_low"), getattr(terms, f"{symbol}_high")
    if members is not None:
        _networks(axes, *members)
    axes.plot(u, middle, color=BLUE, lw=1.8, label="estimate", zorder=4)
    axes.fill_between(u, low, high, color=BLUE, alpha=0.2, lw=0, label="its 90 % band", zorder=3)
    if truth is not None:
        axes.plot(u, truth(u), color=GREEN, lw=1.6, ls=":", label="true law", zorder=6)
    if formula is not None:
        axes.plot(u, formula(u), color=ORANGE, lw=1.8, ls=(0, (5, 2)), label="formula", zorder=5)
    axes.set_xlim(float(u[0]), float(u[-1]))
    curves = [middle] + [curve(u) for curve in (formula, truth) if curve is not None]
    seen = middle[terms.supported] if terms.supported.any() else middle
    if symbol == "D" and seen.min() > 0 and seen.max() > LOG_ABOVE * seen.min():
        axes.set(yscale="log", ylim=(seen.min() / 10, seen.max() * 10))
    else:
        axes.axhline(0, color="#5A6068", lw=0.6, zorder=1)
        axes.set_ylim(*_limits(terms.supported, [*curves, low, high], curves))
    axes.set_xlabel("u  (density / highest observed density)")


def _networks(axes: Axes, u: Array, members: Array) -> None:
    """Draw the networks' mean and, behind it, the band that 90 % of such networks would lie in."""
    mean = members.mean(axis=0)
    if len(members) > 2:
        half = Z90 * members.std(axis=0, ddof=1)
        axes.fill_between(u, mean - half, mean + half, color=GREY, alpha=0.22, lw=0, zorder=1.5,
                          label="90 % band of single networks")  # fmt: skip
    else:
        axes.plot(u, members.T, color=GREY, lw=0.7, alpha=0.55, zorder=2)
    axes.plot(u, mean, color=NETWORK, lw=1.3, ls="-.", label="mean of the networks", zorder=3.5)


def _simulated_band(contents: Contents, symbol: str) -> tuple[Array, Array, Array] | None:
    """Return u and the band from simulated movies, if the bands were checked on some."""
    found = contents.bootstrap
    if found is None:
        return None
    return found.u, getattr(found, f"{symbol}_low"), getattr(found, f"{symbol}_high")


def _outline(axes: Axes, u: Array, low: Array, high: Array) -> None:
    axes.plot(u, low, color=BLUE, lw=0.9, ls=":", zorder=4, label="band from simulated movies")
    axes.plot(u, high, color=BLUE, lw=0.9, ls=":", zorder=4)


def _limits(supported: NDArray[np.bool_], inside: list[Array], anywhere: list[Array]) -> Any:
    """Return y limits from the supported part; bands may run out of the picture elsewhere."""
    where = supported if supported.any() else np.ones_like(supported)
    values = np.concatenate([curve[where] for curve in inside])
    values = np.append(values[np.isfinite(values)], 0.0)
    low, high = float(values.min()), float(values.max())
    reach = (high - low) or 1.0
    for curve in anywhere:
        beyond = curve[np.isfinite(curve)]
        if len(beyond):
            low = min(low, max(float(beyond.min()), low - 0.3 * reach))
            high = max(high, min(float(beyond.max()), high + 0.3 * reach))
    return low - 0.05 * (high - low), high + 0.08 * (high - low)


def _unsupported(axes: Axes, terms: Terms) -> None:
    """Hatch the densities at which the data say nothing."""
    for k, (left, right) in enumerate(_runs(terms.u, ~terms.supported)):
        axes.axvspan(
            left, right, facecolor="#ECEEF0", edgecolor="#C9CDD2", hatch="///", lw=0, zorder=0,
            label="no support by the data" if k == 0 else None,
        )  # fmt: skip


def _legend_entries(*panels: Axes) -> tuple[list[Any], list[str]]:
    entries = [axes.get_legend_handles_labels() for axes in panels]
    handles = [handle for found, _ in entries for handle in found]
    return handles, [label for _, found in entries for label in found]


def _histogram(axes: Axes, density: Density, scale: float) -> Axes:
    """Draw how often each density was observed; return its axes, which lie below and are bare."""
    observed = density.observed()
    below = axes.twinx()
    heights, edges = np.histogram(observed.ravel() / scale, _edges(axes, density, scale))
    below.stairs(heights, edges, fill=True, color="#AAB3BD", alpha=0.6, label="how often observed")
    # Empty bins may outnumber all others: their column is cut off so that the rest can be seen.
    usual = np.quantile(heights[heights > 0], 0.9) if np.any(heights > 0) else 1.0
    below.set_ylim(0, 3.5 * usual)
    below.set_yticks([])
    below.spines["right"].set_visible(False)
    axes.set_zorder(below.get_zorder() + 1)
    axes.patch.set_visible(False)
    return below


def _edges(axes: Axes, density: Density, scale: float) -> Array:
    """Return about 30 columns across the axes; columns of counts hold whole numbers of cells."""
    right = float(axes.get_xlim()[1])
    width = right / 30
    if density.counts_per_unit is None:
        return np.arange(0.0, right + width, width)
    one_cell = 1 / (density.counts_per_unit * scale)
    return np.arange(-0.5 * one_cell, right + width, max(1, round(width / one_cell)) * one_cell)


def _density_axis(axes: Axes, scale: float, unit: str) -> None:
    """Draw the density itself along the top."""

    def to_density(u: Array) -> Array:
        return u * scale

    def from_density(density: Array) -> Array:
        return density / scale

    top = axes.secondary_xaxis("top", functions=(to_density, from_density))  # type: ignore[arg-type]
    top.set_xlabel(f"density [{unit}]", fontsize=8.5, color="#5A6068")
    top.tick_params(labelsize=8, colors="#5A6068")


def _forecast_line(axes: Axes, density: Density, simulation: Simulation) -> None:
    if simulation.forecast is None or simulation.forecast_from is None:
        return
    start = simulation.forecast_from
    times = density.t[start : start + len(simulation.forecast)]
    forecast, _ = totals_over_time(density, simulation.forecast[: len(times)])
    axes.plot(times, forecast, color=GREEN, lw=1.8, ls=(0, (5, 2)), marker="s", ms=3.5,
              label="forecast that saw only the earlier frames")  # fmt: skip
    axes.axvline(0.5 * (density.t[start - 1] + density.t[start]), color=GREEN, lw=0.8, ls=":")


def _runs(u: Array, where: NDArray[np.bool_]) -> list[tuple[float, float]]:
    """Return the intervals of u in which ``where`` holds, each reaching half-way to the next u."""
    edges = np.concatenate([u[:1], 0.5 * (u[1:] + u[:-1]), u[-1:]])
    steps = np.diff(np.concatenate([[0], where.astype(int), [0]]))
    begins, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    return [(float(edges[a]), float(edges[b])) for a, b in zip(begins, ends, strict=True)]
