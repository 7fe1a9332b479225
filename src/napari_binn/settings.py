"""Every choice a user can make, once.

The GUI's forms and tooltips, the command line's ``--set section.key=value`` and the TOML file all
come from these classes: a field states its title, what it does, its unit and its range.
"""

from __future__ import annotations

import difflib
import math
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from .errors import UserError
from .frame_numbers import frames_text, parse_frames

Device = Literal["auto", "cpu", "cuda", "mps"]
NoiseChoice = Literal["auto", "counts", "fraction", "proportional", "additive"]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Corners = tuple[tuple[Finite, Finite], ...]


def _with_area(corners: Corners) -> Corners:
    """Return the corners of a polygon if there is something inside."""
    if len(corners) < 3:
        raise ValueError("a polygon needs at least three corners")
    (x0, y0), *others = corners
    sides = [(x - x0, y - y0) for x, y in others]
    far = max(sides, key=lambda side: math.hypot(*side))
    widest = max(abs(far[0] * y - far[1] * x) for x, y in sides)
    if widest <= 1e-12 * (far[0] ** 2 + far[1] ** 2):
        raise ValueError("the corners of a polygon must not all lie on one line")
    return corners


Polygon = Annotated[Corners, AfterValidator(_with_area)]


def _rectangle_corners(value: Any) -> Any:
    """Return the corners of a rectangle x0, y0, x1, y1; all else is returned as it is."""
    four = isinstance(value, list | tuple) and len(value) == 4
    if four and all(isinstance(number, int | float) for number in value):
        x0, y0, x1, y1 = value
        return (x0, y0), (x1, y0), (x1, y1), (x0, y1)
    return value


Shape = Annotated[Corners, BeforeValidator(_rectangle_corners), AfterValidator(_with_area)]


def _frame_list(text: str) -> str:
    """Return a list of frame numbers if it is one."""
    parse_frames(text)
    return text.strip()


#: The ways to measure density that need no other package's method.
METHODS = ("nuclei", "confluence", "intensity", "cellpose", "labels", "points")


#: One of these, or the name that another package gave its method: whether there is such a one shows
#: when a movie is to be measured, so that a run can be looked at where that package is missing.
MethodName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w.-]*$")]


class Section(BaseModel):
    """Base of all sections: frozen, and unknown names are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class MovieSettings(Section):
    """How the input is read and calibrated. What the file states is used unless given here."""

    pattern: str = Field("*", title="Files", description="Glob that picks files of a folder.")
    times: tuple[float, ...] | None = Field(
        None, title="Frame times", description="Time of each frame, in the time unit."
    )
    frame_interval: Positive | None = Field(
        None, title="Frame interval", description="Time between frames, in the time unit."
    )
    time_unit: str | None = Field(
        None, title="Time unit", description="s, min, hour, day or frame (not calibrated)."
    )
    pixel_size: tuple[Positive, Positive] | None = Field(
        None, title="Pixel size", description="Width and height of a pixel, in the length unit."
    )
    length_unit: str | None = Field(
        None, title="Length unit", description="um, mm or pixel (not calibrated)."
    )
    kind: Literal["auto", "image", "labels"] = Field(
        "auto", title="Content", description="Whether an image file holds intensities or labels."
    )
    channel: int | None = Field(
        None, ge=0, title="Channel", description="Which channel of a multi-channel movie (from 0)."
    )
    position: int | None = Field(
        None,
        ge=0,
        title="Position",
        description="Which position (series, scene, well) of a file that holds several (from 0).",
    )
    level: int = Field(
        0,
        ge=0,
        title="Resolution level",
        description="Which of the resolutions that an OME-Zarr holds is read: 0 is the finest.",
    )
    axes: str | None = Field(
        None,
        pattern=r"^[TZCYXtzcyx]+$",
        title="Axes",
        description="Order of the axes (such as TYX) where the file's own statement is wrong.",
    )
    field: tuple[float, float, float, float] | None = Field(
        None,
        title="Field",
        description="Observed rectangle x0, y0, x1, y1 of cell positions, in the length unit. "
        "Without it: the smallest rectangle that holds all positions.",
    )


class PrepareSettings(Section):
    """What is done to the frames before they are measured."""

    drift: Literal["off", "on"] = Field(
        "off",
        title="Drift",
        description="on: the drift of the stage is found by matching the frames, and taken out. "
        "Cells that all move the same way cannot be told from a drifting stage.",
    )
    illumination: Literal["off", "on"] = Field(
        "off",
        title="Uneven light",
        description="on: the light that falls on the field, found from the movie itself, is "
        "divided out: what is smooth and stays the same through the movie.",
    )
    dark_level: float = Field(
        0.0,
        ge=0,
        allow_inf_nan=False,
        title="Dark level",
        description="What the camera gives without any light (often 100), for uneven light.",
    )
    overlays: Literal["find", "keep"] = Field(
        "find",
        title="Text and scale bars",
        description="find: text and scale bars burned into the frames, which never change, are "
        "found and not measured. keep: everything is measured.",
    )
    ignore: tuple[Shape, ...] = Field(
        (),
        title="Not the specimen",
        description="Rectangles [x0, y0, x1, y1] or polygons of corners [x, y] in the length unit "
        "that show no specimen, such as a text. They stay where they are in the frame when the "
        "drift is taken out.",
    )
    mask: str | None = Field(
        None,
        title="Tissue mask",
        description="An image, or a movie with one mask a frame, of the size of the frames: what "
        "is not zero is tissue, all else is not measured.",
    )
    leave_out: Annotated[str, BeforeValidator(frames_text), AfterValidator(_frame_list)] = Field(
        "",
        title="Leave out frames",
        description="Frames that are not used, counted from 1, such as 3, 7-9. The others keep "
        "their times.",
    )
    auto_leave_out: bool = Field(
        False,
        title="Leave out bad frames",
        description="Whether frames that are blank, out of focus, saturated or a copy of the frame "
        "before are left out; if not, they are only reported.",
    )


class DensitySettings(Section):
    """How cell density is measured."""

    method: MethodName = Field(
        "auto",
        title="Method",
        description="points: given positions; labels: segmented cells; nuclei: bright spots are "
        "counted; confluence: the covered area, for phase contrast and DIC; intensity: brightness "
        "is proportional to density; cellpose: cells are segmented by Cellpose; or the name of a "
        "method that another package brings. auto: by the kind of input (of images nuclei, or "
        "confluence where the bright places are clearly no round spots).",
    )
    region: tuple[float, float, float, float] | None = Field(
        None,
        title="Region",
        description="Part of the field that is analysed: x0, y0, x1, y1 in the length unit.",
    )
    include: tuple[Polygon, ...] = Field(
        (),
        title="Include",
        description="Polygons that are analysed, each a list of its corners [x, y] in the length "
        "unit. Bins with less than half of their area inside are left out, and those cut by a "
        "border count fewer cells, so they are noisier. Positions of cells are taken to have been "
        "observed everywhere inside.",
    )
    exclude: tuple[Polygon, ...] = Field(
        (),
        title="Exclude",
        description="Polygons that are left out, such as debris or a bubble, in the same form.",
    )
    t_range: tuple[float, float] | None = Field(
        None, title="Time range", description="First and last time used, in the time unit."
    )
    bins: tuple[Annotated[int, Field(ge=4)], Annotated[int, Field(ge=4)]] | None = Field(
        None, title="Bins", description="Number of bins along x and y."
    )
    bin_size: Positive | None = Field(
        None, title="Bin size", description="Nominal side of a bin, in the length unit."
    )
    nucleus_diameter: Positive | None = Field(
        None,
        title="Nucleus diameter",
        description="Typical diameter of a nucleus, in the length unit; estimated if not given.",
    )
    detector: Literal["log", "dog"] = Field(
        "log",
        title="Detector",
        description="Laplacian of Gaussian or difference of Gaussians.",
    )
    threshold: Positive | None = Field(
        None,
        title="Threshold",
        description="Smallest response of a nucleus, as a multiple of the noise; found from the "
        "movie if not given.",
    )
    cell_diameter: Positive | None = Field(
        None,
        title="Cell diameter",
        description="Typical diameter of a cell, in the length unit; estimated if not given. "
        "Patches of texture of less than half a cell do not count as covered, and gaps narrower "
        "than a cell or smaller than four cells do not count as bare.",
    )
    sensitivity: Positive = Field(
        1.0,
        title="Sensitivity",
        description="Above 1, fainter texture counts as covered as well; below 1, only clearer "
        "texture does. The local contrast that is found to be the limit is divided by it.",
    )
    background: float | None = Field(
        None,
        title="Background",
        description="Intensity where there is no cell; the movie's 1st percentile if not given.",
    )
    intensity_per_cell: Positive | None = Field(
        None,
        title="Intensity of a cell",
        description="Summed intensity above background of one cell; without it density stays in "
        "arbitrary units.",
    )
    options: dict[str, str | float | bool] = Field(
        {},
        title="Options",
        description="What the method of another package is told: names and values as its "
        "documentation states them.",
    )

    @model_validator(mode="after")
    def _one_way_to_bin(self) -> DensitySettings:
        if self.bins is not None and self.bin_size is not None:
            raise ValueError("give either bins or bin_size, not both")
        return self


class BinnSettings(Section):
    """The biologically-informed neural network."""

    recipe: Literal["standard", "paper"] = Field(
        "standard",
        title="Recipe",
        description="How the networks are trained. paper: exactly as Lavery et al. (2026, "
        "arXiv:2604.18548) did, for those who reproduce it; slower, less accurate, and of the "
        "settings below only members, patience and precision count.",
    )
    members: int = Field(5, ge=1, le=256, title="Members", description="Networks in the ensemble.")
    steps: int = Field(
        1500,
        ge=20,
        le=1_000_000,
        title="Steps",
        description="Most optimiser steps of each member: the training ends earlier when the "
        "curves, or the misfit of what was left out, stand still. Movies of more than about 600 "
        "bins need more.",
    )
    width: int = Field(
        32,
        ge=4,
        le=512,
        title="Width",
        description="Neurons in each hidden layer of u(x, y, t). Movies of more than about 600 "
        "bins need more (64).",
    )
    validation: float = Field(
        0.2,
        ge=0.0,
        le=0.5,
        title="Validation share",
        description="Share of the data each member leaves out of its training.",
    )
    learning_rate: Positive = Field(
        2e-2,
        title="Learning rate",
        description="First rate; it falls to zero over the last two sevenths of the steps.",
    )
    data_batch: int = Field(
        1500,
        ge=8,
        title="Data batch",
        description="Observations used in each step while the learning rate falls: all that a "
        "small movie has. Before, a third of them in turns.",
    )
    collocation: int = Field(
        400,
        ge=8,
        title="Collocation points",
        description="Points a step where the PDE is imposed while the learning rate falls; before, "
        "a third of them.",
    )
    residual_weight: Positive = Field(
        10.0,
        title="Residual weight",
        description="Weight of the mean squared PDE residual (per duration of the movie) beside "
        "the root-mean-square misfit of the data. It suits clean and noisy data alike.",
    )
    dtype: Literal["float32", "float64"] = Field(
        "float32", title="Precision", description="Arithmetic of the training."
    )
    patience: int = Field(
        500,
        ge=1,
        le=10_000,
        title="Patience",
        description="Epochs without improvement after which a network stops (recipe paper only; "
        "the paper reports 500, 1000 and 2000).",
    )


class InferenceSettings(Section):
    """The simulation-constrained estimate of D(u) and G(u) that starts from the network's."""

    knots: int = Field(
        7, ge=4, le=20, title="Coefficients", description="B-spline coefficients of each curve."
    )
    noise: NoiseChoice = Field(
        "auto",
        title="Noise",
        description="How the measurement scatters: like counts, like a covered share of the area "
        "(fraction), in proportion to the density, or by the same amount everywhere. auto: counts "
        "where cells were counted, fraction where the covered area was measured, else what fits.",
    )
    boundary: Literal["auto", "closed", "open"] = Field(
        "auto",
        title="Boundary",
        description="closed: no cells cross the border of the region. open: it was cut from a "
        "larger field of the same cells. auto: whichever makes the movie more probable.",
    )
    max_bins: int = Field(
        400,
        ge=64,
        title="Largest grid",
        description="Bins up to which a region is fitted with all its sensitivities. Larger fields "
        "are fitted in a way that needs less memory; formulas and the forecast average them first.",
    )


class EquationSettings(Section):
    """The search for formulas."""

    engine: Literal["operon", "pysr", "library"] = Field(
        "operon",
        title="Engine",
        description="Symbolic regression by Operon, or by PySR (needs Julia: napari-binn doctor "
        "--set-up-julia, and a minute of search time), or the library of mechanistic forms alone.",
    )
    library: str | None = Field(
        None,
        title="Own forms",
        description="A TOML or JSON file with forms of D(u) and G(u) of your own, which are fitted "
        "and ranked beside the others.",
    )
    parsimony: float = Field(
        1e-5,
        ge=0,
        le=1,
        title="Parsimony",
        description="Price of a symbol in a search by PySR, as a share of the mean squared curve; "
        "Operon keeps the best formula of every size.",
    )
    max_length: int = Field(
        12, ge=3, le=40, title="Longest formula", description="Most symbols in one formula."
    )
    seconds: Positive = Field(
        4.0, title="Search time", description="Longest search for each of D and G [s]."
    )
    repeats: int = Field(2, ge=1, le=20, title="Repeats", description="Searches from other seeds.")
    refits: int = Field(
        24,
        ge=1,
        le=200,
        title="Refits",
        description="Most promising pairs of formulas whose constants are refitted by simulation.",
    )


class SimulationSettings(Section):
    """The forward solution beside the observation."""

    refine: int = Field(
        2, ge=1, le=8, title="Refinement", description="Cells of the solver across one bin."
    )
    forecast_fraction: float = Field(
        2 / 3,
        ge=0.3,
        le=0.9,
        title="Forecast from",
        description="Share of the frames that the forecast may see; the rest is predicted.",
    )


class Settings(Section):
    """All settings of a run."""

    movie: MovieSettings = MovieSettings()
    prepare: PrepareSettings = PrepareSettings()
    density: DensitySettings = DensitySettings()
    binn: BinnSettings = BinnSettings()
    inference: InferenceSettings = InferenceSettings()
    equations: EquationSettings = EquationSettings()
    simulation: SimulationSettings = SimulationSettings()
    seed: int = Field(0, ge=0, title="Seed", description="Seed of everything random.")
    device: Device = Field(
        "auto", title="Device", description="Where the network trains: auto, cpu, cuda or mps."
    )

    @classmethod
    def build(cls, values: dict[str, Any], where: str = "settings") -> Settings:
        """Validate nested ``values``; a mistake raises :class:`UserError` with one sentence."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise UserError(_sentence(error, where)) from None

    def changed(self, changes: dict[str, Any], where: str = "settings") -> Settings:
        """Return these settings with nested ``changes`` merged in."""
        return self.build(_merge(self.model_dump(exclude_unset=True), changes), where)


def load_toml(path: Path) -> dict[str, Any]:
    """Read a settings file; syntax errors and missing files raise :class:`UserError`."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"The settings file {path} cannot be read: {_reason(error)}.") from None
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"The settings file {path} is not valid TOML: {error}.") from None


def parse_assignment(text: str) -> dict[str, Any]:
    """Turn ``section.key=value`` (value in TOML, bare words are strings) into nested values."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise UserError(f"The assignment {text!r} is not of the form section.key=value.")
    try:
        parsed: Any = tomllib.loads(f"v = {value.strip()}")["v"]
    except tomllib.TOMLDecodeError:
        parsed = value.strip()
    for part in reversed(name.strip().split(".")):
        parsed = {part: parsed}
    return dict(parsed)


def merge_all(*parts: dict[str, Any]) -> dict[str, Any]:
    """Merge nested dictionaries, later ones win."""
    merged: dict[str, Any] = {}
    for part in parts:
        merged = _merge(merged, part)
    return merged


def _merge(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = _merge(merged[key], value)
        else:
            merged[key] = value
    return merged


def _sentence(error: ValidationError, where: str) -> str:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        near = difflib.get_close_matches(name, known_names(), n=1, cutoff=0.4)
        hint = f": did you mean {near[0]!r}?" if near else "."
        return f"Unknown setting {name!r} in the {where}{hint}"
    message = first["msg"].removeprefix("Value error, ")
    message = message[0].lower() + message[1:]
    given = first["input"]
    bulky = isinstance(given, dict) or (isinstance(given, list | tuple) and len(given) > 6)
    value = "" if bulky else f" (it is {given!r})"
    return f"The setting {name!r} in the {where} is wrong: {message}{value}."


def known_names() -> list[str]:
    """Return the dotted names of all settings."""
    names: list[str] = []
    for section, info in Settings.model_fields.items():
        kind = info.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            names += [f"{section}.{key}" for key in kind.model_fields]
        else:
            names.append(section)
    return names


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
