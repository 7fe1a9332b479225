"""The options of the commands, and how their text becomes settings.

Help texts are written out here rather than taken from :mod:`napari_binn.settings`, because that
would load pydantic for ``--help``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import UserError
from .hints import option

if TYPE_CHECKING:
    from ..events import StageName
    from ..settings import Settings

_CALIBRATION, _PART, _RUNNING = "Calibration", "What is analysed", "How it runs"


def _option(*names: str, metavar: str | None = None, help: str, panel: str | None = None) -> Any:
    return typer.Option(*names, metavar=metavar, help=help, rich_help_panel=panel)


Input = Annotated[
    Path,
    typer.Argument(
        metavar="INPUT",
        help="A movie file, a folder of frames, a folder of cell-position tables, one table with "
        "columns t, x, y, or an npz file with density, t, y, x.",
        show_default=False,
    ),
]
Run = Annotated[
    Path, typer.Argument(metavar="RUN", help="The folder of a run.", show_default=False)
]
RunOrNone = Annotated[
    Path | None,
    typer.Argument(metavar="[RUN]", help="The folder of a run.", show_default=False),
]
Sample = Annotated[
    str | None,
    _option("--sample", metavar="NAME", help="A sample movie: growth, scratch or crowd."),
]
Out = Annotated[
    Path, _option("--out", "-o", metavar="RUN", help="Folder that the run is written to.")
]
Overwrite = Annotated[
    bool, _option("--overwrite", help="Replace a run that is there already.", panel=_RUNNING)
]
Json = Annotated[
    bool,
    _option("--json", help="Write events as JSON lines on stdout, nothing else.", panel=_RUNNING),
]
Until = Annotated[
    str | None,
    _option(
        "--until",
        metavar="STAGE",
        help="Last stage to do: density, learn, discover or simulate.",
        panel=_RUNNING,
    ),
]
Replicates = Annotated[
    int,
    typer.Option(
        "--replicates",
        metavar="N",
        min=4,
        max=1000,
        help="Movies to simulate and to estimate again.",
    ),
]
Seed = Annotated[
    int | None, _option("--seed", metavar="N", help="Seed of everything random.", panel=_RUNNING)
]
Device = Annotated[
    str | None,
    _option(
        "--device",
        metavar="auto|cpu|cuda|mps",
        help="Where the network trains.",
        panel=_RUNNING,
    ),
]
Config = Annotated[
    Path | None,
    _option("--config", metavar="FILE.toml", help="Settings from a file.", panel=_RUNNING),
]
Set = Annotated[
    list[str] | None,
    _option(
        "--set",
        metavar="section.key=value",
        help="Any setting, such as binn.members=9; as often as needed. Wins over the other "
        "options, and they win over --config.",
        panel=_RUNNING,
    ),
]
Pattern = Annotated[
    str | None,
    _option("--pattern", metavar="GLOB", help="Picks the files of a folder.", panel=_PART),
]
Channel = Annotated[
    int | None,
    _option(
        "--channel", metavar="N", help="Channel of a movie with several (from 0).", panel=_PART
    ),
]
Bins = Annotated[
    str | None,
    _option("--bins", metavar="NXxNY", help="Number of bins along x and y: 15x11.", panel=_PART),
]
BinSize = Annotated[
    float | None,
    _option(
        "--bin-size", metavar="LENGTH", help="Side of a bin instead of their number.", panel=_PART
    ),
]
Region = Annotated[
    str | None,
    _option("--region", metavar="x0,y0,x1,y1", help="Part of the field to analyse.", panel=_PART),
]
TRange = Annotated[
    str | None, _option("--t-range", metavar="a,b", help="First and last time used.", panel=_PART)
]
Times = Annotated[
    str | None,
    _option(
        "--times",
        metavar="t1,t2,…",
        help="Time of each frame, or the name of a text file that lists them.",
        panel=_CALIBRATION,
    ),
]
FrameInterval = Annotated[
    float | None,
    _option("--frame-interval", metavar="TIME", help="Time between frames.", panel=_CALIBRATION),
]
TimeUnit = Annotated[
    str | None,
    _option("--time-unit", metavar="UNIT", help="s, min, hour, day or frame.", panel=_CALIBRATION),
]
PixelSize = Annotated[
    str | None,
    _option(
        "--pixel-size",
        metavar="SIZE",
        help="Side of a pixel, or its width,height.",
        panel=_CALIBRATION,
    ),
]
LengthUnit = Annotated[
    str | None,
    _option("--length-unit", metavar="UNIT", help="um, mm or pixel.", panel=_CALIBRATION),
]
Field = Annotated[
    str | None,
    _option(
        "--field",
        metavar="x0,y0,x1,y1",
        help="Observed rectangle of cell positions.",
        panel=_CALIBRATION,
    ),
]


def numbers(text: str, form: str, name: str) -> tuple[float, ...]:
    """Return the comma-separated numbers of ``text``, as many as ``form`` ("a,b") shows.

    Raises
    ------
    UserError
        With ``name`` (of the option) and ``form``.
    """
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError:
        values = ()
    if len(values) != len(form.split(",")):
        raise UserError(f"{name} {text!r} is not of the form {form}.")
    return values


def stage(text: str, name: str = "--until") -> StageName:
    """Return the stage of this name; anything else raises UserError."""
    from ..events import STAGES

    for known in STAGES:
        if text == known:
            return known
    raise UserError(f"{name} {text!r} is no stage: choose one of {', '.join(STAGES)}.")


def bins(text: str, name: str = "--bins") -> tuple[int, int]:
    """Return (nx, ny) of ``"15x11"`` (or ``"15×11"``); anything else raises UserError."""
    match = re.fullmatch(r"\s*(\d+)\s*[x×X,]\s*(\d+)\s*", text)
    if match is None:
        raise UserError(f"{name} {text!r} is not of the form NXxNY, such as 15x11.")
    return int(match[1]), int(match[2])


def pixel_size(text: str, name: str = "--pixel-size") -> tuple[float, ...]:
    """Return (width, height) of ``"0.65"`` or ``"0.65,0.7"``; anything else raises UserError."""
    if "," in text:
        return numbers(text, "width,height", name)
    return numbers(text, "size", name) * 2


def times(text: str, name: str = "--times") -> tuple[float, ...]:
    """Return the times listed in ``text``, or in the file of that name.

    Raises
    ------
    UserError
        If something there is not a number.
    """
    path = Path(text)
    listed = text
    try:
        if path.is_file():
            listed = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"The list of times {path} cannot be read: {error}.") from None
    parts = re.split(r"[,;\s]+", listed.strip())
    try:
        return tuple(float(part) for part in parts)
    except ValueError as error:
        wrong = str(error).partition(": ")[2]
        raise UserError(
            f"{name} {text!r} is neither a list of numbers such as 0,4,8 nor a file of them "
            f"({wrong} is not a number)."
        ) from None


def _rectangle(text: str, name: str) -> tuple[float, ...]:
    return numbers(text, "x0,y0,x1,y1", name)


def _interval(text: str, name: str) -> tuple[float, ...]:
    return numbers(text, "a,b", name)


# Settings that are a list of numbers and have a shorter form on the command line than in TOML.
_SHORT_FORMS: dict[str, Callable[[str, str], tuple[float, ...]]] = {
    "movie.times": times,
    "movie.pixel_size": pixel_size,
    "movie.field": _rectangle,
    "density.region": _rectangle,
    "density.t_range": _interval,
    "density.bins": bins,
}


def nested(values: Mapping[str, Any], flags: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return dotted settings as nested ones, None left out and short forms of text read.

    Parameters
    ----------
    values
        Such as ``{"density.bins": "15x11", "seed": None}``.
    flags
        What a setting is called in messages, where that is not its own name.
    """
    from ..settings import merge_all

    result: dict[str, Any] = {}
    for name, value in values.items():
        if value is None:
            continue
        if isinstance(value, str) and name in _SHORT_FORMS:
            value = _SHORT_FORMS[name](value, (flags or {}).get(name, name))
        for part in reversed(name.split(".")):
            value = {part: value}
        result = merge_all(result, value)
    return result


def assigned(text: str) -> dict[str, Any]:
    """Return the nested settings of ``section.key=value``, the value in TOML or a short form."""
    from ..settings import parse_assignment

    name, _, value = text.partition("=")
    short = name.strip() in _SHORT_FORMS and value.strip()[:1] not in ("[", '"', "'")
    if short:
        return nested({name.strip(): value.strip()})
    return parse_assignment(text)


def build_settings(
    config: Path | None, flags: Mapping[str, Any], assignments: list[str] | None
) -> Settings:
    """Return the settings of a command line: file, then options, then ``--set``; later ones win.

    Raises
    ------
    UserError
        Naming the place of the mistake.
    """
    from ..settings import Settings, load_toml

    settings = Settings()
    if config is not None:
        settings = Settings.build(load_toml(config), f"file {config}")
    names = {name: option(name) for name in flags}
    settings = settings.changed(nested(flags, names), "command line")
    for assignment in assignments or ():
        settings = settings.changed(assigned(assignment), f"option --set {assignment}")
    return settings
