"""The commands. Each imports what it needs when it runs, so that ``--help`` answers at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import UserError
from . import options
from .hints import WITH_OPTION

if TYPE_CHECKING:
    from ..events import Report
    from ..own_formulas import Tested
    from ..run.folder import RunFolder

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_AS_IT_WAS = "Stopped; the run {0} is as it was."
_KEPT = "Stopped; what was finished is kept in {0}: 'napari-binn resume {0}' goes on from there."


@app.callback(invoke_without_command=True)
def _start(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False,
) -> None:
    """From a microscopy movie to an equation: u_t = div(D(u) grad u) + G(u) u."""
    if version:
        from .. import __version__

        typer.echo(f"napari-binn {__version__}")
        raise typer.Exit(0)
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command()
def demo(
    context: typer.Context,
    out: options.Out = Path("demo-run"),
    seed: options.Seed = None,
    device: options.Device = None,
    config: options.Config = None,
    set_: options.Set = None,
    json: options.Json = False,
    overwrite: options.Overwrite = False,
) -> None:
    """Take a sample movie, whose true law is known, through all four stages."""
    settings = options.build_settings(config, {"seed": seed, "device": device}, set_)
    with _listening(out, json) as report:
        from .execute import demonstrate

        words = context.obj or ()
        run, summary = demonstrate("growth", out, settings, report, overwrite=overwrite, argv=words)
    _print_outcome(run, summary, json)


@app.command()
def run(
    context: typer.Context,
    input: options.Input,
    out: options.Out,
    pattern: options.Pattern = None,
    bins: options.Bins = None,
    bin_size: options.BinSize = None,
    region: options.Region = None,
    t_range: options.TRange = None,
    channel: options.Channel = None,
    times: options.Times = None,
    frame_interval: options.FrameInterval = None,
    time_unit: options.TimeUnit = None,
    pixel_size: options.PixelSize = None,
    length_unit: options.LengthUnit = None,
    field: options.Field = None,
    config: options.Config = None,
    set_: options.Set = None,
    seed: options.Seed = None,
    device: options.Device = None,
    json: options.Json = False,
    overwrite: options.Overwrite = False,
) -> None:
    """Find the equation behind a movie: density, D(u) and G(u), formula, simulation, report."""
    # Each option of a setting is a parameter of this function, called like the setting.
    flags = {name: context.params[name.rpartition(".")[2]] for name in WITH_OPTION}
    settings = options.build_settings(config, flags, set_)
    with _listening(out, json) as report:
        from .execute import analyse

        words = context.obj or ()
        done, summary = analyse(input, out, settings, report, overwrite=overwrite, argv=words)
    _print_outcome(done, summary, json)


@app.command()
def resume(folder: options.Run, until: options.Until = None, json: options.Json = False) -> None:
    """Go on with a run that was stopped, from where it was stopped."""
    from ..events import STAGES
    from ..run.folder import RunFolder

    last = None if until is None else options.stage(until)
    found = RunFolder.open(folder)
    # Runs of earlier versions have no diagnosis: they get it now.
    finished = all(found.has(stage) for stage in STAGES) and found.has("diagnosis")
    shown = found.has("summary") and found.has("report")
    if finished and shown and found.info().state == "done":
        if not json:
            typer.echo(f"The run {folder} is finished; its report is {found.file('report')}.")
        return
    with _listening(folder, json) as report:
        from .. import pipeline

        summary = pipeline.resume(found, report, last)
    if found.info().state == "done":
        _print_outcome(found, summary, json)
    elif not json:
        typer.echo(f"{found.info().message} 'napari-binn resume {folder}' goes on from there.")


@app.command()
def simulate(folder: options.Run, json: options.Json = False) -> None:
    """Solve the equation of a run forward again and compare it with what was observed."""
    from ..run.folder import RunFolder

    found = RunFolder.open(folder)
    with _listening(folder, json) as report:
        from ..pipeline import resimulate

        summary = resimulate(found, report)
    _print_outcome(found, summary, json)


@app.command()
def formula(
    folder: options.Run,
    D: Annotated[
        str,
        typer.Option(
            "--D",
            metavar="FORMULA",
            help="D(u), such as '0.01 + a*u^2'. Default: the chosen one.",
        ),
    ] = "",
    G: Annotated[
        str,
        typer.Option(
            "--G",
            metavar="FORMULA",
            help="G(u), such as 'r*(1 - u/K)'. Default: the chosen one.",
        ),
    ] = "",
    as_typed: Annotated[
        bool,
        typer.Option(
            "--as-typed", help="Keep the numbers as they are; else they are fitted, as letters are."
        ),
    ] = False,
    json: options.Json = False,
) -> None:
    """Fit a formula of your own to the movie of a run and rank it beside those that were found."""
    from ..own_formulas import try_formula
    from ..run.folder import RunFolder

    if not D and not G:
        raise UserError("Give a formula of your own: --D, --G or both.")
    tried = try_formula(RunFolder.open(folder), D, G, as_typed=as_typed)
    from .outcome import tried_lines

    typer.echo(_as_json(tried) if json else "\n".join(tried_lines(tried)))


def _as_json(tried: Tested) -> str:
    from json import dumps

    from ..run.files import plain

    law = {"D": tried.equation.D.text, "G": tried.equation.G.text}
    found = {**law, "scores": tried.equation.scores, "sentence": tried.sentence}
    return dumps(plain(found), ensure_ascii=False)


@app.command()
def bootstrap(
    folder: options.Run, replicates: options.Replicates = 20, json: options.Json = False
) -> None:
    """Check the 90 % bands of a run on movies that are simulated from its estimate."""
    from ..run.folder import RunFolder

    found = RunFolder.open(folder)
    with _listening(folder, json, _AS_IT_WAS) as report:
        from ..pipeline import check_bands

        result = check_bands(found, replicates, report)
    if not json:
        typer.echo(result.sentence)


@app.command()
def report(folder: options.Run) -> None:
    """Write the report of a run again."""
    from ..report import write_report
    from ..run.folder import RunFolder

    typer.echo(write_report(RunFolder.open(folder)))


@app.command()
def export(
    folder: options.Run,
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help=".tex, .mml, .txt, .py, .c or .json for the equation, .csv for the curves "
            "D(u) and G(u), .npz or .tif for the observed and simulated density.",
        ),
    ],
) -> None:
    """Write what a run found in the form that another program reads."""
    from ..run.export import export_run
    from ..run.folder import RunFolder

    export_run(RunFolder.open(folder), out)
    typer.echo(out)


@app.command("open")
def open_(folder: options.RunOrNone = None, sample: options.Sample = None) -> None:
    """Open napari to discover equations: with a run, with a sample movie, or empty."""
    from ..phantom import get
    from ..run.folder import RunFolder

    if folder is not None and sample is not None:
        raise UserError("A run and a sample cannot be opened together: leave one of them out.")
    found = None if folder is None else RunFolder.open(folder)
    if sample is not None:
        get(sample)  # a name that is not known is said before a window opens
    from ..gui.viewer import open_window

    open_window(found, sample or "")


@app.command()
def phantom(
    name: Annotated[str, typer.Argument(metavar="NAME", help="growth, scratch or crowd.")],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="A movie (.tif) or a table of positions (.csv); its law goes beside it.",
        ),
    ],
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Seed of the cells.")] = 0,
) -> None:
    """Write a synthetic movie of cells whose true law is known."""
    from ..phantom import write

    write(name, out, seed)
    typer.echo(out)


@app.command()
def batch(
    context: typer.Context,
    table: Annotated[
        Path,
        typer.Argument(
            metavar="TABLE",
            help="CSV or TSV with columns input and out, and one for each setting that differs, "
            "such as density.bins or movie.pixel_size. Paths start from the table's folder.",
        ),
    ],
    config: options.Config = None,
    set_: options.Set = None,
    device: options.Device = None,
    overwrite: options.Overwrite = False,
) -> None:
    """Run one movie after the other and print what was found."""
    from .batch import run_batch

    settings = options.build_settings(config, {"device": device}, set_)
    raise typer.Exit(run_batch(table, settings, overwrite=overwrite, argv=context.obj or ()))


@app.command()
def doctor(
    json: options.Json = False,
    set_up_julia: Annotated[
        bool,
        typer.Option("--set-up-julia", help="Download the Julia that PySR needs (1 to 2 GB)."),
    ] = False,
) -> None:
    """Check what is installed and say what to do about what is missing."""
    from . import doctor as doctor_module

    if set_up_julia:
        raise typer.Exit(doctor_module.set_up_julia())
    raise typer.Exit(doctor_module.run_doctor(json=json))


@app.command(hidden=True)
def engine(
    idle: Annotated[
        float,
        typer.Option("--idle", metavar="SECONDS", help="End after so long without a request."),
    ] = 300.0,
) -> None:
    """Compute for a window: requests come in on stdin and events go out on stdout, as JSON."""
    from ..engine.serve import main

    raise typer.Exit(main(idle))


@contextmanager
def _listening(folder: Path, json: bool, stopped: str = _KEPT) -> Iterator[Report]:
    """Yield what the stages of the run in ``folder`` report to; a request to stop ends them."""
    from .progress import reporting
    from .stop import stoppable

    with reporting(json=json) as shown, stoppable(shown, stopped.format(folder)) as report:
        yield report


def _print_outcome(run: RunFolder, summary: dict[str, Any], json: bool) -> None:
    if json:
        return
    from .outcome import outcome

    typer.echo(outcome(run, summary))
