"""The picture that shows why: what the simulation misses, and what a departure would leave."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib import colormaps, rc_context
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from numpy.typing import NDArray

from napari_binn.check_words import CHECKS, worst_first
from napari_binn.density.model import Density
from napari_binn.inference.diagnostics_model import Check, Diagnosis
from napari_binn.inference.terms import Z90
from napari_binn.quantities import length_name, moment

from .frames import Extent
from .plots import BLUE, GREY, ORANGE, STYLE, new_figure, svg_uri

Array = NDArray[np.float64]
#: Checks that are shown, at most.
MOST = 3


def shown_checks(diagnosis: Diagnosis) -> tuple[Check, ...]:
    """Return the checks that speak against reaction-diffusion, or else the one that comes closest.

    The first of them is what decided the verdict.
    """
    ordered = worst_first(diagnosis)
    against = tuple(one for one in ordered if one.finding in ("present", "strong"))
    return against[:MOST] or (min(ordered, key=lambda one: one.p),)


def trust_plot(diagnosis: Diagnosis, density: Density) -> str:
    """Draw, for each shown check, the map of a frame, what the effect leaves, and the course."""
    checks = shown_checks(diagnosis)
    extent = Extent.of(density)
    with rc_context(STYLE):
        figure = new_figure(9.6, 2.7 * len(checks))
        rows = figure.subplots(len(checks), 3, squeeze=False, width_ratios=(1, 1, 1.15))
        for axes, check in zip(rows, checks, strict=True):
            _maps(axes[0], axes[1], check, density, extent)
            _course(axes[2], check)
        return svg_uri(figure)


def trust_caption(diagnosis: Diagnosis) -> str:
    """Return what the picture shows."""
    checks = shown_checks(diagnosis)
    names = ", ".join(CHECKS[check.name].lower() for check in checks)
    opening = f"Shown: {names}."
    if all(check.finding not in ("present", "strong") for check in checks):
        opening = (
            "These frames show nothing that speaks against reaction–diffusion; what comes closest "
            f"is {names}."
        )
    parts = [
        "Left: what the simulated movie misses in one frame, averaged over neighbouring bins (red: "
        "there are more cells than the law says)."
    ]
    if any(_is_effect(check) for check in checks):
        parts.append("Middle: what such a departure of the estimated size would leave there.")
        parts.append("Right: the mean of each frame (dots) beside it (line).")
    if any(not _is_effect(check) for check in checks):
        parts.append(
            "Correlations: how alike the misses are at each distance; scatter alone would stay in "
            "the grey band nine times out of ten."
        )
    return " ".join([opening, *parts])


def _is_effect(check: Check) -> bool:
    return check.name not in ("patches", "persistence")


def _maps(left: Axes, middle: Axes, check: Check, density: Density, extent: Extent) -> None:
    picture = check.picture
    seen = np.concatenate([picture.deviation.ravel(), picture.expected.ravel()])
    seen = np.abs(seen[np.isfinite(seen)])
    top = float(np.quantile(seen, 0.995)) if len(seen) else 0.0
    time = moment(float(density.t[picture.frame]), density.time_unit)
    what = "all frames" if check.name == "persistence" else time
    image = _map(left, picture.deviation, top or 1.0, extent, density.length_unit)
    left.set_title(f"missed, {what}")
    if _is_effect(check):
        _map(middle, picture.expected, top or 1.0, extent, density.length_unit)
        middle.set_title("expected from it")
    else:
        middle.set_axis_off()
    bar = left.figure.colorbar(image, ax=middle if _is_effect(check) else left, shrink=0.85)
    bar.set_label("observed − simulated [u]", fontsize=8)
    bar.ax.tick_params(labelsize=7.5)
    bar.outline.set_visible(False)
    left.annotate(
        CHECKS[check.name], (0, 1), (0, 22), xycoords="axes fraction", textcoords="offset points",
        color="#22262B", fontweight="bold", fontsize=10.5,
    )  # fmt: skip


def _map(axes: Axes, values: Array, top: float, extent: Extent, unit: str) -> AxesImage:
    colours = colormaps["RdBu_r"].with_extremes(bad="#D5D8DC")
    axes.tick_params(labelsize=7.5)
    axes.locator_params(nbins=4)
    axes.set_xlabel(f"x [{length_name(unit)}]", fontsize=8)
    return axes.imshow(
        values, cmap=colours, vmin=-top, vmax=top, extent=extent.box, origin="upper",
        interpolation="nearest", aspect="equal",
    )  # fmt: skip


def _course(axes: Axes, check: Check) -> None:
    picture = check.picture
    style: dict[str, Any] = {"lw": 1.6, "color": ORANGE}
    axes.axhline(0, color=GREY, lw=0.8)
    if _is_effect(check):
        axes.plot(picture.position, picture.course_expected, label="expected from it", **style)
        axes.set_ylabel("mean of the frame [u]", fontsize=8.5)
    else:
        half = Z90 * picture.course_expected
        axes.fill_between(
            picture.position, -half, half, color=GREY, alpha=0.3, lw=0, label="scatter alone"
        )
        axes.set_ylabel("correlation", fontsize=8.5)
    axes.plot(picture.position, picture.course, "o", color=BLUE, ms=4.5, label="movie")
    axes.set_xlabel(picture.label, fontsize=8.5)
    axes.tick_params(labelsize=8)
    axes.legend(loc="best")
