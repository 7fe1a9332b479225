"""Movies and densities as napari layers that know their scale, place and units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..density.model import Density
from ..movie.model import Movie
from ..run.folder import RunFolder
from ..units import LENGTHS_MM, TIMES_DAY
from .geometry import pixel_size, placed_on, to_pixels, unit_factor
from .placing import Ground

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Layer

    from ..density.preview import Preview

LayerData = tuple[Any, dict[str, Any], str]
Values = NDArray[np.float64]
Role = Literal["observed", "simulated", "residual", "fitted"]

AXES = ("t", "y", "x")
#: What says where a layer lies; the units go first, since the numbers are in them.
PLACEMENT = ("units", "scale", "translate", "rotate", "shear", "affine", "axis_labels")
_COLORMAPS: dict[Role, str] = {
    "observed": "viridis",
    "simulated": "viridis",
    "residual": "PiYG",
    "fitted": "viridis",
}


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


def points_layer(movie: Movie, name: str) -> LayerData:
    """Return cell positions as a layer whose coordinates are frame, y and x [length unit].

    What was assumed about lengths is kept in the metadata.
    """
    placed = _placed(movie.times, (1.0, 1.0), (0.0, 0.0), movie.time_unit, movie.length_unit)
    frames = [np.asarray(frame, dtype=np.float64).reshape(-1, 2) for frame in movie]
    index = np.repeat(np.arange(len(frames)), [len(frame) for frame in frames])
    data = np.column_stack([index, np.concatenate(frames)[:, ::-1]])
    x0, y0, x1, y1 = movie.extent
    unstated = [text for text in movie.assumptions if "no unit is stated" in text]
    placed["metadata"] |= {"source": movie.source, "assumptions": unstated}
    options = {
        **placed,
        "name": name,
        "size": _apart(frames, (x1 - x0) * (y1 - y0), max(x1 - x0, y1 - y0)),
        "face_color": "#ff9f1c",
        "border_width": 0,
    }
    return data, options, "points"


def _apart(frames: list[NDArray[np.float64]], area: float, side: float) -> float:
    """Return a size of points at which crowded neighbours hardly touch."""
    most = max((len(frame) for frame in frames), default=1)
    return float(min(0.5 * np.sqrt(area / max(most, 1)), side / 100))


def run_layers(run: RunFolder) -> list[LayerData]:
    """Return what was observed in a run and, as far as it got, the simulation and the residual.

    Raises
    ------
    UserError
        The run has no density yet, or a file of it is damaged.
    """
    density = run.load_density()
    simulated = run.load_simulation().values if run.has("simulate") else None
    return density_layers(density, str(run.path), simulated=simulated)


def density_layers(
    density: Density,
    run: str,
    *,
    simulated: Values | None = None,
    fitted: Values | None = None,
    ground: Ground | None = None,
    beside: Layer | None = None,
) -> list[LayerData]:
    """Return the layers "observed", "simulated", "residual" and "fitted" of a run.

    All densities share their contrast limits; the residual (observed minus simulated) is centred on
    zero. Bins that were not observed are NaN.

    Parameters
    ----------
    run
        Path of the run, which goes into the metadata beside the role of the layer.
    simulated, fitted
        Shape (T, Y, X) [density unit], where they are known.
    ground
        The movie that the density was measured on: the layers lie on its pixels and share its time
        slider. Without it they have a world of their own, in the units of the density.
    beside
        A layer whose units they take where there is no ``ground``: napari does not look after
        layers of one viewer that are in different units.
    """
    shown: dict[Role, Values] = {"observed": density.values}
    if simulated is not None:
        shown |= {"simulated": simulated, "residual": density.values - simulated}
    if fitted is not None:
        shown["fitted"] = fitted
    placed = _own_world(density, beside) if ground is None else ground.place_density(density)
    metadata = {
        **placed.pop("metadata"),
        "run": run,
        "density_unit": density.density_unit,
        "times": density.t.tolist(),
        "time_unit": density.time_unit,
    }
    layers: list[LayerData] = []
    for role, values in shown.items():
        seen = _observed_only(values, density.mask)
        limits = _around_zero(seen) if role == "residual" else (0.0, density.scale or 1.0)
        options = {
            **placed,
            "name": role,
            "contrast_limits": limits,
            "colormap": _COLORMAPS[role],
            "metadata": {**metadata, "role": role},
        }
        data = seen.astype(np.float32)
        if ground is not None:
            data = ground.spread(ground.fill(density, data))
        layers.append((data, options, "image"))
    return layers


def preview_layers(preview: Preview, ground: Ground) -> list[LayerData]:
    """Return the density of one frame and, where cells are counted, the cells that were found."""
    pixel = np.array(pixel_size(ground.calibration))
    first = np.array([preview.y[0], preview.x[0]]) / pixel
    spacing = [(axis[-1] - axis[0]) / (len(axis) - 1) for axis in (preview.y, preview.x)]
    placed = ground.place(first, np.array(spacing) / pixel, float(preview.index))
    metadata = {**placed.pop("metadata"), "run": "", "density_unit": preview.unit}
    seen = _observed_only(preview.values, preview.mask).astype(np.float32)
    options = {
        **placed,
        "name": "density (preview)",
        "colormap": _COLORMAPS["observed"],
        "contrast_limits": (0.0, float(np.nanmax(seen, initial=0.0)) or 1.0),
        "opacity": 0.5,
        "metadata": {**metadata, "role": "preview density"},
    }
    layers: list[LayerData] = [(ground.spread(seen[None]), options, "image")]
    if preview.positions is not None:
        layers.append(_cells(preview, ground))
    return layers


def _cells(preview: Preview, ground: Ground) -> LayerData:
    assert preview.positions is not None
    pixels = to_pixels(preview.positions, ground.layer, ground.calibration)
    field = np.ptp(np.asarray(ground.layer.extent.data)[:, -2:], axis=0)
    # Rings of neighbours should rarely touch, and those of few cells not be huge.
    apart = np.sqrt(field.prod() / max(len(pixels), 1))
    size = min(0.7 * apart, field.max() / 70)
    placed = placed_on(ground.layer, (0.0,) * ground.layer.ndim, (1.0,) * ground.layer.ndim)
    options = {
        **placed,
        "name": "cells (preview)",
        "size": float(size),
        "face_color": "transparent",
        "border_color": "#ff9f1c",
        # Thin, so that thousands of cells do not cover the movie that they are found in.
        "border_width": 0.07,
        "opacity": 0.7,
        "metadata": {"run": "", "role": "preview cells"},
    }
    return ground.points(pixels, preview.index), options, "points"


def find_layer(viewer: ViewerModel, role: str, run: str) -> Layer | None:
    """Return the layer of a run that has this role, whatever the user calls it by now."""
    for layer in viewer.layers:
        if layer.metadata.get("role") == role and layer.metadata.get("run") == run:
            return layer
    return None


def update_layer(viewer: ViewerModel, layer_data: LayerData) -> Layer:
    """Show new data in the layer of the same role and run; add it where there is none.

    What the user chose for the layer (name, colours, contrast) stays, unless the bins changed.
    """
    from napari.layers import Image, Layer

    data, options, _ = layer_data
    layer = find_layer(viewer, options["metadata"]["role"], options["metadata"]["run"])
    if layer is not None and layer.ndim != len(options["scale"]):
        viewer.layers.remove(layer)
        layer = None
    if layer is None:
        return viewer.add_layer(Layer.create(*layer_data))
    rescale = isinstance(layer, Image) and np.shape(data) != np.shape(layer.data)
    layer.data = data
    if "size" in options:
        layer.size = options["size"]
    move_layer(layer, options)
    if rescale:
        layer.contrast_limits = options["contrast_limits"]
    layer.metadata = {**layer.metadata, **options["metadata"]}
    return layer


def move_layer(layer: Layer, placed: dict[str, Any]) -> None:
    """Give a layer another place where it differs: each change draws anew."""
    for name in PLACEMENT:
        now, value = getattr(layer, name), placed.get(name)
        if value is None:
            continue
        if name == "affine":
            now = now.affine_matrix
        if name in ("units", "axis_labels"):
            same = tuple(map(str, now)) == tuple(str(part) for part in value)
        else:
            same = np.shape(now) == np.shape(value) and np.allclose(now, value)
        if not same:
            setattr(layer, name, value)


def _around_zero(values: Values) -> tuple[float, float]:
    largest = float(np.nanmax(np.abs(values))) or 1.0
    return -largest, largest


def _own_world(density: Density, beside: Layer | None) -> dict[str, Any]:
    corner = (float(density.y[0]), float(density.x[0]))
    placed = _placed(density.t, density.spacing, corner, density.time_unit, density.length_unit)
    if beside is None:
        return placed
    import pint

    registry = pint.get_application_registry()  # type: ignore[no-untyped-call]
    own = [registry.Unit(name) for name in placed["units"]]
    wanted = beside.units[-3:]
    if any(a.dimensionality != b.dimensionality for a, b in zip(own, wanted, strict=True)):
        return placed
    factors = np.array([unit_factor(a, b) for a, b in zip(own, wanted, strict=True)])
    places = {name: tuple(factors * placed[name]) for name in ("scale", "translate")}
    return {**placed, **places, "units": wanted}


def _observed_only(values: Values, mask: NDArray[np.bool_] | None) -> Values:
    return values if mask is None else np.where(mask, values, np.nan)


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
