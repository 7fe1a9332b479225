"""From the words of a command to a finished run folder."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..events import Notice, Report
from ..phantom.truth import Truth, read_truth
from ..run.folder import RunFolder
from ..run.info import MARKER_FILE
from ..run.layout import KNOWN_FILES
from ..settings import Settings


def analyse(
    source: Path,
    out: Path,
    settings: Settings,
    report: Report,
    *,
    overwrite: bool = False,
    argv: Sequence[str] = (),
) -> tuple[RunFolder, dict[str, Any]]:
    """Take ``source`` through all four stages and return its run and its summary.

    Raises
    ------
    UserError
        Something about the input, the settings or ``out`` is wrong. Whatever does not need a
        measurement is checked before anything is written, and if the density cannot be measured,
        what was written is taken away again.
    """
    from ..pipeline import prepare, run_all

    check_before(out, settings, overwrite=overwrite)
    observed = prepare(source, settings)
    truth = read_truth(source)
    with nothing_left_without_density(out):
        run = RunFolder.create(out, input=str(source), argv=argv, overwrite=overwrite)
        _keep(run, truth)
        return run, run_all(observed, run, settings, report)


def demonstrate(
    name: str,
    out: Path,
    settings: Settings,
    report: Report,
    *,
    overwrite: bool = False,
    argv: Sequence[str] = (),
) -> tuple[RunFolder, dict[str, Any]]:
    """Write the phantom movie ``name`` into the run folder and take it through all four stages."""
    from ..phantom import get, write
    from ..pipeline import prepare, run_all

    check_before(out, settings, overwrite=overwrite)
    movie = out / "phantom.tif"
    run = RunFolder.create(out, input=str(movie), argv=argv, overwrite=overwrite)
    report(Notice(f"The sample, {movie}: {get(name).description}"))
    write(name, movie, settings.seed)
    _keep(run, read_truth(movie))
    return run, run_all(prepare(movie, settings), run, settings, report)


def _keep(run: RunFolder, truth: Truth | None) -> None:
    """Keep the known law of a phantom with the run, to be set beside what was found."""
    if truth is not None:
        run.save_truth(asdict(truth))


def check_before(out: Path, settings: Settings, *, overwrite: bool) -> None:
    """Raise :class:`UserError` for what is wrong whatever the input: folder, device, search."""
    from ..binn.device import resolve_device
    from ..equations.preflight import check_search

    RunFolder.check_free(out, overwrite=overwrite)
    resolve_device(settings.device)
    check_search(settings.equations)


@contextlib.contextmanager
def nothing_left_without_density(out: Path) -> Iterator[None]:
    """Undo the making of a run that turns out, once its input is read, to be impossible."""
    above = [folder for folder in (out, *out.parents) if not folder.exists()]
    try:
        yield
    except UserError:
        if not RunFolder(out).has("density"):
            with contextlib.suppress(OSError):
                for name in (*KNOWN_FILES, MARKER_FILE):
                    (out / name).unlink(missing_ok=True)
                for folder in above:
                    folder.rmdir()
        raise
