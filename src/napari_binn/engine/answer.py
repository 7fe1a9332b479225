"""One request after the other: what is done for it and which event ends it."""

from __future__ import annotations

import sys
import traceback
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..density.model import Density
from ..errors import Stopped, UserError
from ..events import Event, Report, StageFinished
from ..inference.terms import Terms
from ..own_formulas import remove_formula, try_formula
from ..run import files
from ..run.folder import RunFolder
from ..settings import Settings
from .control import Control
from .live import LiveSurface
from .protocol import (
    CheckBands,
    DropFormula,
    Failed,
    Finished,
    Halted,
    Request,
    Resume,
    TryFormula,
)

_NO_MEMORY = (
    "The computer has too little free memory for this: close other programs, or choose larger "
    "bins or fewer members."
)


def handle(request: Request, report: Report, control: Control) -> Event:
    """Do what is asked for and return the event that ends it; ``report`` is told all others.

    Nothing is raised: a mistake of the user's, a defect and a stop are answers, too.
    """
    try:
        told = control.wrap(report)
        if isinstance(request, Resume):
            return Finished(_resumed(request, told, control))
        if isinstance(request, CheckBands):
            return Finished({"sentence": _checked(request, told)})
        if isinstance(request, TryFormula):
            return Finished(_tried(request))
        if isinstance(request, DropFormula):
            remove_formula(RunFolder.open(Path(request.run)), request.index)
            return Finished()
        return Finished({"metrics": _simulated(request.run, request.D, request.G, request.out)})
    except (Stopped, KeyboardInterrupt):
        return Halted()
    except UserError as error:
        return Failed(str(error))
    except Exception as error:
        if _lacks_memory(error):
            return Failed(_NO_MEMORY, traceback.format_exc())
        return Failed(
            f"The computation failed because of a defect: {type(error).__name__}: {error}",
            traceback.format_exc(),
        )
    finally:
        _release_gpu()


def _resumed(request: Resume, report: Report, control: Control) -> dict[str, Any]:
    from ..pipeline import resume

    run = RunFolder.open(Path(request.run))
    live = LiveSurface(run.path, control, report)

    def told(event: Event) -> None:
        if isinstance(event, StageFinished) and event.stage == "learn":
            live.remove()
        report(event)

    try:
        live.remove()
        return resume(run, told, request.until, look=live)
    except Stopped:
        # A stop that came while the run was told of another end.
        if run.info().state == "running":
            run.set_state("stopped")
        raise
    finally:
        live.remove()


def _checked(request: CheckBands, report: Report) -> str:
    from ..pipeline import check_bands

    return check_bands(RunFolder.open(Path(request.run)), request.replicates, report).sentence


def _tried(request: TryFormula) -> dict[str, Any]:
    tried = try_formula(RunFolder.open(Path(request.run)), request.D, request.G)
    return {"index": tried.index, "sentence": tried.sentence}


def _simulated(run: str, D: str, G: str, out: str) -> dict[str, Any]:
    from ..pipeline import simulate_equation

    density, terms, settings = loaded(RunFolder.open(Path(run)))
    simulation = simulate_equation(density, terms, D, G, settings)
    values, metrics = {"values": simulation.values}, {"metrics": simulation.metrics}
    files.write_npz(Path(out), values, metrics, compressed=False)  # it is read once, and deleted
    found: dict[str, Any] = files.plain(simulation.metrics)
    return found


def loaded(run: RunFolder) -> tuple[Density, Terms, Settings]:
    """Return what a simulation needs of a run, read once as long as it stays the same."""
    paths = [run.file(part) for part in ("density", "terms", "settings")]
    stamps = tuple(path.stat().st_mtime_ns if path.is_file() else 0 for path in paths)
    return _loaded(run, stamps)


@lru_cache(maxsize=1)
def _loaded(run: RunFolder, _: tuple[int, ...]) -> tuple[Density, Terms, Settings]:
    return run.load_density(), run.load_terms(), run.load_settings()


def _lacks_memory(error: Exception) -> bool:
    """Return whether memory ran out; torch says so in words only."""
    words = str(error).lower()
    told = any(part in words for part in ("out of memory", "not enough memory", "can't allocate"))
    return isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and told)


def _release_gpu() -> None:
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
