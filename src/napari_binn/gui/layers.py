"""Movies and densities as napari layers that know their scale, place and units."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..density.model import Density
from ..movie.model import Movie
from ..run.folder import RunFolder
from ..units import LENGTHS_MM, TIMES_DAY

LayerData = tuple[Any, dict[str, Any], str]

AXES = ("t", "y", "x")


def movie_layer(movie: Movie, name: str, **metadata: Any) -> LayerData:
    """Return an image or label movie as a layer, its outer corner at the origin.

    Parameters
    ----------
    metadata
        Goes into the layer's metadata, beside the frame times.
    """
    dy, dx = movie.pixel_size
    placed = _placed(movie.times, (dy, dx), (dy / 2, dx / 2), movie.time_unit, movie.length_unit)
    placed["metadata"] |= {"source": movie.source, **metadata}
    data = np.stack([np.asarray(frame) for frame in movie])
    if movie.kind == "labels":
        return data, {"name": name, **placed}, "labels"
    low, high = np.percentile(data, (0.1, 99.9))
    limits = (float(low), float(max(high, low + 1e-9)))
    return data, {"name": name, "contrast_limits": limits, **placed}, "image"


def run_layers(run: RunFolder) -> list[LayerData]:
    """Return what was observed in a run and, as far as it got, the simulation and the residual.

    Observed and simulated density share their contrast limits; the residual (observed minus
    simulated) is centred on zero. Bins that were not observed are NaN.

    Raises
    ------
    UserError
        The run has no density yet, or a file of it is damaged.
    """
    density = run.load_density()
    observed = _observed_only(density, density.values)
    top = float(density.values.max())
    layers = [_density_layer(run, density, observed, "observed", (0.0, top), "viridis")]
    if run.has("simulate"):
        simulated = _observed_only(density, run.load_simulation().values)
        residual = observed - simulated
        largest = float(np.nanmax(np.abs(residual))) or 1.0
        layers += [
            _density_layer(run, density, simulated, "simulated", (0.0, top), "viridis"),
            _density_layer(run, density, residual, "residual", (-largest, largest), "PiYG"),
        ]
    return layers


def _density_layer(
    run: RunFolder,
    density: Density,
    values: NDArray[np.float64],
    name: str,
    limits: tuple[float, float],
    colormap: str,
) -> LayerData:
    corner = (float(density.y[0]), float(density.x[0]))
    placed = _placed(density.t, density.spacing, corner, density.time_unit, density.length_unit)
    placed["metadata"] |= {"run": str(run.path), "density_unit": density.density_unit}
    options = {"name": name, "contrast_limits": limits, "colormap": colormap, **placed}
    return values.astype(np.float32), options, "image"


def _observed_only(density: Density, values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values if density.mask is None else np.where(density.mask, values, np.nan)


def _placed(
    times: NDArray[np.float64],
    spacing: tuple[float, float],
    first: tuple[float, float],
    time_unit: str,
    length_unit: str,
) -> dict[str, Any]:
    """Return scale, translation, units and axis labels of a layer (T, Y, X).

    napari knows one interval for all frames: where they are not evenly spaced it is their mean, and
    the true times are in the metadata.
    """
    interval = float((times[-1] - times[0]) / (len(times) - 1)) if len(times) > 1 else 1.0
    return {
        "scale": (interval, *spacing),
        "translate": (float(times[0]), *first),
        "units": _known_units(time_unit, length_unit),
        "axis_labels": AXES,
        "metadata": {"times": times.tolist(), "time_unit": time_unit, "length_unit": length_unit},
    }


def _known_units(time_unit: str, length_unit: str) -> tuple[str, str, str]:
    """Return the units as napari knows them: what is not calibrated counts in pixels."""
    time = time_unit if time_unit in TIMES_DAY else "pixel"
    length = length_unit if length_unit in LENGTHS_MM else "pixel"
    return time, length, length
